# Health checks: run by the monitor, seen in ps, inspect, wait and the unit's readiness.

prepare() {
    load busybox
}

# Runs a container whose health is the file /ok, asked for often.
checked() {
    local name=$1
    shift
    martlet run -d --name "$name" --network none --health-cmd 'test -e /ok' \
        --health-interval 200ms --health-retries 2 "$@" localhost/busybox sleep 1000
}

claim_health_goes_from_starting_to_healthy_to_unhealthy() {
    expect 0 checked web --health-retries 50
    expect 0 martlet ps --format '{{.Status}}'
    within "$out" "(starting)"
    expect 0 martlet exec web touch /ok
    expect 0 martlet wait --condition healthy web
    expect 0 martlet ps --format '{{.Status}}'
    within "$out" "(healthy)"
    expect 0 martlet ps --quiet --filter health=healthy
    same "${#out}" 12
    expect 0 martlet rm -f -t 0 web
    expect 0 checked web
    expect 0 martlet wait --condition unhealthy web
    expect 0 martlet inspect --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' web
    within "$out" "unhealthy "
    expect 0 martlet rm -f -t 0 web
}

claim_a_change_of_health_is_an_event() {
    local since
    since=$(date +%s)
    # From the start on, so that nothing between is missed.
    martlet events --since "$since" --filter container=web --filter event=health_status \
        --format json > told &
    local listener=$!
    expect 0 checked web --health-retries 50
    expect 0 martlet exec web touch /ok
    eventually grep -q '"health_status":"healthy"' told
    expect 0 martlet rm -f -t 0 web
    expect 0 checked web
    eventually grep -q '"health_status":"unhealthy"' told
    kill $listener
    wait $listener || true
    same "$(grep -c . told)" 2
    expect 0 martlet rm -f -t 0 web
    # Where it is asked for, the journal has each result.
    expect 0 checked told --health-log-destination events_logger
    eventually journalTells unhealthy
    expect 0 martlet rm -f -t 0 told
}

journalTells() {
    journalctl --user --quiet --output cat MARTLET_EVENT=health_status \
        MARTLET_HEALTH_STATUS="$1" | grep -qx "container told is $1"
}

claim_results_are_kept_as_many_and_as_long_as_asked() {
    expect 0 martlet run -d --name web --network none --health-cmd 'echo abcdefghij; exit 3' \
        --health-interval 100ms --health-max-log-count 2 --health-max-log-size 4 \
        localhost/busybox sleep 1000
    expect 0 martlet wait --condition unhealthy web
    expect 0 martlet inspect \
        --format '{{len .State.Health.Log}} {{range .State.Health.Log}}{{.Output}}{{.ExitCode}} {{end}}' web
    same "$out" "2 abcd3 abcd3 "
    expect 0 martlet rm -f -t 0 web
}

claim_a_check_can_be_run_by_hand() {
    expect 0 checked web --health-interval disable
    expect 1 martlet healthcheck run web
    same "$out" starting
    expect 0 martlet healthcheck run --ignore-result web
    expect 0 martlet exec web touch /ok
    expect 0 martlet healthcheck run web
    same "$out" ""
    expect 0 martlet rm -f -t 0 web
    expect 0 martlet run -d --name web --network none localhost/busybox sleep 1000
    expect 125 martlet healthcheck run web
    within "$err" "container \"web\" has no health check"
    expect 0 martlet rm -f -t 0 web
}

claim_a_check_that_hangs_is_killed_with_its_descendants() {
    expect 0 martlet run -d --name web --network none \
        --health-cmd '(sleep 4321 &) ; setsid sleep 4321 & sleep 4321' --health-interval 10s \
        --health-timeout 300ms --health-retries 1 localhost/busybox sleep 1000
    expect 0 martlet wait --condition unhealthy web
    eventually bash -c '! martlet exec web ps | grep -q "sleep 4321"'
    expect 0 martlet inspect --format '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{end}}' web
    same "$out" "-1 the health check did not end within 300 ms"
    expect 0 martlet rm -f -t 0 web
}

# T-FD-1, T-CAPS-1, T-SECCOMP-1: a probe is a process of the container like any other.
claim_a_probe_is_confined_as_the_container_is() {
    expect 0 martlet run -d --name web --network none \
        --health-cmd 'grep -E "^(Seccomp|CapInh|CapAmb):" /proc/self/status; ls /proc/$$/fd; true' \
        localhost/busybox sleep 1000
    expect 0 martlet wait --condition healthy web
    expect 0 martlet inspect --format '{{range .State.Health.Log}}{{.Output}}{{end}}' web
    same "$(tr -s '\t\n' ' ' <<< "$out")" \
        "CapInh: 0000000000000000 CapAmb: 0000000000000000 Seccomp: 2 0 1 2 "
    expect 0 martlet rm -f -t 0 web
}

# T-BOMB-4
claim_an_endless_output_does_not_fill_the_monitor() {
    expect 0 martlet run -d --name web --network none --health-cmd 'yes' --health-interval 10s \
        --health-timeout 500ms --health-retries 1 --health-max-log-size 0 \
        localhost/busybox sleep 1000
    expect 0 martlet wait --condition unhealthy web
    expect 0 martlet inspect --format '{{.State.ConmonPid}}' web
    awk '/^VmHWM/ { exit $2 > 65536 }' "/proc/$out/status"
    expect 0 martlet rm -f -t 0 web
}

