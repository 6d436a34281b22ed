# Pods: containers that share namespaces, network and fate.

prepare() {
    load busybox
}

# member NAME COMMAND... : a container of pod shop that runs.
member() {
    local name=$1
    shift
    expect 0 martlet run -d --pod shop --name "$name" --stop-signal KILL localhost/busybox "$@"
}

# shop OPTION... : a pod without a network.
shop() {
    expect 0 martlet pod create --name shop --network none "$@"
}

down() {
    expect 0 martlet pod rm -f -t 0 shop
}

# state : the word for the pod.
state() {
    martlet pod ps --filter name=shop --format '{{.Status}}'
}

isState() { [ "$(state)" = "$1" ]; }

# space CONTAINER KIND : the namespace of a container's first process.
space() {
    readlink "/proc/$(martlet inspect --format '{{.State.Pid}}' "$1")/ns/$2"
}

claim_containers_of_a_pod_share_network_ipc_and_host_name() {
    shop
    [[ $out =~ ^[0-9a-f]{64}$ ]]
    same "$(state)" Created
    member web httpd -f -p 8080 -h /www
    member other sleep 1000
    same "$(state)" Running
    for kind in net ipc uts; do same "$(space web $kind)" "$(space other $kind)"; done
    for kind in pid mnt; do [ "$(space web $kind)" != "$(space other $kind)" ]; done
    eventually martlet exec other wget -q -O /dev/null http://127.0.0.1:8080/
    expect 0 martlet exec other wget -q -O - http://127.0.0.1:8080/
    same "$out" "a page from the container"
    expect 0 martlet exec other wget -q -O - http://web:8080/
    same "$out" "a page from the container"
    expect 0 martlet exec other sh -c 'hostname; echo $HOSTNAME; cat /etc/hostname'
    same "$out" "shop
shop
shop"
    down
}

claim_containers_of_a_pod_share_dev_shm() {
    shop
    member one sh -c 'echo hello > /dev/shm/word; exec sleep 1000'
    member two sleep 1000
    eventually martlet exec two cat /dev/shm/word
    expect 0 martlet exec two cat /dev/shm/word
    same "$out" hello
    expect 0 martlet exec --user 1000 two sh -c 'mkdir /dev/shm/deep && touch /dev/shm/deep/file'
    expect 0 martlet pod stop -t 0 shop
    expect 0 martlet pod start shop
    # It is the memory of the pod's containers, and ends with them.
    expect 1 martlet exec two ls /dev/shm/deep
    down
}

claim_the_size_of_a_pods_dev_shm_binds() {
    shop --shm-size 1m
    member one sleep 1000
    expect 0 martlet exec one sh -c 'df -k /dev/shm | tail -1'
    within "$out" ' 1024 '
    expect 1 martlet exec one dd if=/dev/zero of=/dev/shm/full bs=1k count=2048
    within "$err" 'No space left'
    down
    # Without the IPC namespace each has its own.
    shop --share net,uts --shm-size 2m
    member one sh -c 'touch /dev/shm/word; exec sleep 1000'
    member two sleep 1000
    expect 1 martlet exec two ls /dev/shm/word
    down
}

claim_a_shared_ipc_namespace_brings_its_dev_shm() {
    expect 0 martlet run -d --name one --shm-size 3m localhost/busybox \
        sh -c 'echo hello > /dev/shm/word; exec sleep 1000'
    eventually martlet exec one cat /dev/shm/word
    expect 0 martlet run --rm --ipc container:one localhost/busybox \
        sh -c 'cat /dev/shm/word; df -k /dev/shm | tail -1; echo again > /dev/shm/word'
    within "$out" hello
    within "$out" ' 3072 '
    expect 0 martlet exec one cat /dev/shm/word
    same "$out" again
    expect 125 martlet run --rm --ipc container:one --shm-size 1m localhost/busybox true
    within "$err" contradict
    expect 0 martlet rm -f -t 0 one
}

claim_a_runtime_of_another_make_shares_dev_shm_too() {
    shop
    member one sh -c 'echo hello > /dev/shm/word; exec sleep 1000'
    eventually martlet exec one cat /dev/shm/word
    expect 0 martlet --runtime crun run --rm --pod shop localhost/busybox cat /dev/shm/word
    same "$out" hello
    down
}

