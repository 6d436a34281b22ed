# Moving over from podman: its stored images come along without a registry.

prepare() {
    mkdir -p ~/.config/containers
    printf '[containers]\npids_limit=0\n' > ~/.config/containers/containers.conf
    # The standing namespaces of both are there from now on.
    with overlay
    podman run --rm --network none localhost/docker true
    without
    load busybox
    martlet run --rm --network none localhost/busybox true
    martlet rmi --all --force > removed
}

# with DRIVER: podman's store is one of this driver's from now on, with these images.
with() {
    printf '[storage]\ndriver="%s"\ngraphroot="%s"\n' "$1" "$HOME/podman-$1" \
        > ~/.config/containers/storage.conf
    podman load --quiet --input "$images/whiteouts.tar" > loaded
    podman load --quiet --input "$images/docker.tar" > loaded
}

without() {
    podman system reset --force > removed 2>&1
    rm ~/.config/containers/storage.conf
    martlet rmi --all --force > removed
}

comes() {
    local id
    with "$1"
    id=$(podman image inspect --format '{{.Id}}' localhost/whiteouts)
    expect 0 martlet copy containers-storage:whiteouts martlet-storage:whiteouts
    same "$(martlet image inspect --format '{{.Id}}' localhost/whiteouts)" "$id"
    same "$(martlet image inspect --format '{{.Digest}}' localhost/whiteouts)" \
        "$(podman image inspect --format '{{.Digest}}' localhost/whiteouts)"
    same "$(martlet run --rm --network none localhost/whiteouts sh -c "ls -lA /opt /bin; cat /etc/two")" \
        "$(podman run --rm --network none localhost/whiteouts sh -c "ls -lA /opt /bin; cat /etc/two")"
    expect 0 martlet system check
    without
}

claim_images_of_its_overlay_come_along() { comes overlay; }

claim_images_of_its_vfs_come_along() { comes vfs; }

claim_an_image_built_by_podman_comes_along() {
    with overlay
    podman run --name made --network none localhost/docker sh -c \
        'mkdir -p /a/b; echo x > /a/b/c; ln -s b /a/l; ln /a/b/c /a/hard; chown -R 7:8 /a; rm /bin/vi'
    podman commit --quiet made localhost/made:2 > id
    podman rm made > removed
    expect 0 martlet copy "containers-storage:$(cut -c1-12 < id)" martlet-storage:made:2
    expect 0 martlet run --rm --network none localhost/made:2 sh -c \
        'stat -c "%n %u:%g %h" /a/l/c /a/hard; cat /a/l/c; test ! -e /bin/vi'
    same "$out" $'/a/l/c 7:8 2\n/a/hard 7:8 2\nx'
    # The same from a store that is named.
    rm ~/.config/containers/storage.conf
    expect 0 martlet rmi localhost/made:2
    expect 0 martlet copy "containers-storage:[overlay@$HOME/podman-overlay]localhost/made:2" \
        martlet-storage:localhost/made:2
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\n' "$HOME/podman-overlay" \
        > ~/.config/containers/storage.conf
    without
}

# The words of the README.
claim_all_images_and_volumes_come_along() {
    with overlay
    podman run --rm --network none -v kept:/data localhost/docker sh -c \
        'echo precious > /data/file; chown 5:6 /data/file'
    podman images --format '{{.Repository}}:{{.Tag}}' | while read -r image; do
        martlet copy "containers-storage:$image" "martlet-storage:$image"; done
    podman volume ls --quiet | while read -r name; do
        martlet volume create "$name"; podman volume export "$name" | martlet volume import "$name" -; done
    same "$(martlet images --noheading --format '{{.Repository}}:{{.Tag}}' | sort)" \
        $'localhost/docker:latest\nlocalhost/whiteouts:latest'
    expect 0 martlet run --rm --network none -v kept:/data localhost/docker sh -c \
        'cat /data/file; stat -c %u:%g /data/file'
    same "$out" $'precious\n5:6'
    expect 0 martlet volume rm kept
    podman volume rm kept > removed
    without
}

claim_what_is_not_there_or_damaged_is_named() {
    expect 125 martlet copy containers-storage:docker martlet-storage:docker
    within "$err" 'podman has no images at'
    with overlay
    expect 125 martlet copy containers-storage:dokker martlet-storage:docker
    within "$err" 'did you mean "localhost/docker:latest"?'
    expect 125 martlet copy containers-storage:docker oci:here
    within "$err" 'martlet-storage'
    # A file that was changed there is no part of the image.
    podman unshare bash -c 'for file in ~/podman-overlay/overlay/*/diff/bin/busybox; do truncate -s 1 "$file"; done'
    expect 125 martlet copy containers-storage:docker martlet-storage:docker
    expect 1 martlet image exists docker
    same "$(ls -A ~/.local/share/martlet/tmp)" ''
    without
}
