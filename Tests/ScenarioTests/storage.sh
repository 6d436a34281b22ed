# Volumes, mounts, and root file systems that mean harm.

prepare() {
    load busybox proc-link proc-relative sys-link dev-link target-links
    # What the first start of a session leaves for later ones is there from now on.
    expect 0 martlet run --rm --network none localhost/busybox true
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

claim_a_volume_is_exported_and_imported() {
    expect 0 martlet run --rm --network none -v from:/d localhost/busybox \
        sh -c 'mkdir /d/sub; echo x > /d/sub/f; chown 7:8 /d/sub/f; chmod 4751 /d/sub/f; ln -s /etc /d/l'
    expect 0 martlet volume export --output from.tar from
    same "$(tar -tf from.tar | sort | tr '\n' ' ')" "./ l sub/ sub/f "
    expect 0 martlet volume create to
    expect 0 martlet volume import to from.tar
    expect 0 martlet run --rm --network none -v to:/d localhost/busybox \
        sh -c 'stat -c "%u:%g %a" /d/sub/f; cat /d/sub/f; readlink /d/l'
    same "$out" "7:8 4751"$'\n'"x"$'\n'"/etc"
    martlet volume export from | martlet volume import to -
    expect 125 martlet volume export none
    expect 0 martlet volume rm from to
}

claim_T_CP_4_an_archive_for_a_volume_stays_in_the_volume() {
    decoy
    expect 0 martlet volume create hit
    mkdir bad
    ln -s /tmp/decoy bad/l
    tar -C bad -cf bad.tar l
    mkdir bad/x
    echo over > bad/x/ptmx
    tar -C bad --transform 's,^x,l,' -rf bad.tar x/ptmx
    expect '*' martlet volume import hit bad.tar
    printf '' > f
    tar -P -cf up.tar --transform 's,^f,../../../f,' f
    expect 125 martlet volume import hit up.tar
    within "$err" '..'
    expect 0 martlet volume rm hit
    decoyIsUntouched
}

claim_volumes_are_pruned_by_what_they_are() {
    expect 0 martlet volume create --label keep=yes named
    expect 0 martlet volume create
    expect 0 martlet volume prune --dry-run
    same "$(martlet volume ls --quiet | wc -l)" 2
    expect 125 martlet volume prune
    within "$err" "nobody answered"
    expect 0 martlet volume prune --force
    same "$(martlet volume ls --quiet)" named
    expect 0 martlet volume prune --all --force --filter 'label!=keep'
    same "$(martlet volume ls --quiet)" named
    expect 0 martlet volume prune --all --force --filter label=keep=yes
    same "$(martlet volume ls --quiet)" ""
}

claim_a_volume_may_be_in_memory_or_elsewhere() {
    mkdir elsewhere
    expect 0 martlet volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=1m mem
    expect 0 martlet run --rm --network none -v mem:/m localhost/busybox df -k /m
    within "$out" " 1024 "
    expect 0 martlet volume create --opt type=none --opt o=bind --opt "device=$PWD/elsewhere" else
    expect 0 martlet run --rm --network none -v else:/m localhost/busybox touch /m/f
    [ -e elsewhere/f ]
    expect 125 martlet volume create --opt type=nfs --opt device=server:/ nfs
    within "$err" "an ordinary user cannot mount"
    expect 0 martlet volume rm mem else
}

claim_a_volume_holds_what_an_image_has() {
    expect 0 martlet volume create --driver image --opt image=localhost/busybox whole
    expect 0 martlet run --rm --network none -v whole:/m localhost/busybox cat /m/www/index.html
    same "$out" "a page from the container"
    expect 0 martlet volume rm whole
}

claim_an_owner_is_given_to_a_volume() {
    expect 0 martlet volume create --uid 5 --gid 6 owned
    expect 0 martlet run --rm --network none -v owned:/m localhost/busybox stat -c %u:%g /m
    same "$out" 5:6
    expect 0 martlet volume rm owned
}

claim_T_CP_5_two_first_users_fill_a_volume_once() {
    local round
    for round in 1 2 3 4 5; do
        martlet run --rm --network none -v both:/www localhost/busybox cat /www/index.html > one &
        martlet run --rm --network none -v both:/www localhost/busybox cat /www/index.html > two &
        wait
        same "$(cat one two)" "a page from the container"$'\n'"a page from the container"
        expect 0 martlet volume rm both
    done
}

claim_nocopy_leaves_a_new_volume_empty() {
    expect 0 martlet run --rm --network none -v bare:/www:nocopy localhost/busybox ls -A /www
    same "$out" ""
    expect 0 martlet volume rm bare
}

claim_an_overlay_mount_keeps_the_source_as_it_is() {
    mkdir source upper work
    echo old > source/f
    expect 0 martlet run --rm --network none -v "$PWD/source:/s:O" localhost/busybox \
        sh -c 'echo new > /s/f; cat /s/f'
    same "$out" new
    same "$(cat source/f)" old
    expect 0 martlet run --rm --network none \
        -v "$PWD/source:/s:O,upperdir=$PWD/upper,workdir=$PWD/work" localhost/busybox \
        sh -c 'echo new > /s/f'
    same "$(cat source/f) $(cat upper/f)" "old new"
    martlet unshare rm -rf work
}

claim_an_image_is_mounted_beside_the_container() {
    expect 0 martlet run --rm --network none --mount type=image,src=localhost/busybox,dst=/i \
        localhost/busybox cat /i/www/index.html
    same "$out" "a page from the container"
    expect 1 martlet run --rm --network none --mount type=image,src=localhost/busybox,dst=/i \
        localhost/busybox touch /i/f
    expect 0 martlet run --rm --network none --mount type=image,src=localhost/busybox,dst=/i,rw=true \
        localhost/busybox touch /i/f
    expect 0 martlet run --rm --network none \
        --mount type=image,src=localhost/busybox,dst=/i,subpath=/www localhost/busybox ls /i
    same "$out" index.html
}

claim_a_bind_the_user_cannot_write_is_explained() {
    mkdir shared
    expect 1 martlet run --rm --network none --user 1000 -v "$PWD/shared:/s" localhost/busybox \
        touch /s/f
    within "$err" "keep-id:uid=1000"
    expect 0 martlet run --rm --network none --user 1000 -v "$PWD/shared:/s:U" localhost/busybox \
        touch /s/f
    absent "$err" keep-id
    expect 0 martlet unshare rm -r shared
    mkdir shared
    expect 0 martlet run --rm --network none --userns=keep-id:uid=1000,gid=1000 \
        -v "$PWD/shared:/s" localhost/busybox touch /s/f
    same "$(stat -c %U shared/f)" "$USER"
}

claim_ids_of_a_mount_are_mapped_where_the_kernel_permits() {
    local words
    mkdir here
    for words in idmap 'idmap=uids=0-5-1;gids=0-6-1'; do
        expect 125 martlet run --rm --network none -v "$PWD/here:/s:$words" localhost/busybox true
        within "$err" "cannot map the ids of \"$PWD/here\""
        within "$err" 'the kernel does that for who has mounted the file system alone'
        within "$err" '--userns=keep-id:uid=UID,gid=GID'
        expect 125 martlet run --rm --network none -v "named:/s:$words" localhost/busybox true
    done
    same "$(martlet volume ls --quiet)" ''
    expect 125 martlet run --rm --network none --mount type=tmpfs,dst=/s,idmap localhost/busybox true
    within "$err" 'only those of binds and volumes can be mapped'
    expect 125 martlet run --rm --network none \
        --mount type=volume,src=named,dst=/s,subpath=part,idmap localhost/busybox true
    within "$err" 'mapping those of a part ("part") is not built yet'
    # What the user has mounted herself.
    # shellcheck disable=SC2016
    expect 0 martlet unshare sh -c '
        mkdir own; mount -t tmpfs own own; touch own/f; chown 5:6 own/f
        run() { martlet run --rm --network none "$@"; }
        run -v "$PWD/own:/s:idmap=uids=5-0-1;gids=6-0-1" localhost/busybox stat -c %u:%g /s/f
        run --mount "type=bind,src=$PWD/own,dst=/s,idmap=uids=5-7-1;gids=6-8-1" localhost/busybox sh -c \
            "stat -c %u:%g /s/f"
        run -v "$PWD/own:/s:idmap" localhost/busybox true 2>&1
        run -v "$PWD/here:/s:idmap=uids=5-0-1;gids=6-0-1" localhost/busybox true 2>&1; true'
    within "$out" $'0:0\n7:8\n'
    within "$out" 'the container has no ids of its own to map them to'
    within "$out" 'is on one of the machine'"'"'s root'
}

claim_what_a_container_changed_is_shown() {
    expect 0 martlet run --name changed --network none localhost/busybox \
        sh -c 'echo x > /new; echo y >> /www/index.html; rm /bin/vi'
    expect 0 martlet diff changed
    within "$out" "A /new"
    within "$out" "C /www"$'\n'"C /www/index.html"
    within "$out" "D /bin/vi"
    absent "$out" "/bin/sh"
    expect 0 martlet diff --format json changed
    within "$out" '"deleted"'
    expect 0 martlet rm changed
}

claim_a_container_is_mounted_in_a_shell_of_unshare() {
    expect 0 martlet create --name shown --network none localhost/busybox true
    expect 125 martlet mount shown
    within "$err" "martlet unshare"
    expect 0 martlet unshare sh -c 'cat "$(martlet mount shown)/www/index.html"; martlet mount; martlet umount shown'
    within "$out" "a page from the container"
    within "$out" merged
    expect 0 martlet rm shown
    expect 0 martlet unshare sh -c \
        'cat "$(martlet image mount localhost/busybox)/www/index.html"; martlet image unmount --all > /dev/null'
    same "$out" "a page from the container"
}

claim_files_are_copied_in_and_out() {
    mkdir -p tree/sub
    echo one > tree/sub/f
    expect 0 martlet run -d --name box --network none localhost/busybox sleep 1000
    expect 0 martlet cp tree box:/tmp
    expect 0 martlet exec box cat /tmp/tree/sub/f
    same "$out" one
    expect 0 martlet cp tree/. box:/tmp/other
    expect 0 martlet exec box cat /tmp/other/sub/f
    expect 0 martlet cp tree/sub/f box:/tmp/renamed
    expect 0 martlet cp box:/tmp/renamed back
    same "$(cat back)" one
    same "$(stat -c %U back)" "$USER"
    expect 0 martlet cp box:/www out
    same "$(cat out/index.html)" "a page from the container"
    martlet cp box:/www - | tar -tf - > names
    within "$(cat names)" www/index.html
    tar -C tree -cf - . | martlet cp - box:/tmp/renamed.d 2> fault && return 1
    within "$(cat fault)" "no such directory"
    expect 0 martlet stop -t 0 box
    expect 0 martlet cp box:/tmp/other/sub/f stopped
    same "$(cat stopped)" one
    expect 0 martlet cp tree/sub/f box:/root/into-stopped
    expect 125 martlet cp box:/none .
    within "$err" 'there is no "/none" in container "box"'
    expect 0 martlet rm box
}

claim_T_CP_1_and_2_links_of_a_container_lead_nowhere() {
    decoy
    expect 0 martlet run -d --name liar --network none localhost/busybox \
        sh -c 'ln -s /tmp/decoy /out; ln -s ../../../../../tmp/decoy /up; mkdir /tmp/decoy; echo in > /tmp/decoy/ptmx; sleep 1000'
    eventually martlet exec liar test -e /tmp/decoy/ptmx
    expect 0 martlet cp liar:/out/ptmx got
    same "$(cat got)" in
    expect 0 martlet cp liar:/up/ptmx got
    same "$(cat got)" in
    echo attack > attack
    expect 0 martlet cp attack liar:/out/ptmx
    expect 0 martlet cp attack liar:/up/planted
    expect 0 martlet rm -f -t 0 liar
    decoyIsUntouched
}

# claim_T_CP_3_links_that_flip_while_files_are_copied_lead_nowhere: 300 s
claim_T_CP_3_links_that_flip_while_files_are_copied_lead_nowhere() {
    local round
    decoy
    expect 0 martlet run -d --name liar --network none localhost/busybox sh -c \
        'mkdir /a /a/decoy; ln -s /tmp /b; while :; do mv /a /c; mv /b /a; mv /a /b; mv /c /a; done'
    for round in $(seq 200); do
        martlet cp liar:/a/decoy/ptmx got 2> /dev/null && absent "$(cat got)" untouched
        echo attack > attack
        martlet cp attack liar:/a/decoy/ptmx 2> /dev/null || true
    done
    expect 0 martlet rm -f -t 0 liar
    decoyIsUntouched
}

claim_an_export_has_all_that_a_container_sees() {
    expect 0 martlet run --name whole --network none localhost/busybox sh -c 'echo x > /new; rm /bin/vi'
    martlet export whole > whole.tar
    tar -tf whole.tar > names
    grep -qx new names
    grep -qx www/index.html names
    grep -qx bin/vi names && return 1
    expect 0 martlet rm whole
}

claim_a_container_is_renamed() {
    expect 0 martlet create --name before --network none localhost/busybox echo same
    expect 0 martlet rename before after
    expect 1 martlet container exists before
    expect 0 martlet start --attach after
    same "$out" same
    expect 0 martlet create --name other --network none localhost/busybox true
    expect 125 martlet rename other after
    within "$err" "in use"
    expect 0 martlet rm after other
}

claim_the_disk_is_accounted_for() {
    expect 0 martlet run --name writer --network none -v big:/big localhost/busybox \
        sh -c 'head -c 3000000 /dev/zero > /f; head -c 2000000 /dev/zero > /big/f'
    expect 0 martlet system df
    within "$out" "TYPE"
    within "$out" "Local Volumes"
    expect 0 martlet system df --format '{{.Type}} {{.Total}} {{.Active}} {{.Size}} {{.Reclaimable}}'
    within "$out" "Containers 1 0 3MB 3MB (100%)"
    within "$out" "Local Volumes 1 1 2MB 0B (0%)"
    expect 0 martlet system df --verbose
    within "$out" "Containers space usage:"
    expect 0 martlet rm writer
    expect 0 martlet volume rm big
}

claim_prune_takes_what_nothing_needs() {
    expect 0 martlet create --name idle --network none localhost/busybox true
    expect 0 martlet create --name kept --label keep --network none localhost/busybox true
    expect 0 martlet volume create unused
    expect 125 martlet system prune
    expect 0 martlet system prune --force --filter label!=keep
    within "$out" "Deleted Containers"
    within "$out" "Total reclaimed space:"
    same "$(martlet ps --all --format '{{.Names}}')" kept
    expect 0 martlet system prune --force --volumes
    within "$out" unused
    same "$(martlet ps --all --quiet)" ""
    expect 0 martlet image exists localhost/busybox
}

claim_events_tell_what_happened() {
    local since
    since=$(date +%s)
    expect 1 martlet run --rm --name told --label color=red --network none localhost/busybox false
    expect 0 martlet volume create told-volume
    expect 0 martlet volume rm told-volume
    expect 0 martlet events --since "$since" --stream=false --filter container=told --format '{{.Status}}'
    within "$out" "create"$'\n'"start"$'\n'"died"
    expect 0 martlet events --since "$since" --stream=false --filter type=volume
    within "$out" "volume create told-volume (name=told-volume)"
    expect 0 martlet events --since "$since" --stream=false --filter event=died --format json
    within "$out" '"ContainerExitCode":1'
    expect 125 martlet events --filter nonsense=1
}

claim_figures_go_on_until_nobody_reads_them() {
    martlet run -d --name busy --network none localhost/busybox sh -c 'while :; do :; done'
    # The share of a processor is that of the last second, the first list comes with it.
    martlet stats --interval 1 --format '{{.Name}} {{.CPUPerc}}' busy | head -n 2 > figures
    same "$(wc -l < figures)" 2
    awk '{sub("%", "", $2); if ($1 != "busy" || $2 < 10) exit 1}' figures
    martlet ps --watch 1 --format '{{.Names}}' | head -n 2 > names
    same "$(cat names)" $'busy\nbusy'
    expect 0 martlet rm -f -t 0 busy
    # What is not there ends them.
    expect 125 martlet stats busy
}

claim_what_containers_take_on_the_disk_is_shown() {
    martlet run --name heavy --network none localhost/busybox \
        dd if=/dev/zero of=/big bs=1000 count=3000 2> /dev/null
    expect 0 martlet ps --all --size --format '{{.Names}} {{.Size}}'
    within "$out" 'heavy 3MB (virtual 4.'
    expect 0 martlet ps --all --size
    within "$out" 'SIZE'
    expect 0 martlet inspect --size --format '{{.SizeRw}}' heavy
    same "$out" 3000000
    expect 0 martlet ps --all --size --format json
    same "$(jq '.[0].Size.rwSize' <<< "$out")" 3000000
    expect 0 martlet rm heavy
}

claim_stats_show_what_a_container_uses() {
    expect 0 martlet run -d --name busy --network none localhost/busybox sleep 1000
    expect 0 martlet stats --no-stream --format '{{.Name}} {{.PIDs}}' busy
    within "$out" "busy 1"
    expect 0 martlet rm -f -t 0 busy
}

claim_ids_of_a_containers_own_need_no_copy() {
    local before mode
    before=$(du -s ~/.local/share/martlet | cut -f1)
    for mode in keep-id keep-id:uid=5,gid=6; do
        expect 0 martlet run --rm --network none --userns=$mode localhost/busybox \
            stat -c %u:%g /bin/busybox
        same "$out" 0:0
    done
    expect 0 martlet run --rm --network none --userns=keep-id:uid=5,gid=6 localhost/busybox id -u
    same "$out" 5
    [ "$(du -s ~/.local/share/martlet | cut -f1)" -le "$((before + before / 50 + 100))" ]
    expect 125 martlet run --rm --network none --subuidname somebody localhost/busybox true
    within "$err" "her own entries alone"
}

claim_a_container_may_be_without_the_users_own_id() {
    local mode
    mkdir shared
    echo mine > shared/f
    for mode in nomap auto; do
        # shellcheck disable=SC2016
        expect 0 martlet run --rm --network none --userns=$mode -v "$PWD/shared:/s" \
            localhost/busybox sh -c 'id -u; stat -c %u:%g /bin/busybox /s/f; cat /s/f
                touch /new && echo made; touch /s/new; echo $?'
        same "$out" $'0\n0:0\n65534:65534\nmine\nmade\n1'
    done
    expect 125 martlet --storage-driver overlay run --rm --network none --userns=nomap \
        localhost/busybox true
    within "$err" "only the FUSE overlay can serve its files"
}