claim_share_says_what_is_shared() {
    shop --share pid
    member one sleep 1001
    member two sleep 1002
    same "$(space one pid)" "$(space two pid)"
    [ "$(space one net)" != "$(space two net)" ]
    expect 0 martlet exec two ps
    within "$out" "sleep 1001"
    within "$out" "martlet-infra"
    expect 0 martlet exec two sh -c 'sh -c "sleep 0.01 &"; sleep 0.2; ps -o stat | grep -c Z || true'
    same "$out" 0
    down
    expect 125 martlet pod create --share pids
    within "$err" 'did you mean "pid"?'
    expect 0 martlet pod create --share +pid --name shop
    expect 0 martlet pod inspect --format '{{.SharedNamespaces}}' shop
    same "$out" "[ipc net pid uts]"
    down
}

claim_the_pod_publishes_the_ports_of_its_containers() {
    expect 0 martlet pod create --name shop -p 127.0.0.1:18085:8080 --add-host sea:192.0.2.1
    member web httpd -f -p 8080 -h /www
    eventually page 18085
    same "$(page 18085)" "a page from the container"
    expect 0 martlet ps --format '{{.Ports}}' --filter name=web
    same "$out" "127.0.0.1:18085->8080/tcp"
    expect 0 martlet exec web grep sea /etc/hosts
    within "$out" 192.0.2.1
    expect 0 martlet exec web cat /etc/resolv.conf
    within "$out" "nameserver 10.0.2.3"
    expect 125 martlet run --rm --pod shop -p 18086:8080 localhost/busybox true
    within "$err" 'a container of pod "shop" cannot have --publish'
    down
    expect 7 page 18085
}

claim_stop_and_start_are_about_all_of_it() {
    shop
    for name in one two; do
        expect 0 martlet create --pod shop --name "$name" --stop-signal KILL \
            localhost/busybox sleep 1000
    done
    expect 0 martlet pod start shop
    same "$out" shop
    same "$(state)" Running
    expect 0 martlet pod stop -t 0 shop
    same "$(state)" Exited
    expect 0 martlet start one
    isState Degraded || { state; return 1; }
    expect 0 martlet pod restart shop
    same "$(state)" Running
    expect 0 martlet stop -t 0 one
    same "$(state)" Degraded
    expect 0 martlet pod kill shop
    eventually isState Exited
    down
}

claim_a_pod_is_paused_as_a_whole() {
    shop
    member one sleep 1000
    expect 0 martlet pod pause shop
    same "$(state)" Paused
    expect 0 martlet pod unpause shop
    same "$(state)" Running
    down
}

claim_a_pod_is_removed_with_its_containers() {
    shop
    member one sleep 1000
    expect 2 martlet pod rm shop
    within "$err" 'pod "shop" is running'
    within "$err" 'or use --force'
    expect 125 martlet rm -f "$(martlet pod inspect --format '{{.InfraContainerID}}' shop)"
    within "$err" 'holds pod "shop" together'
    expect 0 martlet pod rm -f -t 0 shop
    expect 1 martlet pod exists shop
    expect 1 martlet container exists one
    expect 1 martlet pod rm shop
    within "$err" 'there is no pod "shop"'
    expect 0 martlet pod rm --ignore shop
    expect 0 martlet pod stop --ignore shop
    expect 125 martlet pod start shop
    expect 0 martlet ps -aq
    same "$out" ""
}

claim_a_name_is_a_pods_or_a_containers() {
    shop
    expect 125 martlet pod create --name shop
    within "$err" 'the name "shop" is in use'
    local id
    id=$(martlet pod ps -q --no-trunc)
    expect 0 martlet pod create --replace --network none --pod-id-file id shop
    [ "$out" != "$id" ]
    same "$(cat id)" "$out"
    expect 0 martlet run -d --pod-id-file id --name one localhost/busybox sleep 1000
    expect 0 martlet ps --pod --noheading --format '{{.PodName}}' --filter name=one
    same "$out" shop
    expect 0 martlet ps -q --filter pod=shop
    same "$(wc -l <<< "$out")" 2
    expect 0 martlet pod rm -f -t 0 --pod-id-file id
    rm id
}

# T-NAME-1
claim_names_that_are_no_names_are_refused() {
    for name in .. . a/b 'a\b' $'a\nb' é "$(printf 'x%.0s' {1..300})"; do
        expect 125 martlet pod create --name "$name"
    done
    expect 0 martlet pod ps -q
    same "$out" ""
}

