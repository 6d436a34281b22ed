# Images: load, import, pull, list, remove.

registry=127.0.0.1:15000

prepare() {
    cat > registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}}
http: {addr: "$registry"}
END
    cp registry.yml ~/registry.yml
    systemd-run --user --quiet --unit registry docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$registry/place/busybox:1"
    mkdir -p ~/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    # The user's standing namespace, if there is to be one, is there from now on.
    load busybox
    martlet run --rm --network none localhost/busybox true
    martlet rmi localhost/busybox > /dev/null
}

forget() {
    expect 0 martlet rmi --all --force
}

claim_every_archive_loads() {
    local form
    for form in busybox gzipped zstandard docker; do
        expect 0 martlet load --input "$images/$form.tar"
        within "$out" "localhost/$form:latest"
        expect 0 martlet run --rm --network none "localhost/$form" echo "$form"
        same "$out" "$form"
    done
    expect 0 martlet images --format '{{.Repository}}:{{.Tag}}'
    same "$(sort <<< "$out" | tr '\n' ' ')" \
        "localhost/busybox:latest localhost/docker:latest localhost/gzipped:latest localhost/zstandard:latest "
    forget
    expect 0 martlet images --quiet
    same "$out" ""
}

claim_an_archive_loads_from_standard_input() {
    martlet load < "$images/docker.tar"
    expect 0 martlet run --rm --network none localhost/docker echo loaded
    forget
}

claim_whiteouts_hide_what_lay_below() {
    expect 0 martlet load --input "$images/whiteouts.tar"
    expect 0 martlet run --rm --network none localhost/whiteouts \
        sh -c 'ls -d /etc/one /opt/dir 2>/dev/null; cat /etc/two; find / -xdev -name ".wh*"'
    same "$out" two
    forget
}

claim_a_tree_is_imported() {
    mkdir -p tree/bin
    cp /bin/busybox tree/bin/
    tar -C tree -cf tree.tar .
    expect 0 martlet import --change 'CMD ["/bin/busybox", "echo", "imported"]' tree.tar localhost/tree
    expect 0 martlet run --rm --network none localhost/tree
    same "$out" imported
    forget
}

claim_an_image_is_pulled_from_a_registry() {
    expect 0 martlet pull --quiet "$registry/place/busybox:1"
    expect 0 martlet run --rm --network none "$registry/place/busybox:1" echo pulled
    same "$out" pulled
    forget
}

claim_run_pulls_what_is_missing() {
    expect 0 martlet run --rm --network none "$registry/place/busybox:1" echo ran
    same "$out" ran
    expect 125 martlet run --rm --pull never --network none "$registry/place/busybox:2" true
    forget
}

claim_a_digest_names_exactly_one_image() {
    local digest
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/place/busybox:1")
    expect 0 martlet run --rm --network none "$registry/place/busybox@$digest" echo exact
    same "$out" exact
    expect 125 martlet pull --quiet "$registry/place/busybox@sha256:$(printf '0%.0s' {1..64})"
    forget
}

claim_a_changed_layer_is_refused() {
    local blob
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$registry/place/changed:1"
    blob=$(skopeo inspect --raw --tls-verify=false "docker://$registry/place/changed:1" |
        jq -r '.layers[0].digest' | cut -d: -f2)
    blob=~/registry/docker/registry/v2/blobs/sha256/${blob:0:2}/$blob/data
    printf 'x' | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
    expect 125 martlet pull --quiet "$registry/place/changed:1"
    within "$err" place/changed
    expect 0 martlet images --quiet
    same "$out" ""
}

claim_a_missing_image_is_an_error_that_names_it() {
    expect 125 martlet pull --quiet "$registry/place/none:1"
    within "$err" place/none
    expect 125 martlet run --rm "$registry/place/none:1" true
    within "$err" place/none
    expect 125 martlet run --rm 'Not//A Reference' true
    expect 1 martlet rmi localhost/none
    within "$err" localhost/none
}

claim_an_image_in_use_is_kept() {
    expect 0 martlet load --input "$images/busybox.tar"
    expect 0 martlet run -d --name user --network none localhost/busybox sleep 1000
    expect 2 martlet rmi localhost/busybox
    expect 0 martlet rm -f -t 0 user
    expect 0 martlet rmi localhost/busybox
}

claim_a_truncated_archive_leaves_nothing() {
    local before
    before=$(martlet images --quiet)
    head -c 300000 "$images/busybox.tar" > cut.tar
    expect 125 martlet load --input cut.tar
    expect 0 martlet images --quiet
    same "$out" "$before"
}
