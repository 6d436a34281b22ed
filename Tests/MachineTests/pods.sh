# The market of quadlet/market, as a lingering user has it on a real machine: it opens whole with one
# command, all of it healthy, and is back after a reboot and a power cut.

page() {
    ada 'curl --silent --fail --max-time 5 http://127.0.0.1:18088/' | grep 'apples: 7'
}

healthy() {
    ada 'for name in market-db market-api market-web; do
        [ "$(martlet inspect --format "{{.State.Health.Status}}" $name)" = healthy ] || exit 1
    done'
}

open() {
    ada '[ "$(systemctl --user is-active market-pod market-db market-api market-web | xargs)" = \
        "active active active active" ]' && healthy && page
}

eventually() {
    local deadline=$((SECONDS + 300))
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2
    done
}

stage_1() {
    loginctl enable-linger ada
    systemctl start user@1000
    claim 'an image loads' ada 'martlet load --input /rig/images/busybox.tar'
    claim 'a secret is kept' ada 'printf swordfish | martlet secret create market-password -'
    claim 'its files are right' ada 'martlet quadlet check /rig/quadlet/market'
    # An emulated machine is slow: what is ready in a second elsewhere may take more than the 90 s
    # that a service has.
    claim 'they are installed' ada 'mkdir -p ~/.config/containers/systemd/container.d
        cp /rig/quadlet/market/* ~/.config/containers/systemd/
        printf "[Service]\nTimeoutStartSec=15min\nRestart=on-failure\nRestartSec=1\n" \
            > ~/.config/containers/systemd/container.d/slow.conf
        systemctl --user daemon-reload'
    claim 'the market opens with one command' ada 'systemctl --user start market-pod'
    claim 'all of it is healthy, and its page is served' eventually open
    claim 'limits of a pod as a whole bind' ada \
        'martlet pod create --name small --network none --memory 64m > /dev/null
         martlet run --pod small localhost/busybox tail /dev/zero || [ $? = 137 ]
         martlet pod rm -f small > /dev/null'
    claim 'they bind units too' ada \
        'cd ~/.config/containers/systemd
         printf "[Pod]\nPodName=little\nNetwork=none\nPodmanArgs=--memory=64m\n" > little.pod
         printf "[Container]\nImage=localhost/busybox\nPod=little.pod\nExec=tail /dev/zero\n" > hog.container
         systemctl --user daemon-reload
         systemctl --user start --no-block hog
         for _ in $(seq 600); do
             [ "$(systemctl --user show --property ExecMainStatus --value hog)" != 137 ] || break
             sleep 0.1
         done
         [ "$(systemctl --user show --property ExecMainStatus --value hog)" = 137 ]
         systemctl --user stop little-pod || true
         rm little.pod hog.container
         systemctl --user daemon-reload'
    next reboot
}

stage_2() {
    claim 'after a reboot the market is open again, all of it healthy' eventually open
    claim 'with all of its containers' ada \
        '[ "$(martlet pod ps --format "{{.Status}} {{.NumberOfContainers}}")" = "Running 4" ]'
    next cut
}

stage_3() {
    claim 'after a power cut the market is open again' eventually open
    claim 'it closes clean' ada \
        'systemctl --user stop market-pod && [ -z "$(martlet ps -aq)$(martlet pod ps -q)" ]'
    next off
}
