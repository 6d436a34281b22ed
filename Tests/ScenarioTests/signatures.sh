# Signatures: policy.json decides what is let in, with the signatures that skopeo and podman make.

registry=127.0.0.1:15003
place=127.0.0.1:15003/place/busybox

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit signatures docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers/registries.d
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    restore
    write_keys
    skopeo copy --quiet --dest-tls-verify=false "docker-archive:$images/docker.tar" \
        "docker://$place:plain"
    gpg_key alice
    gpg_key mallory
    gpgconf --kill gpg-agent
    load busybox
    martlet run --rm --network none localhost/busybox true
    martlet rmi localhost/busybox > /dev/null
}

# restore: where signatures are kept.
restore() {
    printf 'default-docker:\n  lookaside: file://%s/lookaside\n  use-sigstore-attachments: true\n' \
        "$HOME" > ~/.config/containers/registries.d/default.yaml
}

# material KIND : the first text of that kind among those of the unit tests.
material() {
    sed -n "/-BEGIN $1-/,/-END $1-/{s/^ *//p;/-END/q}" /checkout/Tests/SignaturesTests/Material.swift
}

write_keys() {
    printf 'open sesame' > ~/passphrase
    material 'ENCRYPTED COSIGN PRIVATE KEY' > ~/cosign.key
    material 'PUBLIC KEY' > ~/cosign.pub
    openssl ecparam -name prime256v1 -genkey -noout -out ~/signer.pem
    openssl ec -in ~/signer.pem -pubout -out ~/signer.pub 2> /dev/null
    openssl ecparam -name prime256v1 -genkey -noout -out ~/other.pem
    openssl ec -in ~/other.pem -pubout -out ~/other.pub 2> /dev/null
}

gpg_key() {
    gpg --quiet --batch --pinentry-mode loopback --passphrase '' \
        --quick-gen-key "$1 <$1@example.com>" ed25519 sign never
    gpg --export "$1@example.com" > ~/"$1.gpg"
    gpg --armor --export "$1@example.com" > ~/"$1.asc"
}

# policy REQUIREMENT: writes policy.json, which rejects all but this registry.
policy() {
    printf '{"default":[{"type":"reject"}],"transports":{"docker":{"%s":[%s]}}}' \
        "$registry" "$1" > policy.json
}

# admits NAME, refuses NAME: whether the policy lets it in.
admits() {
    expect 0 martlet pull --quiet --signature-policy policy.json "$1"
    expect 0 martlet rmi "$1"
}

refuses() {
    expect 125 martlet pull --quiet --signature-policy policy.json "$1"
    within "$err" "${2-no such signature comes with it}"
    expect 1 martlet image exists "$1"
}

claim_gnupg_signatures_that_skopeo_makes_are_checked() {
    local how
    skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false \
        --sign-by alice@example.com "docker://$place:plain" "docker://$place:gpg"
    gpgconf --kill gpg-agent
    for how in "\"keyPath\":\"$HOME/alice.gpg\"" "\"keyPath\":\"$HOME/alice.asc\"" \
        "\"keyData\":\"$(base64 -w0 ~/alice.gpg)\"" \
        "\"keyPaths\":[\"$HOME/mallory.asc\",\"$HOME/alice.asc\"]"; do
        policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",$how}"
        admits "$place:gpg"
    done
    # The same content by its digest has the same signature; another name has none.
    admits "$place@$(skopeo inspect --tls-verify=false --format '{{.Digest}}' \
        "docker://$place:gpg")"
    refuses "$place:plain" 'is for the name'
    policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/mallory.gpg\"}"
    refuses "$place:gpg" 'no trusted key made it'
    policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/none.gpg\"}"
    refuses "$place:gpg" 'there is no'
    policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/alice.gpg\",
        \"signedIdentity\":{\"type\":\"matchRepository\"}}"
    admits "$place:plain"
    # A signature whose content was changed.
    policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/alice.gpg\"}"
    printf 'x' | dd of="$(echo ~/lookaside/place/busybox@*/signature-1)" bs=1 seek=40 \
        conv=notrunc status=none
    refuses "$place:gpg" 'no signature that came with it counts'
    rm -r ~/lookaside
    refuses "$place:gpg"
}

