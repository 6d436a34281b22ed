# Additional image stores: images of another store of Martlet's are used and never changed.

# The store that the machine's administrator has for everybody, on a read-only file system.
machine() {
    mkdir /usr/share/martlet-images
    martlet --root /usr/share/martlet-images load --quiet --input "$images/docker.tar" > /dev/null
    martlet --root /usr/share/martlet-images tag localhost/docker localhost/everybody
    # Its log is written back, as whoever reads it cannot write beside it.
    martlet --root /usr/share/martlet-images system check --quick > /dev/null
    chmod a+rX /usr/share/martlet-images /usr/share/martlet-images/{layers,layers/*,layers/*/[!d]*,store.db}
    mount --bind -o ro /usr/share/martlet-images /usr/share/martlet-images
}

conf=$HOME/.config/containers/storage.conf
other=$HOME/other
data=$HOME/.local/share/martlet

prepare() {
    martlet --root "$other" load --quiet --input "$images/busybox.tar"
    martlet --root "$other" load --quiet --input "$images/whiteouts.tar"
    # What the first start of a session leaves for later ones is there from now on.
    load busybox
    expect 0 martlet run --rm --network none localhost/busybox true
    expect 0 martlet rmi --all
}

# with STORE... : these are the additional stores from now on.
with() {
    mkdir -p ~/.config/containers
    printf '[storage]\ndriver="overlay"\n[storage.options]\nadditionalimagestores=[%s]\n' \
        "$(printf '"%s",' "$@")" > "$conf"
}

# What the other store is, byte for byte.
print() {
    martlet unshare sh -c "cd '$other' && find . -printf '%p %m %U %s %T@\n' | sort"
}

claim_images_of_another_store_are_shown_as_read_only() {
    with "$other"
    expect 0 martlet images
    within "$out" 'R/O'
    within "$out" 'localhost/busybox'
    within "$out" 'true'
    expect 0 martlet images --filter readonly=true --quiet
    same "$(wc -l <<< "$out")" 2
    load docker
    expect 0 martlet images --filter readonly=false --format '{{.Repository}} {{.ReadOnly}}'
    same "$out" 'localhost/docker false'
    expect 0 martlet info --format '{{range .Store.additionalImageStores}}{{.path}} {{.status}}{{end}}'
    same "$out" "$other in use"
    expect 0 martlet rmi localhost/docker
    rm "$conf"
    expect 0 martlet images --quiet
    same "$out" ''
}

claim_an_image_of_another_store_runs_and_is_looked_at() {
    with "$other"
    martlet --root "$other" save --output two.tar localhost/whiteouts
    print > before
    expect 0 martlet run --rm --network none localhost/busybox cat /www/index.html
    same "$out" 'a page from the container'
    expect 0 martlet run --rm --network none --userns keep-id localhost/busybox stat -c %u /bin/sh
    same "$out" 0
    expect 0 martlet run --rm --network none --userns keep-id --storage-driver overlay \
        localhost/busybox stat -c %u /bin/sh
    same "$out" 0
    expect 0 martlet run --rm --network none \
        --mount type=image,src=localhost/whiteouts,dst=/i localhost/busybox ls /i
    within "$out" 'bin'
    expect 0 martlet image inspect --format '{{.GraphDriver.Data.UpperDir}}' localhost/busybox
    within "$out" "$other/layers/"
    expect 0 martlet history localhost/busybox
    expect 0 martlet image tree localhost/whiteouts
    # The same archive as its owner makes of it.
    martlet save --output one.tar localhost/whiteouts
    cmp one.tar two.tar
    martlet create --name lasting --network none localhost/busybox cat /www/index.html
    expect 0 martlet start --attach lasting
    same "$out" 'a page from the container'
    expect 0 martlet commit lasting localhost/more
    expect 0 martlet run --rm --network none localhost/more cat /www/index.html
    expect 0 martlet system check
    same "$out" 'the store is sound'
    martlet rm lasting > removed
    martlet rmi localhost/more > removed
    [ -z "$(ls "$data/layers")" ]
    print | cmp - before
    rm "$conf"
}

