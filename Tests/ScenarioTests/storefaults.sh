# What breaks a store, and what becomes of it: damage by hand, full disks, crowds.

prepare() {
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
}

data=$HOME/.local/share/martlet

# sound : the store's own check finds neither damage nor anything left over.
sound() {
    expect 0 martlet system check
    same "$out" "the store is sound"
}

claim_a_sound_store_says_so() {
    sound
    expect 0 martlet system check --quick
    same "$out" "the store is sound"
    expect 0 martlet system check --format json
    same "$out" "[]"
}

claim_F_53_a_lost_layer_is_named_and_healed_by_loading_again() {
    local layer
    layer=$(ls "$data/layers" | head -1)
    martlet unshare rm -rf "$data/layers/$layer"
    expect 1 martlet system check
    within "$out" "layer $layer has no files"
    within "$out" "image localhost/busybox:latest: its layer $layer is damaged"
    expect 125 martlet run --rm --network none localhost/busybox true
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
    sound
}

claim_F_53_a_changed_layer_is_found_and_made_anew() {
    local layer
    layer=$(ls "$data/layers" | head -1)
    martlet unshare sh -c "echo more >> '$data/layers/$layer/diff/www/index.html'"
    expect 1 martlet system check
    within "$out" "layer $layer"
    expect 0 martlet system check --quick
    expect '[01]' martlet system check --repair
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox cat /www/index.html
    same "$out" "a page from the container"
    sound
}

claim_F_53_a_lost_record_of_a_layer_is_written_again() {
    local layer
    layer=$(ls "$data/layers" | head -1)
    rm "$data/layers/$layer/layer.json"
    expect 1 martlet system check
    expect 0 martlet system check --repair
    within "$out" "mended"
    sound
}

claim_F_53_lost_directories_are_named_and_made_again() {
    expect 0 martlet create --name hurt --network none -v lost:/d localhost/busybox true
    martlet unshare rm -rf "$data/volumes/lost" "$data"/containers/*/upper
    expect 1 martlet system check
    within "$out" 'container "hurt" has lost its directory "upper"'
    expect 0 martlet system check --repair
    sound
    expect 0 martlet start --attach hurt
    expect 0 martlet rm hurt
    expect 0 martlet volume rm --all
}

claim_what_belongs_to_nothing_is_shown_and_removed() {
    mkdir -p "$data/layers/0123456789abcdef/diff" "$data/tmp/4194304-1.1" "$data/volumes/stray/_data" \
        "$data/containers/$(printf 'ab%.0s' {1..32})/upper"
    touch -d '1 hour ago' "$data/volumes/stray"
    expect 0 martlet system check
    within "$out" "layer 0123456789abcdef belongs to nothing"
    within "$out" "temporary directory 4194304-1.1 belongs to nothing"
    within "$out" 'directory "stray" belongs to no volume'
    within "$out" "belongs to no container"
    expect 0 martlet system check --repair
    sound
}

claim_a_lost_volume_record_comes_back_with_reload() {
    mkdir -p "$data/volumes/copied/_data"
    echo kept > "$data/volumes/copied/_data/f"
    expect 0 martlet volume reload
    within "$out" copied
    expect 0 martlet run --rm --network none -v copied:/d localhost/busybox cat /d/f
    same "$out" kept
    expect 0 martlet volume rm copied
}

claim_T_PERM_1_a_store_open_to_others_is_closed() {
    chmod 755 "$data"
    chmod 644 "$data/store.db"
    # Every command closes the directory; the check closes the rest.
    expect '[01]' martlet system check
    expect 0 martlet system check --repair
    same "$(stat -c %a "$data" "$data/store.db" | tr '\n' ' ')" "700 600 "
}

claim_F_54_a_broken_database_is_named_and_not_made_anew() {
    export XDG_DATA_HOME=$PWD/own
    load busybox
    rm -f own/martlet/store.db-*
    dd if=/dev/zero of=own/martlet/store.db bs=4096 count=1 conv=notrunc status=none
    cp own/martlet/store.db broken
    expect 125 martlet images
    within "$err" "store.db"
    expect 125 martlet load --input "$images/busybox.tar"
    cmp broken own/martlet/store.db
    martlet unshare rm -rf "$PWD/own"
}

# On a file system of one MiB that is full, what is there can still be removed.
claim_F_23_a_full_disk_lets_everything_be_removed() {
    export XDG_DATA_HOME=/small/full
    mkdir -p /small/full
    expect 125 martlet load --input "$images/busybox.tar"
    within "$err" "no space"
    expect 0 martlet volume create held
    head -c 2000000 /dev/zero > /small/filler 2> /dev/null || true
    expect '*' martlet volume create another
    expect 0 martlet volume rm held
    expect 0 martlet system prune --force
    expect 0 martlet volume ls --quiet
    rm -rf /small/filler
    martlet unshare rm -rf /small/full
}

# claim_F_32_prune_against_run: 120 s
claim_F_32_prune_against_run() {
    local worker
    for worker in 1 2 3; do
        (
            for _ in $(seq 15); do
                martlet run --rm --network none localhost/busybox true || echo "run failed"
            done
        ) > "run.$worker" 2>&1 &
    done
    for _ in $(seq 10); do
        martlet system prune --force > prune.log 2>&1 || { cat prune.log; return 1; }
        martlet image prune --force >> prune.log 2>&1
    done
    wait
    same "$(cat run.1 run.2 run.3)" ""
    sound
}

# claim_F_31_eight_loads_of_one_image_make_one: 120 s
claim_F_31_eight_loads_of_one_image_make_one() {
    local worker
    expect 0 martlet rmi localhost/busybox
    for worker in 1 2 3 4 5 6 7 8; do
        martlet load --input "$images/busybox.tar" > "load.$worker" 2>&1 &
    done
    wait
    for worker in 1 2 3 4 5 6 7 8; do within "$(cat "load.$worker")" "Loaded image"; done
    same "$(martlet images --quiet | wc -l)" 1
    same "$(ls "$data/layers" | wc -l)" "$(martlet image inspect localhost/busybox | jq '.[0].RootFS.Layers | length')"
    sound
}

# claim_F_30_a_hundred_creates_and_removals_side_by_side: 180 s
claim_F_30_a_hundred_creates_and_removals_side_by_side() {
    local number
    for number in $(seq 100); do
        (
            martlet create --name "crowd$number" --network none localhost/busybox true > /dev/null &&
                martlet rm "crowd$number" > /dev/null || echo "failed $number"
        ) > "crowd.$number" 2>&1 &
        [ $((number % 25)) != 0 ] || wait
    done
    wait
    same "$(cat crowd.*)" ""
    same "$(martlet ps --all --quiet)" ""
    sound
}

claim_reset_leaves_nothing_and_all_works_again() {
    export XDG_DATA_HOME=$PWD/data XDG_RUNTIME_DIR=$PWD/run DBUS_SESSION_BUS_ADDRESS
    DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$UID/bus
    mkdir -m 700 run
    load busybox
    expect 0 martlet run -d --name lives --network none -v left:/d localhost/busybox sleep 1000
    expect 125 martlet system reset
    within "$err" "nobody answered"
    expect 0 martlet system reset --force
    same "$(ls -A data/martlet run/martlet)" "$(printf 'data/martlet:\n\nrun/martlet:')"
    expect 0 martlet ps --all --quiet
    same "$out" ""
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox echo again
    same "$out" again
    expect 0 martlet system reset --force
}
