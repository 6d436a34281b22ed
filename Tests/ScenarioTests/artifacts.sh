# Artifacts: files in registries, fetched, made, sent and copied out.

registry=127.0.0.1:15003

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit registry-of-artifacts docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    # The user's standing namespace is there from now on.
    load busybox
    martlet run --rm --network none localhost/busybox true
}

blobs() { find ~/.local/share/martlet/artifacts/blobs -type f | wc -l; }

claim_files_go_to_a_registry_and_come_back() {
    local digest
    printf 'some text\n' > words
    head -c 3000000 /dev/urandom > numbers
    expect 0 martlet artifact add --type application/x.mine --annotation a=b \
        $registry/mine/data:1 words numbers
    digest=$out
    expect 0 martlet artifact inspect $registry/mine/data:1
    same "$(jq -rc '[.Name, .Digest, .Manifest.artifactType, .Manifest.layers[0].mediaType,
        .Manifest.layers[1].annotations["org.opencontainers.image.title"],
        .Manifest.layers[0].annotations.a]' <<< "$out")" \
        "[\"$registry/mine/data:1\",\"sha256:$digest\",\"application/x.mine\",\"text/plain; charset=utf-8\",\"numbers\",\"b\"]"
    expect 0 martlet artifact push --quiet --digestfile sent $registry/mine/data:1
    same "$(cat sent)" "sha256:$digest"
    # skopeo finds what was sent whole.
    expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$registry/mine/data:1" "dir:$PWD/dir"
    expect 0 martlet artifact rm $registry/mine/data:1
    same "$out" "$digest"
    same "$(blobs)" 0
    expect 0 martlet artifact pull --quiet $registry/mine/data:1
    same "$out" "$digest"
    mkdir there
    expect 0 martlet artifact extract $registry/mine/data:1 there
    cmp words there/words
    cmp numbers there/numbers
    expect 0 martlet artifact extract --title words "sha256:${digest:0:12}" one
    cmp words one
    expect 0 martlet artifact ls --noheading --format '{{.Repository}} {{.Tag}} {{.Size}}'
    same "$out" "$registry/mine/data 1 3 MB"
    same "$(find ~/.local/share/martlet/blobs ~/.local/share/martlet/tmp -mindepth 1)" ''
    expect 0 martlet artifact rm --all
}

claim_files_are_added_and_replaced() {
    echo 1 > one
    echo 2 > two
    expect 0 martlet artifact add box one
    expect 125 martlet artifact add box two
    within "$err" 'there is an artifact "localhost/box:latest" already'
    expect 0 martlet artifact add --append box two
    expect 125 martlet artifact add --append box two
    within "$err" 'it has a file "two" already'
    same "$(martlet artifact inspect box | jq '.Manifest.layers | length')" 2
    expect 0 martlet artifact add --replace box two
    same "$(martlet artifact inspect --format '{{len .Manifest.layers}}' box)" 1
    # A manifest, an empty configuration, and one file.
    same "$(blobs)" 3
    expect 125 martlet artifact push box
    within "$err" 'names no registry'
    expect 125 martlet artifact add other nothing-here
    expect 125 martlet artifact inspect other
    within "$err" 'there is no artifact "other"'
    expect 125 martlet artifact extract --title three box .
    within "$err" 'it has "two"'
    expect 0 martlet artifact rm box
    expect 125 martlet artifact rm box
    expect 0 martlet artifact rm --ignore box
    same "$(ls -A ~/.local/share/martlet/tmp)" ''
}

claim_an_image_is_no_artifact() {
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$registry/image:1"
    expect 125 martlet artifact pull --quiet $registry/image:1
    within "$err" 'is an image and no artifact'
    expect 125 martlet artifact pull --quiet $registry/nothing:1
    same "$(martlet artifact ls --noheading)" ''
    same "$(find ~/.local/share/martlet/blobs ~/.local/share/martlet/tmp -mindepth 1)" ''
}

