# Root file systems that martlet-fuse serves: where the kernel's overlay cannot, or other ids must
# be shown.  What a container writes is the same for both overlays.

prepare() {
    load busybox
}

# fused OPTION... : runs a container whose root martlet-fuse serves.
fused() {
    martlet --storage-driver fuse-overlay run --rm --network none "$@"
}

# servers : how many helpers serve.
servers() {
    pgrep -c -u "$(id -u)" -f '^martlet-fuse ' || true
}

noServers() {
    [ "$(servers)" = 0 ]
}

claim_a_container_runs_on_fuse() {
    expect 0 fused localhost/busybox sh -c '
        grep " / " /proc/mounts; echo new > /etc/new; cat /etc/new; rm /etc/passwd
        ls /etc/passwd 2>&1; mkdir /d; mv /d /e; ls -d /e; id -u'
    within "$out" 'fuse.martlet'
    within "$out" $'new\n'
    within "$out" 'No such file'
    within "$out" /e
    eventually noServers
}

claim_info_says_which_overlay_serves_and_why() {
    expect 0 martlet info --format '{{.Store.graphDriverName}} {{.Store.graphDriverReason}}'
    within "$out" 'overlay the kernel'"'"'s overlay works in'
    expect 0 martlet --storage-driver fuse-overlay info \
        --format '{{.Store.graphDriverName}} {{.Store.graphDriverReason}}'
    same "$out" 'fuse-overlay --storage-driver asks for it'
    mkdir -p ~/.config/containers
    printf '[storage]\ndriver="overlay"\n[storage.options.overlay]\nmount_program="/usr/bin/fuse-overlayfs"\n' \
        > ~/.config/containers/storage.conf
    expect 0 martlet info --format '{{.Store.graphDriverName}} {{.Store.graphDriverReason}}'
    rm ~/.config/containers/storage.conf
    within "$out" 'fuse-overlay /home'
    within "$out" 'names a mount_program'
}

claim_variables_stand_above_storage_conf() {
    mkdir -p ~/.config/containers
    printf '[storage]\ndriver="fuse-overlay"\n' > ~/.config/containers/storage.conf
    expect 0 martlet info --format '{{.Store.graphDriverReason}}'
    within "$out" "$HOME/.config/containers/storage.conf asks for it"
    expect 0 env STORAGE_DRIVER=overlay martlet info --format '{{.Store.graphDriverName}}'
    same "$out" overlay
    rm ~/.config/containers/storage.conf
    expect 0 env STORAGE_DRIVER=fuse-overlay martlet info --format '{{.Store.graphDriverReason}}'
    same "$out" 'STORAGE_DRIVER asks for it'
    expect 0 env STORAGE_OPTS=overlay.mount_program=/usr/bin/fuse-overlayfs \
        martlet info --format '{{.Store.graphDriverReason}}'
    same "$out" 'STORAGE_OPTS names a mount_program'
    expect 0 env STORAGE_DRIVER=vfs martlet info --format '{{.Store.graphDriverName}}'
    within "$err" 'STORAGE_DRIVER: storage driver "vfs" is not one of ours, ignoring'
}

