# Homes that are not like others: what the store lies on lacks something, or is not the user's.
# Each works, or says at the first use what is wrong and what to do.

# Homes of several kinds below /odd.
machine() {
    mkdir -p /odd/{plain,overlay,closed,fixed,foreign,full,layers}
    # It has no attributes of users.
    mount -t ramfs ramfs /odd/plain
    # A store on an overlay.
    mount -t tmpfs tmpfs /odd/layers
    mkdir /odd/layers/{lower,upper,work}
    mount -t overlay overlay -o lowerdir=/odd/layers/lower,upperdir=/odd/layers/upper,workdir=/odd/layers/work \
        /odd/overlay
    mount -t tmpfs -o noexec,nosuid,nodev tmpfs /odd/closed
    mount -t tmpfs -o size=64k tmpfs /odd/full
    mount -t tmpfs tmpfs /odd/fixed
    mkdir /odd/foreign/martlet
    chown "$1:" /odd/{plain,overlay,closed,full,fixed}
    mount -o remount,ro /odd/fixed
}

prepare() {
    # What the first start of a session leaves for later ones is there from now on.
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
}

# at HOME : what follows keeps its things there.
at() {
    export XDG_DATA_HOME=$1
}

# away : nothing of the store is left; the user's standing namespace stays.
away() {
    martlet unshare rm -rf "$XDG_DATA_HOME/martlet"
}

claim_a_home_without_attributes_of_users_is_served_by_fuse() {
    at /odd/plain
    load busybox whiteouts
    expect 0 martlet info --format '{{.Store.graphDriverName}} {{.Store.graphDriverReason}}'
    same "$out" 'fuse-overlay the file system of "/odd/plain/martlet" keeps no attributes of users'
    expect 0 martlet doctor
    within "$out" 'keeps no attributes of users'
    # What needs marks: a directory in the place of one of the image's, a moved one, a removed file.
    martlet create --name odd --network none localhost/whiteouts sh -c '
        if [ -e /www/a ]; then ls -A /www /moved /etc/two; exit; fi
        rm -r /www; mkdir /www; touch /www/a; mv /bin /moved; /moved/busybox rm /etc/two
        /moved/busybox mkdir /bin; /moved/busybox cp /moved/busybox /bin/sh'
    expect 0 martlet start --attach odd
    expect 1 martlet start --attach odd
    within "$out" $'/www:\na'
    within "$out" $'/moved:\n'
    absent "$out" index.html
    within "$err" '/etc/two: No such file'
    # Others that read what it wrote see the same.
    expect 0 martlet diff odd
    within "$out" 'D /etc/two'
    within "$out" 'A /www/a'
    # A layer cannot say here that a directory shows nothing of lower layers; one of all can.
    expect 125 martlet commit odd localhost/odd
    within "$err" 'takes no marks of what a layer hides'
    expect 0 martlet commit --squash odd localhost/squashed
    martlet rm odd > removed
    expect 1 martlet run --rm --network none localhost/squashed /moved/busybox ls -A /www /etc/two
    same "$out" $'/www:\na'
    within "$err" '/etc/two: No such file'
    expect 0 martlet run --name odd --network none localhost/whiteouts sh -c \
        'rm -r /etc/two /www; touch /kept'
    expect 0 martlet commit odd localhost/odd
    absent "$err" 'would hide'
    martlet rm odd > removed
    expect 1 martlet run --rm --network none localhost/odd ls /kept /www /etc/two
    same "$out" /kept
    expect 0 martlet run --rm --network none --userns keep-id --user 0 localhost/busybox sh -c \
        'set -e; rm -r /www; mkdir /www; ls -A /www; rm -r /www; test ! -e /www; id -u'
    same "$out" 0
    expect 0 martlet system check
    away
}

