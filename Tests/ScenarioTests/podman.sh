# Debian's podman with our OCI runtime in crun's place, as an ordinary user.

prepare() {
    mkdir -p ~/.config/containers
    printf '[containers]\npids_limit=0\n' > ~/.config/containers/containers.conf
    pod load --quiet --input "$images/busybox.tar" > /dev/null
}

pod() { podman --runtime /usr/local/libexec/martlet/martlet-runtime "$@"; }

claim_run_gives_output_and_exit_code() {
    expect 0 pod run --rm --network none localhost/busybox echo hello
    same "$out" hello
    expect 7 pod run --rm --network none localhost/busybox sh -c 'exit 7'
    expect 127 pod run --rm --network none localhost/busybox nosuch
    within "$err" 'there is no "nosuch" in the container'
    expect 126 pod run --rm --network none localhost/busybox /etc
}

claim_the_scope_is_made_over_the_bus() {
    expect 0 pod run -d --name scoped --network none localhost/busybox sleep 1000
    local id=$out
    expect 0 systemctl --user is-active "libpod-$id.scope"
    expect 0 systemctl --user show --property=Delegate --value "libpod-$id.scope"
    same "$out" yes
    expect 0 pod rm -f -t 0 scoped
    eventually bash -c "! systemctl --user is-active libpod-$id.scope"
}

claim_exec_and_a_terminal() {
    expect 0 pod run -d --name target --network none localhost/busybox sleep 1000
    expect 0 pod exec target echo inside
    same "$out" inside
    expect 3 pod exec --user 1000 target sh -c 'test "$(id -u)" = 1000 && exit 3'
    # conmon may lose what a command wrote to its terminal just before it ended.
    expect 0 pod exec -t target sh -c 'tty; sleep 0.5'
    within "$out" /dev/pts/
    expect 0 pod run --rm -t --network none localhost/busybox sh -c 'tty; sleep 0.5'
    within "$out" /dev/pts/
    expect 0 pod rm -f -t 0 target
}

claim_pause_stats_and_stop() {
    expect 0 pod run -d --name held --network none localhost/busybox \
        sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
    expect 0 pod pause held
    expect 0 pod inspect --format '{{.State.Status}}' held
    same "$out" paused
    expect 0 pod unpause held
    expect 0 pod stats --no-stream --format '{{.Name}}' held
    same "$out" held
    expect 0 pod top held
    within "$out" sleep
    expect 0 pod stop -t 10 held
    expect 0 pod inspect --format '{{.State.ExitCode}}' held
    same "$out" 5
    expect 0 pod rm held
}

claim_health_checks_run() {
    expect 0 pod run -d --name checked --network none --health-interval disable \
        --health-cmd 'test -e /tmp/well' localhost/busybox sleep 1000
    expect 1 pod healthcheck run checked
    expect 0 pod exec checked touch /tmp/well
    expect 0 pod healthcheck run checked
    expect 0 pod rm -f -t 0 checked
}

claim_a_pod_shares_its_namespaces() {
    expect 0 pod pod create --name nest --network none --infra-image localhost/busybox \
        --infra-command 'sleep 1000'
    expect 0 pod run -d --pod nest --name first localhost/busybox sleep 1000
    local look='readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
    expect 0 pod run --rm --pod nest localhost/busybox sh -c "$look"
    local mine=$out
    expect 0 pod exec first sh -c "$look"
    same "$out" "$mine"
    expect 0 pod pod rm -f -t 0 nest
}

claim_systemd_runs_inside() {
    expect 0 pod run -d --name whole --network none --systemd=always -v /usr:/usr:ro \
        -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro -v /usr/bin:/bin:ro -v /usr/sbin:/sbin:ro \
        localhost/busybox /lib/systemd/systemd --unit=basic.target
    eventually pod exec whole systemctl is-active basic.target
    expect 0 pod stop -t 10 whole
    expect 0 pod rm whole
}

claim_limits_volumes_and_users_are_kept() {
    mkdir -p ~/given
    echo there > ~/given/file
    expect 0 pod run --rm --network none --read-only --tmpfs /t:mode=1777 --hostname inner \
        --ulimit nofile=100:100 --cap-drop all --user 1000:1000 -v "$HOME/given:/given:ro" \
        localhost/busybox sh -c 'hostname; ulimit -n; cat /given/file; touch /x 2>&1
            touch /given/x 2>&1; touch /t/x && echo written; grep CapEff /proc/self/status'
    same "$(sed 's/^touch: .*: //' <<< "$out")" "inner
100
there
Read-only file system
Read-only file system
written
CapEff:	0000000000000000"
}
