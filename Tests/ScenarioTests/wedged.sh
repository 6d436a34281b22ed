# What stands still or is taken away under a running container: its monitor, its processes, its
# mounts, its run-time directory.

prepare() {
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
}

monitor() { martlet inspect --format '{{.State.ConmonPid}}' "$1"; }

# group NAME : the control group of a container's processes.
group() {
    echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(martlet inspect --format '{{.State.Pid}}' "$1")/cgroup")"
}

# is STATUS NAME : whether the container has it now.
is() { [ "$(martlet inspect --format '{{.State.Status}}' "$2")" = "$1" ]; }

# logged NAME TEXT : whether the container has written it.
logged() { martlet logs "$1" | grep -qxF "$2"; }

claim_F_12_a_stopped_monitor_loses_nothing() {
    local wait=5
    [ -z "${SWEEP-}" ] || wait=60
    expect 0 martlet run -d --name other --network none localhost/busybox sleep 1000
    expect 0 martlet run -d --name talks --network none localhost/busybox \
        sh -c 'sleep 0.3; for i in $(seq 20000); do echo "line $i"; done; exit 7'
    kill -STOP "$(monitor talks)"
    sleep "$wait"
    expect 0 timeout 2 martlet ps --format '{{.Names}} {{.State}}'
    within "$out" 'talks running'
    expect 0 timeout 2 martlet inspect talks
    expect 0 timeout 2 martlet exec other echo beside
    same "$out" beside
    kill -CONT "$(monitor talks)"
    expect 0 timeout 10 martlet wait talks
    same "$out" 7
    same "$(martlet logs talks | wc -l)" 20000
    same "$(martlet logs --tail 1 talks)" 'line 20000'
    expect 0 martlet rm -f -t 0 talks other
}

claim_F_12_commands_continue_a_monitor_that_they_need() {
    expect 0 martlet run -d --name web --network none localhost/busybox sleep 1000
    kill -STOP "$(monitor web)"
    expect 0 timeout 5 martlet exec web echo continued
    same "$out" continued
    kill -STOP "$(monitor web)"
    expect 0 timeout 5 martlet pause web
    kill -STOP "$(monitor web)"
    expect 0 timeout 5 martlet unpause web
    kill -STOP "$(monitor web)"
    expect 0 timeout 5 martlet stop -t 0 web
    expect 0 martlet start web
    kill -STOP "$(monitor web)"
    expect 0 timeout 5 martlet rm -f -t 0 web
}

# A whole unit that was frozen cannot be continued by a signal.
# claim_F_12_a_frozen_unit_is_named: 120 s
claim_F_12_a_frozen_unit_is_named() {
    printf '[Container]\nImage=localhost/busybox\nContainerName=web\nNetwork=none\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit web.container
    expect 0 systemctl --user start web
    expect 0 systemctl --user freeze web
    expect 125 timeout 60 martlet stop -t 1 web
    within "$err" 'the monitor of container "web" (process '
    within "$err" 'web.service" is frozen'
    within "$err" 'thaw it with "systemctl --user thaw web.service"'
    expect 0 systemctl --user thaw web.service
    eventually reaches web inactive
    removeUnits
}

claim_F_13_frozen_processes_are_ended() {
    local word
    for word in 'stop -t 1' 'kill' 'rm -f -t 1'; do
        expect 0 martlet run -d --name web --network none localhost/busybox \
            sh -c 'trap "" TERM; sleep 1000'
        echo 1 > "$(group web)/cgroup.freeze"
        # shellcheck disable=SC2086
        expect 0 timeout 10 martlet $word web
        [ "$word" != kill ] || expect 0 timeout 5 martlet wait web
        martlet rm -f --ignore web > /dev/null
    done
}

# claim_F_13_a_process_that_the_kernel_does_not_end_is_named: 120 s
claim_F_13_a_process_that_the_kernel_does_not_end_is_named() {
    local server
    mkdir silent
    /checkout/Tests/Rigs/silent-files silent > asked &
    server=$!
    eventually mountpoint -q silent
    expect 0 martlet run -d --name reads -v "$PWD/silent:/silent" --network none localhost/busybox \
        cat /silent/file
    eventually grep -q asked asked
    expect 125 timeout 30 martlet stop -t 1 reads
    within "$err" 'container "reads" does not end'
    within "$err" 'process * (cat) was killed, but waits in the kernel'
    expect 125 timeout 30 martlet rm -f -t 0 reads
    within "$err" 'container "reads" does not end'
    # Nobody else waits for it.
    expect 0 timeout 2 martlet ps --format '{{.Names}} {{.State}}'
    same "$out" 'reads stopping'
    expect 0 timeout 5 martlet run --rm --network none localhost/busybox true
    kill "$server"
    fusermount3 -u silent
    expect 0 timeout 5 martlet wait reads
    same "$out" 137
    expect 0 martlet rm reads
}

