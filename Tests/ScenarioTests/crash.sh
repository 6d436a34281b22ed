# SIGKILL at every system call: the next command finds and clears what was left.

prepare() {
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
}

# calls COMMAND... : its system calls in turn, each as "NAME K", the K-th call of that name.
calls() {
    strace -qq -e signal=none -o calls.log "$@" > /dev/null
    sed -nE 's/^([a-z_0-9]+)\(.*/\1/p' calls.log | awk '{print $1, ++seen[$1]}' |
        grep -vE '^(execve|exit_group) '
}

# killedAt NAME K COMMAND... : runs it, and kills it as it makes that call.
killedAt() {
    local name=$1 number=$2
    shift 2
    strace -qq -o /dev/null -e signal=none -e "inject=$name:signal=KILL:when=$number" "$@" \
        > /dev/null 2>&1 || true
}

# gone NAME : the next command finds the name free again.
gone() {
    martlet rm -f -t 0 --ignore "$1" > /dev/null
    expect 0 martlet run --rm --name "$1" --network none localhost/busybox echo alive
    same "$out" alive
}

# claim_a_run_killed_anywhere_leaves_nothing: 900 s
claim_a_run_killed_anywhere_leaves_nothing() {
    local name number
    calls martlet run --rm --name crash --network none localhost/busybox true > list
    [ -s list ]
    while read -r name number; do
        killedAt "$name" "$number" \
            martlet run --rm --name crash --network none localhost/busybox true
        gone crash < /dev/null || { echo "after $name number $number"; return 1; }
    done < list
}

# claim_a_detached_run_killed_anywhere_leaves_nothing: 900 s
claim_a_detached_run_killed_anywhere_leaves_nothing() {
    local name number
    calls martlet run -d --name crash --network none localhost/busybox sleep 1000 > list
    martlet rm -f -t 0 crash > /dev/null
    while read -r name number; do
        killedAt "$name" "$number" \
            martlet run -d --name crash --network none localhost/busybox sleep 1000
        gone crash < /dev/null || { echo "after $name number $number"; return 1; }
    done < list
}

# claim_a_stop_killed_anywhere_can_be_repeated: 900 s
claim_a_stop_killed_anywhere_can_be_repeated() {
    local name number
    expect 0 martlet run -d --name crash --network none localhost/busybox sleep 1000
    calls martlet stop -t 0 crash > list
    expect 0 martlet rm crash
    while read -r name number; do
        expect 0 martlet run -d --name crash --network none localhost/busybox sleep 1000
        killedAt "$name" "$number" martlet stop -t 0 crash
        martlet stop -t 0 crash > /dev/null
        expect 0 martlet rm crash || { echo "after $name number $number"; return 1; }
    done < list
}

claim_a_killed_monitor_leaves_nothing() {
    local round pid
    for round in $(seq 20); do
        expect 0 martlet run -d --name crash --network none localhost/busybox sleep 1000
        pid=$(pgrep -u "$UID" -f '^martlet-monitor monitor')
        sleep "0.0$((round % 10))"
        kill -KILL "$pid"
        gone crash
    done
}
