# Much at once and for long: orphans, signals, commands, output, reloads of the manager.

data=$HOME/.local/share/martlet

prepare() {
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
}

monitor() { martlet inspect --format '{{.State.ConmonPid}}' "$1"; }

# resident PID : kilobytes.
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }

# descriptors PID : how many it has room for; there is more of it once they were open at one time.
descriptors() { awk '/^FDSize/ {print $2}' "/proc/$1/status"; }

# zombies PARENT : how many of its children nobody has waited for.
zombies() { ps --no-headers -o stat= --ppid "$1" | grep -c '^Z' || true; }

# printed NAME TEXT : how often the container has written this line.
printed() { martlet logs "$1" | grep -cxF "$2" || true; }

# has COUNT NAME TEXT : whether it is that often.
has() { [ "$(printed "$2" "$3")" = "$1" ]; }

claim_F_14_the_end_of_the_first_process_is_everybodys() {
    expect 3 timeout 20 martlet run --name tree --network none localhost/busybox sh -c \
        'for i in $(seq 200); do (setsid sleep 1234.5 &); done; exit 3'
    eventually bash -c '! pgrep -f "sleep 1234[.]5"'
    expect 0 martlet rm tree
    # With an init the orphans are waited for.
    expect 0 martlet run --rm --init --network none localhost/busybox sh -c '
        i=0; while [ $i -lt 10000 ]; do (true &); i=$((i + 1)); done; sleep 0.5
        cat /proc/[0-9]*/stat | cut -d " " -f 3 | grep -c Z || true'
    same "$out" 0
}

claim_F_15_orphans_that_the_monitor_gets_are_waited_for() {
    local pid before most=0 count
    # Without a namespace of processes they have no other first process.
    expect 0 martlet run -d --name orphans --pid host --network none localhost/busybox sh -c '
        sleep 0.5; i=0; while [ $i -lt 10000 ]; do (true &); i=$((i + 1)); done; echo done; sleep 1000'
    pid=$(monitor orphans)
    before=$(resident "$pid")
    until has 1 orphans done; do
        count=$(zombies "$pid")
        [ "$count" -le "$most" ] || most=$count
        sleep 0.2
    done
    sleep 1
    same "$(zombies "$pid")" 0
    echo "at most $most at one moment, $before kB before, $(resident "$pid") kB after"
    [ "$most" -lt 500 ]
    [ "$(resident "$pid")" -le $((before + 300)) ]
    expect 0 martlet rm -f -t 0 orphans
}

claim_F_16_each_signal_arrives_once_or_is_refused() {
    local signal
    expect 0 martlet run -d --name traps --network none --stop-signal RTMIN+3 localhost/busybox sh -c '
        trap "echo window" WINCH; trap "echo real" 35; trap "echo last" 64; trap "echo bye; exit 4" 37
        echo up; while :; do sleep 0.1; done'
    eventually has 1 traps up
    for signal in WINCH SIGWINCH 28; do expect 0 martlet kill --signal $signal traps; sleep 0.4; done
    for signal in RTMIN+1 SIGRTMIN+1 35; do expect 0 martlet kill --signal $signal traps; sleep 0.4; done
    for signal in RTMAX 64; do expect 0 martlet kill --signal $signal traps; sleep 0.4; done
    for signal in 65 -1 NONE SIGRTMIN+31 RTMAX-31 '' 1x 99999999999999999999; do
        expect 125 martlet kill --signal "$signal" traps
        within "$err" signal
    done
    eventually has 3 traps window
    same "$(printed traps real)" 3
    same "$(printed traps last)" 2
    expect 0 martlet stop traps
    same "$(printed traps bye)" 1
    expect 0 martlet inspect --format '{{.State.ExitCode}}' traps
    same "$out" 4
    expect 0 martlet rm traps
}

# claim_F_35_many_commands_leave_nothing: 180 s
claim_F_35_many_commands_leave_nothing() {
    local pid files memory i first last many=400 sequence=600
    [ -z "${SWEEP-}" ] || many=1000 sequence=100000
    expect 0 martlet run -d --name busy --network none localhost/busybox sleep 1000
    pid=$(monitor busy)
    first=$EPOCHREALTIME
    for i in $(seq 200); do martlet exec busy true; done
    last=$EPOCHREALTIME
    echo "$(((${last/./} - ${first/./}) / 200)) µs each at first"
    memory=$(resident "$pid") files=$(descriptors "$pid")
    for i in $(seq "$sequence"); do martlet exec busy true; done
    first=$EPOCHREALTIME
    for i in $(seq 200); do martlet exec busy true; done
    last=$EPOCHREALTIME
    echo "$(((${last/./} - ${first/./}) / 200)) µs each at last; $memory and $(resident "$pid") kB"
    [ "$(resident "$pid")" -le $((memory + 100)) ]
    same "$(descriptors "$pid")" "$files"

    for i in $(seq "$many"); do
        if [ $((i % 10)) = 0 ]; then
            martlet exec busy none-such 2> /dev/null || echo "$?" > "missing$i" &
        else
            martlet exec busy sh -c 'echo $1; exit 5' - "$i" > "out$i" 2> "err$i" ||
                echo "$?" > "code$i" &
        fi
    done
    wait
    same "$(cat missing* | sort | uniq -c | xargs)" "$((many / 10)) 127"
    same "$(cat code* | sort | uniq -c | xargs)" "$((many - many / 10)) 5"
    same "$(cat out* | sort -n | tr '\n' ' ')" "$(seq "$many" | grep -v '0$' | tr '\n' ' ')"
    echo "$(resident "$pid") kB after $many at once"
    [ "$(resident "$pid")" -le $((memory + 1000)) ]
    expect 0 martlet exec busy sh -c 'ls -d /proc/[0-9]* | wc -l'
    same "$out" 4
    expect 0 martlet rm -f -t 0 busy
}