claim_run_makes_the_pod_too() {
    expect 0 martlet run -d --pod new:shop -p 127.0.0.1:18087:8080 --name web \
        --stop-signal KILL localhost/busybox httpd -f -p 8080 -h /www
    eventually page 18087
    expect 0 martlet pod inspect --format '{{.NumContainers}} {{.State}}' shop
    same "$out" "2 Running"
    down
    expect 125 martlet run --pull never --pod new:shop localhost/no-such-image true
    expect 1 martlet pod exists shop
}

claim_a_pod_without_infra_shares_nothing() {
    expect 0 martlet pod create --name shop --infra=false
    expect 0 martlet run -d --pod shop --network none --name one localhost/busybox sleep 1000
    expect 0 martlet run -d --pod shop --network none --name two localhost/busybox sleep 1000
    [ "$(space one ipc)" != "$(space two ipc)" ]
    same "$(state)" Running
    expect 0 martlet pod inspect --format '{{.CreateInfra}} {{.NumContainers}}' shop
    same "$out" "false 2"
    down
    expect 125 martlet pod create --infra=false -p 8080:80
    within "$err" 'a pod without an infra container has nothing of its own'
}

claim_the_exit_policy_ends_the_pod_with_its_last_container() {
    shop --exit-policy stop
    member one sleep 1000
    member two sleep 1000
    expect 0 martlet stop -t 0 one
    same "$(state)" Degraded
    # However the last one ends, SIGKILL for its monitor included.
    kill -KILL "$(martlet inspect --format '{{.State.ConmonPid}}' two)"
    eventually isState Exited
    down
    shop
    expect 0 martlet run --pod shop --name one localhost/busybox true
    same "$(state)" Degraded
    down
}

claim_volumes_and_devices_of_the_pod_are_every_containers() {
    shop -v goods:/goods --device /dev/null:/dev/nothing
    member one sleep 1000
    expect 0 martlet exec one sh -c 'echo apple > /goods/fruit; ls /dev/nothing'
    expect 0 martlet run --rm --pod shop localhost/busybox cat /goods/fruit
    same "$out" apple
    down
    expect 0 martlet volume rm goods
}

claim_the_user_namespace_of_the_pod_is_every_containers() {
    shop --userns keep-id
    member one sleep 1000
    expect 0 martlet exec one id -u
    same "$out" "$(id -u)"
    same "$(space one user)" \
        "$(space "$(martlet pod inspect --format '{{.InfraContainerID}}' shop)" user)"
    expect 125 martlet run --rm --pod shop --userns nomap localhost/busybox true
    within "$err" 'cannot have --userns'
    down
}

claim_the_infra_container_is_small() {
    shop
    expect 0 martlet pod start shop
    local pid
    pid=$(martlet inspect --format '{{.State.Pid}}' "$(martlet pod inspect --format '{{.InfraContainerID}}' shop)")
    local rss
    rss=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2> /dev/null || echo 0)
    [ "$rss" -lt 2048 ]
    down
}

claim_processes_and_logs_are_shown_of_all_containers() {
    shop
    member one sh -c 'echo first; exec sleep 1001'
    member two sh -c 'echo second; exec sleep 1002'
    expect 0 martlet pod top shop args
    within "$out" "sleep 1001"
    within "$out" "sleep 1002"
    eventually sh -c 'martlet pod logs shop | grep -q second'
    expect 0 martlet pod logs --names shop
    within "$out" "one first"
    within "$out" "two second"
    expect 0 martlet pod logs -c two shop
    same "$out" second
    expect 0 martlet pod ps --ctr-names --noheading
    within "$out" "-infra,one,two"
    expect 0 martlet pod stop -t 0 shop
    expect 0 martlet pod prune -f
    [[ $out =~ ^[0-9a-f]{64}$ ]]
    expect 1 martlet pod exists shop
}

# F-05, F-06
claim_a_killed_monitor_of_the_infra_container_is_cleared_up() {
    shop
    member one sleep 1000
    local infra
    infra=$(martlet pod inspect --format '{{.InfraContainerID}}' shop)
    kill -KILL "$(martlet inspect --format '{{.State.ConmonPid}}' "$infra")"
    eventually isState Degraded
    expect 0 martlet pod restart shop
    same "$(state)" Running
    same "$(space one net)" "$(space "$infra" net)"
    kill -KILL "$(martlet inspect --format '{{.State.ConmonPid}}' "$infra")"
    down
}

