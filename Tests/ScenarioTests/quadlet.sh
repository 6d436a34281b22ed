# A `.container` file in the home directory runs under `systemctl --user`.

prepare() {
    load busybox
}

# web [LINE...] : a unit that serves a page, with further lines for [Container].
web() {
    {
        printf '[Container]\nImage=localhost/busybox\nContainerName=web\nNetwork=none\n'
        printf 'Exec=httpd -f -p 8080 -h /www\nStopSignal=KILL\n'
        printf '%s\n' "$@"
    } | unit web.container
}

# payload UNIT : the process of the container, as the host numbers it.
payload() {
    local group
    group=/sys/fs/cgroup$(property "$1" ControlGroup)
    find "$group" -mindepth 2 -name cgroup.procs -exec cat {} + | head -n 1
}

claim_a_file_becomes_a_service() {
    web
    expect 0 systemctl --user start web
    same "$(systemctl --user is-active web)" active
    eventually martlet exec web wget -q -O /dev/null http://127.0.0.1:8080/
    expect 0 martlet exec web wget -q -O - http://127.0.0.1:8080/
    same "$out" "a page from the container"
    expect 0 martlet ps --format '{{.Names}}'
    same "$out" web
    expect 0 systemctl --user stop web
    same "$(property web Result)" success
    removeUnits
}

claim_the_main_process_is_the_monitor_and_the_payload_lies_below_the_unit() {
    web
    expect 0 systemctl --user start web
    same "$(property web Type)" notify
    within "$(cat "/proc/$(property web MainPID)/cmdline" | tr '\0' ' ')" martlet
    within "$(cat "/proc/$(payload web)/cgroup")" /web.service/
    within "$(cat "/proc/$(payload web)/cmdline" | tr '\0' ' ')" httpd
    expect 0 systemctl --user stop web
    removeUnits
}

claim_restart_makes_a_new_container() {
    web
    expect 0 systemctl --user start web
    local first
    first=$(martlet inspect --format '{{.Id}}' web)
    expect 0 systemctl --user restart web
    same "$(systemctl --user is-active web)" active
    [ "$(martlet inspect --format '{{.Id}}' web)" != "$first" ]
    expect 0 systemctl --user stop web
    removeUnits
}

claim_the_journal_holds_what_the_container_prints() {
    unit web.container <<'END'
[Container]
Image=localhost/busybox
Network=none
StopSignal=KILL
Exec=sh -c 'echo to the journal; exec sleep 1000'
END
    expect 0 systemctl --user start web
    eventually bash -c 'journalctl --user --unit web --output cat | grep -x "to the journal"'
    expect 0 systemctl --user stop web
    removeUnits
}

claim_a_killed_payload_is_brought_back_by_restart() {
    web '[Service]' 'Restart=always' 'RestartSec=100ms'
    expect 0 systemctl --user start web
    local first
    first=$(property web MainPID)
    kill -KILL "$(payload web)"
    eventually bash -c "[ \$(systemctl --user show -P NRestarts web) = 1 ] &&
        systemctl --user is-active web"
    [ "$(property web MainPID)" != "$first" ]
    expect 0 systemctl --user stop web
    removeUnits
}

claim_a_killed_monitor_leaves_nothing_and_is_brought_back() {
    web '[Service]' 'Restart=always' 'RestartSec=100ms'
    expect 0 systemctl --user start web
    local orphan
    orphan=$(payload web)
    kill -KILL "$(property web MainPID)"
    eventually bash -c "[ \$(systemctl --user show -P NRestarts web) = 1 ] &&
        systemctl --user is-active web"
    [ ! -e "/proc/$orphan" ]
    expect 0 martlet ps --format '{{.Names}}'
    same "$out" web
    expect 0 systemctl --user stop web
    removeUnits
}

claim_a_killed_monitor_without_restart_leaves_nothing() {
    web '[Service]' 'Restart=no'
    expect 0 systemctl --user start web
    kill -KILL "$(property web MainPID)"
    eventually reaches web failed
    expect 0 systemctl --user reset-failed web
    expect 0 systemctl --user start web
    expect 0 systemctl --user stop web
    removeUnits
}

