# Options of `run` that only some containers ask for.

prepare() {
    load busybox
}

box() { # OPTION... -- COMMAND...
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    expect 0 martlet run --rm --network none "${options[@]}" localhost/busybox "$@"
}

claim_a_number_without_an_account_gets_one() {
    box --user 1234:55 -- sh -c 'whoami; grep ^1234: /etc/passwd'
    within "$out" '1234:*:1234:55:container user:/:/bin/sh'
    box --user 1234 --passwd=false -- sh -c 'grep -c ^1234: /etc/passwd || true'
    same "$out" 0
    box --user 1234 --passwd-entry 'me:*:$UID:$GID:$NAME:/srv:/bin/ash' -- sh -c 'id -un; echo ~'
    within "$out" me
    within "$out" /srv
}

claim_keep_id_knows_the_user_by_name() {
    box --userns keep-id -- sh -c 'id -un; touch /tmp/f; stat -c %u /tmp/f'
    same "$out" "$(printf '%s\n%s' "$USER" "$UID")"
}

claim_an_account_of_the_host_is_added() {
    box --hostuser "$USER" -- grep "^$USER:" /etc/passwd
    expect 125 martlet run --rm --hostuser nosuchuser localhost/busybox true
    within "$err" 'the host has no account "nosuchuser" for --hostuser'
}

claim_the_time_zone_is_set() {
    [ -e /usr/share/zoneinfo/Asia/Tokyo ] || { echo "no tzdata here"; return 0; }
    box --tz Asia/Tokyo -- date +%z
    same "$out" +0900
    expect 125 martlet run --rm --tz Nowhere/Land localhost/busybox true
    within "$err" 'there is no time zone "Nowhere/Land"'
    expect 125 martlet run --rm --tz ../../../etc/passwd localhost/busybox true
    within "$err" 'there is no time zone'
}

claim_mounts_of_another_container_are_used() {
    mkdir shared
    echo bound > shared/file
    expect 0 martlet run -d --name first --network none -v "$PWD/shared:/bound:ro" -v named:/named \
        -v /anonymous localhost/busybox sleep 1000
    expect 0 martlet exec first sh -c 'echo one > /named/x; echo two > /anonymous/y'
    box --volumes-from first -- sh -c 'cat /bound/file /named/x /anonymous/y'
    same "$out" "$(printf 'bound\none\ntwo')"
    expect 1 martlet run --rm --network none --volumes-from first:ro localhost/busybox \
        touch /named/z
    expect 125 martlet run --rm --volumes-from nosuch localhost/busybox true
    within "$err" 'there is no container "nosuch"'
    expect 0 martlet rm -f -t 0 -v first
    expect 0 martlet volume rm named
}

claim_a_relative_source_is_the_callers() {
    mkdir here
    echo near > here/file
    box -v ./here:/there:ro -- cat /there/file
    same "$out" near
    box --mount type=bind,src=./here,dst=/there -- cat /there/file
    same "$out" near
    box -v ./here:/there:O -- sh -c 'echo far > /there/file; cat /there/file'
    same "$out" far
    same "$(cat here/file)" near
}

claim_descriptors_are_passed_on() {
    echo handed > handed
    exec 3< handed
    expect 0 martlet run --rm --network none --preserve-fds 1 localhost/busybox \
        sh -c 'cat <&3; ls /proc/self/fd | tail -n 1'
    exec 3<&-
    # 4 is the directory that ls itself reads.
    same "$out" "$(printf 'handed\n4')"
    expect 125 martlet run --rm --network none --preserve-fds 2 localhost/busybox true
    within "$err" 'descriptor 3 cannot be passed to the container: it is not open'
}

claim_a_socket_of_systemd_reaches_the_payload() {
    unit echo.container <<'END'
[Container]
Image=localhost/busybox
Network=none
StopTimeout=1
Exec=sh -c 'echo "$LISTEN_FDS $LISTEN_PID"; ls -l /proc/self/fd/3; sleep 1000'
END
    mkdir -p ~/.config/systemd/user
    printf '[Socket]\nListenStream=%%t/echo.sock\n' > ~/.config/systemd/user/echo.socket
    systemctl --user daemon-reload
    systemctl --user start echo.socket
    systemctl --user start echo.service
    eventually sh -c 'journalctl --user -u echo.service | grep -q "1 1"'
    eventually sh -c 'journalctl --user -u echo.service | grep -q "fd/3 -> socket:"'
    systemctl --user stop echo.service echo.socket
    rm -r ~/.config/systemd/user/echo.socket "$XDG_RUNTIME_DIR/echo.sock"
    removeUnits
}