claim_a_failed_start_leaves_the_rest_running_and_says_why() {
    shop
    expect 0 martlet create --pod shop --name bad localhost/busybox /no/such/program
    expect 0 martlet create --pod shop --name good localhost/busybox sleep 1000
    expect 125 martlet pod start shop
    within "$err" /no/such/program
    same "$(state)" Degraded
    same "$(martlet inspect --format '{{.State.Status}}' good)" running
    down
}

# claim_a_create_killed_anywhere_leaves_a_pod_or_none: 300 s
# F-01, I4
claim_a_create_killed_anywhere_leaves_a_pod_or_none() {
    local name number
    strace -qq -e signal=none -o calls.log martlet pod create --replace --name shop --network none \
        > /dev/null
    sed -nE 's/^(openat|mkdirat|symlinkat|renameat2?|unlinkat|pwrite64|fdatasync|write|fchmodat)\(.*/\1/p' \
        calls.log | awk '{print $1, ++seen[$1]}' > list
    [ -s list ]
    while read -r name number; do
        strace -qq -o /dev/null -e signal=none -e "inject=$name:signal=KILL:when=$number" \
            martlet pod create --replace --name shop --network none > /dev/null 2>&1 || true
        # A draft of a killed command is left alone for a minute: its maker might be about to mark it.
        find "$XDG_RUNTIME_DIR/martlet/containers" -name '.?*' -exec touch -d -2minutes {} +
        expect 0 martlet pod create --replace --name shop --network none
        [ "$(martlet ps -aq | wc -l)" = 1 ] || { echo "after $name $number"; martlet ps -a; return 1; }
    done < list
    down
}

claim_limits_hold_for_the_pod_as_a_whole() {
    if ! grep -qw memory "/sys/fs/cgroup$(property app.slice ControlGroup)/cgroup.controllers"; then
        expect 0 martlet pod create --name shop --network none --memory 64m
        expect 125 martlet pod start shop
        within "$err" 'this session cannot enforce the limits of the pod'
        down
        return
    fi
    shop --memory 64m
    member one sleep 1000
    member two sleep 1000
    local group
    group=$(martlet inspect --format '{{.State.CgroupPath}}' one)
    group=/sys/fs/cgroup${group%/*/*}
    within "$group" "app-martlet_pod_$(martlet pod ps -q --no-trunc).slice"
    same "$(cat "$group/memory.max")" 67108864
    same "$(find "$group" -name container -type d | wc -l)" 3
    down
    [ ! -e "$group" ]
    printf '[Pod]\nPodName=shop\nNetwork=none\nPodmanArgs=--memory 64m\n' | unit shop.pod
    printf '[Container]\nImage=localhost/busybox\nContainerName=one\nPod=shop.pod\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit one.container
    expect 0 systemctl --user start shop-pod
    eventually reaches one active
    group=/sys/fs/cgroup$(martlet inspect --format '{{.State.CgroupPath}}' one)
    within "$group" "app-martlet_pod_$(martlet pod ps -q --no-trunc).slice"
    same "$(property one MainPID)" "$(martlet inspect --format '{{.State.ConmonPid}}' one)"
    same "$(cat "${group%/*/*}/memory.max")" 67108864
    expect 0 systemctl --user stop shop-pod
    eventually reaches one inactive
    same "$(property one Result)" success
    eventually isGone "$group"
    removeUnits
    expect 125 martlet pod create --cpuset-cpus 0
    within "$err" 'for a pod as a whole is not built yet'
}

isGone() { [ ! -e "$1" ]; }

claim_a_pod_lies_in_the_slice_that_is_asked_for() {
    shop --cgroup-parent market.slice
    member one sleep 1000
    local group
    group=$(martlet inspect --format '{{.State.CgroupPath}}' one)
    within "$group" "/market.slice/market-martlet_pod_$(martlet pod ps -q --no-trunc).slice/"
    down
    eventually isGone "/sys/fs/cgroup$group"
    # So do the units of a pod file, which would end with the last container were it not told otherwise.
    printf '[Pod]\nPodName=shop\nNetwork=none\nExitPolicy=continue\nPodmanArgs=--cgroup-parent=market.slice\n' |
        unit shop.pod
    printf '[Container]\nImage=localhost/busybox\nContainerName=one\nPod=shop.pod\nExec=sleep 1000\nStopSignal=KILL\n[Service]\nRestart=on-failure\nRestartSec=0\n' |
        unit one.container
    expect 0 systemctl --user start shop-pod
    eventually reaches one active
    group=$(martlet inspect --format '{{.State.CgroupPath}}' one)
    within "$group" /market.slice/market-martlet_pod_
    local monitor
    monitor=$(martlet inspect --format '{{.State.ConmonPid}}' one)
    same "$(property one MainPID)" "$monitor"
    # The unit is about it wherever it lives: killed, it is brought back, and nothing stays.
    kill -KILL "$monitor"
    eventually isGone "/sys/fs/cgroup$group"
    eventually reaches one active
    expect 0 systemctl --user stop shop-pod
    eventually reaches one inactive
    same "$(property one Result)" success
    removeUnits
    systemctl --user stop market.slice
    expect 125 martlet pod create --cgroup-parent nonsense
    within "$err" 'it is no slice of systemd'
}

