# Bad input and bad luck: a clear error with the next step, and nothing half-made.

prepare() {
    load busybox
}

claim_an_unknown_option_is_named_and_corrected() {
    expect 125 martlet run --nmae web localhost/busybox true
    within "$err" --nmae
    within "$err" --name
}

claim_an_unknown_verb_is_named_and_corrected() {
    expect 125 martlet rnu localhost/busybox true
    within "$err" rnu
    within "$err" run
}

claim_nothing_said_is_an_error_that_shows_help() {
    expect 125 martlet run
    within "$err" IMAGE
}

claim_an_unreadable_file_is_named() {
    expect 125 martlet load --input not-there.tar
    within "$err" not-there.tar
    expect 125 martlet run --rm --env-file not-there.env localhost/busybox true
    within "$err" not-there.env
}

claim_nonsense_is_no_archive() {
    head -c 10000 /dev/urandom > nonsense.tar
    expect 125 martlet load --input nonsense.tar
}

# /small is a file system of 1 MB.
claim_no_space_is_said_and_leaves_nothing() {
    XDG_DATA_HOME=/small/data expect 125 martlet load --input "$images/busybox.tar"
    within "$err" space
    same "$(find /small/data -type f -size +64k)" ""
    martlet unshare rm -rf /small/data
}

# Swift's library reads a program's words from there: with none, martlet would show its help and succeed.
claim_a_machine_without_procfs_is_said() {
    expect 125 unshare --user --map-root-user --mount \
        sh -c 'mount -t tmpfs none /proc && exec martlet ps'
    within "$err" 'no procfs on /proc'
    same "$out" ""
}

claim_version_and_info_answer() {
    expect 0 martlet version
    within "$out" Version
    expect 0 martlet info --format json
    jq -e . <<< "$out" > /dev/null
}

# Images of localhost are made here: nobody is asked for them again and again.
claim_a_missing_image_of_localhost_is_said_at_once() {
    expect 125 timeout 3 martlet run --rm --network none localhost/not-made true
    within "$err" 'localhost/not-made'
    within "$err" 'are made or tagged here'
}
