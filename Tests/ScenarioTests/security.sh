# What confines a container: T-EXE, T-FD, T-CAPS, T-SECCOMP of the threat list.

prepare() {
    load busybox self-exe
    cp /checkout/.build/rig/probe ~/probe
}

# inside OPTION... -- COMMAND... : the command's answer, by run and by exec; both must agree.
everyWay() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    expect 0 martlet run --rm --network none "${options[@]}" localhost/busybox "$@"
    local ran=$out
    expect 0 martlet run -d --name way --network none "${options[@]}" localhost/busybox sleep 1000
    expect 0 martlet exec way "$@"
    martlet rm -f -t 0 way > /dev/null
    same "$out" "$ran"
}

claim_T_CAPS_1_nothing_is_inherited() {
    everyWay -- grep -E '^Cap(Inh|Amb)' /proc/self/status
    same "$out" $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
}

claim_T_CAPS_2_root_has_the_default_set() {
    everyWay -- grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 00000000800405fb
}

claim_T_CAPS_2_a_user_has_none() {
    everyWay --user 1000 -- grep -E '^Cap(Prm|Eff)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 0000000000000000
}

claim_T_CAPS_3_an_unknown_capability_is_refused() {
    expect 125 martlet run --rm --network none --cap-add CAP_SYS_ADMNI localhost/busybox true
    within "$err" SYS_ADMNI
}

claim_capabilities_are_added_and_dropped() {
    everyWay --cap-drop all --cap-add net_bind_service -- grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 0000000000000400
}

claim_T_SECCOMP_1_a_filter_is_on() {
    everyWay -- grep -E '^Seccomp:|NoNewPrivs' /proc/self/status
    same "$out" $'NoNewPrivs:\t0\nSeccomp:\t2'
    everyWay --security-opt no-new-privileges -- grep -E '^Seccomp:|NoNewPrivs' /proc/self/status
    same "$out" $'NoNewPrivs:\t1\nSeccomp:\t2'
    everyWay --security-opt seccomp=unconfined -- grep -E '^Seccomp:' /proc/self/status
    same "$out" $'Seccomp:\t0'
}

claim_T_SECCOMP_2_the_other_doors_are_shut() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe foreign
    absent "$out" ' ok'
}

claim_T_SECCOMP_3_dangerous_calls_are_refused() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe calls
    absent "$out" ' ok'
    absent "$out" EFAULT
}

claim_T_SECCOMP_4_an_unknown_call_is_not_there() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe calls
    within "$out" 'unknown call ENOSYS'
}

claim_T_FD_1_no_descriptor_reaches_the_container() {
    local number
    for number in $(seq 10 69); do eval "exec $number< /tmp"; done
    everyWay -- ls /proc/self/fd
    # The fourth is the directory that ls reads.
    same "$(tr '\n' ' ' <<< "$out")" '0 1 2 3 '
}

claim_T_EXE_1_no_program_of_ours_can_be_written() {
    local before
    before=$(cat /usr/local/bin/martlet /usr/local/libexec/martlet/* | sha256sum)
    local round
    for round in $(seq 20); do
        martlet run --rm --network none localhost/self-exe > /dev/null 2>&1 || true
        martlet run --rm --network none localhost/self-exe --entrypoint /script > /dev/null 2>&1 || true
    done
    expect 0 martlet run -d --name target --network none -v "$HOME/probe:/probe:ro" localhost/busybox \
        sh -c 'while :; do /probe open /proc/[0-9]*/exe; done > /log 2>&1'
    for round in $(seq 50); do martlet exec target true; done
    expect 1 martlet exec target grep -E ' ok$' /log
    expect 0 martlet rm -f -t 0 target
    same "$(cat /usr/local/bin/martlet /usr/local/libexec/martlet/* | sha256sum)" "$before"
}

claim_kernel_files_are_masked() {
    everyWay -- sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c
        ls /proc/acpi /sys/firmware /proc/scsi 2>/dev/null | grep -cv : || true
        touch /proc/sys/kernel/hostname 2>/dev/null && echo written || true'
    absent "$out" written
    same "$(head -n 1 <<< "$out")" 0
}

claim_the_host_is_out_of_sight() {
    everyWay -- sh -c 'ls /proc | grep -c "^[0-9]" | awk "{print (\$1 < 6)}"; test -e "'"$HOME"'" || echo hidden'
    same "$out" $'1\nhidden'
}

claim_root_inside_is_the_user_outside() {
    everyWay -- cat /proc/self/uid_map
    within "$out" "$UID"
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox id -u
    same "$out" "$UID"
}