claim_F_36_one_of_fifty_gets_the_port() {
    local i got
    for i in $(seq 50); do
        (
            set +e
            trap - ERR
            martlet run -d --name "taker$i" -p 127.0.0.1:18099:80 localhost/busybox sleep 1000 \
                > "out$i" 2> "err$i"
            echo "$?" > "code$i"
        ) &
    done
    wait
    same "$(cat code* | sort | uniq -c | xargs)" '1 0 49 125'
    same "$(cat err* | grep -c 'port 127.0.0.1:18099/tcp: another program listens there')" 49
    got=$(grep -lx 0 code* | tr -dc 0-9)
    same "$(martlet ps --quiet | wc -l)" 1
    expect 0 martlet rm -f -t 0 "taker$got"
    # Whoever did not get it may have it once it is free.
    i=$((got % 50 + 1))
    expect 0 martlet start "taker$i"
    martlet rm --all -f -t 0 > removed
}

claim_F_37_a_flood_of_output_takes_little_memory() {
    local driver seconds=3 most now pid
    [ -z "${SWEEP-}" ] || seconds=60
    for driver in k8s-file none journald; do
        expect 0 martlet run -d --name flood --network none --log-driver $driver \
            --log-opt max-size=1m localhost/busybox sh -c \
            'echo begins; exec yes "a line of the length that lines have in logs of servers, more or less"'
        pid=$(monitor flood)
        most=0
        SECONDS=0
        while [ $SECONDS -lt $seconds ]; do
            now=$(resident "$pid")
            [ "$now" -le "$most" ] || most=$now
            sleep 0.1
        done
        echo "$driver: $most kB at most"
        [ "$most" -lt 32768 ]
        expect 0 timeout 5 martlet exec flood echo beside
        same "$out" beside
        if [ $driver = k8s-file ]; then
            # The limit is kept, and the newest stays.
            now=$(du -ck "$data/containers/$(martlet inspect --format '{{.Id}}' flood)"/ctr.log{,.1} |
                tail -n 1 | cut -f 1)
            [ "$now" -le 2560 ] || { echo "$now kB of logs"; return 1; }
            # A reader ends, however fast more comes.
            expect 0 timeout 30 martlet logs --tail 1 flood
            within "$out" 'a line of the length'
        fi
        expect 0 timeout 15 martlet rm -f -t 0 flood
    done
}

# claim_F_49_reloads_disturb_no_service: 120 s
claim_F_49_reloads_disturb_no_service() {
    local i was
    unit steady.container <<'END'
[Container]
Image=localhost/busybox
Network=none
StopSignal=KILL
Exec=sleep 1000
[Service]
Restart=on-failure
END
    saying coming
    unit going.container <<'END'
[Container]
Image=localhost/busybox
Network=none
StopSignal=USR1
Exec=sh -c 'trap "sleep 1; exit 0" USR1; while :; do sleep 0.1; done'
END
    expect 0 systemctl --user start steady going
    was="$(property steady InvocationID) $(property steady MainPID)"
    # In the middle of a start and of a stop.
    expect 0 systemctl --user start --no-block coming
    expect 0 systemctl --user stop --no-block going
    for i in $(seq 100); do
        systemctl --user daemon-reload
        if [ "$i" = 50 ]; then
            eventually reaches coming active
            eventually reaches going inactive
            expect 0 systemctl --user restart --no-block coming
        fi
    done
    eventually reaches coming active
    same "$(property coming NRestarts)" 0
    same "$(property going Result)" success
    same "$(property steady InvocationID) $(property steady MainPID)" "$was"
    same "$(property steady NRestarts)" 0
    same "$(systemctl --user --failed --no-legend)" ''
    expect 0 systemctl --user stop steady coming
    removeUnits
}

claim_F_52_readiness_is_said_by_who_may_say_it() {
    # Never: the service fails, and its container is gone.
    saying says 'STATUS=thinking' TimeoutStartSec=2
    expect 1 systemctl --user start says
    same "$(property says Result)" timeout
    expect 1 martlet container exists says
    expect 0 systemctl --user reset-failed says
    # Twice, and with words that are the monitor's alone.
    saying says 'MAINPID=1\nREADY=1\nREADY=1\nSTATUS=of the payload' TimeoutStartSec=2
    expect 0 systemctl --user start says
    same "$(property says MainPID)" "$(monitor says)"
    same "$(property says ActiveState)" active
    expect 0 martlet exec says sh -c 'echo "${NOTIFY_SOCKET-none}"'
    same "$out" none
    expect 0 systemctl --user stop says
    removeUnits
}

# What a session without a user manager is: after su, in a cron job.
claim_F_51_without_a_manager_containers_run_and_limits_are_refused() {
    mkdir -m 700 run
    lonely() { env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="$PWD/run" "$@"; }
    expect 0 lonely martlet run -d --name far localhost/busybox sleep 1000
    within "$err" 'no service manager runs for this user'
    expect 0 lonely martlet exec far echo inside
    same "$out" inside
    expect 125 lonely martlet run --rm --network none --memory 64m localhost/busybox true
    within "$err" 'no service manager runs for this user'
    within "$err" 'loginctl enable-linger'
    same "$(lonely martlet ps --all --format '{{.Names}}')" far
    expect 0 lonely martlet stop -t 0 far
    expect 0 lonely martlet rm far
    expect 0 lonely martlet system check
    lonely martlet system reset --force > removed
}
