# Encrypted layers: what we encrypt skopeo and podman's library decrypt, and the other way.

registry=127.0.0.1:15017

# key NAME KIND : the private or public key of the unit tests with that name.
key() {
    sed -n "/static let $1 = /,/\"\"\")/p" /checkout/Tests/CiphersTests/Material.swift |
        sed -n "/-BEGIN .*$2 KEY-/,/-END .*$2 KEY-/{s/^ *//p;/-END/q}"
}

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit encryption docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers ~/keys
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    local name
    for name in rsa p256 p384; do
        key $name PRIVATE > ~/keys/$name.pem
        key $name PUBLIC > ~/keys/$name.pub
    done
    sed -n '/static let locked/,$p' /checkout/Tests/CiphersTests/Material.swift |
        sed -n '/-BEGIN/,/-END/s/^ *//p' > ~/keys/locked.pem
    echo open > ~/keys/passphrase
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$registry/plain:1"
    # An image of several layers.
    load busybox
    martlet run --name several --network none localhost/busybox sh -c 'echo more > /more'
    martlet commit --quiet several localhost/several > /dev/null
    martlet rm several > /dev/null
}

types() {
    skopeo inspect --raw --tls-verify=false "$1" | jq -r '.layers[].mediaType'
}

layers() {
    skopeo inspect --raw --tls-verify=false "$1" | jq -r '.layers[].digest'
}

claim_skopeo_decrypts_what_is_pushed() {
    local name
    expect 0 martlet pull --quiet "$registry/plain:1"
    expect 0 martlet push --quiet --digestfile digest --encryption-key "jwe:$HOME/keys/rsa.pub" \
        --encryption-key "jwe:$HOME/keys/p256.pub" --encryption-key "jwe:$HOME/keys/p384.pub" \
        "$registry/plain:1" "$registry/pushed/all:1"
    same "$(cat digest)" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$registry/pushed/all:1")"
    same "$(types "docker://$registry/pushed/all:1")" \
        application/vnd.oci.image.layer.v1.tar+gzip+encrypted
    for name in rsa p256 p384; do
        expect 0 skopeo copy --quiet --src-tls-verify=false --decryption-key ~/keys/$name.pem \
            "docker://$registry/pushed/all:1" "dir:$PWD/$name"
        jq -r '.layers[].digest' $name/manifest.json | same "$(cat)" "$(
            jq -r '.layers[].digest' rsa/manifest.json)"
        expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/$name.pub" \
            "$registry/plain:1" "$registry/pushed/$name:1"
        expect 0 skopeo copy --quiet --src-tls-verify=false --decryption-key ~/keys/$name.pem \
            "docker://$registry/pushed/$name:1" "oci:$PWD/layout:$name"
    done
    expect 0 martlet rmi "$registry/plain:1"
}

claim_files_of_an_artifact_that_skopeo_encrypts_are_read() {
    local type=application/vnd.oci.image.layer.v1.tar
    echo secret > file
    expect 0 martlet artifact add --file-type $type "$registry/files:1" file
    expect 0 martlet artifact push --quiet "$registry/files:1"
    expect 0 martlet artifact rm "$registry/files:1"
    expect 0 skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false \
        --encryption-key "jwe:$HOME/keys/p256.pub" "docker://$registry/files:1" \
        "docker://$registry/files:2"
    expect 125 martlet artifact pull --quiet --decryption-key ~/keys/rsa.pem "$registry/files:2"
    within "$err" 'key'
    expect 125 martlet artifact inspect "$registry/files:2"
    expect 0 martlet artifact pull --quiet --decryption-key ~/keys/p256.pem "$registry/files:2"
    mkdir taken
    expect 0 martlet artifact extract "$registry/files:2" taken
    same "$(cat taken/file)" secret
    same "$(martlet artifact inspect "$registry/files:2" | jq -r '.Manifest.layers[0].mediaType')" $type
    # Without a key it stays as it is.
    expect 0 martlet artifact pull --quiet "$registry/files:2"
    same "$(martlet artifact inspect "$registry/files:2" | jq -r '.Manifest.layers[0].mediaType')" \
        $type+encrypted
    expect 0 martlet artifact rm "$registry/files:2"
    expect 0 martlet system check
}