claim_what_the_containers_of_pods_use_is_shown() {
    shop
    member one sleep 1000
    member two sleep 1000
    expect 0 martlet pod stats --no-stream --format '{{.Pod}} {{.Name}} {{.PIDS}}' shop
    same "$(sort <<< "$out" | grep -v infra)" "$(for name in one two; do
        echo "$(martlet pod ps -q) $name 1"; done)"
    expect 0 martlet pod stats --no-stream
    within "$out" 'MEM USAGE / LIMIT'
    expect 125 martlet pod stats --no-stream nobody
    within "$err" nobody
    down
}

claim_the_first_of_several_containers_ends_the_waiting() {
    expect 0 martlet run -d --name slow --network none --stop-signal KILL localhost/busybox sleep 1000
    expect 0 martlet run -d --name quick --network none --rm localhost/busybox sleep 1000
    martlet wait --exit-first-match slow quick > waited 2>&1 &
    local waiter=$!
    # A container that removes itself can only be waited for while it is there.
    eventually bash -c "grep -qs inotify /proc/$waiter/fdinfo/*"
    expect 0 martlet kill -s KILL quick
    wait $waiter
    same "$(cat waited)" 137
    expect 0 martlet rm -f -t 0 slow
}

claim_a_pod_file_becomes_a_service_that_starts_and_ends_its_containers() {
    printf '[Pod]\nPodName=shop\nNetwork=none\n' | unit shop.pod
    for name in one two; do
        printf '[Container]\nImage=localhost/busybox\nContainerName=%s\nPod=shop.pod\nExec=sleep 1000\nStopSignal=KILL\n' \
            "$name" | unit "$name.container"
    done
    expect 0 systemctl --user start shop-pod
    same "$(systemctl --user is-active shop-pod)" active
    eventually reaches one active
    eventually reaches two active
    same "$(property shop-pod Type)" forking
    local infra
    infra=$(martlet pod inspect --format '{{.InfraContainerID}}' shop)
    same "$(property shop-pod MainPID)" \
        "$(martlet inspect --format '{{.State.ConmonPid}}' "$infra")"
    same "$(state)" Running
    same "$(space one net)" "$(space two net)"
    expect 0 systemctl --user stop shop-pod
    same "$(property shop-pod Result)" success
    eventually reaches one inactive
    same "$(property one Result)" success
    expect 1 martlet pod exists shop
    expect 1 martlet container exists one
    removeUnits
}

claim_a_pods_service_ends_when_its_last_container_has() {
    printf '[Pod]\nPodName=shop\nNetwork=none\n' | unit shop.pod
    printf '[Container]\nImage=localhost/busybox\nContainerName=one\nPod=shop.pod\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit one.container
    expect 0 systemctl --user start shop-pod
    eventually reaches one active
    expect 0 systemctl --user stop one
    eventually reaches shop-pod inactive
    same "$(property shop-pod Result)" success
    expect 1 martlet pod exists shop
    removeUnits
}

# F-50
claim_a_killed_pod_service_is_made_anew() {
    printf '[Pod]\nPodName=shop\nNetwork=none\n' | unit shop.pod
    printf '[Container]\nImage=localhost/busybox\nContainerName=one\nPod=shop.pod\nExec=sleep 1000\nStopSignal=KILL\n' |
        unit one.container
    expect 0 systemctl --user start shop-pod
    eventually reaches one active
    local before
    before=$(martlet pod ps -q)
    kill -KILL "$(property shop-pod MainPID)"
    eventually anew "$before"
    eventually reaches one active
    same "$(state)" Running
    expect 0 systemctl --user stop shop-pod
    expect 1 martlet pod exists shop
    removeUnits
}

anew() {
    [ "$(systemctl --user is-active shop-pod)" = active ] && [ "$(martlet pod ps -q)" != "$1" ]
}
