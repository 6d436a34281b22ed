# Secrets: kept for their user alone, handed to containers, shown nowhere.

prepare() {
    load busybox
}

# held WORD : whether a file below the data or the run-time directory, or the journal, has the word.
held() {
    grep -rlF "$1" "${XDG_DATA_HOME:-$HOME/.local/share}/martlet" "$XDG_RUNTIME_DIR/martlet" \
        2> /dev/null || true
}

claim_a_secret_is_listed_and_inspected_without_its_content() {
    printf swordfish > word
    expect 0 martlet secret create --label team=sea db word
    local id=$out
    [[ $id =~ ^[0-9a-f]{25}$ ]]
    expect 0 martlet secret ls --format '{{.ID}} {{.Name}} {{.Driver}}'
    same "$out" "$id db file"
    expect 0 martlet secret ls --quiet
    same "$out" "$id"
    expect 0 martlet secret inspect db
    within "$out" '"Name": "db"'
    within "$out" '"team": "sea"'
    absent "$out" swordfish
    expect 0 martlet secret inspect --showsecret --format '{{.SecretData}}' db
    same "$out" swordfish
    expect 0 martlet secret exists db
    expect 1 martlet secret exists cellar
    expect 0 martlet secret rm db
    same "$out" "$id"
    expect 1 martlet secret exists db
    same "$(held swordfish)" ""
}

claim_a_secret_comes_from_a_file_from_standard_input_or_from_a_variable() {
    printf one > word
    expect 0 martlet secret create first word
    printf two | martlet secret create second - > /dev/null
    expect 0 env WORD=three martlet secret create --env third WORD
    for pair in first:one second:two third:three; do
        expect 0 martlet secret inspect --showsecret --format '{{.SecretData}}' "${pair%:*}"
        same "$out" "${pair#*:}"
    done
    expect 125 martlet secret create --env fourth NO_SUCH_WORD
    within "$err" 'there is no variable "NO_SUCH_WORD" in the environment'
    expect 0 martlet secret rm --all
}

claim_a_name_is_used_once_unless_it_is_replaced() {
    printf one > word
    expect 0 martlet secret create db word
    local id=$out
    expect 125 martlet secret create db word
    within "$err" 'there is a secret "db" already'
    expect 0 martlet secret create --ignore db word
    same "$out" "$id"
    printf two > word
    expect 0 martlet secret create --replace db word
    [ "$out" != "$id" ]
    expect 0 martlet secret inspect --showsecret --format '{{.SecretData}}' db
    same "$out" two
    same "$(find "$HOME/.local/share/martlet/secrets" -type f | wc -l)" 1
    expect 0 martlet secret rm db
}

# T-NAME-1
claim_names_that_are_no_names_are_refused() {
    printf one > word
    for name in .. . a/b 'a\b' '' $'a\nb' é "$(printf 'x%.0s' {1..300})"; do
        expect 125 martlet secret create -- "$name" word
    done
    expect 125 martlet secret create empty /dev/null
    within "$err" 'it has no content'
    head -c 512001 /dev/zero > large
    expect 125 martlet secret create large large
    within "$err" 'larger than 512000 bytes'
    expect 0 martlet secret ls --noheading
    same "$out" ""
}

# T-PERM-1
claim_only_the_user_can_read_what_is_kept() {
    (umask 000 && printf swordfish | martlet secret create db - > /dev/null)
    local root=$HOME/.local/share/martlet
    same "$(stat -c %a "$root/secrets")" 700
    same "$(stat -c %a "$root"/secrets/*)" 600
    expect 0 martlet secret rm db
}

claim_a_container_finds_its_secrets_below_run_secrets() {
    printf swordfish | martlet secret create db - > /dev/null
    expect 0 martlet run --rm --secret db busybox cat /run/secrets/db
    same "$out" swordfish
    expect 0 martlet run --rm --secret db busybox stat -c '%a %u %g' /run/secrets/db
    same "$out" "444 0 0"
    expect 0 martlet run --rm --secret db busybox \
        sh -c 'grep " /run/secrets/db " /proc/self/mountinfo | sed "s/.* - //"'
    within "$out" "tmpfs"
    expect 0 martlet run --rm --user 1000 --secret db,target=/etc/word,uid=1000,gid=7,mode=0400 \
        busybox sh -c 'cat /etc/word; stat -c " %a %u %g" /etc/word'
    same "$out" "swordfish 400 1000 7"
    expect 0 martlet run --rm --userns keep-id --secret db,uid=0,mode=0440 \
        busybox stat -c '%a %u' /run/secrets/db
    same "$out" "440 0"
    expect '[1-9]*' martlet run --rm --secret db busybox sh -c 'echo x > /run/secrets/db'
    expect 0 martlet secret rm db
}

claim_a_container_keeps_the_secret_it_was_made_with() {
    printf herring | martlet secret create db - > /dev/null
    expect 0 martlet create --name web --secret db busybox cat /run/secrets/db
    printf new | martlet secret create --replace db - > /dev/null
    expect 0 martlet start --attach web
    same "$out" herring
    expect 0 martlet secret rm db
    expect 0 martlet start --attach web
    same "$out" herring
    expect 0 martlet rm web
    same "$(held herring)" ""
}

# T-ENV-3
claim_the_content_is_in_no_inspection_record_log_or_command_line() {
    printf swordfish | martlet secret create db - > /dev/null
    expect 0 martlet run -d --name web --secret db,type=env,target=WORD busybox \
        sh -c '[ ${#WORD} = 9 ] && echo ready && exec sleep 1000'
    eventually sh -c 'martlet logs web | grep -q ready'
    expect 0 martlet inspect web
    absent "$out" swordfish
    within "$out" '"Name": "db"'
    same "$(held swordfish | grep -v '/martlet/secrets/' || true)" ""
    for line in /proc/[0-9]*/cmdline; do
        absent "$(tr '\0' ' ' < "$line" 2> /dev/null)" swordfish
    done
    expect 0 martlet exec web sh -c 'echo $WORD'
    same "$out" swordfish
    expect 0 martlet rm -f -t 0 web
    expect 0 martlet secret rm db
}

claim_a_container_without_its_secret_is_not_made() {
    expect 125 martlet run --name web --secret cellar busybox true
    within "$err" 'there is no secret "cellar"'
    expect 1 martlet container exists web
    printf 'a\0b' | martlet secret create bytes - > /dev/null
    expect 125 martlet run --rm --secret bytes,type=env busybox true
    within "$err" 'secret "bytes" cannot be the variable "bytes"'
    expect 0 martlet secret rm bytes
}

# F-01
claim_a_killed_command_leaves_the_old_secret_or_the_new_one() {
    printf old | martlet secret create db - > /dev/null
    for delay in 0 0.001 0.002 0.004 0.008; do
        printf new | timeout -s KILL "0.0$delay" martlet secret create --replace db - \
            > /dev/null 2>&1 || true
        expect 0 martlet secret inspect --showsecret --format '{{.SecretData}}' db
        [ "$out" = old ] || [ "$out" = new ]
    done
    expect 0 martlet secret rm db
}
