# Networks with names: containers that reach each other, and nobody else.
#
# Clients use this machine's own curl: a statically linked busybox cannot look names up by itself.

prepare() {
    load busybox
}

box() { # NAME OPTION... : a container that waits
    local name=$1
    shift
    expect 0 martlet run -d --name "$name" -v /usr/bin/curl:/curl:ro -v /usr/lib:/lib:ro \
        -v /usr/lib64:/lib64:ro "$@" localhost/busybox sleep 1000
}

web() { # NAME OPTION... : a container that serves a page on its port 8080
    local name=$1
    shift
    expect 0 martlet run -d --name "$name" "$@" \
        localhost/busybox httpd -f -p 8080 -h /www
}

page() { # CONTAINER HOST : the page of HOST as the container gets it
    martlet exec "$1" /curl --silent --fail --max-time 5 "http://$2:8080/"
}

address() { # CONTAINER NETWORK
    martlet inspect --format "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"
}

networkProcess() {
    pgrep -u "$UID" -f '^martlet-net network' || true
}

hasNetworkProcess() {
    [ -n "$(networkProcess)" ]
}

noNetworkProcess() {
    [ -z "$(networkProcess)" ]
}

remove() { # CONTAINER... -- NETWORK...
    local containers=()
    while [ "$1" != -- ]; do containers+=("$1"); shift; done
    shift
    expect 0 martlet rm -f -t 0 "${containers[@]}"
    expect 0 martlet network rm "$@"
}

claim_networks_are_made_listed_shown_and_removed() {
    expect 0 martlet network create --label a=b --subnet 10.77.3.0/24 shop
    same "$out" shop
    expect 0 martlet network ls --format '{{.Name}} {{.Driver}}'
    within "$out" 'shop bridge'
    within "$out" 'podman bridge'
    expect 0 martlet network inspect --format '{{(index .Subnets 0).Gateway}} {{.DNSEnabled}}' shop
    same "$out" '10.77.3.1 true'
    expect 0 martlet network exists shop
    expect 125 martlet network create shop
    within "$err" 'there is a network "shop" already'
    expect 0 martlet network create --ignore shop
    expect 0 martlet network ls -q --filter label=a=b
    same "$out" shop
    expect 0 martlet network rm shop
    expect 1 martlet network exists shop
    expect 1 martlet network rm shop
    within "$err" 'there is no network "shop"'
    expect 125 martlet network rm podman
    within "$err" 'the default network "podman" cannot be removed'
}

claim_containers_reach_each_other_by_name_alias_and_id() {
    expect 0 martlet network create shop
    web web --network shop:alias=www --network-alias pages
    box client --network shop
    for name in web www pages web.dns.podman "$(martlet inspect --format '{{.Id}}' web | cut -c1-12)" \
        "$(address web shop)"; do
        same "$(page client "$name")" "a page from the container"
    done
    expect 0 martlet exec client nslookup "$(address web shop)"
    within "$out" 'name = web'
    expect 0 martlet exec client cat /etc/resolv.conf
    within "$out" 'search dns.podman'
    expect 0 martlet exec client grep -w client /etc/hosts
    within "$out" "$(address client shop)"
    remove web client -- shop
}

claim_a_name_is_gone_when_its_container_has_stopped() {
    expect 0 martlet network create shop
    web web --network shop
    box client --network shop
    same "$(page client web)" "a page from the container"
    expect 0 martlet stop -t 0 web
    expect '[1-9]*' martlet exec client nslookup web.dns.podman
    within "$out$err" NXDOMAIN
    expect 0 martlet start web
    eventually page client web
    remove web client -- shop
}

# T-NET-5
claim_networks_do_not_reach_each_other() {
    expect 0 martlet network create one
    expect 0 martlet network create two
    web web --network one
    box client --network two
    expect '[1-9]*' martlet exec client nslookup web.dns.podman
    # No answer, or none that could be one.
    expect '+(28|7)' martlet exec client /curl -s --max-time 2 "http://$(address web one):8080/"
    remove web client -- one two
}