claim_another_store_is_never_changed() {
    with "$other"
    print > before
    expect 125 martlet rmi localhost/busybox
    within "$err" "it is in the additional image store \"$other\", which is only read"
    within "$err" "martlet --root $other"
    expect 125 martlet rmi --force localhost/busybox
    expect 125 martlet untag localhost/busybox
    within "$err" "$other"
    expect 0 martlet rmi --all
    expect 0 martlet image prune --all --force
    expect 0 martlet system prune --all --force
    expect 0 martlet tag localhost/busybox localhost/mine
    expect 0 martlet images --filter readonly=false --noheading --format '{{.Repository}}'
    same "$out" localhost/mine
    expect 0 martlet run --rm --network none localhost/mine true
    expect 0 martlet rmi localhost/mine
    print | cmp - before
    expect 0 martlet run --rm --network none localhost/busybox true
    rm "$conf"
}

claim_layers_of_another_store_are_not_unpacked_again() {
    with "$other"
    load whiteouts
    [ -z "$(ls "$data/layers")" ]
    expect 0 martlet images --filter readonly=false --noheading --format '{{.Repository}}'
    same "$out" localhost/whiteouts
    expect 0 martlet run --rm --network none localhost/whiteouts true
    expect 0 martlet system check
    # Without that store it says what is missing, and loading makes it.
    rm "$conf"
    expect 125 martlet run --rm --network none localhost/whiteouts true
    within "$err" 'has no files'
    within "$err" 'additionalimagestores'
    load whiteouts
    expect 0 martlet run --rm --network none localhost/whiteouts true
    expect 0 martlet rmi localhost/whiteouts
}

claim_a_store_with_changes_in_its_log_is_read_with_them() {
    with "$other"
    martlet --root "$other" tag localhost/busybox localhost/fresh
    [ -s "$other/store.db-wal" ]
    expect 0 martlet run --rm --network none localhost/fresh true
    martlet --root "$other" untag localhost/fresh localhost/fresh
    expect 125 martlet run --rm --network none --pull never localhost/fresh true
    expect 0 martlet --root "$other" system check --quick
    [ ! -s "$other/store.db-wal" ]
    rm "$conf"
}

claim_what_is_wrong_with_a_store_is_said() {
    mkdir empty podman podman/overlay-images broken broken/layers
    echo '[]' > podman/overlay-images/images.json
    echo 'no database' > broken/store.db
    with "$PWD/none"
    expect 0 martlet images
    within "$err" "the additional image store \"$PWD/none\" is not there: $conf names it"
    with "$PWD/empty"
    expect 0 martlet images
    within "$err" 'it has no "store.db"'
    with "$PWD/broken"
    expect 0 martlet images
    within "$err" "$PWD/broken"
    within "$err" 'continuing without it'
    expect 0 martlet info --format '{{range .Store.additionalImageStores}}{{.status}}{{end}}'
    absent "$out" 'in use'
    # The one that comes with podman is named there by distributions.
    with "$PWD/podman"
    expect 0 martlet images
    same "$err" ''
    echo '[{"id":"0123"}]' > podman/overlay-images/images.json
    expect 0 martlet images
    within "$err" "martlet copy \"containers-storage:?overlay@$PWD/podman?NAME\""
    chmod 0 podman
    expect 0 martlet images
    within "$err" 'cannot be read'
    within "$err" 'chmod a+rX'
    chmod 700 podman
    # What is one's own goes on, whatever is wrong with others.
    load busybox
    with "$PWD/none"
    expect 0 martlet run --rm --network none localhost/busybox true
    expect 0 martlet rmi localhost/busybox
    printf '[storage.options]\nadditionalimagestores="text"\n' > "$conf"
    expect 125 martlet images
    within "$err" 'is no array'
    rm "$conf"
}

claim_lists_of_stores_are_replaced_or_added_to() {
    mkdir -p ~/.config/containers/storage.conf.d
    with "$PWD/none"
    printf '[storage.options]\nadditionalimagestores=["%s"]\n' "$other" \
        > ~/.config/containers/storage.conf.d/10.conf
    expect 0 martlet images --quiet
    same "$err" ''
    same "$(wc -l <<< "$out")" 2
    printf '[storage.options]\nadditionalimagestores=["%s", {append=true}]\n' "$other" \
        > ~/.config/containers/storage.conf.d/10.conf
    expect 0 martlet images --quiet
    within "$err" "$PWD/none"
    same "$(wc -l <<< "$out")" 2
    rm -r "$conf" ~/.config/containers/storage.conf.d
}