claim_what_skopeo_encrypts_is_pulled_and_run() {
    local name
    for name in rsa p256 p384; do
        expect 0 skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false \
            --encryption-key "jwe:$HOME/keys/$name.pub" "docker://$registry/plain:1" \
            "docker://$registry/theirs/$name:1"
        expect 0 martlet pull --quiet --decryption-key ~/keys/p384.pem \
            --decryption-key ~/keys/rsa.pem --decryption-key ~/keys/p256.pem \
            "$registry/theirs/$name:1"
        expect 0 martlet run --rm --network none --pull never "$registry/theirs/$name:1" echo $name
        same "$out" $name
        expect 0 martlet rmi "$registry/theirs/$name:1"
    done
    # A run fetches it by its key as well, and the digest that the registry has is its name.
    expect 0 martlet run --rm --network none --decryption-key ~/keys/rsa.pem \
        "$registry/theirs/rsa:1" echo here
    same "$out" here
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$registry/theirs/rsa:1")
    expect 0 martlet image inspect "$registry/theirs/rsa@$digest"
    expect 0 martlet system check
    same "$out" "the store is sound"
    same "$(ls -A ~/.local/share/martlet/blobs)" ""
    expect 0 martlet rmi "$registry/theirs/rsa:1"
}

# Where they pack and encrypt at once, the digest beside the key is that of the unpacked layer.
claim_what_is_packed_and_encrypted_at_once_is_pulled() {
    expect 0 skopeo copy --quiet --dest-tls-verify=false --encryption-key "jwe:$HOME/keys/p256.pub" \
        "docker-archive:$images/docker.tar" "docker://$registry/at/once:1"
    expect 0 martlet run --rm --network none --decryption-key ~/keys/p256.pem \
        "$registry/at/once:1" echo here
    same "$out" here
    expect 0 martlet rmi "$registry/at/once:1"
    expect 0 martlet copy --quiet --decryption-key ~/keys/p256.pem "docker://$registry/at/once:1" \
        "oci:$PWD/opened:1"
    expect 0 skopeo copy --quiet "oci:$PWD/opened:1" "dir:$PWD/read"
    same "$(types "oci:$PWD/opened:1")" application/vnd.oci.image.layer.v1.tar+gzip
}

claim_several_pulls_at_once_do_not_disturb_each_other() {
    local number pids=()
    expect 0 skopeo copy --quiet --dest-tls-verify=false --encryption-key "jwe:$HOME/keys/rsa.pub" \
        "docker-archive:$images/docker.tar" "docker://$registry/many:1"
    for number in 1 2 3 4 5 6; do
        martlet pull --quiet --decryption-key ~/keys/rsa.pem "$registry/many:1" \
            > $number.out 2> $number.err &
        pids+=($!)
    done
    for number in 1 2 3 4 5 6; do
        wait "${pids[number - 1]}" || { cat $number.err; return 1; }
    done
    expect 0 martlet run --rm --network none "$registry/many:1" echo here
    same "$out" here
    expect 0 martlet rmi "$registry/many:1"
    same "$(ls -A ~/.local/share/martlet/blobs)" ""
}

claim_an_image_file_names_its_key() {
    local units=~/.config/containers/systemd
    expect 0 skopeo copy --quiet --dest-tls-verify=false --encryption-key "jwe:$HOME/keys/rsa.pub" \
        "docker-archive:$images/docker.tar" "docker://$registry/unit:1"
    mkdir -p $units
    printf '[Image]\nImage=%s/unit:1\nDecryptionKey=%s/keys/rsa.pem\n' $registry "$HOME" \
        > $units/sealed.image
    printf '[Container]\nImage=sealed.image\nNetwork=none\nExec=sleep 100\nStopTimeout=1\n' \
        > $units/sealed.container
    systemctl --user daemon-reload
    expect 0 systemctl --user start sealed
    expect 0 systemctl --user is-active sealed sealed-image
    expect 0 systemctl --user stop sealed sealed-image
    rm $units/sealed.*
    systemctl --user daemon-reload
    expect 0 martlet rmi "$registry/unit:1"
}

