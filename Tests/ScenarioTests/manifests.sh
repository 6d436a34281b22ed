# Lists of images: put together here, sent as an index; skopeo reads what comes of them.

registry=127.0.0.1:15002

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit registry-of-lists docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    load busybox
    martlet create --name parts localhost/busybox true > /dev/null
    martlet export --output ~/root.tar parts
    martlet rm parts > /dev/null
    martlet import --arch amd64 --change CMD=true ~/root.tar localhost/part:amd64 > /dev/null
    martlet import --arch arm64 --variant v8 ~/root.tar localhost/part:arm64 > /dev/null
    for part in amd64 arm64; do
        martlet push --quiet localhost/part:$part $registry/parts/web:$part
    done
}

# raw NAME [FILTER]: what the registry has under that name.
raw() {
    skopeo inspect --raw --tls-verify=false "docker://$registry/$1" | jq -rc "${2-.}"
}

claim_stored_images_become_an_index() {
    expect 0 martlet manifest create web
    expect 0 martlet manifest add --annotation made=here web localhost/part:amd64
    expect 0 martlet manifest add web localhost/part:arm64
    expect 0 martlet manifest inspect web
    same "$(jq -c '[.manifests[].platform | [.os, .architecture, .variant]]' <<< "$out")" \
        '[["linux","amd64",null],["linux","arm64","v8"]]'
    same "$(jq -r '.manifests[0].annotations.made' <<< "$out")" here
    expect 0 martlet manifest push --quiet --digestfile digest web "$registry/made/web:1"
    same "$(raw made/web:1 '.mediaType')" application/vnd.oci.image.index.v1+json
    same "$(raw made/web:1 '[.manifests[].platform.architecture]')" '["amd64","arm64"]'
    same "$(cat digest)" "sha256:$(skopeo inspect --raw --tls-verify=false \
        "docker://$registry/made/web:1" | sha256sum | cut -d' ' -f1)"
    # Every digest of it is looked at on the way.
    expect 0 skopeo copy --quiet --all --src-tls-verify=false "docker://$registry/made/web:1" \
        "oci:$PWD/copy:web"
    expect 0 martlet pull --quiet "$registry/made/web:1"
    expect 0 martlet run --rm --network none "$registry/made/web:1" uname
    same "$out" Linux
    expect 0 martlet manifest rm web
    expect 1 martlet manifest exists web
    expect 0 martlet rmi "$registry/made/web:1"
}

claim_a_list_that_is_here_runs_as_its_image_for_this_machine() {
    expect 0 martlet manifest create web localhost/part:arm64
    expect 125 martlet run --rm --network none web uname
    within "$err" 'no image for linux/amd64'
    expect 0 martlet manifest add web localhost/part:amd64
    expect 0 martlet run --rm --network none web uname
    same "$out" Linux
    # One that lies in a registry is fetched from there, where that is wanted.
    expect 0 martlet manifest create far "docker://$registry/parts/web:amd64"
    expect 0 martlet rmi localhost/part:amd64
    expect 125 martlet run --rm --network none --pull never far uname
    within "$err" "docker://$registry/parts/web"
    expect 0 martlet run --rm --network none far uname
    same "$out" Linux
    expect 0 martlet run --rm --network none --pull never far uname
    martlet manifest rm web far > removed
    martlet rmi --all > removed
    martlet import --arch amd64 --change CMD=true ~/root.tar localhost/part:amd64 > imported
    martlet import --arch arm64 --variant v8 ~/root.tar localhost/part:arm64 > imported
}

claim_a_list_in_other_forms_goes_to_other_places() {
    expect 0 martlet manifest create web localhost/part:amd64 localhost/part:arm64
    expect 0 martlet manifest push --quiet --format v2s2 web "docker://$registry/made/web:2"
    same "$(raw made/web:2 '[.mediaType, .manifests[0].mediaType]')" \
        '["application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.docker.distribution.manifest.v2+json"]'
    expect 0 martlet manifest push --quiet web oci-archive:list.tar:web
    expect 0 skopeo copy --quiet --all oci-archive:list.tar:web "dir:$PWD/list"
    same "$(jq '.manifests | length' list/manifest.json)" 2
    expect 0 martlet manifest push --quiet --rm --compression-format zstd web \
        "docker://$registry/made/web:3"
    expect 1 martlet manifest exists web
    same "$(raw "made/web@$(raw made/web:3 '.manifests[1].digest')" '.layers[0].mediaType')" \
        application/vnd.oci.image.layer.v1.tar+zstd
}