claim_a_store_of_root_s_on_a_read_only_file_system_serves_everybody() {
    with /usr/share/martlet-images
    expect 1 touch /usr/share/martlet-images/x
    expect 0 martlet images --noheading --format '{{.Repository}} {{.ReadOnly}}'
    within "$out" 'localhost/everybody true'
    # Its files belong to ids that the user has not: they are shown as the container's root's.
    expect 0 martlet run --rm --network none localhost/everybody sh -c \
        'stat -c %u:%g /bin/busybox; cat /www/index.html; echo new >> /www/index.html; cat /www/index.html'
    same "$out" $'0:0\na page from the container\na page from the container\nnew'
    expect 0 martlet run --rm --network none --userns keep-id localhost/everybody \
        stat -c %u:%g /bin/busybox
    same "$out" 0:0
    expect 125 martlet --storage-driver overlay run --rm --network none localhost/everybody true
    within "$err" 'belong to ids that are not yours'
    # What stands on its layers is made, named and passed on.
    expect 0 martlet tag localhost/everybody localhost/mine
    expect 0 martlet load --input "$images/docker.tar"
    expect 0 martlet save --output mine.tar localhost/mine
    expect 0 martlet rmi localhost/mine localhost/docker
    rm "$conf"
}

claim_an_image_stays_while_the_store_of_its_layers_is_away() {
    with "$other"
    expect 0 martlet tag localhost/busybox localhost/mine
    mv "$other" "$other.away"
    martlet system check --repair > found 2>&1 || true
    mv "$other.away" "$other"
    within "$(cat found)" "the store \"$other\" cannot be read, and may have its layers"
    expect 0 martlet run --rm --network none localhost/mine true
    expect 0 martlet rmi localhost/mine
    rm "$conf"
}

# Its records are damaged in the middle: one's own images do not suffer from it.
claim_damage_in_another_store_is_said_and_passed_over() {
    cp -a "$other" "$PWD/damaged"
    martlet --root "$PWD/damaged" system check --quick
    python3 -c '
import sys
with open(sys.argv[1], "r+b") as store:
    size = store.seek(0, 2)
    for page in range(4096, size, 4096):
        store.seek(page)
        store.write(b"\xff" * 64)' "$PWD/damaged/store.db"
    load docker
    with "$PWD/damaged"
    expect 0 martlet images --noheading --format '{{.Repository}}'
    same "$out" localhost/docker
    same "$(grep -c "$PWD/damaged" <<< "$err")" 1
    expect 0 martlet run --rm --network none localhost/docker true
    expect 125 martlet run --rm --network none localhost/busybox true
    within "$err" "$PWD/damaged"
    expect 0 martlet rmi localhost/docker
    martlet unshare rm -r damaged
    rm "$conf"
}

# What another user's store says may be anything: ids that are paths, links in place of directories.
claim_a_store_that_lies_leads_nowhere() {
    local layer
    cp -a "$other" "$PWD/ids"
    python3 -c '
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("UPDATE images SET layers = ?", ("../store.db",))
store.commit()' "$PWD/ids/store.db"
    with "$PWD/ids"
    expect 0 martlet images --noheading
    same "$out" ''
    expect 125 martlet tag localhost/busybox localhost/mine
    within "$err" 'there is no image'

    cp -a "$other" "$PWD/links"
    mkdir -p secret/www
    echo 'mine alone' > secret/www/index.html
    for layer in "$PWD"/links/layers/*; do
        martlet unshare rm -r "$layer/diff"
        ln -s "$PWD/secret" "$layer/diff"
    done
    with "$PWD/links"
    expect 125 martlet run --rm --network none localhost/busybox cat /www/index.html
    absent "$out" 'mine alone'
    martlet unshare rm -r ids links
    rm "$conf"
}