claim_no_key_and_the_wrong_key_are_told() {
    expect 0 skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false \
        --encryption-key "jwe:$HOME/keys/rsa.pub" "docker://$registry/plain:1" \
        "docker://$registry/locked:1"
    expect 125 martlet pull --quiet "$registry/locked:1"
    within "$err" "it is encrypted"
    within "$err" "--decryption-key FILE"
    expect 125 martlet pull --quiet --decryption-key ~/keys/p256.pem "$registry/locked:1"
    within "$err" "none of the keys that were given is one of its keys"
    expect 125 martlet pull --quiet --decryption-key ~/keys/none.pem "$registry/locked:1"
    within "$err" "there is no private key"
    expect 125 martlet pull --quiet --decryption-key ~/keys/rsa.pub "$registry/locked:1"
    within "$err" "has no private key"
    expect 125 martlet pull --quiet --decryption-key ~/keys/locked.pem "$registry/locked:1"
    within "$err" "it has a passphrase"
    expect 125 martlet pull --quiet --decryption-key ~/keys/locked.pem:shut "$registry/locked:1"
    within "$err" "the passphrase is not the right one"
    # It opens then, and is another one's.
    expect 125 martlet pull --quiet --decryption-key ~/keys/locked.pem:file="$HOME/keys/passphrase" \
        "$registry/locked:1"
    within "$err" "none of the keys that were given"
    expect 125 martlet copy --src-tls-verify=false "docker://$registry/locked:1" \
        martlet-storage:localhost/locked
    within "$err" "it is encrypted"
    same "$(martlet images --quiet --filter reference="$registry/locked")" ""
    same "$(ls -A ~/.local/share/martlet/blobs)" ""
    expect 0 martlet system check
}

claim_some_layers_are_encrypted() {
    expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/p256.pub" --encrypt-layer -1 \
        localhost/several "oci:$PWD/some:1"
    same "$(types "oci:$PWD/some:1" | grep -n encrypted | cut -d: -f1)" 2
    expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/p256.pub" --encrypt-layer 0,1 \
        localhost/several "oci:$PWD/both:1"
    same "$(types "oci:$PWD/both:1" | grep -c encrypted)" 2
    expect 125 martlet push --quiet --encryption-key "jwe:$HOME/keys/p256.pub" --encrypt-layer 2 \
        localhost/several "oci:$PWD/none:1"
    within "$err" "there is no layer 2"
    expect 0 skopeo copy --quiet --decryption-key ~/keys/p256.pem "oci:$PWD/some:1" \
        "oci:$PWD/opened:1"
    expect 0 martlet copy --decryption-key ~/keys/p256.pem "oci:$PWD/both:1" \
        martlet-storage:localhost/opened
    expect 0 martlet run --rm --network none localhost/opened cat /more
    same "$out" more
    expect 0 martlet rmi localhost/opened
}

claim_an_encrypted_image_is_copied_as_it_is() {
    expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/rsa.pub" localhost/several \
        "$registry/sealed:1"
    expect 0 martlet copy --quiet "docker://$registry/sealed:1" "oci:$PWD/layout:1"
    same "$(layers "oci:$PWD/layout:1")" "$(layers "docker://$registry/sealed:1")"
    same "$(skopeo inspect --format '{{.Digest}}' "oci:$PWD/layout:1")" \
        "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/sealed:1")"
    expect 0 martlet copy --quiet --dest-compress-format zstd --force-compression \
        "oci:$PWD/layout:1" "docker://$registry/again:1"
    same "$(layers "docker://$registry/again:1")" "$(layers "docker://$registry/sealed:1")"
    # For another key, by way of the first.
    expect 0 martlet copy --quiet --decryption-key ~/keys/rsa.pem \
        --encryption-key "jwe:$HOME/keys/p384.pub" "oci:$PWD/layout:1" "oci:$PWD/other:1"
    expect 0 skopeo copy --quiet --decryption-key ~/keys/p384.pem "oci:$PWD/other:1" \
        "dir:$PWD/opened"
    expect 1 skopeo copy --quiet --decryption-key ~/keys/rsa.pem "oci:$PWD/other:1" \
        "dir:$PWD/shut"
    expect 125 martlet copy --quiet "oci:$PWD/layout:1" "docker-archive:$PWD/docker.tar"
    within "$err" "it is encrypted"
    [ ! -e docker.tar ]
    expect 125 martlet copy --quiet --format v2s2 "oci:$PWD/layout:1" "dir:$PWD/docker"
    within "$err" "only OCI's form has encrypted layers"
}