claim_a_container_on_two_networks_knows_the_names_of_both() {
    expect 0 martlet network create one
    expect 0 martlet network create two
    web first --network one
    web second --network two
    box client --network one --network two
    same "$(page client first)" "a page from the container"
    same "$(page client second)" "a page from the container"
    expect 0 martlet exec client ls /sys/class/net
    within "$out" eth0
    within "$out" eth1
    remove first second client -- one two
}

# T-NET-4
claim_an_internal_network_has_no_way_out() {
    expect 0 martlet network create --internal inner
    web web --network inner
    box client --network inner
    same "$(page client web)" "a page from the container"
    expect 0 martlet exec client ip route
    absent "$out" default
    expect '[1-9]*' martlet exec client nslookup example.org
    within "$out$err" NXDOMAIN
    expect 7 martlet exec client /curl -s --max-time 2 http://192.0.2.1/
    remove web client -- inner
}

# T-NET-1
claim_services_on_the_hosts_loopback_stay_out_of_reach() {
    expect 0 martlet network create shop
    box client --network shop
    mkdir www
    echo secret > www/index.html
    martlet run -d --name host --network host -v "$PWD/www:/srv:ro" localhost/busybox \
        httpd -f -p 127.0.0.1:18290 -h /srv
    eventually curl -sf http://127.0.0.1:18290/
    local gateway
    gateway=$(martlet network inspect --format '{{(index .Subnets 0).Gateway}}' shop)
    for host in "$gateway" 169.254.2.2 169.254.2.3; do
        expect '+(28|7)' martlet exec client /curl -s --max-time 2 "http://$host:18290/"
    done
    remove host client -- shop
}

claim_ports_are_published_and_show_their_clients() {
    expect 0 martlet network create shop
    web web --network shop -p 127.0.0.1:18281:8080
    eventually curl -sf http://127.0.0.1:18281/
    same "$(curl -s http://127.0.0.1:18281/)" "a page from the container"
    expect 0 martlet port web
    same "$out" "8080/tcp -> 127.0.0.1:18281"
    remove web -- shop
    expect 7 curl -s http://127.0.0.1:18281/
}

claim_addresses_of_ones_own_choice_are_given_or_refused() {
    expect 0 martlet network create --subnet 10.77.4.0/24 --ipv6 --subnet fd77:4::/64 shop
    box client --network shop --ip 10.77.4.40 --ip6 fd77:4::40 --mac-address 02:00:5e:00:53:01
    expect 0 martlet exec client ip addr show eth0
    within "$out" 10.77.4.40/24
    within "$out" fd77:4::40/64
    within "$out" 02:00:5e:00:53:01
    expect 125 martlet run --rm --network shop:ip=10.77.4.40 localhost/busybox true
    within "$err" 'the address 10.77.4.40 is in use'
    expect 125 martlet run --rm --ip 10.77.4.41 localhost/busybox true
    within "$err" '--ip needs a network with a name'
    web web --network shop
    expect 0 martlet exec client /curl -6 -s --max-time 5 http://web:8080/
    same "$out" "a page from the container"
    expect 0 martlet network inspect shop
    within "$out" '"name": "client"'
    within "$out" 10.77.4.40/24
    expect 2 martlet network rm shop
    within "$err" 'network "shop" is in use'
    expect 0 martlet network rm -f -t 0 shop
    expect 1 martlet container exists client
}

claim_the_network_of_another_container_can_be_shared() {
    expect 0 martlet network create shop
    web web --network shop
    box client --network container:web
    same "$(page client 127.0.0.1)" "a page from the container"
    expect 0 martlet exec client grep -w web /etc/hosts
    within "$out" "$(address web shop)"
    expect 0 martlet rm -f -t 0 client
    remove web -- shop
}

