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

claim_a_failed_copy_leaves_no_blobs() {
    expect 125 martlet copy "docker://$registry/place/busybox:1" "oci-archive:$HOME/none/x.tar"
    same "$(find ~/.local/share/martlet/blobs ~/.local/share/martlet/tmp -name "*sha256*")" ""
}

claim_two_pulls_of_one_image_share_it() {
    martlet pull --quiet "$registry/place/busybox:1" > first &
    local other=$!
    expect 0 martlet pull --quiet "$registry/place/busybox:1"
    wait "$other"
    same "$(cat first)" "$out"
    expect 0 martlet system check
    expect 0 martlet run --rm --network none "$registry/place/busybox:1" echo shared
    same "$out" shared
    same "$(ls -A ~/.local/share/martlet/blobs)" ""
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

claim_history_and_tree_tell_how_an_image_came_to_be() {
    expect 0 martlet load --input "$images/whiteouts.tar"
    expect 0 martlet history localhost/whiteouts
    within "$out" "CREATED BY"
    expect 0 martlet history --format '{{.ID}}' --no-trunc localhost/whiteouts
    within "$out" "$(martlet image inspect --format '{{.Id}}' localhost/whiteouts)"
    expect 0 martlet image tree localhost/whiteouts
    within "$out" "Top Layer of: "
    expect 0 martlet image diff localhost/whiteouts
    within "$out" "D /etc/one"
    forget
}

claim_images_are_filtered_and_sorted() {
    load busybox
    martlet tag localhost/busybox localhost/another:1 localhost/busybox:2 2> /dev/null ||
        { martlet tag localhost/busybox localhost/another:1; martlet tag localhost/busybox localhost/busybox:2; }
    expect 0 martlet images --sort repository --format '{{.Repository}}:{{.Tag}}'
    within "$out" "localhost/another:1"$'\n'"localhost/busybox"
    expect 0 martlet images --filter reference='localhost/another' --quiet
    same "$(wc -l <<< "$out")" 1
    expect 0 martlet images --filter 'label!=none' --quiet --filter until=2100-01-01
    [ -n "$out" ]
    expect 0 martlet images --filter before=localhost/busybox --quiet
    same "$out" ""
    expect 125 martlet images --filter nonsense=1
    within "$err" "filter by before"
    forget
}

claim_a_container_is_committed() {
    load busybox
    expect 0 martlet run --name made --network none localhost/busybox \
        sh -c 'echo kept > /kept; rm /bin/vi; rm -r /www; mkdir /www; chown 3:4 /kept'
    expect 0 martlet commit --author me --change 'CMD cat /kept' --message why made localhost/made:1
    expect 0 martlet run --rm --network none localhost/made:1
    same "$out" kept
    expect 1 martlet run --rm --network none localhost/made:1 \
        sh -c 'stat -c %u:%g /kept; ls -A /www; ls /bin/vi'
    same "$out" 3:4
    expect 0 martlet image inspect --format '{{.Author}} {{len .RootFS.Layers}}' localhost/made:1
    same "$out" "me $(($(martlet image inspect --format '{{len .RootFS.Layers}}' localhost/busybox) + 1))"
    expect 0 martlet commit --squash --quiet made localhost/flat
    expect 0 martlet image inspect --format '{{len .RootFS.Layers}}' localhost/flat
    same "$out" 1
    expect 0 martlet run --rm --network none localhost/flat cat /kept
    same "$out" kept
    expect 0 martlet rm made
    expect 0 martlet system check
    same "$out" "the store is sound"
    forget
}

claim_dangling_images_are_pruned() {
    load busybox
    expect 0 martlet untag localhost/busybox
    expect 125 martlet image prune
    expect 0 martlet image prune --force --filter label=none
    same "$(martlet images --quiet | wc -l)" 1
    expect 0 martlet image prune --force
    same "$(martlet images --all --quiet)" ""
}

claim_saved_images_are_what_they_were_and_others_read_them() {
    local form id
    expect 0 martlet load --input "$images/whiteouts.tar"
    load busybox
    id=$(martlet image inspect --format '{{.Id}}' localhost/whiteouts)
    for form in docker-archive oci-archive; do
        expect 0 martlet save --format $form --output $form.tar localhost/whiteouts
        same "$(skopeo inspect --config --raw "$form:$form.tar" | sha256sum | cut -d' ' -f1)" "$id"
        skopeo copy --quiet "$form:$form.tar" "dir:$form.copy"
    done
    for form in docker-dir oci-dir; do
        expect 0 martlet save --format $form --output $form localhost/whiteouts
    done
    expect 0 martlet save --format docker-dir --compress --output packed localhost/whiteouts
    for form in dir:docker-dir dir:packed oci:oci-dir; do
        same "$(skopeo inspect --config --raw "$form" | sha256sum | cut -d' ' -f1)" "$id"
        skopeo copy --quiet "$form" "dir:$(basename "${form#*:}").copy"
    done
    expect 0 martlet save --format oci-archive --uncompressed --output plain.tar localhost/whiteouts
    skopeo copy --quiet oci-archive:plain.tar dir:plain.copy
    martlet save --multi-image-archive localhost/whiteouts localhost/busybox > both.tar
    martlet save localhost/whiteouts localhost/busybox | cmp - both.tar
    forget
    for form in docker-archive.tar oci-archive.tar plain.tar both.tar oci-dir; do
        expect 0 martlet load --input $form
        within "$out" localhost/whiteouts:latest
        same "$(martlet image inspect --format '{{.Id}}' localhost/whiteouts)" "$id"
        expect 0 martlet run --rm --network none localhost/whiteouts cat /etc/two
        same "$out" two
    done
    expect 0 martlet image exists localhost/busybox
    expect 125 martlet save --format oci-dir localhost/whiteouts
    within "$err" "use --output DIRECTORY"
    expect 125 martlet save --output x.tar localhost/none
    forget
}