# T-TAR: a name that leads out of the directory is none.
claim_a_name_in_an_artifact_leads_nowhere() {
    mkdir -p oci/blobs/sha256
    printf evil > evil
    put() { # FILE: into the layout; prints its digest
        local sum
        sum=$(sha256sum < "$1" | cut -d' ' -f1)
        cp "$1" "oci/blobs/sha256/$sum"
        echo "$sum"
    }
    printf '{}' > empty
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:%s","size":2},"layers":[{"mediaType":"a/b","digest":"sha256:%s","size":4,"annotations":{"org.opencontainers.image.title":"../evil"}}]}' \
        "$(put empty)" "$(put evil)" > manifest
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s}]}' \
        "$(put manifest)" "$(stat -c %s manifest)" > oci/index.json
    printf '{"imageLayoutVersion":"1.0.0"}' > oci/oci-layout
    rm evil
    expect 0 martlet copy --quiet "oci:$PWD/oci" "docker://$registry/evil:1"
    expect 0 martlet artifact pull --quiet $registry/evil:1
    mkdir -p deep/deeper
    expect 125 martlet artifact extract $registry/evil:1 deep/deeper
    within "$err" 'its name is none of a file in a directory'
    [ ! -e deep/evil ]
    expect 0 martlet artifact extract $registry/evil:1 good
    same "$(cat good)" evil
    expect 0 martlet artifact rm $registry/evil:1
}

claim_a_damaged_artifact_is_named_and_removed() {
    local digest
    echo 1 > one
    echo 2 > two
    expect 0 martlet artifact add whole one
    expect 0 martlet artifact add broken two
    digest=$out
    truncate -s 10 ~/.local/share/martlet/artifacts/blobs/sha256/$digest
    expect 125 martlet artifact inspect broken
    within "$err" "$digest"
    expect 0 martlet artifact inspect whole
    expect 1 martlet system check
    within "$out" "damaged   artifact localhost/broken:latest: *$digest"
    expect 0 martlet artifact rm broken
    same "$out" "$digest"
    same "$(martlet artifact ls --noheading --format '{{.Repository}}')" localhost/whole
    expect 0 martlet artifact rm --all
    same "$(blobs)" 0
}

claim_the_check_knows_artifacts() {
    local blobs=~/.local/share/martlet/artifacts/blobs/sha256
    echo 1 > one
    echo 2 > two
    expect 0 martlet artifact add whole one
    expect 0 martlet artifact add broken two
    expect 0 martlet system check
    # As long, and something else.
    printf '3\n' > "$blobs/$(sha256sum two | cut -d ' ' -f 1)"
    expect 0 martlet system check --quick
    expect 1 martlet system check
    within "$out" 'artifact localhost/broken:latest: its file "two" is not what its digest says'
    expect 1 martlet system check --repair
    expect 0 martlet system check --repair --force
    within "$out" 'mended    artifact localhost/broken:latest: *: removed'
    same "$(martlet artifact ls --noheading --format '{{.Repository}}')" localhost/whole
    # What a killed command leaves does no harm, and goes.
    echo x > "$blobs/$(printf '%064d' 7)"
    echo '{}' > "$blobs/../../.index.json.4000000"
    expect 0 martlet system check
    within "$out" 'left over blob 000000000000 belongs to no artifact'
    within "$out" 'left over ".index.json.4000000" is no file of the artifacts'
    expect 0 martlet system check --repair
    expect 0 martlet system check
    same "$out" 'the store is sound'
    # Without its index nothing else of the store is in doubt, and what helps is said.
    echo '{' > "$blobs/../../index.json"
    expect 1 martlet system check --repair --force
    within "$out" 'damaged   the index of the artifacts cannot be read'
    within "$out" 'remove artifacts/index.json below the store'
    rm "$blobs/../../index.json"
    expect 0 martlet system check --repair
    same "$(blobs)" 0
    expect 0 martlet artifact ls --noheading
    same "$out" ''
    expect 0 martlet artifact rm --all
    same "$(blobs)" 0
}