claim_running_containers_are_connected_and_disconnected() {
    expect 0 martlet network create one
    expect 0 martlet network create two
    web web --network one
    box client --network two
    expect 0 martlet network connect --alias pages two web
    same "$(page client pages)" "a page from the container"
    expect 0 martlet network disconnect two web
    expect '[1-9]*' martlet exec client nslookup pages.dns.podman
    expect 125 martlet network disconnect two web
    within "$err" 'it is not on the network'
    remove web client -- one two
}

relaunched() { # CONTAINER COUNT
    [ "$(martlet inspect --format '{{.RestartCount}} {{.State.Running}}' "$1")" = "$2 true" ]
}

claim_what_was_connected_stays_so_when_the_container_is_launched_again() {
    expect 0 martlet network create one
    expect 0 martlet network create two
    web web --network one --restart always
    box client --network two
    expect 0 martlet network connect --alias pages two web
    same "$(page client pages)" "a page from the container"
    local before
    before=$(address web two)
    kill -KILL "$(martlet inspect --format '{{.State.Pid}}' web)"
    eventually relaunched web 1
    eventually page client pages
    same "$(address web two)" "$before"
    expect 0 martlet network disconnect two web
    kill -KILL "$(martlet inspect --format '{{.State.Pid}}' web)"
    eventually relaunched web 2
    expect '[1-9]*' martlet exec client nslookup pages.dns.podman
    expect 0 martlet exec web ip -o -4 addr show
    [[ $out != *"$before"* ]]
    within "$out" "$(address web one)"
    remove web client -- one two
}

claim_a_server_sees_who_asks() {
    expect 0 martlet network create --subnet 10.77.8.0/24 shop
    expect 0 martlet run -d --name web --network shop -p 18283:8080 \
        localhost/busybox httpd -f -vv -p 8080 -h /www
    box client --network shop:ip=10.77.8.40
    same "$(page client web)" "a page from the container"
    eventually sees web 10.77.8.40
    # From outside too, unless it is a loopback's, which is another one inside.
    local own
    own=$(ip -o -4 addr show scope global | awk '{sub("/.*", "", $4); print $4; exit}')
    eventually curl -sf "http://$own:18283/"
    eventually sees web "$own"
    eventually curl -sf http://127.0.0.1:18283/
    eventually sees web 10.77.8.1
    remove web client -- shop
}

sees() { martlet logs "$1" 2>&1 | grep -F "$2" | grep -qF ' url:/'; }

claim_a_pod_is_met_by_its_name_and_aliases_and_its_members_meet_all() {
    expect 0 martlet network create shop
    expect 0 martlet pod create --name market --network shop --network-alias stand
    web web --pod market
    box helper --pod market
    box client --network shop
    web other --network shop
    # The members meet each other at their own loopback, under their names.
    same "$(page helper web)" "a page from the container"
    same "$(page helper market)" "a page from the container"
    same "$(page helper other)" "a page from the container"
    for name in market stand; do
        same "$(page client "$name")" "a page from the container"
    done
    # As with podman, a member's own name is not the network's.
    expect '[1-9]*' martlet exec client nslookup web.dns.podman
    expect 0 martlet rm -f -t 0 client other
    expect 0 martlet pod rm -f -t 0 market
    expect 0 martlet network rm shop
}

claim_the_hosts_address_is_given_where_a_container_asks_for_it() {
    expect 0 martlet network create shop
    box client --network shop --add-host host.docker.internal:host-gateway
    expect 0 martlet exec client grep -w host.docker.internal /etc/hosts
    local address=${out%%$'\t'*}
    [[ $address =~ ^[0-9.]+$ && $address != 127.* && $address != 10.0.2.* ]]
    ip -o addr | grep -qF " $address/"
    remove client -- shop
}

claim_the_process_ends_with_the_last_container() {
    expect 0 martlet network create shop
    box first --network shop
    box second --network shop
    same "$(networkProcess | wc -l)" 1
    expect 0 martlet rm -f -t 0 first
    same "$(networkProcess | wc -l)" 1
    expect 0 martlet rm -f -t 0 second
    eventually noNetworkProcess
    expect 0 martlet network rm shop
}