# upload FILE: sends it as a blob, and prints its descriptor, but for the braces.
upload() {
    local where digest
    digest=sha256:$(sha256sum < "$1" | cut -d' ' -f1)
    where=$(curl --silent --include --request POST "http://${place/\///v2/}/blobs/uploads/" |
        tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    curl --silent --fail --request PUT --header 'content-type: application/octet-stream' \
        --data-binary "@$1" "$where&digest=$digest"
    printf '"digest":"%s","size":%s' "$digest" "$(stat -c %s "$1")"
}

# sign NAME: signs it as cosign does, whose signatures Debian's skopeo neither makes nor reads.
sign() {
    local digest
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1")
    printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
        "$1" "$digest" > payload
    echo '{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' > config
    cat > manifest <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json",$(upload config)},
"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json",$(upload payload),
"annotations":{"dev.cosignproject.cosign/signature":"$(openssl dgst -sha256 -sign ~/signer.pem \
    payload | base64 -w0)"}}]}
END
    curl --silent --fail --request PUT --data-binary @manifest \
        --header 'content-type: application/vnd.oci.image.manifest.v1+json' \
        "http://${place/\///v2/}/manifests/${digest/:/-}.sig"
}

claim_sigstore_signatures_beside_an_image_are_checked() {
    skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false \
        "docker://$place:plain" "docker://$place:sigstore"
    sign "$place:sigstore"
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/signer.pub\"}"
    admits "$place:sigstore"
    refuses "$place:plain" 'is for the name'
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/other.pub\"}"
    refuses "$place:sigstore" 'no trusted key made it'
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/signer.pub\",
        \"rekorPublicKeyPath\":\"$HOME/other.pub\"}"
    refuses "$place:sigstore" 'no log entry comes with it'
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/signer.pub\"}"
    printf 'default-docker:\n  use-sigstore-attachments: false\n' \
        > ~/.config/containers/registries.d/default.yaml
    refuses "$place:sigstore"
    restore
}

claim_the_policy_holds_for_copies_and_archives() {
    local archive=$images/docker.tar
    policy '{"type":"insecureAcceptAnything"}'
    expect 125 martlet load --signature-policy policy.json --input "$archive"
    within "$err" 'rejects it'
    expect 125 martlet import --signature-policy policy.json "$archive" localhost/tree
    within "$err" 'rejects it'
    expect 125 martlet copy --policy policy.json "docker-archive:$archive" "dir:$PWD/dir"
    within "$err" 'rejects it'
    expect 125 martlet pull --signature-policy policy.json quay.io/some/image
    within "$err" 'rejects it'
    expect 0 martlet copy --quiet --policy policy.json "docker://$place:plain" "dir:$PWD/dir"
    printf '{"default":[{"type":"reject"}],"transports":{"dir":{"%s":[%s]}}}' "$PWD" \
        '{"type":"insecureAcceptAnything"}' > policy.json
    expect 0 martlet copy --quiet --policy policy.json "dir:$PWD/dir" "oci:$PWD/oci:1"
    expect 125 martlet copy --policy policy.json "oci:$PWD/oci:1" "dir:$PWD/other"
    within "$err" 'rejects it'
    # Where nothing is named, the user's own file holds.
    printf '{"default":[{"type":"reject"}]}' > ~/.config/containers/policy.json
    expect 125 martlet pull "$place:plain"
    within "$err" 'rejects it'
    expect 125 martlet load --input "$archive"
    within "$err" 'rejects it'
    rm ~/.config/containers/policy.json
}

claim_a_directory_brings_its_signatures() {
    skopeo copy --quiet --src-tls-verify=false --sign-by alice@example.com \
        --sign-identity "$place:dir" "docker://$place:plain" "dir:$PWD/dir"
    gpgconf --kill gpg-agent
    printf '{"default":[{"type":"reject"}],"transports":{"dir":{"":[%s]}}}' \
        "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/alice.gpg\",
        \"signedIdentity\":{\"type\":\"exactReference\",\"dockerReference\":\"$place:dir\"}}" \
        > policy.json
    expect 0 martlet copy --quiet --policy policy.json "dir:$PWD/dir" "oci:$PWD/oci:1"
    rm dir/signature-1
    expect 125 martlet copy --policy policy.json "dir:$PWD/dir" "oci:$PWD/other:1"
    within "$err" 'no such signature comes with it'
}

