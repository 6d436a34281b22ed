# `martlet run` by hand: what it prints, what it returns, what it leaves.

prepare() {
    load busybox settings
}

claim_the_output_is_that_of_the_command() {
    expect 0 martlet run --rm --network none localhost/busybox echo hello
    same "$out" hello
    same "$err" ""
}

claim_the_exit_code_is_that_of_the_command() {
    expect 0 martlet run --rm --network none localhost/busybox true
    expect 1 martlet run --rm --network none localhost/busybox false
    expect 42 martlet run --rm --network none localhost/busybox sh -c 'exit 42'
}

claim_126_is_not_executable_and_127_is_not_found() {
    expect 126 martlet run --rm --network none localhost/busybox /etc/passwd
    expect 127 martlet run --rm --network none localhost/busybox /no/such/program
    expect 127 martlet run --rm --network none localhost/busybox no-such-program
}

claim_125_is_our_own_error() {
    expect 125 martlet run --rm --no-such-option localhost/busybox true
    expect 125 martlet run --rm --memory nonsense localhost/busybox true
}

claim_input_reaches_the_command() {
    same "$(echo hello | martlet run --rm -i --network none localhost/busybox cat)" hello
}

claim_the_settings_of_the_image_hold() {
    expect 0 martlet run --rm --network none localhost/settings
    same "$out" "entry cmd"
    expect 0 martlet run --rm --network none localhost/settings other
    same "$out" "entry other"
    expect 0 martlet run --rm --network none --entrypoint sh localhost/settings \
        -c 'echo $GREETING $(pwd) $(id -u):$(id -g)'
    same "$out" "hello /srv/place 1000:100"
}

claim_options_override_the_image() {
    expect 0 martlet run --rm --network none --entrypoint '' -e GREETING=bye -e OTHER=one \
        -w /tmp -u 7:8 --hostname box localhost/settings \
        sh -c 'echo $GREETING $OTHER $(pwd) $(id -u):$(id -g) $(hostname)'
    same "$out" "bye one /tmp 7:8 box"
}

claim_an_environment_file_is_read() {
    printf '# a comment\nONE=1\nTWO=two words\n' > file.env
    expect 0 martlet run --rm --network none --env-file file.env localhost/busybox \
        sh -c 'echo $ONE, $TWO'
    same "$out" "1, two words"
}

claim_a_detached_container_is_listed_and_stopped() {
    expect 0 martlet run -d --name sleeper --network none localhost/busybox sleep 1000
    same "${#out}" 64
    expect 0 martlet ps --format '{{.Names}} {{.Image}}'
    same "$out" "sleeper localhost/busybox:latest"
    expect 0 martlet stop -t 0 sleeper
    expect 0 martlet ps --quiet
    same "$out" ""
    expect 0 martlet ps --all --format '{{.Names}}'
    same "$out" sleeper
    expect 0 martlet rm sleeper
}

claim_a_stopped_container_starts_again() {
    expect 0 martlet run --name again --network none localhost/busybox \
        sh -c 'echo x >> /count; wc -l < /count'
    same "$out" 1
    expect 0 martlet start --attach again
    same "$out" 2
    expect 0 martlet rm again
}

claim_create_makes_and_start_runs() {
    expect 0 martlet create --name made --network none localhost/busybox echo made
    expect 0 martlet start --attach made
    same "$out" made
    expect 0 martlet rm made
}

claim_a_name_is_taken_once() {
    expect 0 martlet run -d --name taken --network none localhost/busybox sleep 1000
    expect 125 martlet run -d --name taken --network none localhost/busybox sleep 1000
    within "$err" taken
    expect 0 martlet run -d --replace --name taken --network none localhost/busybox sleep 1000
    expect 0 martlet rm -f -t 0 taken
}

claim_the_stop_signal_of_the_image_is_sent() {
    expect 0 martlet run -d --name trapper --network none --entrypoint '' localhost/settings \
        sh -c 'trap "exit 9" USR1; touch /tmp/ready; while :; do sleep 0.1; done'
    eventually martlet exec trapper test -e /tmp/ready
    expect 0 martlet stop trapper
    expect 0 martlet inspect --format '{{.State.ExitCode}}' trapper
    same "$out" 9
    expect 0 martlet rm trapper
}

claim_wait_returns_the_exit_code() {
    expect 0 martlet run -d --name waited --network none localhost/busybox sh -c 'sleep 0.3; exit 3'
    expect 0 martlet wait waited
    same "$out" 3
    expect 0 martlet rm waited
}

claim_kill_sends_the_signal() {
    expect 0 martlet run -d --name killed --network none localhost/busybox sleep 1000
    expect 0 martlet kill --signal KILL killed
    expect 0 martlet wait killed
    same "$out" 137
    expect 0 martlet rm killed
}