# T-SLIRP-1
claim_the_process_holds_no_right() {
    expect 0 martlet network create shop
    box client --network shop
    local status
    status=$(cat "/proc/$(networkProcess)/status")
    within "$status" $'CapEff:\t0000000000000000'
    within "$status" $'CapBnd:\t0000000000000000'
    within "$status" $'NoNewPrivs:\t1'
    within "$status" $'Seccomp:\t2'
    remove client -- shop
}

# F-09
claim_a_killed_network_heals() {
    expect 0 martlet network create shop
    web web --network shop
    box client --network shop
    local before
    before=$(address web shop)
    same "$(page client web)" "a page from the container"
    kill -9 "$(networkProcess)"
    eventually page client web
    same "$(address web shop)" "$before"
    box late --network shop
    eventually page late web
    remove web client late -- shop
}

# F-21: the next command, whichever it is, waits until the network is whole again.
claim_a_removed_run_time_directory_does_not_part_containers() {
    local before
    expect 0 martlet network create shop
    web web --network shop -p 127.0.0.1:18093:8080
    before=$(address web shop)
    rm -rf "$XDG_RUNTIME_DIR/martlet"
    box client --network shop
    same "$(address web shop)" "$before"
    expect 0 page client web
    same "$out" "a page from the container"
    expect 0 curl -sf http://127.0.0.1:18093/
    same "$(networkProcess | wc -l)" 1
    remove web client -- shop
}

# F-05
claim_a_killed_monitor_leaves_no_name_and_no_address() {
    expect 0 martlet network create --subnet 10.77.5.0/29 shop
    box client --network shop
    web web --network shop --ip 10.77.5.5
    kill -9 "$(martlet inspect --format '{{.State.ConmonPid}}' web)"
    eventually bash -c "martlet exec client nslookup web.dns.podman 2>&1 | grep -q NXDOMAIN"
    expect 0 martlet rm -f -t 0 web
    expect 0 martlet run --rm --network shop:ip=10.77.5.5 localhost/busybox true
    remove client -- shop
}

# F-01
claim_a_killed_start_leaves_nothing() {
    expect 0 martlet network create shop
    local command
    for _ in 1 2 3; do
        martlet run --rm --network shop localhost/busybox sleep 1000 > run.log 2>&1 &
        command=$!
        eventually hasNetworkProcess
        kill -9 $command
        # Killed early it exists and has not begun; killed late it runs. Either way it goes whole.
        expect 0 martlet rm --all --force --time 0
        eventually noNetworkProcess
    done
    expect 0 martlet network rm shop
}

# claim_fifty_starts_at_once_all_succeed: 240 s
claim_fifty_starts_at_once_all_succeed() {
    expect 0 martlet network create shop
    local i
    for i in $(seq 50); do
        martlet run --rm --network shop localhost/busybox \
            sh -c 'ip -o -4 addr show eth0 | awk "{print \$4}"; sleep 8' > "address$i" 2>&1 &
    done
    wait
    same "$(cat address* | sort -u | grep -c '^10\.')" 50
    eventually noNetworkProcess
    expect 0 martlet network rm shop
}

claim_a_unit_file_makes_its_network() {
    unit shop.network <<< '[Network]
Subnet=10.77.6.0/24
Label=a=b'
    unit web.container <<< '[Container]
Image=localhost/busybox
Network=shop.network
Exec=httpd -f -p 8080 -h /www'
    expect 0 systemctl --user start web.service
    box client --network systemd-shop
    same "$(page client systemd-web)" "a page from the container"
    same "$(address systemd-web systemd-shop | cut -d. -f1-3)" 10.77.6
    expect 0 systemctl --user stop web.service shop-network.service
    removeUnits
    remove client -- systemd-shop
}
