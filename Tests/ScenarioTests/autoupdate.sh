# Automatic updates: by registry and by the store, with a way back.

registry=127.0.0.1:15001

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit registry docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    load busybox
    martlet run --rm --network none localhost/busybox true
}

# version NUMBER COMMAND : archives an image whose container runs the command.
version() {
    /checkout/Tests/Rigs/image "version$1.tar" --archive docker \
        --name "localhost/app:latest" --layer busybox "file:version=$1" \
        --set "Cmd=[\"/bin/sh\",\"-c\",\"$2\"]"
}

# publish NUMBER : makes a version the registry's newest.
publish() {
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:version$1.tar" \
        "docker://$registry/place/app:latest"
}

# service POLICY IMAGE [LINE...] : a service that wants to be kept up to date.
service() {
    local policy=$1 image=$2
    shift 2
    {
        printf '[Container]\nImage=%s\nNetwork=none\nAutoUpdate=%s\nStopTimeout=0\n' "$image" "$policy"
        printf '%s\n' "$@"
    } | unit app.container
    systemctl --user start app.service
}

clear() {
    expect 0 systemctl --user stop app.service
    removeUnits
    martlet rmi --force "$1" > /dev/null
}

claim_a_newer_image_of_the_registry_is_fetched_and_started() {
    version 1 'exec sleep 1000'
    version 2 'exec sleep 1000'
    publish 1
    service registry "$registry/place/app:latest"
    expect 0 martlet auto-update --format '{{.Unit}} {{.ContainerName}} {{.Policy}} {{.Updated}}'
    same "$out" "app.service systemd-app registry false"
    publish 2
    expect 0 martlet auto-update --dry-run --format '{{.Updated}}'
    same "$out" pending
    expect 0 martlet exec systemd-app cat /version
    same "$out" 1
    expect 0 martlet auto-update
    within "$out" "UNIT"
    within "$out" "app.service"
    within "$out" " true"
    expect 0 martlet exec systemd-app cat /version
    same "$out" 2
    expect 0 martlet auto-update --format '{{.Updated}}'
    same "$out" false
    clear "$registry/place/app:latest"
}

claim_a_newer_image_of_the_store_is_started() {
    version 1 'exec sleep 1000'
    version 2 'exec sleep 1000'
    expect 0 martlet load --quiet --input version1.tar
    service local localhost/app:latest Pull=never
    expect 0 martlet auto-update --format '{{.Updated}}'
    same "$out" false
    expect 0 martlet load --quiet --input version2.tar
    expect 0 martlet auto-update --format json
    same "$(jq -r '.[0].Updated' <<< "$out")" true
    expect 0 martlet exec systemd-app cat /version
    same "$out" 2
    clear localhost/app:latest
}

claim_an_image_that_does_not_become_healthy_is_rolled_back() {
    version 1 'touch /ok; exec sleep 1000'
    version 2 'exec sleep 1000'
    publish 1
    service registry "$registry/place/app:latest" 'HealthCmd=test -e /ok' HealthInterval=200ms \
        HealthRetries=2 HealthOnFailure=kill Notify=healthy
    publish 2
    expect 125 martlet auto-update --format '{{.Updated}}'
    same "$out" "rolled back"
    within "$err" "app.service did not become ready with its new image"
    expect 0 martlet exec systemd-app cat /version
    same "$out" 1
    reaches app.service active
    expect 125 martlet auto-update --rollback=false --format '{{.Updated}}'
    same "$out" failed
    systemctl --user reset-failed app.service || true
    clear "$registry/place/app:latest"
}

claim_what_cannot_be_updated_says_why() {
    expect 0 martlet run -d --name hand --network none --label io.containers.autoupdate=local \
        localhost/busybox sleep 1000
    expect 125 martlet auto-update
    within "$err" "it belongs to no service, so nothing could start it again"
    expect 0 martlet rm -f -t 0 hand
    version 1 'exec sleep 1000'
    publish 1
    service registry "$registry/place/app:latest"
    systemctl --user stop registry.service
    expect 125 martlet auto-update --format '{{.Updated}}'
    same "$out" failed
    within "$err" "updating container \"systemd-app\""
    systemd-run --user --quiet --unit registry docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    clear "$registry/place/app:latest"
}

claim_the_timer_runs_it() {
    expect 0 systemctl --user start martlet-auto-update.timer
    within "$(systemctl --user list-timers --no-legend)" martlet-auto-update.service
    expect 0 systemctl --user start martlet-auto-update.service
    expect 0 systemctl --user stop martlet-auto-update.timer
}