# Whoever changes what is encrypted changes its digest too; the HMAC tells.
claim_a_changed_layer_is_told() {
    local old new
    expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/rsa.pub" localhost/several \
        "dir:$PWD/changed"
    for old in $(jq -r '.layers[].digest' changed/manifest.json); do :; done
    printf x | dd of="changed/${old#*:}" bs=1 seek=20 conv=notrunc status=none
    new=$(sha256sum "changed/${old#*:}" | cut -d' ' -f1)
    mv "changed/${old#*:}" "changed/$new"
    sed -i "s/${old#*:}/$new/" changed/manifest.json
    expect 0 skopeo copy --quiet --dest-tls-verify=false "dir:$PWD/changed" \
        "docker://$registry/changed:1"
    expect 125 martlet pull --quiet --decryption-key ~/keys/rsa.pem "$registry/changed:1"
    within "$err" "is not what was encrypted"
    # Neither what was encrypted nor what was decrypted until then; documents are small.
    same "$(find ~/.local/share/martlet/blobs -type f -size +16k)" ""
    expect 125 martlet copy --quiet --decryption-key ~/keys/rsa.pem \
        "docker://$registry/changed:1" "dir:$PWD/opened"
    within "$err" "is not what was encrypted"
    same "$(ls -A ~/.local/share/martlet/tmp)" ""
    expect 0 martlet system check
}

claim_all_images_of_an_index_are_encrypted() {
    expect 0 martlet manifest create all localhost/several localhost/busybox
    expect 0 martlet manifest push --quiet all "oci:$PWD/plain:1"
    expect 0 martlet manifest rm all
    expect 0 martlet copy --quiet --all --encryption-key "jwe:$HOME/keys/p256.pub" \
        "oci:$PWD/plain:1" "docker://$registry/all:1"
    expect 0 martlet copy --quiet --all --decryption-key ~/keys/p256.pem \
        "docker://$registry/all:1" "oci:$PWD/opened:1"
    # Decrypted it is what it was, to the digest of the index.
    same "$(skopeo inspect --raw "oci:$PWD/opened:1" | jq -c '[.manifests[].digest]')" \
        "$(skopeo inspect --raw "oci:$PWD/plain:1" | jq -c '[.manifests[].digest]')"
    skopeo inspect --raw --tls-verify=false "docker://$registry/all:1" |
        jq -r '.manifests[].digest' > digests
    while read -r digest; do
        types "docker://$registry/all@$digest" > kinds
        same "$(sed '/+encrypted$/d' kinds)" ""
    done < digests
}

claim_what_cannot_be_encrypted_is_refused() {
    local words
    expect 125 martlet push --quiet --encrypt-layer 0 localhost/busybox "$registry/no:1"
    within "$err" "--encrypt-layer is for --encryption-key"
    for words in pgp:me pkcs7:cert.pem; do
        expect 125 martlet push --encryption-key $words localhost/busybox "$registry/no:1"
        within "$err" "layers are not encrypted by"
    done
    expect 125 martlet push --encryption-key "$HOME/keys/rsa.pub" localhost/busybox "$registry/no:1"
    within "$err" "jwe:FILE"
    expect 125 martlet push --encryption-key "jwe:$HOME/keys/rsa.pem" localhost/busybox \
        "$registry/no:1"
    within "$err" "has no public key"
    expect 125 martlet push --encryption-key "jwe:$HOME/keys/none" localhost/busybox "$registry/no:1"
    within "$err" "there is no public key"
    expect 125 martlet push --encryption-key "jwe:$HOME/keys/rsa.pub" --format v2s2 \
        localhost/busybox "$registry/no:1"
    within "$err" "no encrypted layers"
    expect 125 martlet copy --encryption-key "jwe:$HOME/keys/rsa.pub" "docker://$registry/plain:1" \
        martlet-storage:localhost/no
    within "$err" "the store has no encrypted layers"
    # What is encrypted already stays closed to the new key.
    expect 0 martlet push --quiet --encryption-key "jwe:$HOME/keys/rsa.pub" localhost/busybox \
        "oci:$PWD/layout:1"
    expect 125 martlet copy --encryption-key "jwe:$HOME/keys/p256.pub" "oci:$PWD/layout:1" \
        "docker://$registry/no:1"
    within "$err" "it is encrypted already"
    echo text > file
    expect 0 martlet artifact add "$registry/no:1" file
    expect 0 martlet artifact push --quiet "$registry/no:1" "$registry/artifact:1"
    expect 0 martlet artifact rm "$registry/no:1"
    expect 125 martlet copy --encryption-key "jwe:$HOME/keys/p256.pub" \
        "docker://$registry/artifact:1" "docker://$registry/no:1"
    within "$err" "artifacts are not encrypted"
    # Nothing of it reached the registry.
    expect 22 curl --silent --fail "http://$registry/v2/no/tags/list"
    same "$(ls -A ~/.local/share/martlet/tmp)" ""
}
