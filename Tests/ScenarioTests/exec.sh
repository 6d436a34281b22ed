# `martlet exec` joins a running container.

prepare() {
    load busybox
}

up() {
    expect 0 martlet run -d --name box --network none "$@" localhost/busybox sleep 1000
}

down() {
    expect 0 martlet rm -f -t 0 box
}

claim_it_sees_what_the_container_sees() {
    up -e FROM=run
    expect 0 martlet exec box sh -c 'touch /made; echo $FROM; hostname; ps -o args'
    within "$out" run
    within "$out" 'sleep 1000'
    expect 0 martlet exec box test -e /made
    down
}

claim_its_exit_codes_are_those_of_run() {
    up
    expect 3 martlet exec box sh -c 'exit 3'
    expect 126 martlet exec box /etc/passwd
    expect 127 martlet exec box no-such-program
    expect 125 martlet exec no-such-container true
    down
    expect 125 martlet exec box true
}

claim_options_set_user_directory_and_environment() {
    up
    expect 0 martlet exec -u 7:8 -w /tmp -e ONE=1 box sh -c 'echo $(id -u):$(id -g) $(pwd) $ONE'
    same "$out" "7:8 /tmp 1"
    down
}

claim_input_reaches_it() {
    up
    same "$(echo hello | martlet exec -i box cat)" hello
    down
}

claim_a_terminal_is_a_real_one() {
    up
    expect 0 script -qec 'martlet exec -it box sh -c "tty; test -t 0 && test -t 1 && echo both"' log
    within "$out" /dev/pts/
    within "$out" both
    down
}

claim_a_large_output_is_whole() {
    up
    same "$(martlet exec box sh -c 'yes | head -c 3000000' | wc -c)" 3000000
    down
}

claim_it_ends_with_the_container() {
    up
    martlet exec box sleep 1000 &
    eventually bash -c 'martlet exec box ps -o args | grep -c "sleep 1000" | grep -x 2'
    down
    local status=0
    wait $! || status=$?
    same "$status" 137
}
