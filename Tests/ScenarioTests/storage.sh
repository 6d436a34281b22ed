# Volumes, mounts, and root file systems that mean harm.

prepare() {
    load busybox proc-link proc-relative sys-link dev-link target-links
}

# What a hostile image aims at.  Nothing of it may change.
decoy() {
    rm -rf /tmp/decoy
    mkdir /tmp/decoy
    echo untouched > /tmp/decoy/ptmx
    tar -C /tmp/decoy -cf - . | sha256sum > decoy.sum
    grep -v ' - overlay \| /proc' /proc/self/mountinfo > mounts
}

decoyIsUntouched() {
    same "$(tar -C /tmp/decoy -cf - . | sha256sum)" "$(cat decoy.sum)"
    same "$(grep -v ' - overlay \| /proc' /proc/self/mountinfo)" "$(cat mounts)"
    rm -r /tmp/decoy
}

claim_a_volume_is_made_listed_and_removed() {
    expect 0 martlet volume create one
    expect 0 martlet volume ls --format '{{.Name}}'
    same "$out" one
    expect 0 martlet volume inspect --format '{{.Name}} {{.Driver}}' one
    same "$out" "one local"
    expect 0 martlet volume rm one
    expect 1 martlet volume rm one
}

claim_a_volume_keeps_what_was_written() {
    expect 0 martlet run --rm --network none -v kept:/data localhost/busybox sh -c 'echo x > /data/f'
    expect 0 martlet run --rm --network none -v kept:/data localhost/busybox cat /data/f
    same "$out" x
    expect 0 martlet volume rm kept
}

claim_a_new_volume_takes_what_the_image_has_there() {
    expect 0 martlet run --rm --network none -v filled:/www localhost/busybox cat /www/index.html
    same "$out" "a page from the container"
    expect 0 martlet volume rm filled
}

claim_a_volume_in_use_is_not_removed() {
    expect 0 martlet run -d --name user --network none -v used:/data localhost/busybox sleep 1000
    expect 2 martlet volume rm used
    expect 0 martlet rm -f -t 0 user
    expect 0 martlet volume rm used
}

claim_an_anonymous_volume_goes_with_its_container() {
    expect 0 martlet run --rm --network none -v /data localhost/busybox touch /data/f
    expect 0 martlet volume ls --quiet
    same "$out" ""
}

claim_a_bind_is_what_the_host_has() {
    mkdir shared
    echo host > shared/file
    expect 0 martlet run --rm --network none -v "$PWD/shared:/s" localhost/busybox \
        sh -c 'cat /s/file; echo container > /s/file'
    same "$out" host
    same "$(cat shared/file)" container
}

claim_a_read_only_bind_refuses_writes() {
    mkdir shared
    expect 1 martlet run --rm --network none -v "$PWD/shared:/s:ro" localhost/busybox touch /s/f
    expect 1 martlet run --rm --network none \
        --mount "type=bind,src=$PWD/shared,dst=/s,readonly" localhost/busybox touch /s/f
}

claim_a_missing_source_is_an_error_that_names_it() {
    expect 125 martlet run --rm --network none -v "$PWD/not-there:/s" localhost/busybox true
    within "$err" not-there
}

claim_T_ROOTFS_1_a_link_for_proc_is_refused_or_stays_inside() {
    decoy
    local image
    for image in proc-link proc-relative; do
        martlet run --rm --network none "localhost/$image" true && return 1
    done
    decoyIsUntouched
}

claim_T_ROOTFS_2_a_link_for_sys_is_refused_or_stays_inside() {
    decoy
    martlet run --rm --network none localhost/sys-link true || true
    decoyIsUntouched
}

claim_T_ROOTFS_3_a_link_for_dev_leaves_the_host_alone() {
    decoy
    martlet run --rm --network none localhost/dev-link true || true
    decoyIsUntouched
}

claim_T_ROOTFS_4_a_mount_below_links_lands_inside() {
    decoy
    mkdir source
    echo mounted > source/file
    local place
    for place in /absolute/new /upward/new /chain/new; do
        martlet run --rm --network none -v "$PWD/source:$place" localhost/target-links true || true
        martlet run --rm --network none --tmpfs "$place" localhost/target-links true || true
    done
    expect 0 martlet run --rm --network none -v "$PWD/source:/absolute/new" localhost/target-links \
        cat /etc/new/file
    same "$out" mounted
    decoyIsUntouched
}
