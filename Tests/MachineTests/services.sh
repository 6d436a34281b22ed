# Services of a lingering user on a real machine: limits bind, a reboot and a power cut pass.

web() {
    ada 'curl --silent --fail --max-time 5 http://127.0.0.1:18080/' | grep 'a page from the container'
}

eventually() {
    local deadline=$((SECONDS + 120))
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2
    done
}

# A container of martlet-runtime alone that holds 24 MB; its words are those of `held`.
hold() { # WORD...
    rm -rf /var/tmp/held
    mkdir -p /var/tmp/held/rootfs/{bin,proc,dev,sys}
    cp /bin/busybox /var/tmp/held/rootfs/bin
    for tool in sh head sleep stat grep; do ln -s busybox "/var/tmp/held/rootfs/bin/$tool"; done
    martlet-runtime spec --bundle /var/tmp/held
    sed -i 's/"terminal": true/"terminal": false/' /var/tmp/held/config.json
    sed -zi 's|"args": \[[^]]*\]|"args": ["sh", "-c", "head -c 24m /dev/zero > /dev/shm/held; sleep 100000"]|' \
        /var/tmp/held/config.json
    martlet-runtime "$@" run --detach --bundle /var/tmp/held held < /dev/null > /var/tmp/held/log 2>&1
    eventually martlet-runtime exec held sh -c '[ "$(stat -c %s /dev/shm/held)" = 25165824 ]'
}

# A limit below what is in use is not set where that is to be looked at first.
refusesUsedLimit() {
    local said
    said=$(echo '{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}' |
        martlet-runtime "$@" update --resources - held 2>&1) && return 1
    grep 'cannot set memory.max to 8388608: [0-9]* bytes are in use' <<< "$said" &&
        martlet-runtime exec held grep -x max /sys/fs/cgroup/memory.max &&
        echo '{"memory": {"limit": 67108864, "checkBeforeUpdate": true}}' |
        martlet-runtime "$@" update --resources - held &&
        martlet-runtime exec held grep -x 67108864 /sys/fs/cgroup/memory.max &&
        martlet-runtime delete --force held
}

stage_1() {
    PATH=$PATH:/usr/local/libexec/martlet
    for manager in cgroupfs systemd; do
        claim "a container of the runtime holds memory ($manager)" hold --cgroup-manager $manager
        claim "a limit that is used already is refused where asked ($manager)" \
            refusesUsedLimit --cgroup-manager $manager
    done
    loginctl enable-linger ada
    systemctl start user@1000
    claim 'an image loads' ada 'martlet load --input /rig/images/busybox.tar'
    ada 'mkdir -p ~/.config/containers/systemd
        cat > ~/.config/containers/systemd/web.container' <<'END'
[Container]
Image=localhost/busybox
ContainerName=web
PublishPort=127.0.0.1:18080:8080
Volume=data:/data
Exec=httpd -f -p 8080 -h /www

[Install]
WantedBy=default.target
END
    ada 'cat > ~/.config/containers/systemd/hog.container' <<'END'
[Container]
Image=localhost/busybox
Network=none
Exec=sh -c 'tail /dev/zero'

[Service]
MemoryMax=64M
MemorySwapMax=0
Restart=no
END
    claim 'the units are made' ada 'systemctl --user daemon-reload && systemctl --user cat web hog'
    claim 'the service starts' ada 'systemctl --user start web'
    claim 'the page is served' eventually web

    # This machine has no network: who does not ask for it has started without.
    ada 'cat > ~/.config/containers/systemd/asks.container' <<'END'
[Unit]
After=network-online.target
Wants=network-online.target
[Container]
Image=localhost/busybox
Network=none
Exec=sleep 100000
StopSignal=KILL
END
    claim 'there is no way out yet' sh -c '! ip route | grep default'
    ada 'systemctl --user daemon-reload && systemctl --user start --no-block asks'
    claim 'a service that asks for the network waits' eventually \
        ada '[ "$(systemctl --user is-active martlet-wait-online asks | xargs)" = "activating inactive" ]'
    claim 'nothing outside answers yet' ada \
        '! martlet exec web wget -q -T 2 -O - http://192.0.2.7:8099/stages.sh'
    ip link add out type dummy
    ip address add 192.0.2.7/24 dev out
    ip link set out up
    busybox httpd -p 192.0.2.7:8099 -h /rig
    ip route add default via 192.0.2.1
    claim 'it starts when a route comes' eventually \
        ada '[ "$(systemctl --user is-active martlet-wait-online asks | xargs)" = "active active" ]'
    claim 'the running container has its way out as well' eventually ada \
        'martlet exec web wget -q -O - http://192.0.2.7:8099/stages.sh | grep -q "the running container"'
    ada 'systemctl --user stop asks; rm ~/.config/containers/systemd/asks.container'

    ada 'systemctl --user start --no-block hog' || true
    claim 'MemoryMax= of the unit binds the payload' eventually \
        ada '[ "$(systemctl --user show --property ExecMainStatus --value hog)" = 137 ]'
    claim 'it was the kernel that killed it' eventually \
        sh -c 'dmesg | grep "Memory cgroup out of memory: Killed process .*(tail)"'
    claim '--memory binds' ada \
        'martlet run --rm --network none --memory 64m localhost/busybox tail /dev/zero ||
         [ $? = 137 ]'
    # F-10. As the main process of a unit it would be the unit that ends, as its OOMPolicy= says.
    ada 'martlet run --detach --name greedy --network none --memory 64m --restart on-failure:2 \
            localhost/busybox tail /dev/zero
        true'
    claim 'a container that the kernel kills for memory is started again, as often as asked' \
        eventually ada '[ "$(martlet inspect --format \
            "{{.State.Status}} {{.RestartCount}}" greedy)" = "exited 2" ]'
    claim 'it is known why it ended' ada '[ "$(martlet inspect --format \
        "{{.State.OOMKilled}} {{.State.ExitCode}}" greedy)" = "true 137" ]'
    claim 'each of its ends is told' ada '[ "$(martlet events --since 10m --stream=false \
        --filter container=greedy --filter event=died | wc -l)" = 3 ]'
    claim 'its monitor outlives it, and it is removed' ada 'martlet rm greedy'
    claim '--pids-limit binds' ada \
        '{ martlet run --rm --network none --pids-limit 8 localhost/busybox \
            sh -c "for i in \$(seq 20); do sleep 3 & done" 2>&1 || true; } | grep -i fork'
    claim '--cpus is set' ada \
        '[ "$(martlet run --rm --network none --cpus 0.5 localhost/busybox \
            cat /sys/fs/cgroup/cpu.max)" = "50000 100000" ]'
    next reboot
}

stage_2() {
    claim 'after a reboot the lingering user'\''s service runs again' eventually web
    claim 'its records agree' ada '[ "$(martlet ps --format "{{.Names}}")" = web ]'
    claim 'a container is made' ada \
        'martlet create --name kept --network none localhost/busybox echo kept'
    claim 'a volume is written' ada \
        'martlet run --rm --network none -v data:/data localhost/busybox \
            sh -c "echo safe > /data/file && sync"'
    next cut
}

# F-18
stage_3() {
    claim 'after a power cut the service runs again' eventually web
    claim 'what was acknowledged is there' ada 'martlet start --attach kept | grep -x kept'
    claim 'a volume keeps what was synced' ada \
        'martlet run --rm --network none -v data:/data localhost/busybox grep -x safe /data/file'
    claim 'nothing else is left' ada \
        '[ "$(martlet ps --all --format "{{.Names}}" | sort | xargs)" = "kept web" ]'
    next off
}
