# What confines a container: the threat list, by the verbs of the engine.

prepare() {
    load busybox self-exe
    cp /checkout/.build/rig/probe ~/probe
}

# inside OPTION... -- COMMAND... : the command's answer, by run and by exec; both must agree.
everyWay() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    expect 0 martlet run --rm --network none "${options[@]}" localhost/busybox "$@"
    local ran=$out
    expect 0 martlet run -d --name way --network none "${options[@]}" localhost/busybox sleep 1000
    expect 0 martlet exec way "$@"
    martlet rm -f -t 0 way > /dev/null
    same "$out" "$ran"
}

claim_T_CAPS_1_nothing_is_inherited() {
    everyWay -- grep -E '^Cap(Inh|Amb)' /proc/self/status
    same "$out" $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
}

claim_T_CAPS_2_root_has_the_default_set() {
    everyWay -- grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 00000000800405fb
}

claim_T_CAPS_2_a_user_has_none() {
    everyWay --user 1000 -- grep -E '^Cap(Prm|Eff)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 0000000000000000
}

claim_T_CAPS_3_an_unknown_capability_is_refused() {
    expect 125 martlet run --rm --network none --cap-add CAP_SYS_ADMNI localhost/busybox true
    within "$err" SYS_ADMNI
}

claim_capabilities_are_added_and_dropped() {
    everyWay --cap-drop all --cap-add net_bind_service -- grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status
    same "$(awk '{print $2}' <<< "$out" | sort -u)" 0000000000000400
}

claim_T_SECCOMP_1_a_filter_is_on() {
    everyWay -- grep -E '^Seccomp:|NoNewPrivs' /proc/self/status
    same "$out" $'NoNewPrivs:\t0\nSeccomp:\t2'
    everyWay --security-opt no-new-privileges -- grep -E '^Seccomp:|NoNewPrivs' /proc/self/status
    same "$out" $'NoNewPrivs:\t1\nSeccomp:\t2'
    everyWay --security-opt seccomp=unconfined -- grep -E '^Seccomp:' /proc/self/status
    same "$out" $'Seccomp:\t0'
}

claim_T_SECCOMP_2_the_other_doors_are_shut() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe foreign
    absent "$out" ' ok'
}

claim_T_SECCOMP_3_dangerous_calls_are_refused() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe calls
    absent "$out" ' ok'
    absent "$out" EFAULT
}

claim_T_SECCOMP_4_an_unknown_call_is_not_there() {
    everyWay -v "$HOME/probe:/probe:ro" -- /probe calls
    within "$out" 'unknown call ENOSYS'
}

claim_T_FD_1_no_descriptor_reaches_the_container() {
    local number
    for number in $(seq 10 69); do eval "exec $number< /tmp"; done
    everyWay -- ls /proc/self/fd
    # The fourth is the directory that ls reads.
    same "$(tr '\n' ' ' <<< "$out")" '0 1 2 3 '
}

