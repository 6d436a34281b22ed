# umoci reads what we write, and we read what it writes, with equal digests.

prepare() {
    martlet load --quiet --input "$images/whiteouts.tar" > loaded
    load busybox
}

# manifest LAYOUT TAG: the digest of the manifest under a tag, as the layout says it.
manifest() {
    jq -r --arg tag "$2" '.manifests[]
        | select(.annotations["org.opencontainers.image.ref.name"] == $tag) | .digest' "$1/index.json"
}

# tree DIR: names, kinds and content of what lies below a directory.
tree() {
    (cd "$1" && find . -mindepth 1 -printf '%P %y %l\n' | sort)
    (cd "$1" && find . -type f -exec sha256sum {} + | sort)
}

claim_umoci_unpacks_what_we_write() {
    expect 0 martlet copy martlet-storage:localhost/whiteouts oci:layout:one
    same "$(umoci list --layout layout)" one
    expect 0 umoci unpack --rootless --image layout:one bundle
    martlet create --name whole --network none localhost/whiteouts true > id
    martlet export whole > whole.tar
    martlet rm whole > removed
    mkdir whole
    tar x -C whole -f whole.tar
    # What the engine makes for a container's mounts is not the image's.
    rm -rf whole/{dev,proc,sys,run,etc/{hosts,hostname,resolv.conf}} \
        bundle/rootfs/{dev,proc,sys,run,etc/{hosts,hostname,resolv.conf}}
    same "$(tree bundle/rootfs)" "$(tree whole)"
}

claim_what_umoci_repacks_runs() {
    expect 0 martlet copy martlet-storage:localhost/busybox oci:layout:one
    expect 0 umoci unpack --rootless --image layout:one bundle
    echo changed > bundle/rootfs/added
    rm bundle/rootfs/bin/vi
    expect 0 umoci repack --image layout:two bundle
    expect 0 umoci config --image layout:two --config.cmd cat --config.cmd /added
    expect 0 martlet copy oci:layout:two martlet-storage:localhost/repacked:2
    same "$(martlet image inspect --format '{{.Digest}}' localhost/repacked:2)" "$(manifest layout two)"
    expect 0 martlet run --rm --network none localhost/repacked:2
    same "$out" changed
    expect 1 martlet run --rm --network none localhost/repacked:2 test -e /bin/vi
    # And back: the same image, whatever its layers are packed with.
    expect 0 martlet copy martlet-storage:localhost/repacked:2 oci:back:two
    expect 0 umoci stat --image back:two --json
    same "$(umoci stat --image back:two --json | jq -c '[.history[].created_by]')" \
        "$(umoci stat --image layout:two --json | jq -c '[.history[].created_by]')"
    expect 0 martlet rmi localhost/repacked:2
}

claim_what_umoci_makes_from_nothing_loads() {
    expect 0 umoci init --layout layout
    expect 0 umoci new --image layout:new
    expect 0 umoci unpack --rootless --image layout:new bundle
    mkdir bundle/rootfs/bin
    cp /bin/busybox bundle/rootfs/bin/busybox
    expect 0 umoci repack --image layout:new bundle
    expect 0 umoci config --image layout:new --config.entrypoint /bin/busybox --config.cmd echo \
        --config.cmd made --config.env A=b --config.workingdir /bin
    tar c -C layout . > layout.tar
    expect 0 martlet load --input layout.tar
    within "$out" 'Loaded image: '
    name=${out#Loaded image: }
    same "$(martlet image inspect --format '{{.Digest}}' "$name")" "$(manifest layout new)"
    expect 0 martlet run --rm --network none "$name"
    same "$out" made
    expect 0 martlet rmi "$name"
}
