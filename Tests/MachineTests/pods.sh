# A pod of a lingering user on a real machine: its limits bind, and it is back after a reboot and a
# power cut.

page() {
    ada 'curl --silent --fail --max-time 5 http://127.0.0.1:18088/' | grep 'apples: 7'
}

eventually() {
    local left=300
    until "$@"; do
        [ $((left -= 1)) -gt 0 ] || return 1
        sleep 0.2
    done
}

# member NAME LINE... : a container of the pod.
member() {
    local name=$1
    shift
    {
        printf '[Container]\nImage=localhost/busybox\nContainerName=%s\nPod=market.pod\n' "$name"
        printf '%s\n' StopSignal=KILL "$@"
        printf '[Service]\nRestart=on-failure\nRestartSec=1\n'
    } | ada "mkdir -p ~/.config/containers/systemd
        cat > ~/.config/containers/systemd/$name.container"
}

stage_1() {
    loginctl enable-linger ada
    systemctl start user@1000
    claim 'an image loads' ada 'martlet load --input /rig/images/busybox.tar'
    claim 'a secret is kept' ada 'printf swordfish | martlet secret create password -'
    member db 'Volume=stock:/data' 'Secret=password,type=env,target=PASSWORD' \
        "Exec=sh -c '[ -n \"\$\$PASSWORD\" ] && echo apples: 7 > /data/page && exec httpd -f -p 5432 -h /data'"
    member api 'Secret=password,mode=0400' \
        "Exec=sh -c 'test -s /run/secrets/password && wget -q -O /tmp/page http://127.0.0.1:5432/page && exec httpd -f -p 9000 -h /tmp'"
    member web \
        "Exec=sh -c 'wget -q -O /www/index.html http://127.0.0.1:9000/page && exec httpd -f -p 8080 -h /www'"
    printf '[Pod]\nPodName=market\nPublishPort=127.0.0.1:18088:8080\n[Install]\nWantedBy=default.target\n' |
        ada 'cat > ~/.config/containers/systemd/market.pod && systemctl --user daemon-reload'
    claim 'the pod starts with one command' ada 'systemctl --user start market-pod'
    claim 'its page is served' eventually page
    claim 'limits of a pod as a whole bind' ada \
        'martlet pod create --name small --network none --memory 64m > /dev/null
         martlet run --pod small localhost/busybox tail /dev/zero || [ $? = 137 ]
         martlet pod rm -f small > /dev/null'
    next reboot
}

stage_2() {
    claim 'after a reboot the pod is back' eventually page
    claim 'with all of its containers' ada \
        '[ "$(martlet pod ps --format "{{.Status}} {{.NumberOfContainers}}")" = "Running 4" ]'
    next cut
}

stage_3() {
    claim 'after a power cut the pod is back' eventually page
    claim 'it ends clean' ada \
        'systemctl --user stop market-pod && [ -z "$(martlet ps -aq)$(martlet pod ps -q)" ]'
    next off
}