claim_what_is_signed_by_gpg_skopeo_accepts_too() {
    policy "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"$HOME/alice.gpg\"}"
    expect 0 martlet load --input "$images/docker.tar"
    expect 0 martlet push --quiet --sign-by alice@example.com localhost/docker "$place:ours"
    gpgconf --kill gpg-agent
    expect 0 skopeo --policy policy.json copy --quiet --src-tls-verify=false \
        "docker://$place:ours" "dir:$PWD/dir"
    admits "$place:ours"
    # Signing what is there already, here and in a directory of one's own.
    expect 0 martlet push --quiet localhost/docker "$place:later"
    expect 1 skopeo --policy policy.json copy --quiet --src-tls-verify=false \
        "docker://$place:later" "dir:$PWD/later"
    expect 0 martlet image sign --sign-by alice@example.com "docker://$place:later"
    expect 0 martlet image sign --sign-by alice@example.com --directory own "docker://$place:later"
    gpgconf --kill gpg-agent
    expect 0 skopeo --policy policy.json copy --quiet --src-tls-verify=false \
        "docker://$place:later" "dir:$PWD/later"
    gpgv --quiet --keyring ~/alice.gpg --output - own/place/busybox@*/signature-1 2> /dev/null |
        jq -e '.critical.type == "atomic container signature"' > /dev/null
    # Whoever has no such key sends nothing that counts.
    expect 125 martlet push --quiet --sign-by nobody@example.com localhost/docker "$place:nobody"
    within "$err" 'cannot sign as "nobody@example.com"'
    expect 1 skopeo inspect --tls-verify=false "docker://$place:nobody"
    gpgconf --kill gpg-agent
    printf 'default-docker:\n  lookaside: https://signatures.example\n' \
        > ~/.config/containers/registries.d/default.yaml
    expect 125 martlet push --sign-by alice@example.com localhost/docker "$place:web"
    within "$err" 'only directories of this machine'
    expect 1 skopeo inspect --tls-verify=false "docker://$place:web"
    restore
    expect 0 martlet rmi localhost/docker
}

claim_what_is_signed_by_a_key_of_sigstore_is_accepted() {
    local digest manifest
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/cosign.pub\"}"
    expect 0 martlet load --input "$images/docker.tar"
    expect 0 martlet push --quiet --digestfile digest --sign-passphrase-file ~/passphrase \
        --sign-by-sigstore-private-key ~/cosign.key localhost/docker "$place:cosigned"
    admits "$place:cosigned"
    # openssl finds the signature right, and a second one leaves it where it is.
    expect 0 martlet copy --quiet --src-tls-verify=false --sign-passphrase-file ~/passphrase \
        --sign-by-sigstore-private-key ~/cosign.key --sign-identity "$place:other" \
        "docker://$place:cosigned" "docker://$place:cosigned"
    digest=$(cat digest)
    manifest=$(curl --silent "http://${place/\///v2/}/manifests/${digest/:/-}.sig" \
        --header 'accept: application/vnd.oci.image.manifest.v1+json')
    same "$(jq '.layers | length' <<< "$manifest")" 2
    curl --silent --output payload \
        "http://${place/\///v2/}/blobs/$(jq -r '.layers[0].digest' <<< "$manifest")"
    jq -r '.layers[0].annotations["dev.cosignproject.cosign/signature"]' <<< "$manifest" |
        base64 -d > signature
    openssl dgst -sha256 -verify ~/cosign.pub -signature signature payload > verified
    admits "$place:cosigned"
    printf 'wrong' > wrong
    expect 125 martlet push --sign-passphrase-file wrong \
        --sign-by-sigstore-private-key ~/cosign.key localhost/docker "$place:wrong"
    within "$err" 'does not open'
    expect 1 skopeo inspect --tls-verify=false "docker://$place:wrong"
    expect 125 martlet push --sign-by-sigstore-private-key ~/cosign.key \
        --sign-passphrase-file ~/passphrase localhost/docker "oci:$PWD/oci"
    within "$err" 'only what goes to a registry is signed'
    expect 0 martlet rmi localhost/docker
}

