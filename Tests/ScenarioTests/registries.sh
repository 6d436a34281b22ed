# Registries: push, copy, inspect, tags, deletion; skopeo reads what we write, and the other way.

registry=127.0.0.1:15001

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit registries docker-registry serve "$HOME/registry.yml"
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

# image_of NAME: the digest of the configuration, which is the image's id.
image_of() {
    skopeo inspect --raw --tls-verify=false "docker://$registry/$1" | jq -r .config.digest
}

# diffs_of LOCATION: the diff ids, as skopeo sees them.
diffs_of() {
    skopeo inspect --config --tls-verify=false "$1" | jq -rc .rootfs.diff_ids
}

# layer_diff NAME PROGRAM: the digest of what its first layer unpacks to.
layer_diff() {
    local layer
    layer=$(skopeo inspect --raw --tls-verify=false "docker://$registry/$1" | jq -r '.layers[0].digest')
    curl --silent "http://$registry/v2/${1%:*}/blobs/$layer" | "$2" -dc | sha256sum | cut -d' ' -f1
}

claim_a_pulled_image_is_pushed_unchanged() {
    expect 0 martlet pull --quiet "$registry/place/busybox:1"
    expect 0 martlet push --quiet --digestfile digest "$registry/place/busybox:1" \
        "$registry/place/busybox:2"
    same "$(cat digest)" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$registry/place/busybox:1")"
    # Its layers are mounted from the repository it came from.
    expect 0 martlet push --quiet --digestfile digest "$registry/place/busybox:1" \
        "docker://$registry/other/busybox:1"
    same "$(cat digest)" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$registry/other/busybox:1")"
    forget
}

claim_a_pushed_layer_has_the_diff_id_of_the_stored_one() {
    local form
    expect 0 martlet load --input "$images/docker.tar"
    for form in gzip zstd; do
        expect 0 martlet push --quiet --compression-format $form localhost/docker \
            "$registry/pushed/$form:1"
        same "$(image_of "pushed/$form:1")" \
            "sha256:$(martlet image inspect --format '{{.Id}}' localhost/docker)"
        same "[\"sha256:$(layer_diff "pushed/$form:1" $form)\"]" \
            "$(diffs_of "docker://$registry/pushed/$form:1")"
        expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$registry/pushed/$form:1" \
            "dir:$PWD/$form"
        expect 0 martlet rmi localhost/docker
        expect 0 martlet pull --quiet "$registry/pushed/$form:1"
        expect 0 martlet run --rm --network none "$registry/pushed/$form:1" echo "$form"
        same "$out" "$form"
        forget
        expect 0 martlet load --input "$images/docker.tar"
    done
    forget
}

claim_a_login_comes_from_a_secret_and_goes_to_dockers_file() {
    printf 'pass\n' | martlet secret create reg - > /dev/null
    login() { expect "$1" martlet login -u me --secret reg --compat-auth-file "$PWD/config.json" "${@:2}"; }
    login 0 "$registry"
    same "$(jq -c . config.json)" "{\"auths\":{\"$registry\":{\"auth\":\"bWU6cGFzcw==\"}}}"
    login 125 "$registry/part"
    within "$err" "docker's file has credentials of whole registries alone"
    login 125 --authfile other.json "$registry"
    within "$err" '--authfile and --compat-auth-file cannot go together'
    login 125 --password x "$registry"
    within "$err" '--password and --secret cannot go together'
    expect 125 martlet login -u me --secret none "$registry"
    within "$err" 'none'
    expect 0 martlet logout --compat-auth-file "$PWD/config.json" "$registry"
    same "$(jq -c . config.json)" '{"auths":{}}'
    expect 0 martlet secret rm reg
}

claim_push_writes_the_form_that_is_asked_for() {
    expect 0 martlet load --input "$images/docker.tar"
    expect 0 martlet push --quiet --format v2s2 localhost/docker "$registry/pushed/form:docker"
    expect 0 martlet push --quiet --format oci --compression-level 9 localhost/docker \
        "$registry/pushed/form:oci"
    same "$(skopeo inspect --raw --tls-verify=false "docker://$registry/pushed/form:docker" |
        jq -r .mediaType)" application/vnd.docker.distribution.manifest.v2+json
    same "$(skopeo inspect --raw --tls-verify=false "docker://$registry/pushed/form:oci" |
        jq -r .mediaType)" application/vnd.oci.image.manifest.v1+json
    expect 125 martlet push --compression-level 12 localhost/docker "$registry/pushed/form:x"
    within "$err" 'gzip has no level 12'
    expect 125 martlet push --format v2s1 localhost/docker "$registry/pushed/form:x"
    within "$err" "Docker's schema 1 is not written"
    expect 125 martlet push --sign-by-sq-fingerprint me localhost/docker "$registry/pushed/form:x"
    within "$err" '"--sign-by-sq-fingerprint" is not built yet'
    expect 125 martlet push localhost/docker
    within "$err" 'names no registry to send it to'
    forget
}