claim_a_container_that_goes_does_not_wait_for_the_disk() {
    local driver dir
    for driver in overlay fuse-overlay; do
        expect 0 martlet --storage-driver $driver run -d --rm --name brief --network none \
            localhost/busybox sh -c 'touch /f; sync; sleep 1000'
        dir=$(ls -d ~/.local/share/martlet/containers/*)
        martlet unshare find "$dir/work" -name volatile | grep -q volatile
        martlet rm -f -t 0 brief > /dev/null
        eventually noServers
        # One that stays is synchronised, and starts again.
        expect 0 martlet --storage-driver $driver create --name stays --network none \
            localhost/busybox touch /f
        expect 0 martlet --storage-driver $driver start --attach stays
        same "$(martlet unshare find ~/.local/share/martlet/containers -name volatile)" ''
        expect 0 martlet --storage-driver $driver start --attach stays
        martlet rm stays > /dev/null
    done
    # A crash leaves the mark with the directory, and both go.
    martlet run -d --rm --name brief --network none localhost/busybox sleep 1000 > /dev/null
    pkill -9 -u "$(id -u)" -x martlet-monitor
    eventually martlet rm -f -t 0 --ignore brief
    expect 0 martlet run --rm --name brief --network none localhost/busybox true
    expect 0 martlet system prune --force
}

# moves FIRST SECOND : written through one overlay, read and written through the other, and back.
moves() {
    expect 0 martlet create --name mover --network none localhost/busybox sh -c '
        if [ -e /step ]; then
            [ "$(cat /step)" = first ] && [ ! -e /etc/passwd ] && [ "$(ls /var)" = only ] &&
                [ "$(cat /etc/group | wc -l)" = 1 ] && echo second >> /step
            [ "$(wc -l < /step)" = 2 ] && [ -e /etc/group ] && exit 0
            exit 9
        fi
        echo first > /step; rm /etc/passwd; rm -rf /var; mkdir /var; touch /var/only
        echo one:x:1: > /etc/group; chmod 600 /etc/group'
    expect 0 martlet --storage-driver "$1" start -a mover
    expect 0 martlet --storage-driver "$2" start -a mover
    expect 0 martlet --storage-driver "$1" start -a mover
    martlet rm mover > /dev/null
}

claim_a_container_moves_from_the_kernel_to_fuse() {
    moves overlay fuse-overlay
}

claim_a_container_moves_from_fuse_to_the_kernel() {
    moves fuse-overlay overlay
}

claim_T_FUSE_4_a_killed_server_ends_its_container_with_a_reason() {
    expect 0 martlet --storage-driver fuse-overlay run -d --name orphan --network none \
        localhost/busybox sleep 1000
    expect 0 martlet exec orphan sh -c 'echo kept > /kept'
    pkill -9 -u "$(id -u)" -f '^martlet-fuse '
    # Nobody waits for what is gone.
    expect 0 timeout 5 df
    expect '[01]' timeout 5 find "$HOME/.local/share/martlet" /run/user/"$(id -u)" -name none
    eventually stopped orphan
    same "$(ps -u "$(id -u)" -o stat= | grep D || true)" ''
    expect 0 martlet inspect --format '{{.State.ExitCode}} {{.State.Error}}' orphan
    within "$out" '137 '
    within "$out" 'the root file system of container "orphan" is gone'
    noServers
    # Nothing that was written is lost, and nothing is left mounted.
    expect 1 grep fuse.martlet /proc/mounts
    expect 0 martlet --storage-driver fuse-overlay start orphan
    expect 0 martlet exec orphan cat /kept
    same "$out" kept
    martlet rm -f -t 0 orphan > /dev/null
    eventually noServers
}

stopped() {
    [ "$(martlet inspect --format '{{.State.Status}}' "$1")" = exited ]
}

claim_T_FUSE_1_set_uid_files_give_no_rights_outside() {
    local pid
    expect 0 martlet --storage-driver fuse-overlay run -d --name rights --network none \
        localhost/busybox sh -c 'cp /bin/busybox /tmp/cat; chown 5:5 /tmp/cat; chmod 6755 /tmp/cat
            chmod 700 /root; touch /done; sleep 1000'
    eventually martlet exec rights test -e /done
    # Inside they are what they say.
    expect 0 martlet exec rights stat -c '%a %u' /tmp/cat
    same "$out" '6755 5'
    # Outside nothing is mounted, and the way by /proc gives the user her own ids.
    expect 1 grep fuse.martlet /proc/mounts
    pid=$(martlet inspect --format '{{.State.Pid}}' rights)
    expect '*' "/proc/$pid/root/tmp/cat" /proc/self/status
    if [ -n "$out" ]; then
        same "$(awk '/^Uid:/ { print $2, $3, $4 }' <<< "$out")" "$(id -u) $(id -u) $(id -u)"
    else
        within "$err" 'ermission denied'
    fi
    martlet rm -f -t 0 rights > /dev/null
    eventually noServers
}

claim_T_FUSE_2_marks_that_a_container_makes_are_ordinary_data() {
    local driver
    # shellcheck disable=SC2016
    martlet create --name marks --network none localhost/busybox sh -c '
        if [ -e /twice ]; then
            cat /www/index.html /www/.wh.index.html; ls -A /www /etc/.wh..wh..opq; cat /etc/group | wc -l; exit
        fi
        touch /twice; echo data > /www/.wh.index.html; touch /etc/.wh..wh..opq
        mknod /www/dev c 0 0 && echo "a device was made"
        mknod /www/other c 1 3 && echo "a device was made"; true' > created
    expect 0 martlet --storage-driver fuse-overlay start --attach marks
    absent "$out" 'a device was made'
    for driver in fuse-overlay overlay; do
        expect 0 martlet --storage-driver $driver start --attach marks
        within "$out" $'a page from the container\ndata'
        within "$out" /etc/.wh..wh..opq
    done
    # A layer cannot hold such names: it goes without them, says so, and hides nothing.
    expect 0 martlet commit marks localhost/marked
    within "$err" '"/www/.wh.index.html" would hide another file in a layer'
    expect 0 martlet run --rm --network none localhost/marked cat /www/index.html
    same "$out" 'a page from the container'
    expect 0 martlet commit --squash marks localhost/squashed
    expect 0 martlet run --rm --network none localhost/squashed cat /www/index.html /etc/passwd
    within "$out" 'a page from the container'
    martlet rm marks > removed
    martlet rmi localhost/marked localhost/squashed > removed
    # Attributes: an overlay inside keeps its own, and hides nothing of ours.
    # shellcheck disable=SC2016
    alone '
        mkdir l1/d; touch l1/d/below
        writable ,plain
        setfattr -n user.overlay.opaque -v y m/d; setfattr -n user.fuseoverlayfs.opaque -v y m/d 2>&1 || true
        setfattr -n user.containers.override_stat -v 0:0:0777 m/d/below
        stat -c %a m/d/below; umount m; writable ,plain; ls m/d
        umount m; mount -t overlay overlay -o lowerdir=l1:l2:l3,upperdir=u,workdir=w,userxattr m; ls m/d'
    same "$(grep -c '^below$' <<< "$out")" 2
    within "$out" 644
}

claim_T_FUSE_3_writing_takes_set_id_bits_and_capabilities() {
    expect 0 fused --user 1000:1000 localhost/busybox sh -c '
        for way in "echo >>" "truncate -s 10" "chgrp 1000"; do
            cp /bin/busybox /tmp/f; chmod 6755 /tmp/f; stat -c %a /tmp/f
            case $way in echo*) echo >> /tmp/f ;; *) $way /tmp/f ;; esac
            stat -c %a /tmp/f; rm -f /tmp/f
        done'
    same "$out" $'6755\n755\n6755\n755\n6755\n755'
    # shellcheck disable=SC2016
    alone '
        for way in write cut own; do cp /bin/true l1/$way; setcap cap_net_raw+ep l1/$way; done
        writable
        getcap m/write m/cut m/own | wc -l
        echo >> m/write; truncate -s 10 m/cut; chown 0:0 m/own
        getcap m/write m/cut m/own; stat -c %n m/write'
    same "$out" $'3\nm/write'
}

claim_a_killed_monitor_takes_its_server_along() {
    expect 0 martlet --storage-driver fuse-overlay run -d --name lost --network none \
        localhost/busybox sleep 1000
    pkill -9 -u "$(id -u)" -x martlet-monitor
    eventually noServers
    martlet rm -f -t 0 lost > /dev/null
}

claim_ids_are_shifted_without_copies() {
    local before after
    before=$(du -sk ~/.local/share/martlet | cut -f1)
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox sh -c \
        'stat -c %u:%g /bin /bin/sh; touch /tmp/mine; stat -c %u /tmp/mine; id -u'
    same "$out" $'0:0\n0:0\n'"$(id -u)"$'\n'"$(id -u)"
    after=$(du -sk ~/.local/share/martlet | cut -f1)
    [ $((after - before)) -lt 1024 ] || { echo "grew from $before kB to $after kB"; return 1; }
    expect 2 ls ~/.local/share/martlet/shifted
}

claim_T_FUSE_5_two_processes_and_both_overlays_agree_on_a_tree() {
    expect 0 unshare --user --map-root-user --mount env \
        MARTLET_FUSE=/usr/local/libexec/martlet/martlet-fuse \
        /checkout/Tests/Rigs/overlay-stress --seed 6 --calls 1500 --directory "$HOME"
    within "$out" 'no difference'
}

# alone SCRIPT : runs it as root of a user namespace with mounts of its own, in an empty directory
# with l1 to l3, u, w and m; "overlay WORDS" mounts on m, "u" and "w" being upper and work.
alone() {
    rm -rf alone
    mkdir -p alone/{l1,l2,l3,u,w,m}
    expect 0 unshare --user --map-root-user --mount env PATH=/usr/sbin:/sbin:/usr/bin:/bin \
        MARTLET_FUSE=/usr/local/libexec/martlet/martlet-fuse bash -euc '
        cd alone
        overlay() { /checkout/Tests/Rigs/overlay-mount -o "$1" m; }
        writable() { overlay "lowerdir=l1:l2:l3,upperdir=u,workdir=w${1-}"; }
        '"$1"
}

claim_marks_of_both_forms_hide_what_is_below() {
    # shellcheck disable=SC2016
    alone '
        touch l3/{device,file,kept}; mkdir l3/{opaque,marked,foreign}; touch l3/{opaque,marked,foreign}/below
        mknod l2/device c 0 0; touch l2/.wh.file
        mkdir l1/{opaque,marked,foreign}; touch l1/marked/.wh..wh..opq
        setfattr -n user.overlay.opaque -v y l1/opaque
        setfattr -n user.fuseoverlayfs.opaque -v y l1/foreign
        writable
        ls m; find m -name below
        # What is written is what the kernel reads.
        rm m/kept; rm -r m/opaque; mkdir m/opaque
        stat -c "%F %t:%T" u/kept; getfattr --only-values -n user.overlay.opaque u/opaque'
    same "$out" $'foreign\nkept\nmarked\nopaque\ncharacter special file 0:0\ny'
}

claim_a_stack_of_128_layers_is_served() {
    # shellcheck disable=SC2016
    alone '
        words=
        for n in $(seq 128); do mkdir -p many/$n; echo $n > many/$n/all; echo $n > many/$n/f$n; words=$words:many/$n; done
        overlay "lowerdir=${words#:}"
        ls m | wc -l; cat m/all m/f77
        touch m/new 2>&1 || true'
    same "$out" $'129\n1\n77\ntouch: cannot touch '"'m/new'"': Read-only file system'
}

claim_files_keep_their_numbers() {
    # shellcheck disable=SC2016
    alone '
        echo a > l1/a; mkdir l2/d; echo b > l2/d/b
        writable; stat -c %i m/a m/d m/d/b > before
        chmod 600 m/a m/d/b; mv m/a m/c; mv m/c m/a
        stat -c %i m/a m/d m/d/b | cmp - before
        umount m; writable; stat -c %i m/a m/d m/d/b | cmp - before
        umount m; mount -t overlay overlay -o lowerdir=l1:l2:l3,upperdir=u,workdir=w,userxattr m
        stat -c %a m/a m/d/b'
    same "$out" $'600\n600'
}

claim_everything_of_a_file_is_copied() {
    # shellcheck disable=SC2016
    alone '
        cp /bin/true l1/f; setcap cap_net_raw+ep l1/f; setfacl -m g:0:rw l1/f
        setfattr -n user.note -v kept l1/f; touch -d "2001-02-03 04:05:06.7" l1/f
        truncate -s 1M l1/holes; printf x >> l1/holes
        writable
        chmod u+w m/f; echo >> m/holes
        getcap m/f; getfacl -cp m/f | grep group:; getfattr --only-values -n user.note m/f; echo
        stat -c %y m/f; [ "$(stat -c %b m/holes)" -lt 64 ]; cmp m/f /bin/true
        setfattr -n user.overlay.opaque -v y m/f; getfattr -d -m user.overlay m/f | tail -n +2'
    within "$out" 'cap_net_raw=ep'
    within "$out" 'kept'
    within "$out" '2001-02-03 04:05:06.7'
    within "$out" 'user.overlay.opaque="y"'
    absent "$out" 'origin'
}

claim_attributes_without_content_are_an_error_not_zeros() {
    # shellcheck disable=SC2016
    alone '
        echo content > l1/f; truncate -s 8 u/f; setfattr -n user.overlay.metacopy -v "" u/f
        writable; cat m/f 2>&1 || true'
    within "$out" 'Input/output error'
}

claim_a_volatile_upper_directory_is_not_trusted_after_a_crash() {
    # shellcheck disable=SC2016
    alone '
        writable ,volatile; sync m; umount m
        until [ -z "$(find w -name incompat)" ]; do :; done
        writable ,volatile,pidfile=pid; kill -9 "$(cat pid)"
        ls m 2>&1 || true; umount m
        writable 2>&1 || true'
    # ECONNABORTED or ENOTCONN, as far as the kernel has come with the end of the connection.
    [[ $out == *'connection abort'* || $out == *'endpoint is not connected'* ]]
    within "$out" 'last used without syncing'
}

claim_files_without_a_name_and_without_a_reader() {
    # shellcheck disable=SC2016
    alone '
        echo lower > l1/f; writable
        python3 - <<P
import fcntl, os
f = os.open("m", os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(f, b"made")
os.link(f"/proc/self/fd/{f}", "m/linked", src_dir_fd=f, follow_symlinks=True)
r = os.open("m/f", os.O_RDONLY)
w = os.open("m/f", os.O_WRONLY | os.O_APPEND)
os.write(w, b"more")
print(os.pread(r, 100, 0), os.fstat(f).st_nlink)
os.unlink("m/f")
os.write(w, b"!")
print(os.pread(r, 100, 0), os.fstat(r).st_nlink, os.listdir("m"))
os.posix_fallocate(f, 0, 8192)
print(os.fstat(f).st_size, os.lseek(f, 0, os.SEEK_DATA))
a, b = os.open("m/linked", os.O_RDWR), os.open("m/linked", os.O_RDWR)
fcntl.flock(a, fcntl.LOCK_EX)
try:
    fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("locked")
P'
    same "$out" "b'lower\\nmore' 1
b'lower\\nmore!' 0 ['linked']
8192 0
locked"
}

claim_a_directory_that_changes_while_it_is_read_shows_all_that_stays_once() {
    # shellcheck disable=SC2016
    alone '
        mkdir l1/d l2/d; (cd l1/d; touch low{1..700}); (cd l2/d; touch low{500..1500})
        writable; (cd m/d; touch high{1..1500})
        python3 - <<P
import os
stays, shown, gone = set(os.listdir("m/d")), [], set()
for entry in os.scandir("m/d"):
    shown.append(entry.name)
    if len(shown) % 3:
        os.unlink(f"m/d/{entry.name}")
        gone.add(entry.name)
    if len(shown) % 7 == 0:
        open(f"m/d/new{len(shown)}", "w").close()
old = [name for name in shown if not name.startswith("new")]
print(len(stays), len(set(old)), len(old), set(old) == stays)
print(sorted(set(os.listdir("m/d")) & stays) == sorted(stays - gone))
P'
    same "$out" $'3000 3000 3000 True\nTrue'
}

claim_files_are_opened_and_closed_without_asking_the_server() {
    # shellcheck disable=SC2016
    alone '
        mkdir l1/d; for n in $(seq 50); do echo $n > l1/d/f$n; done
        writable ,pidfile=pid; cat m/d/* | wc -l; touch -d 2001-02-03 m/empty
        strace -qq -o calls -p "$(cat pid)" & tracer=$!
        until grep -q ^TracerPid:.*[1-9] "/proc/$(cat pid)/status"; do :; done
        cat m/d/* | wc -l; ls m/d | wc -l
        kill "$tracer"; wait "$tracer" || true
        # OPEN, READ, RELEASE, FLUSH, OPENDIR, RELEASEDIR: the second number of what is read.
        grep -cE "read\([0-9]+, \"[^\\]{1,2}(.0){3}.(16|17|22|31|33|35).0" calls || true
        grep -c "^read(" calls
        : > m/empty; [ m/empty -nt m/d/f1 ] && echo newer'
    # Reading makes the kernel ask for the new time of access, and that must be seen here.
    [ "$(sed -n 5p <<< "$out")" -ge 50 ]
    same "$(sed 5d <<< "$out")" $'50\n50\n50\n0\nnewer'
}

claim_a_full_disk_loses_nothing() {
    # shellcheck disable=SC2016
    alone '
        head -c 600k /dev/urandom > l1/one; head -c 600k /dev/urandom > l1/two
        mount -t tmpfs -o size=1M tmpfs u; mkdir u/u u/w
        overlay "lowerdir=l1,upperdir=u/u,workdir=u/w"
        echo >> m/one
        (echo >> m/two) 2>&1 || true
        cmp m/two l1/two; ls u/w/work
        rm m/one m/two; ls m'
    within "$out" 'No space left on device'
    absent "$out" differ
    absent "$out" '#'
}

claim_a_server_keeps_only_the_rights_that_serving_takes() {
    expect 0 martlet --storage-driver fuse-overlay run -d --name held --network none \
        localhost/busybox sleep 1000
    local pid
    pid=$(pgrep -u "$(id -u)" -f '^martlet-fuse ')
    expect 0 grep -E '^(CapBnd|CapEff|NoNewPrivs|Threads):' "/proc/$pid/status"
    same "$out" $'Threads:\t1\nCapEff:\t000000008800001f\nCapBnd:\t000000008800001f\nNoNewPrivs:\t1'
    martlet rm -f -t 0 held > /dev/null
    eventually noServers
}