claim_a_file_of_parameters_says_how_to_sign() {
    policy "{\"type\":\"sigstoreSigned\",\"keyPath\":\"$HOME/cosign.pub\"}"
    expect 0 martlet load --input "$images/docker.tar"
    printf 'privateKeyFile: %s\nprivateKeyPassphraseFile: %s\n' ~/cosign.key ~/passphrase > how.yaml
    expect 0 martlet push --quiet --sign-by-sigstore how.yaml localhost/docker "$place:told"
    admits "$place:told"
    refused() { # WORDS LINE... : a file of these lines signs nothing
        printf '%s\n' "${@:2}" > how.yaml
        expect 125 martlet push --sign-by-sigstore how.yaml localhost/docker "$place:untold"
        within "$err" "$1"
        expect 1 skopeo inspect --tls-verify=false "docker://$place:untold"
    }
    refused 'names no privateKeyFile' '{}'
    refused 'is no list of parameters' '- privateKeyFile'
    refused 'has no parameter "privateKey"' 'privateKey: x'
    refused 'its privateKeyFile is no path' 'privateKeyFile: [1]'
    refused 'rekorURL asks for a service of sigstore' "privateKeyFile: $HOME/cosign.key" 'rekorURL: https://rekor'
    refused 'no private key "/nowhere"' 'privateKeyFile: /nowhere' "privateKeyPassphraseFile: $HOME/passphrase"
    expect 125 martlet push --sign-by me --sign-by-sigstore how.yaml localhost/docker "$place:untold"
    within "$err" '--sign-by and --sign-by-sigstore exclude each other'
    expect 125 martlet push --sign-by-sigstore nowhere.yaml localhost/docker "$place:untold"
    within "$err" 'cannot sign by "nowhere.yaml"'
    expect 0 martlet rmi localhost/docker
}

claim_trust_is_shown_and_set() {
    local file=~/.config/containers/policy.json
    expect 0 martlet image trust show --noheading
    within "$out" "all"
    expect 0 martlet image trust set --type reject default
    expect 0 martlet image trust set --type accept "$registry/signed"
    expect 0 martlet image trust set --pubkeysfile ~/alice.gpg "$registry/signed/gpg"
    expect 0 martlet image trust show --noheading "$registry/signed/gpg:1"
    within "$out" "signed"
    within "$out" "alice@"
    expect 0 martlet image trust show --json
    same "$(jq -r '.[] | .transport + " " + .repo_name + " " + .type' <<< "$out")" \
        "all default reject
repository $registry/signed accept
repository $registry/signed/gpg signed"
    expect 0 martlet image trust show --raw
    same "$out" "$(cat $file)"
    same "$(stat -c %a $file)" 644
    # skopeo reads what was written.
    expect 1 skopeo --policy $file copy --src-tls-verify=false "docker://$place:plain" dir:copy
    within "$err" "rejected by policy"
    expect 125 martlet image trust set --type signedBy quay.io
    within "$err" "needs a public key"
    expect 125 martlet image trust set --type accept docker://quay.io
    expect 125 martlet pull quay.io/some/image
    within "$err" "rejects it"
    echo '{' > broken.json
    expect 125 martlet image trust set --policypath broken.json --type accept default
    same "$(cat broken.json)" '{'
    # A file that lies elsewhere is changed there, and none of those who change it at once loses.
    mkdir -p ~/dotfiles
    mv $file ~/dotfiles/policy.json
    ln -s ../../dotfiles/policy.json $file
    local number
    for number in 1 2 3 4 5 6 7 8; do
        martlet image trust set --type accept "quay.io/many/$number" &
    done
    wait
    [ -L $file ]
    same "$(jq -r '.transports.docker | keys[] | select(startswith("quay.io"))' ~/dotfiles/policy.json | wc -l)" 8
    rm -r $file ~/dotfiles
}