claim_copies_keep_the_digest_wherever_they_go() {
    local digest place
    digest=$(skopeo inspect --raw --tls-verify=false "docker://$registry/place/busybox:1" |
        sha256sum | cut -d' ' -f1)
    expect 0 martlet copy --quiet --format oci --digestfile digest \
        "docker://$registry/place/busybox:1" "oci:$PWD/layout:1"
    for place in "oci-archive:$PWD/layout.tar:1" "dir:$PWD/plain" "docker://$registry/copied/oci:1"; do
        expect 0 martlet copy --quiet "oci:$PWD/layout:1" "$place"
        same "$(skopeo inspect --raw --tls-verify=false "$place" | sha256sum | cut -d' ' -f1)" \
            "$(cut -d: -f2 digest)"
        expect 0 martlet copy --quiet --preserve-digests "$place" "dir:$PWD/again"
        same "$(sha256sum < again/manifest.json | cut -d' ' -f1)" "$(cut -d: -f2 digest)"
        rm -r again
    done
    expect 0 martlet copy --quiet "docker://$registry/place/busybox:1" \
        "docker://$registry/copied/plain:1"
    same "$(skopeo inspect --raw --tls-verify=false "docker://$registry/copied/plain:1" |
        sha256sum | cut -d' ' -f1)" "$digest"
}

claim_docker_archives_are_written_and_read() {
    expect 0 martlet copy --quiet "docker://$registry/place/busybox:1" \
        "docker-archive:$PWD/docker.tar:localhost/round:1"
    same "$(diffs_of "docker-archive:$PWD/docker.tar")" \
        "$(diffs_of "docker://$registry/place/busybox:1")"
    expect 0 martlet load --input docker.tar
    within "$out" localhost/round:1
    expect 0 martlet run --rm --network none localhost/round:1 echo round
    same "$out" round
    expect 125 martlet copy --quiet "docker://$registry/place/busybox:1" "docker-archive:$PWD/docker.tar:a/b:1"
    within "$err" 'is there already'
    expect 0 martlet copy --quiet "docker-archive:$PWD/docker.tar" "docker://$registry/copied/docker:1"
    same "$(image_of copied/docker:1)" "$(image_of place/busybox:1)"
    forget
}

claim_the_store_is_a_place_too() {
    expect 0 martlet copy --quiet "docker://$registry/place/busybox:1" martlet-storage:localhost/kept:1
    expect 0 martlet run --rm --network none localhost/kept:1 echo kept
    same "$out" kept
    expect 0 martlet copy --quiet martlet-storage:localhost/kept:1 "oci-archive:$PWD/kept.tar:1"
    same "$(diffs_of "oci-archive:$PWD/kept.tar:1")" \
        "$(diffs_of "docker://$registry/place/busybox:1")"
    forget
}

claim_inspect_looks_into_registries_and_archives() {
    expect 0 martlet inspect "docker://$registry/place/busybox:1"
    same "$(jq -r .Digest <<< "$out")" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$registry/place/busybox:1")"
    within "$(jq -rc .RepoTags <<< "$out")" '"1"'
    expect 0 martlet inspect --config "docker://$registry/place/busybox:1"
    same "$(jq -rc .rootfs.diff_ids <<< "$out")" "$(diffs_of "docker://$registry/place/busybox:1")"
    expect 0 martlet inspect --raw "docker://$registry/place/busybox:1"
    same "$out" "$(skopeo inspect --raw --tls-verify=false "docker://$registry/place/busybox:1")"
    expect 0 martlet inspect "docker-archive:$images/docker.tar"
    same "$(jq -r .Os <<< "$out")" linux
    expect 125 martlet inspect "docker://$registry/place/none:1"
    within "$err" place/none
}

claim_tags_are_listed_and_images_deleted() {
    expect 0 martlet copy --quiet --additional-tag "$registry/gone/image:two" \
        "docker://$registry/place/busybox:1" "docker://$registry/gone/image:one"
    expect 0 martlet list-tags "docker://$registry/gone/image"
    same "$(jq -rc '.Tags|sort' <<< "$out")" '["one","two"]'
    expect 0 martlet delete "docker://$registry/gone/image:one"
    expect 125 martlet inspect "docker://$registry/gone/image:one"
    within "$err" gone/image
    expect 125 martlet delete gone/image:one
    within "$err" 'is no transport'
    expect 125 martlet copy "docker://$registry/place/busybox:1" docker-daemon:x:1
    within "$err" 'the transport "docker-daemon" is not built'
}

