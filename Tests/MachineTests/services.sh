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

stage_1() {
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