claim_a_failed_start_leaves_nothing() {
    unit web.container <<'END'
[Container]
Image=localhost/busybox
ContainerName=web
Network=none
Exec=/no/such/program
END
    expect 1 systemctl --user start web
    same "$(property web Result)" exit-code
    same "$(property web ExecMainStatus)" 127
    removeUnits
}

claim_the_exit_code_is_the_payloads() {
    unit once.container <<'END'
[Container]
Image=localhost/busybox
Network=none
Exec=sh -c 'sleep 0.3; exit 42'
END
    expect 0 systemctl --user start once
    eventually reaches once failed
    same "$(property once ExecMainStatus)" 42
    removeUnits
}

claim_a_oneshot_runs_to_its_end() {
    unit once.container <<'END'
[Container]
Image=localhost/busybox
Network=none
Exec=true
[Service]
Type=oneshot
RemainAfterExit=yes
END
    expect 0 systemctl --user start once
    same "$(systemctl --user is-active once)" active
    expect 0 systemctl --user stop once
    removeUnits
}

claim_a_misspelt_key_shows_in_the_status() {
    printf '[Container]\nImage=localhost/busybox\nImgae=other\n' | unit web.container
    expect 1 systemctl --user start web
    eventually reaches web failed
    expect 3 systemctl --user status web
    within "$out" web.container:3:1
    within "$out" Imgae
    within "$out" Image
    removeUnits
}

claim_one_broken_file_does_not_stop_the_others() {
    printf 'no section\n' | unit broken.container
    web
    expect 0 systemctl --user start web
    expect 1 systemctl --user start broken
    expect 0 systemctl --user stop web
    removeUnits
}

claim_a_missing_image_is_named() {
    printf '[Container]\nImage=localhost/not-there\nPull=never\n' | unit web.container
    expect 1 systemctl --user start web
    same "$(property web ExecMainStatus)" 125
    eventually bash -c 'journalctl --user --unit web --output cat | grep not-there'
    removeUnits
}

claim_readiness_is_the_payloads_own() {
    saying ready
    expect 0 systemctl --user start --no-block ready
    sleep 0.2
    same "$(systemctl --user is-active ready || true)" activating
    eventually reaches ready active
    expect 0 systemctl --user stop ready
    removeUnits
}

claim_stop_sends_the_signal_and_waits() {
    unit trapper.container <<'END'
[Container]
Image=localhost/busybox
Network=none
StopSignal=USR1
StopTimeout=8
Exec=sh -c 'trap "echo bye; exit 0" USR1; echo up; while :; do sleep 0.1; done'
END
    expect 0 systemctl --user start trapper
    eventually bash -c 'journalctl --user --unit trapper --output cat | grep -x up'
    expect 0 systemctl --user stop trapper
    eventually bash -c 'journalctl --user --unit trapper --output cat | grep -x bye'
    same "$(property trapper Result)" success
    removeUnits
}

claim_keys_of_the_container_hold() {
    printf 'FROM_FILE=yes\n' > ~/settings.env
    unit keys.container <<'END'
[Container]
Image=localhost/busybox
ContainerName=keys
Network=none
Environment=ONE=1 "TWO=two words"
EnvironmentFile=%h/settings.env
WorkingDir=/tmp
User=7
Group=8
HostName=box
Label=colour=blue
ReadOnly=true
Tmpfs=/scratch
ShmSize=2m
Ulimit=nofile=100:200
NoNewPrivileges=true
DropCapability=all
AddCapability=CAP_NET_BIND_SERVICE
StopSignal=KILL
PodmanArgs=--sysctl net.ipv4.ip_forward=1
Exec=sleep 1000
END
    expect 0 systemctl --user start keys
    expect 0 martlet exec keys sh -c 'echo $ONE, $TWO, $FROM_FILE, $(pwd), $(id -u):$(id -g), $(hostname), $(ulimit -n), $(cat /proc/sys/net/ipv4/ip_forward)'
    same "$out" "1, two words, yes, /tmp, 7:8, box, 100, 1"
    expect 0 martlet exec keys cat /proc/1/status
    within "$out" $'NoNewPrivs:\t1'
    within "$out" $'CapBnd:\t0000000000000400'
    expect 0 martlet inspect --format '{{index .Config.Labels "colour"}}' keys
    same "$out" blue
    expect 0 systemctl --user stop keys
    rm ~/settings.env
    removeUnits
}