claim_sync_copies_every_tag() {
    expect 0 martlet copy --quiet --additional-tag "$registry/many/image:two" \
        "docker://$registry/place/busybox:1" "docker://$registry/many/image:one"
    expect 0 martlet sync --src docker --dest dir "$registry/many/image" "$PWD/kept"
    same "$(ls kept)" $'image:one\nimage:two'
    expect 0 martlet sync --src dir --dest docker "$PWD/kept" "$registry/again"
    expect 0 martlet list-tags "docker://$registry/again/image"
    same "$(jq -rc '.Tags|sort' <<< "$out")" '["one","two"]'
    same "$(image_of again/image:one)" "$(image_of place/busybox:1)"
    expect 0 martlet sync --dry-run --src docker --dest docker "$registry/many/image:one" "$registry/x"
    within "$out" "would copy docker://$registry/many/image:one to docker://$registry/x/image:one"
}

claim_sync_copies_what_a_file_lists() {
    expect 0 martlet copy --quiet "docker://$registry/place/busybox:1" \
        "docker://$registry/listed/one:1.10"
    : > empty.conf
    export CONTAINERS_REGISTRIES_CONF=$PWD/empty.conf
    printf '%s:\n  tls-verify: false\n  images:\n    listed/one: []\n    place/busybox: [1]\n' \
        "$registry" > list.yml
    expect 0 martlet sync --src yaml --dest dir --scoped list.yml kept
    same "$(cd kept && find . -name manifest.json | sort)" \
        "$(printf './%s/listed/one:1.10/manifest.json\n./%s/place/busybox:1/manifest.json' \
            "$registry" "$registry")"
    printf '%s:\n  image: {}\n' "$registry" > list.yml
    expect 125 martlet sync --src yaml --dest dir list.yml kept
    within "$err" "$registry.image: it is unknown"
}

claim_progress_is_told_to_programs() {
    expect 0 martlet pull --progress json "$registry/place/busybox:1"
    same "$(jq -r .event <<< "$err" | sort -u | grep -c -e started -e finished -e pulled)" 3
    forget
    expect 0 martlet pull --progress plain "$registry/place/busybox:1"
    within "$err" 'Copying blob'
    forget
}

# blob LAYOUT FILE TYPE : keeps a file in a layout, and prints its descriptor.
blob() {
    local digest
    digest=$(sha256sum "$2" | cut -d' ' -f1)
    cp "$2" "$1/blobs/sha256/$digest"
    printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$3" "$digest" "$(stat -c %s "$2")"
}

# What a build says of an image lies beside it, in the form of an image whose layer is no layer.
claim_attestations_are_left_alone() {
    local image layer config manifest
    expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$registry/place/busybox:1" \
        "oci:$PWD/layout:1"
    image=$(jq -c '.manifests[0] | {mediaType, digest, size} +
        {platform: {os: "linux", architecture: "amd64"}}' layout/index.json)
    echo '{"_type":"https://in-toto.io/Statement/v0.1"}' > statement
    echo '{"architecture":"unknown","os":"unknown","rootfs":{"type":"layers","diff_ids":[]}}' > config
    layer=$(blob layout statement application/vnd.in-toto+json)
    config=$(blob layout config application/vnd.oci.image.config.v1+json)
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' \
        application/vnd.oci.image.manifest.v1+json "$config" "$layer" > manifest
    manifest=$(blob layout manifest application/vnd.oci.image.manifest.v1+json |
        jq -c '. + {platform: {os: "unknown", architecture: "unknown"},
            annotations: {"vnd.docker.reference.type": "attestation-manifest"}}')
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s]}' \
        application/vnd.oci.image.index.v1+json "$image" "$manifest" > index
    blob layout index application/vnd.oci.image.index.v1+json |
        jq -c '{schemaVersion: 2, manifests: [. + {annotations:
            {"org.opencontainers.image.ref.name": "all"}}]}' > layout/index.json
    # It goes through a registry and back with its digest, packed anew or not.
    expect 0 martlet copy --quiet --all --preserve-digests "oci:$PWD/layout:all" \
        "docker://$registry/attested:1"
    same "$(skopeo inspect --raw --tls-verify=false "docker://$registry/attested:1" | sha256sum)" \
        "$(sha256sum < index)"
    expect 0 martlet copy --quiet --all --dest-compress-format zstd --force-compression \
        "docker://$registry/attested:1" "docker://$registry/attested:2"
    same "$(skopeo inspect --raw --tls-verify=false "docker://$registry/attested:2" |
        jq -r '.manifests[1].digest')" "sha256:$(sha256sum < manifest | cut -d' ' -f1)"
    expect 0 martlet pull --quiet "$registry/attested:2"
    expect 0 martlet run --rm --network none "$registry/attested:2" echo here
    same "$out" here
    forget
}
