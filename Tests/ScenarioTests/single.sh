# A user without a range in /etc/subuid: one id, and that is said.

prepare() {
    # The first command that needs a user namespace says it.
    martlet load --quiet --input "$images/busybox.tar" > /dev/null 2> ~/first
}

claim_one_id_is_enough_and_said() {
    expect 0 martlet run --rm --network none localhost/busybox sh -c 'id -u; cat /proc/self/uid_map'
    same "$(tr -s ' ' <<< "$out")" "$(printf '0\n 0 %s 1' "$UID")"
    within "$(cat ~/first)" \
        "user \"$USER\" has no range in /etc/subuid, continuing with one id alone"
    within "$(cat ~/first)" 'sudo usermod --add-subuids'
}

claim_the_network_and_exec_work_too() {
    expect 0 martlet run -d --name one -p 127.0.0.1:18092:8080 localhost/busybox \
        httpd -f -p 8080 -h /www
    eventually page 18092
    expect 0 martlet exec one id -u
    same "$out" 0
    expect 0 martlet rm -f -t 0 one
}

claim_another_id_is_refused_with_the_way_out() {
    expect 125 martlet run --rm --network none --user 33 localhost/busybox true
    within "$err" 'uid 33 does not exist in the container'
    within "$err" 'grant a larger range in /etc/subuid and /etc/subgid'
}

claim_doctor_says_what_mends_it() {
    expect 1 martlet doctor
    within "$out" "/etc/subuid grants $USER no ids"
    within "$out" "sudo usermod --add-subuids"
}
