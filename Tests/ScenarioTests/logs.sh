# `martlet logs` shows what a container printed, whatever kept it.

prepare() {
    load busybox
}

printer() { # OPTION... : prints three lines and ends
    expect 0 martlet run --name printer --network none "$@" localhost/busybox \
        sh -c 'echo one; echo two >&2; sleep 0.1; echo three'
}

claim_a_log_is_kept_after_the_end() {
    printer --log-driver k8s-file
    expect 0 martlet logs printer
    same "$out" $'one\nthree'
    same "$err" two
    expect 0 martlet logs --tail 1 printer
    same "$out" three
    expect 0 martlet rm printer
}

claim_the_journal_keeps_a_log() {
    printer --log-driver journald
    eventually bash -c 'martlet logs printer 2>&1 | grep -x three'
    expect 0 bash -c 'journalctl --user --output cat CONTAINER_NAME=printer'
    within "$out" one
    expect 0 martlet rm printer
}

claim_no_driver_keeps_nothing() {
    printer --log-driver none
    expect 125 martlet logs printer
    within "$err" none
    expect 0 martlet rm printer
}

claim_following_ends_with_the_container() {
    expect 0 martlet run -d --name talker --network none --log-driver k8s-file localhost/busybox \
        sh -c 'echo early; sleep 0.5; echo late'
    expect 0 timeout 20 martlet logs --follow talker
    same "$out" $'early\nlate'
    expect 0 martlet rm talker
}

claim_a_log_that_was_turned_over_is_read_whole() {
    expect 0 martlet run -d --name turns --network none --log-driver k8s-file \
        --log-opt max-size=100k --log-opt max-file=3 localhost/busybox sh -c 'sleep 0.3; seq 1 4000; sleep 0.3
        for i in $(seq 20); do seq $((i * 100 + 4001)) $((i * 100 + 4100)); sleep 0.05; done'
    timeout 20 martlet logs --follow turns > followed
    # Three files hold all but the oldest lines; a reader that keeps up misses none.
    expect 0 martlet logs turns
    same "$(tail -n 1 <<< "$out")" 6100
    same "$out" "$(seq "$(head -n 1 <<< "$out")" 6100 | grep -vE '^40[0-9][1-9]$|^40[1-9]0$|^4100$')"
    [ "$(wc -l <<< "$out")" -gt 4000 ]
    same "$(tail -n 2000 followed)" "$(seq 4101 6100)"
    same "$(sort -nu followed)" "$(cat followed)"
    expect 0 martlet logs --tail 2000 turns
    same "$(wc -l <<< "$out")" 2000
    expect 0 martlet rm turns
    expect 125 martlet create --log-opt max-file=0 localhost/busybox true
    within "$err" 'from 1 to 100'
}

claim_timestamps_and_since_are_understood() {
    printer --log-driver k8s-file
    expect 0 martlet logs --timestamps printer
    [[ $out =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T.*\ one ]]
    expect 0 martlet logs --since 2000-01-01T00:00:00Z printer
    within "$out" one
    expect 0 martlet logs --since 1h printer
    within "$out" one
    expect 0 martlet rm printer
}

claim_each_container_has_a_colour() {
    martlet run --name one --network none localhost/busybox echo first > /dev/null
    martlet run --name two --network none localhost/busybox echo second > /dev/null
    expect 0 martlet logs --color --names one two
    same "$out" $'\e[31mone first\e[0m\n\e[32mtwo second\e[0m'
    expect 0 martlet rm one two
}

claim_several_logs_are_followed_at_once() {
    local one
    one=$(martlet run -d --name one --network none localhost/busybox sh -c 'echo a; sleep 2; echo c')
    martlet run -d --name two --network none localhost/busybox \
        sh -c 'sleep 1; echo b; sleep 2; echo d' > /dev/null
    # Neither waits for the other, and both end.
    expect 0 timeout 20 martlet logs --follow --names one two
    same "$out" $'one a\ntwo b\none c\ntwo d'
    expect 0 martlet logs one two
    same "$(head -n 1 <<< "$out")" "${one:0:12} a"
    expect 125 timeout 20 martlet logs --follow one nobody two
    within "$err" 'nobody'
    within "$out" 'd'
    expect 0 martlet rm one two
}