claim_what_refers_to_an_image_is_listed() {
    local subject list
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$registry/subject:1"
    subject=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/subject:1")
    expect 0 martlet list-referrers "docker://$registry/subject:1"
    same "$(jq -c '[.Name, .Digest, .Referrers]' <<< "$out")" "[\"$registry/subject\",\"$subject\",[]]"
    # A bill of materials, as another tool attaches it.
    echo '{"bill":1}' > bill
    expect 0 martlet artifact add --type application/spdx+json bill bill
    mkdir -p oci/blobs/sha256
    cp ~/.local/share/martlet/artifacts/blobs/sha256/* oci/blobs/sha256/
    martlet artifact inspect bill | jq --arg digest "$subject" '.Manifest + {subject: {digest: $digest,
        size: 1, mediaType: "application/vnd.oci.image.manifest.v1+json"}}' > manifest
    list=$(sha256sum manifest | cut -d ' ' -f 1)
    cp manifest "oci/blobs/sha256/$list"
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s}]}' \
        "$list" "$(stat -c %s manifest)" > oci/index.json
    printf '{"imageLayoutVersion":"1.0.0"}' > oci/oci-layout
    expect 0 martlet copy --quiet "oci:$PWD/oci" "docker://$registry/subject:bill"
    expect 0 martlet list-referrers "docker://$registry/subject@$subject"
    same "$(jq -c '.Referrers | map([.artifactType, .digest])' <<< "$out")" \
        "[[\"application/spdx+json\",\"sha256:$list\"]]"
    expect 0 martlet list-referrers --artifact-type other/type "docker://$registry/subject:1"
    same "$(jq -c .Referrers <<< "$out")" '[]'
    expect 0 martlet artifact pull --quiet "$registry/subject@sha256:$list"
    expect 0 martlet artifact extract "$registry/subject@sha256:$list" fetched
    same "$(cat fetched)" '{"bill":1}'
    expect 125 martlet list-referrers "docker://$registry/nothing:1"
    within "$err" 'nothing:1'
    expect 125 martlet list-referrers "oci:$PWD/oci"
    within "$err" 'is no image of a registry'
    expect 0 martlet artifact rm --all
}

claim_many_at_once_are_all_kept() {
    local number
    for number in 1 2 3 4 5 6 7 8; do
        echo "$number" > "file$number"
        martlet artifact add "many:$number" "file$number" > /dev/null &
    done
    wait
    same "$(martlet artifact ls --noheading | wc -l)" 8
    for number in 1 2 3 4 5 6 7 8; do martlet artifact rm "many:$number" > /dev/null & done
    wait
    same "$(martlet artifact ls --noheading)" ''
    same "$(blobs)" 0
}

claim_files_of_an_artifact_are_mounted() {
    echo 1 > one
    echo 2 > two
    expect 0 martlet artifact add box one two
    box() { expect 0 martlet run --rm --network none "$@"; }
    box --mount type=artifact,src=box,dst=/files localhost/busybox sh -c 'cd /files && cat one two'
    same "$out" $'1\n2'
    box --mount type=artifact,src=box,dst=/file,title=two localhost/busybox cat /file
    same "$out" 2
    box --mount type=artifact,src=box,dst=/there,title=two,name=three localhost/busybox cat /there/three
    same "$out" 2
    box --userns auto --user 7 --mount type=artifact,src=box,dst=/files localhost/busybox cat /files/one
    same "$out" 1
    # Nobody writes to it.
    expect 1 martlet run --rm --network none --mount type=artifact,src=box,dst=/files \
        localhost/busybox sh -c 'echo x > /files/one'
    expect 125 martlet run --rm --mount type=artifact,src=box,dst=/f,title=none localhost/busybox true
    within "$err" 'the artifact has no such file'
    expect 125 martlet run --rm --mount type=artifact,src=none,dst=/f localhost/busybox true
    within "$err" 'there is no artifact "none"'
    expect 0 martlet artifact rm box
}

claim_a_unit_file_fetches_one() {
    echo hello > words
    expect 0 martlet artifact add $registry/unit/data:1 words
    expect 0 martlet artifact push --quiet $registry/unit/data:1
    expect 0 martlet artifact rm $registry/unit/data:1
    unit data.artifact <<END
[Artifact]
Artifact=$registry/unit/data:1
TLSVerify=false
END
    expect 0 systemctl --user start data-artifact.service
    expect 0 martlet artifact inspect --format '{{.Name}}' $registry/unit/data:1
    same "$out" "$registry/unit/data:1"
    expect 0 systemctl --user stop data-artifact.service
    expect 0 martlet artifact rm $registry/unit/data:1
}