claim_files_become_an_artifact_on_a_list() {
    local digest manifest
    echo '{"a":1}' > settings.json
    echo one > one
    mkdir -p other
    echo two > other/two
    expect 0 martlet manifest create web localhost/part:amd64
    expect 0 martlet manifest add --artifact --artifact-type application/x-notes \
        --annotation made=here web one other/two
    # Of the same files it is the same.
    expect 0 martlet manifest add --artifact --artifact-type application/x-notes web one other/two
    same "$(martlet manifest inspect web | jq '.manifests | length')" 2
    same "$(martlet manifest inspect web | jq -r '.manifests[1].artifactType')" application/x-notes
    expect 0 martlet manifest push --quiet --add-compression zstd web "$registry/made/web:files"
    digest=$(raw made/web:files '.manifests[1].digest')
    manifest=$(raw "made/web@$digest")
    same "$(jq -c '[.artifactType, .config.mediaType, [.layers[].mediaType],
        [.layers[].annotations["org.opencontainers.image.title"]]]' <<< "$manifest")" \
        '["application/x-notes","application/vnd.oci.empty.v1+json",["text/plain; charset=utf-8","text/plain; charset=utf-8"],["one","two"]]'
    # The artifact itself is packed in no further way.
    same "$(raw made/web:files '.manifests | length')" 3
    expect 0 martlet artifact extract "localhost/web:artifact-$(cut -c8-19 <<< "$digest")" other
    same "$(cat other/one)" one
    expect 0 martlet artifact pull --quiet "$registry/made/web@$digest"

    expect 0 martlet manifest add --artifact --artifact-config settings.json \
        --artifact-config-type application/x-settings --artifact-layer-type text/x-one \
        --artifact-exclude-titles --artifact-subject localhost/part:amd64 --arch arm64 web one
    expect 0 martlet manifest push --quiet web "$registry/made/web:told"
    digest=$(raw made/web:told '.manifests[2].digest')
    same "$(raw made/web:told '.manifests[2].platform.architecture')" arm64
    same "$(raw "made/web@$digest" '[.artifactType, .config.mediaType, .layers[0].mediaType,
        .layers[0].annotations]')" \
        '["application/vnd.unknown.artifact.v1","application/x-settings","text/x-one",null]'
    same "$(raw "made/web@$digest" .subject.digest)" \
        "$(martlet manifest inspect web | jq -r '.manifests[0].digest')"

    expect 125 martlet manifest add --artifact web nothing
    within "$err" 'cannot add "nothing" to the artifact'
    expect 125 martlet manifest add --artifact web one one
    within "$err" 'it has a file "one" already'
    expect 125 martlet manifest add --artifact web other
    within "$err" 'it is no file'
    expect 125 martlet manifest add --artifact --artifact-config nothing web one
    within "$err" "as the artifact's configuration"
    expect 125 martlet manifest add --artifact \
        --artifact-config-type application/vnd.oci.image.config.v1+json web one
    within "$err" "cannot have an image's configuration"
    expect 125 martlet manifest add --artifact-type x web one
    within "$err" 'needs --artifact'
    expect 125 martlet manifest add --artifact --all web one
    within "$err" 'exclude each other'
    same "$(martlet manifest inspect web | jq '.manifests | length')" 3
    expect 0 martlet manifest rm web
    for digest in $(martlet artifact ls --noheading --format '{{.Digest}}'); do martlet artifact rm "$digest" > removed; done
    expect 0 martlet system check
}