claim_F_07_a_stop_and_its_monitor_killed_leave_no_stopping() {
    local stop
    expect 0 martlet run -d --name web --network none localhost/busybox \
        sh -c 'trap "" TERM; while :; do sleep 1; done'
    martlet stop -t 100 web &
    stop=$!
    eventually is stopping web
    kill -KILL "$stop"
    kill -KILL "$(monitor web)"
    # Nobody looks after it: it ends, and nobody knows with which code.
    eventually is exited web
    expect 0 timeout 5 martlet stop -t 1 web
    expect 0 martlet start web
    expect 0 martlet rm -f -t 0 web
}

claim_F_21_a_removed_run_time_directory_comes_back() {
    local ids
    expect 0 martlet run -d --name lasting --network none localhost/busybox sleep 1000
    expect 0 martlet run -d --rm --name brief --network none localhost/busybox sleep 1000
    printf '[Container]\nImage=localhost/busybox\nContainerName=web\nNetwork=none\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit web.container
    expect 0 systemctl --user start web
    ids=$(martlet ps --no-trunc --format '{{.Names}} {{.ID}} {{.State}}' | sort)
    rm -rf "$XDG_RUNTIME_DIR/martlet"
    expect 0 martlet ps --no-trunc --format '{{.Names}} {{.ID}} {{.State}}'
    within "$err" 'was removed while containers ran'
    same "$(sort <<< "$out")" "$ids"
    # Once is enough to say it.
    expect 0 martlet ps
    same "$err" ''
    expect 125 martlet start lasting
    within "$err" 'is already running'
    local name
    for name in lasting brief web; do
        expect 0 martlet exec "$name" echo reached
        same "$out" reached
    done
    expect 0 martlet stop -t 0 lasting
    expect 0 martlet start lasting
    expect 0 martlet rm -f -t 0 lasting brief
    expect 0 systemctl --user stop web
    same "$(property web Result)" success
    expect 0 martlet ps -aq
    same "$out" ''
    removeUnits
}

claim_F_34_sixteen_clients_of_one_container_agree_in_the_end() {
    local client
    for client in $(seq 16); do
        (
            for _ in $(seq 5); do
                martlet run -d --name web --network none localhost/busybox sleep 1000
                martlet stop -t 0 web
                martlet start web
                martlet rename web web2
                martlet rename web2 web
                martlet rm -f -t 0 web
            done > "out-$client" 2>&1 || true
        ) &
    done
    wait
    # Who came too late hears that there is none, that it has another state, or that the name is taken.
    cat out-* | grep '^error:' | grep -vE 'there is no container|is in use|is running|is already running|was removed while|is not running|does not allow' > odd || true
    same "$(sort odd | uniq -c | head)" ''
    martlet rm -f -t 0 --ignore web web2 > /dev/null
    expect 0 martlet system check
    expect 0 martlet run --rm --name web --network none localhost/busybox true
}

claim_F_55_mounts_of_a_root_are_seen_as_they_are() {
    expect 0 martlet create --name web --network none localhost/busybox true
    # shellcheck disable=SC2016
    expect 0 martlet unshare sh -euc '
        path=$(martlet mount web)
        test -f "$path/www/index.html"
        # Unmounted by hand, mounted twice, and something foreign on top.
        umount "$path"
        test "$(martlet mount)" = ""
        test "$(martlet mount web)" = "$path"
        mount --bind "$path" "$path"
        mount -t tmpfs foreign "$path"
        ! martlet mount web
        martlet diff web
        martlet start -a web
        martlet rm web
        ! grep -F "$path" /proc/self/mountinfo
    '
    expect 0 martlet system check
}

claim_a_brief_container_is_restarted_where_it_is() {
    local id
    expect 0 martlet run -d --rm --name web --network none localhost/busybox \
        sh -c 'trap "exit 0" TERM; echo begun; while :; do sleep 0.1; done'
    id=$out
    eventually logged web begun
    expect 0 martlet restart -t 5 web
    same "$(martlet inspect --format '{{.Id}} {{.State.Status}} {{.RestartCount}}' web)" "$id running 0"
    expect 0 martlet pause web
    expect 0 martlet restart -t 0 web
    same "$(martlet inspect --format '{{.Id}} {{.State.Status}}' web)" "$id running"
    expect 0 martlet stop -t 0 web
    expect 1 martlet container exists web
}

claim_a_brief_container_on_our_own_overlay_is_restarted_too() {
    expect 0 martlet --storage-driver fuse-overlay run -d --rm --name web --network none \
        localhost/busybox sh -c 'cat /kept 2> /dev/null; echo before > /kept; sleep 1000'
    eventually martlet exec web test -s /kept
    expect 0 martlet restart -t 0 web
    eventually logged web before
    expect 0 martlet rm -f -t 0 web
}

claim_a_service_stays_active_while_its_container_is_restarted() {
    printf '[Container]\nImage=localhost/busybox\nContainerName=web\nNetwork=none\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit web.container
    expect 0 systemctl --user start web
    local main
    main=$(property web MainPID)
    expect 0 martlet restart web
    same "$(property web MainPID) $(systemctl --user is-active web)" "$main active"
    expect 0 martlet exec web true
    expect 0 systemctl --user stop web
    same "$(property web Result)" success
    removeUnits
}