claim_a_volume_file_makes_a_volume_that_stays() {
    printf '[Volume]\nVolumeName=data\n' | unit data.volume
    unit writer.container <<'END'
[Container]
Image=localhost/busybox
Network=none
Volume=data.volume:/data
Exec=sh -c 'echo x >> /data/lines; wc -l < /data/lines'
[Service]
Type=oneshot
END
    expect 0 systemctl --user start writer
    expect 0 systemctl --user start writer
    same "$(cat "$(martlet volume inspect --format '{{.Mountpoint}}' data)/lines")" $'x\nx'
    expect 0 systemctl --user stop data-volume
    expect 0 martlet volume rm data
    removeUnits
}

claim_host_directories_are_mounted() {
    mkdir -p ~/shared
    echo here > ~/shared/file
    unit mounts.container <<'END'
[Container]
Image=localhost/busybox
Network=none
Volume=%h/shared:/shared:ro,Z
Volume=%h/shared:/owned:U
User=1000
Exec=sh -c 'cat /shared/file; touch /shared/x || touch /owned/written'
[Service]
Type=oneshot
END
    expect 0 systemctl --user start mounts
    [ -e ~/shared/written ]
    martlet unshare rm -rf ~/shared
    removeUnits
}

claim_keep_id_makes_the_user_himself() {
    mkdir -p ~/kept
    unit kept.container <<'END'
[Container]
Image=localhost/busybox
Network=none
UserNS=keep-id
Volume=%h/kept:/kept
Exec=sh -c 'id -u > /kept/id'
[Service]
Type=oneshot
END
    expect 0 systemctl --user start kept
    same "$(cat ~/kept/id)" "$UID"
    same "$(stat -c %u ~/kept/id)" "$UID"
    rm -r ~/kept
    removeUnits
}

claim_a_published_port_answers() {
    unit web.container <<'END'
[Container]
Image=localhost/busybox
PublishPort=127.0.0.1:18080:8080
StopSignal=KILL
Exec=httpd -f -p 8080 -h /www
END
    expect 0 systemctl --user start web
    eventually page 18080
    same "$(page 18080)" "a page from the container"
    expect 0 systemctl --user stop web
    expect 7 page 18080
    removeUnits
}

claim_install_starts_it_with_its_target() {
    web '[Install]' 'WantedBy=default.target'
    within "$(property default.target Wants)" web.service
    removeUnits
    absent "$(property default.target Wants)" web.service
}

claim_a_drop_in_changes_one_key() {
    web
    mkdir -p "$units/web.container.d"
    printf '[Container]\nHostName=dropped\n' > "$units/web.container.d/10-name.conf"
    reload
    expect 0 systemctl --user start web
    expect 0 martlet exec web hostname
    same "$out" dropped
    expect 0 systemctl --user stop web
    removeUnits
}

claim_files_are_installed_from_the_web() {
    mkdir web
    printf '[Container]\nImage=localhost/busybox\n' > web/one.container
    printf '# FileName=two\n[Volume]\n---\n# FileName=three\n[Container]\nImage=localhost/busybox\n' \
        > web/app.quadlets
    systemd-run --user --quiet --unit files \
        python3 -m http.server 18081 --bind 127.0.0.1 --directory "$PWD/web"
    eventually page 18081
    expect 0 martlet quadlet install http://127.0.0.1:18081/one.container
    same "$(cat "$units/one.container")" "$(cat web/one.container)"
    expect 0 martlet quadlet install 'http://127.0.0.1:18081/app.quadlets?version=1'
    [ -e "$units/two.volume" ] && [ -e "$units/three.container" ]
    expect 125 martlet quadlet install http://127.0.0.1:18081/none.container
    within "$err" "cannot fetch \"http://127.0.0.1:18081/none.container\""
    within "$err" "answered with 404"
    expect 125 martlet quadlet install http://127.0.0.1:18081/
    within "$err" "is no unit file"
    systemctl --user stop files
    removeUnits
}

