# SIGKILL at a system call of the runtime, whichever it is (F-04): no process is left that no record
# tells of, what is left can be deleted, with its control group, and the container made again.
#
# A claim strikes at 40 calls spread over all, from a place that its line names; SWEEP=all strikes
# at every one, once killing the process that makes the call and once all of them.

runtime=/usr/local/libexec/martlet/martlet-runtime

prepare() {
    mkdir -p ~/bundle/rootfs/{bin,proc,dev,sys,tmp}
    cp /bin/busybox ~/bundle/rootfs/bin
    local name
    for name in sleep true; do ln -s busybox ~/bundle/rootfs/bin/$name; done
    cd ~/bundle
    "$runtime" spec --rootless
    jq '.process.args = ["sleep", "31536000"] | .process.terminal = false' config.json > new
    mv new config.json
}

r() { "$runtime" --root "$HOME/state" "$@"; }

# in_a_group FUNCTION... : runs it where the runtime may make control groups.
in_a_group() {
    declare -f > words
    declare -p runtime strike > names
    systemd-run --user --scope --quiet --property Delegate=yes env ${SWEEP:+"SWEEP=$SWEEP"} \
        bash -Eeuo pipefail -c '. ./words; . ./names; "$@"' - "$@"
}

group() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)"; }
ours() { pgrep -f 'sleep 31536000|martlet-runtime.*struck' || true; }

# A process of the container is the one that the record names, or it ends by itself.
all_are_recorded() {
    local pid
    pid=$(r state struck 2> /dev/null | jq -r 'select(.status != "stopped") | .pid') || pid=
    [ "$(ours)" = "${pid:-}" ]
}

nothing_is_left() {
    same "$(ours)" ""
    same "$(ls -A ~/state 2> /dev/null)" ""
    same "$(find "$(group)" -mindepth 1 -type d)" ""
}

# sweep COMMAND... : `renew` brings about what the command needs.
sweep() {
    local total every first number how hows=(kill kill-all) ended
    at='with nothing struck'
    trap 'echo "$at"' EXIT
    clear_away
    renew
    STRIKE_LEAVES=1 "$strike" count 0 all strike.log "$@" > struck.out 2> struck.err < /dev/null
    read -r total _ < strike.log
    [ "$total" -gt 20 ]
    every=$(((total + 39) / 40)) first=$((RANDOM % every + 1))
    if [ "${SWEEP-}" = all ]; then every=1 first=1; else hows=("${hows[RANDOM % 2]}"); fi
    for how in "${hows[@]}"; do
        echo "$how at calls $first, $((first + every)) … of $total" >> note
        for ((number = first; number <= total; number += every)); do
            at="$how at call $number of $total: $*"
            clear_away
            renew
            ended=0
            STRIKE_LEAVES=1 "$strike" "$how" "$number" all strike.log "$@" > struck.out \
                2> struck.err < /dev/null || ended=$?
            [ "$ended" != 99 ]
            # A failure says why, unless nobody is left to say it.
            [ "$ended" = 0 ] || [ "$ended" = 137 ] || [ -s struck.err ]
            eventually all_are_recorded
            clear_away
        done
    done
    # It can be had again.
    r run --detach --bundle ~/bundle struck < /dev/null > /dev/null 2>&1
    r exec struck true
    clear_away
}

clear_away() {
    r delete --force struck
    nothing_is_left
}

made() { r create --bundle ~/bundle struck < /dev/null > /dev/null 2>&1; }
begun() {
    made
    r start struck
}

sweep_create() {
    renew() { :; }
    sweep "$runtime" --root ~/state create --bundle ~/bundle struck
}

sweep_start() {
    renew() { made; }
    sweep "$runtime" --root ~/state start struck
}

sweep_exec() {
    renew() { begun; }
    sweep "$runtime" --root ~/state exec struck true
}

sweep_delete() {
    renew() { begun; }
    sweep "$runtime" --root ~/state delete --force struck
}

sweep_run() {
    renew() { :; }
    sweep "$runtime" --root ~/state run --detach --bundle ~/bundle struck
}

# claim_F_04_a_runtime_struck_while_it_creates: 1800 s
claim_F_04_a_runtime_struck_while_it_creates() { in_a_group sweep_create; }
# claim_F_04_a_runtime_struck_while_it_starts: 1800 s
claim_F_04_a_runtime_struck_while_it_starts() { in_a_group sweep_start; }
# claim_F_04_a_runtime_struck_while_it_enters: 1800 s
claim_F_04_a_runtime_struck_while_it_enters() { in_a_group sweep_exec; }
# claim_F_04_a_runtime_struck_while_it_deletes: 1800 s
claim_F_04_a_runtime_struck_while_it_deletes() { in_a_group sweep_delete; }
# claim_F_04_a_runtime_struck_while_it_runs_one_beside: 1800 s
claim_F_04_a_runtime_struck_while_it_runs_one_beside() { in_a_group sweep_run; }