claim_images_of_a_list_are_sent_in_a_further_packing() {
    local key=io.github.containers.compression.zstd
    expect 0 martlet manifest create web localhost/part:amd64 localhost/part:arm64
    expect 0 martlet manifest push --quiet --add-compression zstd,gzip,zstd web \
        "$registry/made/web:both"
    # What every reader knows comes first; gzip is there already.
    same "$(raw made/web:both "[.manifests[] | [.platform.architecture, .annotations[\"$key\"]]]")" \
        '[["amd64",null],["arm64",null],["amd64","true"],["arm64","true"]]'
    local number
    for number in 0 2; do
        raw "made/web@$(raw made/web:both ".manifests[$number].digest")" '.layers[0].mediaType'
    done > types
    same "$(cat types)" "$(printf '%s\n' application/vnd.oci.image.layer.v1.tar+gzip \
        application/vnd.oci.image.layer.v1.tar+zstd)"
    expect 0 skopeo copy --quiet --all --src-tls-verify=false "docker://$registry/made/web:both" \
        "oci:$PWD/both:web"
    expect 0 martlet manifest rm web
    # Of what lies in the registry itself, too, and once only.
    expect 0 martlet manifest create --all web "docker://$registry/made/web:both"
    expect 0 martlet manifest push --quiet --add-compression zstd web "$registry/made/web:again"
    same "$(raw made/web:again '.manifests | length')" 4
    expect 0 martlet manifest remove web "$(raw made/web:both '.manifests[2].digest')"
    expect 0 martlet manifest push --quiet --add-compression zstd web "$registry/made/web:more"
    same "$(raw made/web:more "[.manifests[] | [.platform.architecture, .annotations[\"$key\"]]]")" \
        '[["amd64",null],["arm64",null],["arm64","true"],["amd64","true"]]'
    same "$(find ~/.local/share/martlet/blobs -type f)" ""
    expect 125 martlet manifest push --format v2s2 --add-compression zstd web "$registry/made/web:no"
    within "$err" "only a list in OCI's form"
    expect 125 martlet manifest push --add-compression xz web "$registry/made/web:no"
    within "$err" '--add-compression'
    expect 0 martlet manifest rm web
}

claim_images_of_the_same_repository_stay_where_they_are() {
    expect 0 martlet manifest create web "docker://$registry/parts/web:amd64" \
        "docker://$registry/parts/web:arm64"
    expect 0 martlet manifest push --quiet web "$registry/parts/web:all"
    for part in amd64 arm64; do
        skopeo inspect --raw --tls-verify=false "docker://$registry/parts/web:$part" | sha256sum
    done | sed 's/ .*//; s/^/sha256:/' > wanted
    same "$(raw parts/web:all '.manifests[].digest')" "$(cat wanted)"
    same "$(find ~/.local/share/martlet/blobs -type f)" ""
    # From one repository to another they go as they are.
    expect 0 martlet manifest push --quiet web "$registry/moved/web:all"
    same "$(raw moved/web:all '.manifests[].digest')" "$(cat wanted)"
    expect 0 skopeo copy --quiet --all --src-tls-verify=false "docker://$registry/moved/web:all" \
        "dir:$PWD/moved"
    same "$(find ~/.local/share/martlet/blobs -type f)" ""
    expect 0 martlet manifest rm web
}

claim_of_an_index_one_image_or_all_are_taken() {
    expect 0 martlet manifest create web "docker://$registry/parts/web:amd64" \
        "docker://$registry/parts/web:arm64"
    expect 0 martlet manifest push --quiet web "$registry/parts/web:index"
    expect 0 martlet manifest create one "docker://$registry/parts/web:index"
    same "$(martlet manifest inspect one | jq -c '[.manifests[].platform.architecture]')" '["amd64"]'
    expect 0 martlet manifest create --amend one
    expect 0 martlet manifest add --arch arm64 one "docker://$registry/parts/web:index"
    same "$(martlet manifest inspect one | jq -c '[.manifests[].platform.architecture]')" \
        '["amd64","arm64"]'
    expect 0 martlet manifest create --all every "docker://$registry/parts/web:index"
    same "$(martlet manifest inspect every)" "$(martlet manifest inspect web)"
    # What is no list of this store's is asked for in its registry.
    expect 0 martlet manifest inspect "$registry/parts/web:index"
    same "$(jq -cS . <<< "$out")" "$(raw parts/web:index | jq -cS .)"
    expect 0 martlet manifest rm web one every
}

claim_what_a_list_says_can_be_changed() {
    local first
    expect 0 martlet manifest create --annotation by=ada web localhost/part:amd64 localhost/part:arm64
    first=$(martlet manifest inspect web | jq -r '.manifests[0].digest')
    expect 0 martlet manifest annotate --arch arm --variant v7 --os-version 5 --features sse4,aes \
        web "$first"
    same "$(martlet manifest inspect web | jq -c '.manifests[0].platform
        | [.architecture, .variant, ."os.version", .features]')" '["arm","v7","5",["sse4","aes"]]'
    expect 0 martlet manifest annotate --index --annotation note=x web
    same "$(martlet manifest inspect web | jq -cS .annotations)" '{"by":"ada","note":"x"}'
    expect 0 martlet manifest remove web "$first"
    same "$(martlet manifest inspect web | jq '.manifests | length')" 1
    expect 0 martlet manifest remove web localhost/part:arm64
    expect 125 martlet manifest push web "$registry/made/web:empty"
    within "$err" 'the list is empty'
    expect 125 martlet manifest remove web "$first"
    within "$err" 'it is empty'
    expect 0 martlet manifest rm web
}

claim_a_list_refers_to_an_image() {
    local digest
    expect 0 martlet push --quiet localhost/part:amd64 "$registry/made/base:1"
    digest="sha256:$(skopeo inspect --raw --tls-verify=false "docker://$registry/made/base:1" |
        sha256sum | cut -d ' ' -f 1)"
    expect 0 martlet manifest create web localhost/part:arm64
    expect 125 martlet manifest annotate --subject localhost/part:amd64 web localhost/part:arm64
    within "$err" 'add --index'
    expect 125 martlet manifest annotate --index --subject localhost/nothing web
    within "$err" 'localhost/nothing'
    same "$(martlet manifest inspect web | jq -c .subject)" null
    expect 0 martlet manifest annotate --index --subject "docker://$registry/made/base:1" web
    same "$(martlet manifest inspect web | jq -r .subject.digest)" "$digest"
    expect 125 martlet manifest push --quiet --format v2s2 web "$registry/made/base:refers"
    within "$err" "only a list in OCI's form"
    expect 0 martlet manifest push --quiet web "$registry/made/base:refers"
    same "$(raw made/base:refers .subject.digest)" "$digest"
    expect 0 martlet list-referrers "$registry/made/base:1"
    within "$out" "$(skopeo inspect --raw --tls-verify=false \
        "docker://$registry/made/base:refers" | sha256sum | cut -d ' ' -f 1)"
    # An image of the store is one too.
    expect 0 martlet manifest annotate --index --subject localhost/part:amd64 web
    same "$(martlet manifest inspect web | jq -r '.subject | keys | join(" ")')" \
        'digest mediaType size'
    expect 0 martlet manifest rm web
}

claim_bad_input_of_lists_is_refused() {
    expect 125 martlet manifest create localhost/part:amd64
    within "$err" 'there is an image "localhost/part:amd64" already'
    expect 125 martlet manifest create web localhost/part:amd64 localhost/nothing
    expect 1 martlet manifest exists web
    expect 0 martlet manifest create web localhost/part:amd64
    expect 125 martlet manifest create web
    within "$err" 'there is a list "localhost/web:latest" already'
    expect 125 martlet manifest add wob localhost/part:amd64
    within "$err" 'did you mean "localhost/web:latest"?'
    expect 125 martlet manifest push web
    within "$err" 'names no registry'
    expect 125 martlet manifest push --all=false web "$registry/made/web:x"
    within "$err" 'an index without its images is not sent'
    expect 125 martlet manifest add web "docker://$registry/parts/web:none"
    expect 125 martlet manifest annotate web
    within "$err" 'no image of the list is named'
    # An image that is gone is named before anything is sent.
    expect 0 martlet import --arch s390x ~/root.tar localhost/part:s390x
    expect 0 martlet manifest add web localhost/part:s390x
    expect 0 martlet rmi localhost/part:s390x
    expect 125 martlet manifest push --quiet web "$registry/made/web:gone"
    expect 0 martlet manifest rm --ignore web wob
}

claim_lists_are_seen_among_the_images() {
    expect 0 martlet manifest create web localhost/part:amd64
    same "$(martlet images --noheading --format '{{.Repository}}:{{.Tag}}' --filter manifest=true)" \
        localhost/web:latest
    expect 0 martlet images
    within "$out" localhost/web
    expect 0 martlet push --quiet web "$registry/made/web:pushed"
    same "$(raw made/web:pushed '.manifests | length')" 1
    expect 0 martlet rmi web
    expect 1 martlet manifest exists web
}

claim_changes_at_once_are_all_made() {
    local number
    expect 0 martlet manifest create web
    for number in 1 2 3 4 5 6 7 8; do
        martlet import --message "$number" --arch amd64 ~/root.tar "localhost/many:$number" > /dev/null
    done
    for number in 1 2 3 4 5 6 7 8; do
        martlet manifest add web "localhost/many:$number" > "added.$number" &
    done
    wait
    same "$(martlet manifest inspect web | jq '.manifests | length')" 8
    expect 0 martlet manifest rm web
    expect 0 martlet rmi localhost/many:{1,2,3,4,5,6,7,8}
}