claim_T_EXE_1_no_program_of_ours_can_be_written() {
    local before
    before=$(cat /usr/local/bin/martlet /usr/local/libexec/martlet/* | sha256sum)
    local round
    for round in $(seq 20); do
        martlet run --rm --network none localhost/self-exe > /dev/null 2>&1 || true
        martlet run --rm --network none localhost/self-exe --entrypoint /script > /dev/null 2>&1 || true
    done
    expect 0 martlet run -d --name target --network none -v "$HOME/probe:/probe:ro" localhost/busybox \
        sh -c 'while :; do /probe open /proc/[0-9]*/exe; done > /log 2>&1'
    for round in $(seq 50); do martlet exec target true; done
    expect 1 martlet exec target grep -E ' ok$' /log
    expect 0 martlet rm -f -t 0 target
    same "$(cat /usr/local/bin/martlet /usr/local/libexec/martlet/* | sha256sum)" "$before"
}

claim_kernel_files_are_masked() {
    everyWay -- sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c
        ls /proc/acpi /sys/firmware /proc/scsi 2>/dev/null | grep -cv : || true
        touch /proc/sys/kernel/hostname 2>/dev/null && echo written || true'
    absent "$out" written
    same "$(head -n 1 <<< "$out")" 0
}

claim_the_host_is_out_of_sight() {
    everyWay -- sh -c 'ls /proc | grep -c "^[0-9]" | awk "{print (\$1 < 6)}"; test -e "'"$HOME"'" || echo hidden'
    same "$out" $'1\nhidden'
}

claim_root_inside_is_the_user_outside() {
    everyWay -- cat /proc/self/uid_map
    within "$out" "$UID"
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox id -u
    same "$out" "$UID"
}

claim_T_PROCSYS_3_nothing_covers_the_kernels_files() {
    local place
    for place in /proc /proc/self /proc/sys/kernel /sys /sys/fs/cgroup /./proc/sys /sys/../proc; do
        expect 125 martlet run --rm --network none -v "$HOME:$place" localhost/busybox true
        expect 125 martlet run --rm --network none --tmpfs "$place" localhost/busybox true
        expect 125 martlet run --rm --network none --mount "type=volume,dst=$place" localhost/busybox true
    done
    # Nor does an image by its volumes.
    martlet create --name plain localhost/busybox > /dev/null
    expect 0 martlet commit --quiet --change 'VOLUME /proc/self' plain localhost/coverer
    expect 125 martlet run --rm --network none localhost/coverer true
    within "$err" 'cannot mount on "/proc/self"'
    expect 0 martlet rm plain
    expect 0 martlet rmi localhost/coverer
}

claim_T_NS_3_sockets_are_files_of_the_users_alone() {
    expect 0 martlet network create held
    expect 0 martlet run -d --name one --network held --health-cmd true localhost/busybox sleep 1000
    # No name without a file is heard: a container on the host's network would reach it.
    ss -Hlxp | awk '$5 ~ /^@/' > abstract
    expect 1 grep martlet abstract
    local directory=$XDG_RUNTIME_DIR/martlet
    same "$(stat -c %a "$directory")" 700
    same "$(find "$directory" -type s -not -user "$USER" | wc -l)" 0
    [ "$(find "$directory" -type s | wc -l)" -ge 2 ]
    expect 1 martlet run --rm --network host localhost/busybox test -e "$directory"
    expect 0 martlet rm -f -t 0 one
    expect 0 martlet network rm held
}

# decoys DIRECTORY : libraries and programs that would mark the place if one of ours used them.
decoys() {
    local name
    mkdir -p "$1"/{bin,sbin,usr/bin,usr/lib,lib,lib64,lib/x86_64-linux-gnu,usr/lib/x86_64-linux-gnu/gconv,etc,usr/libexec/swift}
    cp /bin/busybox "$1/bin/busybox"
    for name in sh sleep cat touch true mkdir; do ln -s busybox "$1/bin/$name"; done
    for name in tar xz unpigz pigz gzip zstd ps nsenter newuidmap gpg martlet swift-backtrace; do
        printf '#!/bin/sh\ntouch /marked-%s\n' $name > "$1/usr/bin/$name"
        chmod 755 "$1/usr/bin/$name"
        cp "$1/usr/bin/$name" "$1/usr/libexec/swift/$name"
        cp "$1/usr/bin/$name" "$1/sbin/$name"
    done
    printf '#include <fcntl.h>\n__attribute__((constructor)) static void mark(void) { open("/marked-library", O_CREAT | O_WRONLY, 0644); }\n' > mark.c
    cc -shared -fPIC -o mark.so mark.c
    for name in libnss_files.so.2 libnss_compat.so.2 libnss_systemd.so.2 libseccomp.so.2 libslirp.so.0 libc.so.6; do
        cp mark.so "$1/lib/x86_64-linux-gnu/$name"
        cp mark.so "$1/lib64/$name"
    done
    cp mark.so "$1/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so"
    cp mark.so "$1/lib/mark.so"
    echo /lib/mark.so > "$1/etc/ld.so.preload"
    printf 'passwd: files systemd\ngroup: compat\n' > "$1/etc/nsswitch.conf"
    printf 'root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/:/bin/sh\n' > "$1/etc/passwd"
}

claim_T_CODE_1_no_verb_runs_what_an_image_brings() {
    decoys root
    tar -C root -c . | martlet import --quiet - localhost/decoys > /dev/null
    expect 0 martlet run -d --name baited --network none --health-cmd 'true' --user ada localhost/decoys sleep 1000
    martlet exec --user 0 baited touch /changed
    expect 0 martlet cp mark.c baited:/tmp-file
    expect 0 martlet cp baited:/etc/passwd passwd
    expect 0 martlet diff baited
    within "$out" /changed
    expect 0 martlet top baited
    expect 0 martlet stats --no-stream baited
    expect 0 martlet healthcheck run baited
    expect 0 martlet export --output baited.tar baited
    expect 0 martlet commit --quiet baited localhost/caught
    expect 0 martlet logs baited
    expect 0 martlet pause baited
    expect 0 martlet unpause baited
    # Busybox is linked statically, so that whatever has made a mark was ours.
    expect 1 martlet exec --user 0 baited sh -c 'ls /marked-*'
    expect 1 grep -a marked- <(tar -tf baited.tar | grep -v usr/)
    expect 0 martlet rm -f -t 0 baited
    expect 0 martlet rmi localhost/caught localhost/decoys
}

# claim_T_USER_3_T_USER_4_strange_account_files_are_survived: 120 s
claim_T_USER_3_T_USER_4_strange_account_files_are_survived() {
    local kind file began
    mkdir -p root/bin
    cp /bin/busybox root/bin/
    ln -s busybox root/bin/true
    ln -s busybox root/bin/id
    mkdir root/etc
    for kind in fifo directory outside large line groups; do
        for file in passwd group; do
            rm -rf root/etc/*
            case $kind in
                fifo) mkfifo root/etc/$file ;;
                directory) mkdir root/etc/$file ;;
                outside) ln -s "$HOME/.bashrc" root/etc/$file ;;
                large) truncate -s 2G root/etc/$file ;;
                line) head -c 100M /dev/zero | tr '\0' x > root/etc/$file ;;
                groups) seq 1000000 | sed 's/.*/g&:x:&:ada/' > root/etc/$file ;;
            esac
            began=$SECONDS
            # It starts as the number says, or says why not; it neither hangs nor swells.
            ulimit -v 4000000
            expect '@(0|12[5-7])' martlet run --rm --network none --user 1000 --rootfs "$PWD/root" /bin/true
            expect '@(0|12[5-7])' martlet run --rm --network none --user ada --rootfs "$PWD/root" /bin/true
            [ $((SECONDS - began)) -le 10 ]
        done
    done
}

# T-FD: what the engine opens does not become a stream that the caller has closed.
claim_closed_streams_stay_empty() {
    martlet run --detach --name closed --network none localhost/busybox sleep 100000 > made
    for streams in 'in' 'in out' 'in out err'; do
        for command in 'run --rm --network none localhost/busybox' 'exec closed' \
            'run --rm --interactive --network none localhost/busybox' 'exec --interactive closed'; do
            read -ra words <<< "$command"
            (
                exec < /dev/null
                case $streams in *in*) exec 0<&- ;; esac
                case $streams in *out*) exec 1>&- ;; esac
                case $streams in *err*) exec 2>&- ;; esac
                # What stands at the streams is told by the exit code.
                exec martlet "${words[@]}" sh -c 'for n in 0 1 2; do
                    case $(readlink /proc/self/fd/$n) in
                        /dev/null | pipe:* | socket:* | /dev/pts/* | /dev/tty* | "") ;;
                        *) [ ! -d /proc/self/fd/$n ] || exit 4 ;;
                    esac
                done; [ -z "$(cat)" ] || exit 5'
            )
        done
    done
    martlet rm --force --time 0 closed > removed
}