claim_the_callers_groups_stay() {
    box -- grep ^Groups: /proc/self/status
    local usual=$out
    box --group-add keep-groups -- grep ^Groups: /proc/self/status
    [ "$(id -G | wc -w)" = 1 ] || [ "$out" != "$usual" ]
}

claim_systemd_inside_finds_what_it_needs() {
    box --systemd always -- sh -c 'for d in /run /run/lock /tmp /var/log/journal; do
        grep -q " $d tmpfs " /proc/mounts || echo "no $d"; done; mkdir /sys/fs/cgroup/x && echo may'
    same "$out" may
}

claim_the_execution_domain_is_set() {
    box --personality LINUX32 -- uname -m
    within "$out" i686
    expect 125 martlet run --rm --personality VMS localhost/busybox true
    within "$err" '"VMS" is no execution domain'
}

claim_a_terminal_takes_a_file_as_its_input() {
    printf 'echo from-the-file\nexit 3\n' > script
    local status=0
    martlet run --rm -it --network none localhost/busybox sh < script > output 2>&1 || status=$?
    same "$status" 3
    within "$(tr -d '\r' < output)" "$(printf '\nfrom-the-file\n')"
}

claim_ipc_none_has_no_shared_memory() {
    box --ipc none -- sh -c 'grep -c /dev/shm /proc/mounts || true'
    same "$out" 0
}

claim_an_account_that_was_added_is_known_to_exec() {
    expect 0 martlet run -d --name named --network none --userns keep-id localhost/busybox sleep 100
    expect 0 martlet exec named id -un
    same "$out" "$USER"
    expect 0 martlet exec --user "$USER" named id -u
    same "$out" "$UID"
    expect 0 martlet rm -f -t 0 named
}

claim_ids_are_mapped_as_the_words_say() {
    local own=$UID
    box --uidmap "+7:@$own" --gidmap "+g9:@$(id -g)" --user 7:9 -- \
        sh -c 'id -u; id -g; awk "{print \$1, \$2, \$3}" /proc/self/uid_map | head -2'
    same "$out" $'7\n9\n0 1 7\n7 0 1'
    box --uidmap 0:0:10 --uidmap +5:1 -- awk '{print $1, $2, $3}' /proc/self/uid_map
    same "$out" $'0 0 1\n2 2 3\n5 1 1\n6 6 4'
    expect 125 martlet run --rm --uidmap 0:@1 localhost/busybox true
    within "$err" 'the host'"'"'s id 1 is not one of yours'
    expect 125 martlet create --uidmap x0:1 localhost/busybox true
    within "$err" '"x0:1" is no mapping for --uidmap'
}

