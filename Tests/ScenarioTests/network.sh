# Networks: none, host, the default one, published ports.

prepare() {
    load busybox
    cp /checkout/.build/rig/probe ~/probe
}

server() { # OPTION... : a container that serves a page on its port 8080
    expect 0 martlet run -d --name server "$@" localhost/busybox httpd -f -p 8080 -h /www
}

down() {
    expect 0 martlet rm -f -t 0 server
}

claim_none_has_a_loopback_alone() {
    expect 0 martlet run --rm --network none localhost/busybox ls /sys/class/net
    same "$out" lo
    expect 0 martlet run --rm --network none localhost/busybox ip -o addr
    within "$out" 127.0.0.1/8
    within "$out" ::1/128
}

claim_host_is_the_hosts() {
    expect 0 martlet run --rm --network host localhost/busybox ip -o link
    same "$(awk '{print $2}' <<< "$out" | sort)" "$(ip -o link | awk '{print $2}' | sort)"
}

claim_the_default_one_has_an_address_a_route_and_a_name_server() {
    expect 0 martlet run --rm localhost/busybox sh -c 'ip -4 addr; ip route; cat /etc/resolv.conf'
    within "$out" 'inet 10.0.2.100/24'
    within "$out" 'default via 10.0.2.2'
    within "$out" 'nameserver 10.0.2.3'
}

claim_the_container_knows_its_own_name() {
    expect 0 martlet run --rm --hostname box localhost/busybox grep -w box /etc/hosts
    within "$out" 10.0.2.100
}

claim_a_tcp_port_is_published() {
    server -p 127.0.0.1:18081:8080
    eventually page 18081
    same "$(page 18081)" "a page from the container"
    expect 0 martlet port server
    same "$out" "8080/tcp -> 127.0.0.1:18081"
    down
    expect 7 page 18081
}

claim_a_large_answer_passes_whole() {
    server -p 127.0.0.1:18082:8080
    expect 0 martlet exec server sh -c 'head -c 20000000 /dev/zero > /www/large'
    eventually page 18082
    same "$(curl -s http://127.0.0.1:18082/large | wc -c)" 20000000
    down
}

claim_many_connections_at_once_are_served() {
    server -p 127.0.0.1:18083:8080
    eventually page 18083
    local i
    for i in $(seq 40); do page 18083 > "page$i" & done
    wait
    same "$(cat page* | sort -u)" "a page from the container"
    same "$(cat page* | wc -l)" 40
    down
}

claim_a_udp_port_is_published() {
    expect 0 martlet run -d --name server -p 127.0.0.1:18084:9/udp -v "$HOME/probe:/probe:ro" \
        localhost/busybox /probe echo 9
    eventually bash -c 'exec 3<> /dev/udp/127.0.0.1/18084; echo hello >&3
        [ "$(timeout 1 dd bs=100 count=1 status=none <&3)" = hello ]'
    down
}

claim_a_range_of_ports_is_published() {
    server -p 127.0.0.1:18085-18086:8080-8081
    eventually page 18085
    down
}

claim_a_port_in_use_is_an_error_that_names_it() {
    server -p 127.0.0.1:18087:8080
    expect '12[56]' martlet run --rm -p 127.0.0.1:18087:8080 localhost/busybox true
    within "$err" 18087
    down
}

claim_a_privileged_port_is_an_error_that_names_it() {
    expect '12[56]' martlet run --rm -p 127.0.0.1:81:8080 localhost/busybox true
    within "$err" 81
}

claim_containers_may_share_a_namespace() {
    server --network none
    expect 0 martlet run --rm --network container:server localhost/busybox \
        wget -q -O - http://127.0.0.1:8080/
    same "$out" "a page from the container"
    down
}

# Whatever started the container may end: what serves its network stays with it.
claim_the_network_outlives_whatever_started_it() {
    systemd-run --user --wait --quiet --pipe sh -c \
        'martlet run -d --name stays -p 127.0.0.1:18091:8080 localhost/busybox \
            httpd -f -p 8080 -h /www; exit $?' > /dev/null
    eventually page 18091
    sleep 0.5
    expect 0 page 18091
    within "$out" 'a page from the container'
    expect 0 martlet rm -f -t 0 stays
}