claim_an_unhealthy_container_is_killed_stopped_or_restarted() {
    local option
    expect 0 checked web --health-on-failure kill
    expect 0 martlet wait web
    same "$out" 137
    expect 0 martlet rm web
    expect 0 checked web --health-on-failure stop --stop-timeout 1
    expect 0 martlet wait web
    expect 0 martlet rm web
    # One that removes itself has an overlay that is marked as never synchronised.
    for option in --rm=false --rm; do
        expect 0 checked web "$option" --health-on-failure restart --stop-timeout 0
        eventually bash -c '[ "$(martlet inspect --format "{{.RestartCount}}" web)" -ge 2 ]'
        expect 0 martlet rm -f -t 0 web
    done
}

claim_the_startup_check_comes_first_and_restarts_what_never_comes_up() {
    expect 0 checked web --health-startup-cmd 'test -e /up' --health-startup-interval 100ms
    expect 0 martlet exec web touch /ok
    sleep 0.5
    expect 0 martlet inspect --format '{{.State.Health.Status}}' web
    same "$out" starting
    expect 0 martlet exec web touch /up
    expect 0 martlet wait --condition healthy web
    expect 0 martlet rm -f -t 0 web
    expect 0 checked web --health-startup-cmd false --health-startup-interval 100ms \
        --health-startup-retries 2 --stop-timeout 0
    eventually bash -c '[ "$(martlet inspect --format "{{.RestartCount}}" web)" -ge 1 ]'
    expect 0 martlet rm -f -t 0 web
}

claim_a_paused_container_is_not_checked() {
    expect 0 checked web
    expect 0 martlet exec web touch /ok
    expect 0 martlet wait --condition healthy web
    expect 0 martlet pause web
    expect 125 martlet healthcheck run web
    within "$err" "it is paused"
    sleep 1
    expect 0 martlet unpause web
    expect 0 martlet inspect --format '{{.State.Health.Status}}' web
    same "$out" healthy
    expect 0 martlet rm -f -t 0 web
}

claim_waiting_ends_when_the_container_does() {
    expect 0 martlet run -d --name web --network none --health-cmd false --health-interval disable \
        localhost/busybox sleep 0.5
    expect 125 martlet wait --condition healthy web
    within "$err" "container \"web\" ended before it was healthy"
    expect 0 martlet rm web
}

claim_a_service_is_ready_when_it_is_healthy() {
    unit db.container << 'UNIT'
[Container]
Image=localhost/busybox
Pull=never
Network=none
StopTimeout=1
Exec=sh -c 'sleep 2; touch /ok; exec sleep 1000'
HealthCmd=test -e /ok
HealthInterval=200ms
HealthStartPeriod=20s
Notify=healthy
[Service]
TimeoutStartSec=1
UNIT
    local began=$SECONDS
    expect 0 systemctl --user start db.service
    # Ready only after its two seconds, although the unit's own patience is one.
    [ $((SECONDS - began)) -ge 1 ]
    expect 0 martlet ps --format '{{.Status}}'
    within "$out" "(healthy)"
    # No unit is made for a probe.
    absent "$(systemctl --user list-units --all --no-legend '*.timer' 'run-*')" martlet
    expect 0 systemctl --user stop db.service
    removeUnits
}

claim_an_unhealthy_service_fails_so_that_systemd_restarts_it() {
    unit db.container << 'UNIT'
[Container]
Image=localhost/busybox
Pull=never
Network=none
StopTimeout=1
Exec=sleep 1000
HealthCmd=test ! -e /sick
HealthInterval=200ms
HealthRetries=1
HealthOnFailure=kill
Notify=healthy
[Service]
Restart=on-failure
RestartSec=100ms
UNIT
    expect 0 systemctl --user start db.service
    expect 0 martlet exec systemd-db touch /sick
    eventually bash -c '[ "$(systemctl --user show -P NRestarts db.service)" -ge 1 ]'
    eventually systemctl --user is-active db.service
    expect 0 systemctl --user stop db.service
    removeUnits
}

claim_the_check_of_the_image_is_the_containers() {
    /checkout/Tests/Rigs/image checked.tar --name localhost/checked:latest --layer busybox \
        --set 'Healthcheck={"Test":["CMD-SHELL","test -e /ok"],"Interval":200000000}'
    expect 0 martlet load --quiet --input checked.tar
    expect 0 martlet run -d --name web --network none localhost/checked \
        sh -c 'touch /ok; exec sleep 1000'
    expect 0 martlet wait --condition healthy web
    expect 0 martlet inspect --format '{{index .Config.Healthcheck.Test 1}}' web
    same "$out" "test -e /ok"
    expect 0 martlet rm -f -t 0 web
    expect 0 martlet run -d --name web --network none --no-healthcheck localhost/checked sleep 1000
    expect 125 martlet healthcheck run web
    expect 0 martlet rm -f -t 0 web
    expect 0 martlet rmi localhost/checked
}

claim_readiness_by_health_needs_a_check() {
    expect 125 martlet run --rm --network none --sdnotify healthy localhost/busybox true
    within "$err" "--sdnotify=healthy needs a health check"
}

claim_a_killed_monitor_leaves_no_probe() {
    expect 0 martlet run -d --name web --network none --health-cmd 'sleep 4321' \
        localhost/busybox sleep 1000
    eventually bash -c 'martlet exec web ps | grep -q "sleep 4321"'
    expect 0 martlet inspect --format '{{.State.ConmonPid}}' web
    kill -9 "$out"
    eventually bash -c '! pgrep -u $UID -f "[s]leep 4321"'
    expect 0 martlet rm -f -t 0 web
}