claim_devices_are_described_by_files_of_their_vendor() {
    mkdir cdi later
    echo 'made for all' > shared.txt
    cat > cdi/vendor.yaml << END
cdiVersion: "0.6.0"
kind: vendor.com/thing
containerEdits:
  env: [THING=common, PATH_TO=/thing]
  mounts:
    - {hostPath: $PWD/shared.txt, containerPath: /thing/shared.txt, options: [ro, nosuid, bind]}
devices:
  - name: one
    containerEdits:
      env: [THING=one]
      deviceNodes: [{path: /dev/one, hostPath: /dev/zero, fileMode: 0666}]
      hooks:
        - {hookName: createContainer, path: /bin/sh, args: [sh, -c, 'cat > $PWD/state']}
      additionalGids: [44]
  - name: two
    containerEdits: {deviceNodes: [{path: /dev/two, hostPath: /dev/null}]}
END
    # What the second directory says of the device counts before the first.
    printf '{"cdiVersion": "0.5.0", "kind": "vendor.com/thing", "devices": [{"name": "two", "containerEdits": {"env": ["TWO=later"]}}]}' \
        > later/vendor.json
    expect 0 martlet --cdi-spec-dir "$PWD/cdi" run --rm --network none --group-add 45 \
        --device vendor.com/thing=one --device vendor.com/thing=two localhost/busybox sh -c \
        'echo $THING $PATH_TO; cat /thing/shared.txt; head -c 1 /dev/one | od -An -tx1; ls /dev/two; id -G; touch /thing/shared.txt || true'
    within "$out" $'one /thing\nmade for all\n 00\n/dev/two'
    within "$err" 'Read-only file system'
    within "$out" 44
    same "$(jq -r .status state)" creating
    expect 0 martlet --cdi-spec-dir "$PWD/cdi" --cdi-spec-dir "$PWD/later" run --rm --network none \
        --device vendor.com/thing=two localhost/busybox sh -c 'ls /dev/two; echo $TWO; true'
    same "$out" later
    # Files with mistakes hide no other, and are named where a device is missing.
    echo 'kind: [' > cdi/broken.yaml
    expect 0 martlet --cdi-spec-dir "$PWD/cdi" run --rm --network none --device vendor.com/thing=two \
        localhost/busybox true
    expect 125 martlet --cdi-spec-dir "$PWD/cdi" run --rm --device vendor.com/thing=on localhost/busybox true
    within "$err" 'there is no device "vendor.com/thing=on"'
    within "$err" 'did you mean "vendor.com/thing=one"?'
    within "$err" 'broken.yaml:2:1: error:'
    expect 125 martlet run --rm --gpus all localhost/busybox true
    within "$err" 'there is no device "nvidia.com/gpu=all"'
    cp cdi/vendor.yaml cdi/again.yml
    expect 125 martlet --cdi-spec-dir "$PWD/cdi" run --rm --device vendor.com/thing=two localhost/busybox true
    within "$err" 'is described twice'
    # containers.conf names the directories for units, which cannot.
    mkdir -p "$HOME/.config/containers"
    printf '[engine]\ncdi_spec_dirs = ["%s"]\n' "$PWD/later" > "$HOME/.config/containers/containers.conf"
    box --device vendor.com/thing=two -- sh -c 'echo $TWO'
    same "$out" later
    rm "$HOME/.config/containers/containers.conf"
}

# T-ROOTFS-3
claim_a_part_of_a_volume_is_mounted() {
    box -v shelf:/s -- sh -c 'mkdir -p /s/a/b; echo deep > /s/a/b/file; ln -s / /s/root; ln -s a/b /s/inside'
    box --mount type=volume,src=shelf,dst=/part,subpath=a/b -- cat /part/file
    same "$out" deep
    box --mount type=volume,src=shelf,dst=/part,subpath=/a/b/file,ro -- cat /part
    same "$out" deep
    box --mount type=volume,src=shelf,dst=/part,volume-subpath=inside -- cat /part/file
    same "$out" deep
    # What the volume holds leads nowhere else.
    local part
    for part in root root/etc none; do
        expect 125 martlet run --rm --mount type=volume,src=shelf,dst=/part,subpath=$part localhost/busybox true
        within "$err" "cannot mount \"$part\" of"
    done
    expect 125 martlet run --rm --mount type=volume,src=shelf,dst=/part,subpath=../x localhost/busybox true
    within "$err" 'is no part of a volume'
    expect 0 martlet --runtime crun run --rm --network none \
        --mount type=volume,src=shelf,dst=/part,subpath=a/b localhost/busybox cat /part/file
    same "$out" deep
    expect 0 martlet volume rm shelf
}

claim_files_that_a_pattern_names_are_mounted() {
    mkdir files
    touch files/{one,two}.txt files/three.md
    box --mount "type=glob,src=$PWD/files/*.txt,dst=/there" -- ls /there
    same "$out" $'one.txt\ntwo.txt'
    box --mount "type=glob,src=$PWD/files/t*,ro" -- sh -c "ls $PWD/files; touch $PWD/files/two.txt || true"
    same "$out" $'three.md\ntwo.txt'
    within "$err" 'Read-only file system'
    expect 125 martlet run --rm --mount "type=glob,src=$PWD/none*,dst=/there" localhost/busybox true
    within "$err" 'no file is named by'
}