claim_a_home_on_an_overlay_is_served_by_fuse() {
    at /odd/overlay
    load busybox
    expect 0 martlet info --format '{{.Store.graphDriverName}} {{.Store.graphDriverReason}}'
    within "$out" 'fuse-overlay the kernel'"'"'s overlay cannot serve in "/odd/overlay/martlet"'
    expect 0 martlet run --name odd --network none localhost/busybox sh -c \
        'set -e; rm -r /www; mkdir /www; rm /bin/vi; touch /new; ls -A /www
        ls /bin/vi /new 2>&1 || true'
    within "$out" 'No such file'
    within "$out" '/new'
    # A layer of it would need marks; an image of one layer does not.
    expect 125 martlet commit odd localhost/odd
    within "$err" 'takes no marks of what a layer hides'
    expect 0 martlet commit --squash odd localhost/squashed
    expect 1 martlet run --rm --network none localhost/squashed ls /bin/vi /new
    same "$out" /new
    martlet rm odd > removed
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox id -u
    # What hides files of lower layers cannot be stored there, and that is said.
    expect 125 martlet load --input "$images/whiteouts.tar"
    within "$err" 'takes no marks of what a layer hides'
    within "$err" 'XDG_DATA_HOME'
    [ -z "$(ls /odd/overlay/martlet/tmp)" ]
    expect 0 martlet system check
    away
}

claim_programs_run_from_a_home_that_is_noexec() {
    at /odd/closed
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox sh -c \
        'cp /bin/busybox /tmp/echo && /tmp/echo works'
    same "$out" works
    away
}

claim_a_read_only_home_is_explained() {
    at /odd/fixed
    local verb
    for verb in images info "run --rm localhost/busybox true" "pull localhost/busybox"; do
        # shellcheck disable=SC2086
        expect 125 martlet $verb
        within "$err" '/odd/fixed/martlet'
        within "$err" 'EROFS'
        within "$err" 'XDG_DATA_HOME'
    done
    expect '*' martlet doctor
    within "$out" 'EROFS'
}

claim_a_home_of_another_user_is_explained() {
    at /odd/foreign
    expect 125 martlet images
    within "$err" 'the directory "/odd/foreign/martlet" is not yours: it belongs to uid 0'
    expect '*' martlet doctor
    within "$out" 'is not yours'
}

claim_a_home_that_is_full_is_explained() {
    at /odd/full
    expect 125 martlet load --input "$images/busybox.tar"
    within "$err" 'no space is left'
    rm -r /odd/full/martlet
}

claim_a_home_may_be_reached_by_links() {
    mkdir -p elsewhere "$PWD/home/.local"
    ln -s "$PWD/elsewhere" "$PWD/home/.local/share"
    at "$PWD/home/.local/share"
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox echo one
    same "$out" one
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox echo two
    same "$out" two
    expect 0 martlet run --rm --network none -v kept:/v localhost/busybox touch /v/f
    [ -e elsewhere/martlet/volumes/kept/_data/f ]
    expect 0 martlet system check
    away
    # One that leads nowhere.
    rm -r elsewhere
    expect 125 martlet images
    within "$err" "$PWD/home/.local/share/martlet"
    within "$err" 'XDG_DATA_HOME'
}

claim_long_paths_are_no_matter_to_sockets() {
    local long
    long=$PWD/$(printf 'd%.0s' $(seq 100))/$(printf 'e%.0s' $(seq 100))
    mkdir -p "$long/data" "$long/run"
    at "$long/data"
    load busybox
    expect 0 martlet --runroot "$long/run" run --detach --name far localhost/busybox sleep 1000
    expect 0 martlet --runroot "$long/run" exec far echo inside
    same "$out" inside
    expect 0 martlet --runroot "$long/run" rm --force --time 0 far
    martlet --runroot "$long/run" system reset --force > removed
}

claim_names_that_differ_in_case_alone_must_be_two() {
    at "$PWD/home"
    # This kernel has no file system that folds case, so that its sign is made by hand: the store's
    # directory "layers" is there under another name too.
    load busybox
    mkdir home/martlet/LAYERS
    expect 125 martlet load --input "$images/whiteouts.tar"
    within "$err" 'takes names that differ in case alone for the same'
    within "$err" 'chattr -F'
    rmdir home/martlet/LAYERS
    away
}