claim_the_file_system_is_private_and_writable() {
    expect 0 martlet run --rm --network none localhost/busybox \
        sh -c 'echo new > /file && cat /file && rm /etc/passwd'
    same "$out" new
    expect 0 martlet run --rm --network none localhost/busybox sh -c 'test ! -e /file && cat /etc/passwd'
    within "$out" root:x:0
}

claim_a_read_only_root_refuses_writes() {
    expect 1 martlet run --rm --network none --read-only localhost/busybox touch /file
    expect 0 martlet run --rm --network none --read-only localhost/busybox touch /tmp/file
}

claim_a_tmpfs_is_mounted_with_its_options() {
    expect 0 martlet run --rm --network none --tmpfs /scratch:size=1m,mode=700 localhost/busybox \
        sh -c 'grep " /scratch " /proc/mounts'
    within "$out" tmpfs
    within "$out" size=1024k
    within "$out" mode=700
}

claim_ulimits_sysctls_and_shm_are_set() {
    expect 0 martlet run --rm --network none --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 \
        --shm-size 2m localhost/busybox sh -c \
        'ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward; grep " /dev/shm " /proc/mounts'
    within "$out" $'100\n200\n1\n'
    within "$out" size=2048k
}

claim_the_id_is_written_to_the_cidfile() {
    expect 0 martlet run --rm --cidfile id --network none localhost/busybox true
    same "$(wc -c < id)" 64
}

claim_init_reaps_orphans() {
    expect 0 martlet run --rm --init --network none localhost/busybox \
        sh -c '(sleep 0.1 &); sleep 0.3; cat /proc/1/comm; ps -o stat= | grep -c Z || true'
    absent "$out" sh
    within "$out" $'\n0'
}

claim_a_terminal_is_a_real_one() {
    expect 0 script -qec 'martlet run --rm -it --network none localhost/busybox sh -c "tty; stty size"' log
    within "$out" /dev/pts/0
}

claim_fifty_at_once_all_succeed() {
    local i
    for i in $(seq 50); do
        martlet run --rm --network none localhost/busybox echo "$i" > "out$i" 2>&1 &
    done
    wait
    same "$(cat out* | sort -n | tr '\n' ' ')" "$(seq -s ' ' 50) "
}

claim_containers_started_by_hand_share_a_scope() {
    expect 0 martlet run -d --name one --network none localhost/busybox sleep 1000
    local monitor payload id scope
    monitor=$(martlet inspect --format '{{.State.ConmonPid}}' one)
    payload=$(martlet inspect --format '{{.State.Pid}}' one)
    id=$(martlet inspect --format '{{.Id}}' one)
    scope=$(sed -n 's/^0:://p' "/proc/$monitor/cgroup")
    [[ $scope == */martlet-userns-*.scope/supervisor ]]
    scope=${scope%/supervisor}
    same "$(sed -n 's/^0:://p' "/proc/$payload/cgroup")" "$scope/$id"
    # What a killed monitor leaves of it is removed by the next command about containers.
    kill -KILL "$monitor"
    eventually test ! -e "/proc/$payload"
    expect 0 martlet stop one
    [ ! -e "/sys/fs/cgroup$scope/$id" ]
    expect 0 martlet rm one
}

# A file and /dev/null are ready at any time; epoll(7) does not take them.
claim_standard_input_may_be_a_file() {
    seq 1 20000 > numbers
    martlet run --rm --interactive --network none localhost/busybox cat < numbers > said
    cmp numbers said
    head -c 10000000 /dev/zero > zeros
    same "$(martlet run --rm --interactive --network none localhost/busybox wc -c < zeros)" 10000000
    # Who reads slowly gets it all, and what comes back meanwhile is not kept waiting.
    same "$(martlet run --rm --interactive --network none localhost/busybox \
        sh -c 'echo first; sleep 0.3; cat | md5sum' < zeros)" \
        "$(printf 'first\n%s' "$(md5sum < zeros)")"
    # Who does not read it ends all the same.
    expect 3 martlet run --rm --interactive --network none localhost/busybox sh -c 'exit 3' < zeros
    for nothing in /dev/null .; do
        same "$(martlet run --rm --interactive --network none localhost/busybox \
            sh -c 'cat; echo end' < $nothing)" end
    done
    martlet create --interactive --name fed --network none localhost/busybox cat > made
    martlet start --attach --interactive fed < numbers > said
    cmp numbers said
    martlet rm fed > removed
    martlet run --detach --interactive --name fed --network none localhost/busybox cat > made
    martlet attach fed < numbers > said
    cmp numbers said
    martlet rm fed > removed
}