# Whether the path unit looks again: what changes while its service runs, systemd does not see.
watches() {
    reaches martlet-quadlet.service inactive &&
        [ "$(systemctl --user show --property=SubState --value martlet-quadlet.path)" = waiting ]
}

claim_the_path_unit_sees_new_directories_and_what_is_in_them() {
    local services=~/.local/share/systemd/user
    mkdir -p "$units"
    expect 0 systemctl --user start martlet-quadlet.path
    mkdir "$units/app"
    printf '[Container]\nImage=localhost/busybox\n' > "$units/app/one.container"
    eventually [ -e "$services/one.service" ]
    eventually watches
    printf '[Container]\nImage=localhost/busybox\n' > "$units/app/two.container"
    eventually [ -e "$services/two.service" ]
    eventually watches
    rm -r "$units/app"
    eventually [ ! -e "$services/two.service" ]
    eventually watches
    systemctl --user stop martlet-quadlet.path
    [ ! -e "$services/martlet-quadlet.path.d/directories.conf" ]
    removeUnits
}

# A bus that only NetworkManager is on, and the pipe it hears of its changes through.
claim_waiting_for_the_network_ends_when_its_manager_says_so() {
    mkfifo change
    python3 /checkout/Tests/Rigs/fake-bus "$PWD/bus" change > asked &
    local bus=$!
    eventually test -S bus
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$PWD/bus martlet quadlet wait-online &
    local waiter=$!
    eventually asked 1
    # It is connecting, and then it is connected to nothing that leads out: no end.
    echo 50 > change
    eventually asked 2
    kill -0 $waiter
    echo 70 > change
    wait $waiter
    # It is asked when it has said something, and never again and again.
    [ "$(grep -c State asked)" -le 6 ]
    wait $bus
}

asked() { [ "$(grep -c State asked)" -ge "$1" ]; }

claim_templates_of_pods_volumes_and_networks_make_instances() {
    unit shop@.network <<< '[Network]'
    unit shop@.volume <<< '[Volume]'
    printf '[Pod]\nNetwork=shop@.network\n' | unit shop@.pod
    printf '[Container]\nImage=localhost/busybox\nPod=shop@.pod\nVolume=shop@.volume:/data\nExec=httpd -f -p 8080 -h /www\nStopSignal=KILL\n' |
        unit web@.container
    expect 0 systemctl --user start web@one web@two
    same "$(martlet pod ps --format '{{.Name}} {{.Status}}' | sort)" \
        $'systemd-shop-one Running\nsystemd-shop-two Running'
    same "$(martlet volume ls -q | sort | xargs)" 'systemd-shop-one systemd-shop-two'
    same "$(martlet network ls -q --filter name=systemd | sort | xargs)" \
        'systemd-shop-one systemd-shop-two'
    # Each instance is met in its own pod.
    for name in one two; do
        eventually martlet exec "systemd-web_$name" wget -q -O /dev/null http://127.0.0.1:8080/
        expect 0 martlet exec "systemd-web_$name" wget -q -O - http://127.0.0.1:8080/
        same "$out" "a page from the container"
        within "$(martlet inspect --format '{{range .Mounts}}{{.Name}} {{end}}' \
            "systemd-web_$name")" "systemd-shop-$name"
    done
    expect 0 systemctl --user stop shop-pod@one
    eventually reaches web@one inactive
    same "$(systemctl --user is-active web@two)" active
    expect 0 systemctl --user stop shop-pod@two shop-network@one shop-network@two
    same "$(property web@two Result)" success
    removeUnits
    # systemd makes a slice for every template, and keeps it.
    systemctl --user stop 'app-*.slice'
    expect 0 martlet volume rm systemd-shop-one systemd-shop-two
    expect 0 martlet network rm systemd-shop-one systemd-shop-two
}