claim_who_is_to_write_to_a_new_volume_can() {
    local words='touch /v/file && stat -c %u:%g /v /v/file'
    box --user 1000:100 -v fresh:/v -- sh -c "$words"
    same "$out" $'1000:100\n1000:100'
    # Only the first user of it counts, and none where its maker has said whose it is.
    box -v fresh:/v -- stat -c %u:%g /v
    same "$out" 1000:100
    expect 0 martlet volume create --opt o=uid=7,gid=8 given
    box --user 1000 -v given:/v -- stat -c %u:%g /v
    same "$out" 7:8
    # So it is where the ids are other ones.
    box --userns auto -v auto:/v -- sh -c "$words"
    same "$out" $'0:0\n0:0'
    box --userns nomap --user 5:5 -v nomap:/v -- sh -c "$words"
    same "$out" $'5:5\n5:5'
    box --userns keep-id -v keep:/v -- sh -c "$words"
    same "$out" "$UID:$(id -g)
$UID:$(id -g)"
    expect 0 martlet volume rm fresh given auto nomap keep
}

claim_user_namespaces_of_others_are_joined() {
    expect 0 martlet run -d --name first --userns auto localhost/busybox sleep 1000
    expect 0 martlet exec first cat /proc/self/uid_map
    local map=$out
    box --userns container:first -- sh -c 'cat /proc/self/uid_map; id -u; touch /x; stat -c %u /x'
    same "$out" "$map
0
0"
    expect 0 martlet rm -f -t 0 first
    expect 0 martlet pod create --name strange --userns auto --network none
    expect 0 martlet run --rm --pod strange localhost/busybox id -u
    same "$out" 0
    expect 0 martlet pod rm -f strange
}

claim_containers_that_need_another_go_with_it() {
    martlet create --name base --network none localhost/busybox sleep 1000 > /dev/null
    martlet create --name shares --network container:base localhost/busybox sleep 1000 > /dev/null
    martlet create --name needs --network none --requires shares localhost/busybox true > /dev/null
    martlet create --name mounts --network none --volumes-from base localhost/busybox true > /dev/null
    martlet create --name other --network none localhost/busybox true > /dev/null
    martlet start base shares > /dev/null
    # Without --force nothing that runs is touched.
    expect 2 martlet rm --depend base
    same "$(martlet ps --all --format '{{.Names}}' | wc -l)" 5
    expect 0 martlet rm --depend --force --time 0 base
    same "$(martlet ps --all --format '{{.Names}}')" other
    expect 0 martlet rm other
    # Whoever names some of them too gets the same.
    martlet create --name base --network none localhost/busybox true > /dev/null
    martlet create --name needs --network none --requires base localhost/busybox true > /dev/null
    expect 1 martlet rm --depend base needs neither
    same "$err" $'error: there is no container "neither"\n  hint: list the containers with "martlet ps --all"'
    same "$(martlet ps --all --quiet)" ''
}

claim_listings_are_filtered_as_with_podman() {
    shown() { martlet ps --all --format '{{.Names}}' "$@" | sort | tr '\n' ' '; }
    martlet create --name web --network none localhost/busybox sleep 1 > /dev/null
    martlet create --name web-db --network none -l a=b localhost/busybox true > /dev/null
    martlet create --name my-web localhost/busybox true > /dev/null
    same "$(shown --filter name=web)" 'my-web web web-db '
    same "$(shown --filter name=^web$)" 'web '
    same "$(shown --filter 'name=^(my-)?web$')" 'my-web web '
    same "$(shown --filter name=^web$ --filter name=db)" 'web web-db '
    same "$(shown --filter before=web-db)" 'web '
    same "$(shown --filter since=web)" 'my-web web-db '
    same "$(shown --filter command=sleep)" 'web '
    same "$(shown --filter until=1h)" ''
    same "$(shown --filter 'label!=a=b')" 'my-web web '
    expect 125 martlet ps --filter 'name=(web'
    within "$err" 'is no regular expression'
    expect 125 martlet ps --filter nonsense=1
    within "$err" 'filter by ancestor, before'
    martlet volume create data > /dev/null
    martlet volume create data-old > /dev/null
    same "$(martlet volume ls --quiet --filter name=^data$)" data
    expect 0 martlet volume rm data data-old
    expect 0 martlet rm web web-db my-web
}
