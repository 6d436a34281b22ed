# SIGKILL at a system call of each command that changes the store, whichever it is: the store is
# undamaged, what was acknowledged is there, the command can be given again, and nothing stays
# (F-02, F-03).
#
# A claim strikes at 10 calls spread over all, from a place that differs each time and that its
# line names; SWEEP=all strikes at every one, once killing the process that makes the call and once
# everything that the command has started. SWEEP=FROM,EVERY repeats a run.

registry=127.0.0.1:15011
data=$HOME/.local/share/martlet

prepare() {
    cat > ~/registry.yml <<END
version: 0.1
log: {accesslog: {disabled: true}, level: error}
storage: {filesystem: {rootdirectory: $HOME/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
END
    systemd-run --user --quiet --unit registry-of-kills docker-registry serve "$HOME/registry.yml"
    eventually curl --silent --fail "http://$registry/v2/"
    mkdir -p ~/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' $registry \
        > ~/.config/containers/registries.conf
    # The user's standing namespace is there from now on.
    load busybox
    martlet run --rm --network none localhost/busybox true
    martlet push --quiet localhost/busybox "$registry/kills/plain:1" > /dev/null
    # An image of layers that nothing else has.
    load whiteouts
    martlet push --quiet localhost/whiteouts "$registry/kills/layers:1" > /dev/null
    martlet rmi localhost/whiteouts > /dev/null
    # What podman keeps of its own is there from now on.
    printf '[containers]\npids_limit=0\n' > ~/.config/containers/containers.conf
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\n' "$HOME/podman" \
        > ~/.config/containers/storage.conf
    podman load --quiet --input "$images/whiteouts.tar" > loaded
    podman run --rm --network none localhost/whiteouts true
    rm ~/.config/containers/{storage,containers}.conf
    mkdir ~/content
    echo content > ~/content/file
    tar -cf ~/content.tar -C ~/content file
}

# struck HOW N COMMAND... : the command, struck at its N-th call; its status is in $ended.
struck() {
    local how=$1 number=$2
    shift 2
    ended=0
    "$strike" "$how" "$number" all strike.log "$@" > struck.out 2> struck.err < /dev/null ||
        ended=$?
    [ "$ended" != 99 ] || { cat struck.err; return 1; }
}

# sweep COMMAND... : what this file is about. The claim says how things stand:
#   renew      brings about what the command needs, and takes away what it made
#   complete   succeeds where what the command does is done, all of it
#   untouched  succeeds where nothing of it is
sweep() {
    local total first every number how hows=(kill kill-all)
    at='with nothing struck'
    # A failure says where; in front of "||" nothing would fail.
    trap 'echo "$at"' EXIT
    renew
    struck count 0 "$@"
    same "$ended" 0
    complete
    read -r total _ < strike.log
    every=$(((total + 9) / 10)) first=$((RANDOM % every + 1))
    case ${SWEEP-} in
        all) every=1 first=1 ;;
        *,*) every=${SWEEP#*,} first=${SWEEP%,*} hows=("${hows[RANDOM % 2]}") ;;
        *) hows=("${hows[RANDOM % 2]}") ;;
    esac
    for how in "${hows[@]}"; do
        echo "$how at calls $first, $((first + every)) … of $total" >> note
        for ((number = first; number <= total; number += every)); do
            at="$how at call $number of $total: $*"
            struckOnce "$how" "$number" "$@"
        done
    done
    renew
}

struckOnce() {
    local how=$1 number=$2
    shift 2
    renew
    struck "$how" "$number" "$@"
    expect 0 martlet system check
    # The command may be given again at once, or after a repair.
    [ $((number % 2)) = 0 ] || repair
    if [ "$ended" = 0 ]; then
        # It made fewer calls this time.
        complete
        renew
    elif isComplete; then
        renew
    else
        untouched
    fi
    expect 0 "$@"
    complete
    repair
    complete
}

isComplete() {
    # In a shell of its own: as a condition its commands could fail without ending it.
    local status
    declare -f > words
    declare -p registry data images > names
    bash -Eeuo pipefail -c '. ./words; . ./names; complete' > state.log 2>&1 && status=0 || status=$?
    return $status
}

repair() {
    expect 0 martlet system check --repair
    expect 0 martlet system check
    same "$out" "the store is sound"
    same "$(ls -A "$data/tmp")" ""
}

container_is() {
    same "$(martlet ps --all --noheading --filter name=struck --format '{{.State}}')" "$1"
}

# prints IMAGE TEXT COMMAND... : a container of the stored image does.
prints() {
    local image=$1 text=$2
    shift 2
    expect 0 martlet run --rm --pull never --network none "$image" "$@"
    same "$out" "$text"
}

image_is_there() { prints "$1" 'a page from the container' cat /www/index.html; }
layers_are_there() { prints "$1" two sh -c 'ls -d /etc/one /opt/dir 2> /dev/null; cat /etc/two'; }
image_is_absent() { expect 1 martlet image exists "$1"; }
no_container() { martlet rm --force --time 0 --ignore struck > /dev/null; }
new_container() {
    no_container
    martlet create --name struck --pull never --network none localhost/busybox \
        "${@-true}" > /dev/null
}

# claim_F_01_a_create_struck_anywhere: 900 s
claim_F_01_a_create_struck_anywhere() {
    renew() { no_container; }
    complete() { container_is created && expect 0 martlet inspect struck; }
    untouched() { container_is ""; }
    sweep martlet create --name struck --pull never --network none localhost/busybox true
}

# claim_F_01_a_start_struck_anywhere: 1800 s
claim_F_01_a_start_struck_anywhere() {
    renew() { new_container; }
    complete() {
        container_is exited
        same "$(martlet inspect --format '{{.State.ExitCode}}' struck)" 0
    }
    # A start whose monitor was killed may have begun.
    untouched() { expect 0 martlet rm --force --time 0 struck; new_container; }
    sweep martlet start --attach struck
    no_container
}

# claim_F_01_a_removal_struck_anywhere: 900 s
claim_F_01_a_removal_struck_anywhere() {
    renew() { new_container; }
    complete() { container_is ""; }
    untouched() { container_is created; }
    sweep martlet rm struck
    no_container
}

# claim_F_03_a_commit_struck_anywhere: 900 s
claim_F_03_a_commit_struck_anywhere() {
    renew() { martlet rmi --ignore localhost/made > /dev/null; }
    complete() { prints localhost/made made cat /made; }
    untouched() { image_is_absent localhost/made; }
    new_container sh -c 'echo made > /made'
    expect 0 martlet start --attach struck
    sweep martlet commit --quiet struck localhost/made
    no_container
}

# claim_F_02_a_load_struck_anywhere: 900 s
claim_F_02_a_load_struck_anywhere() {
    renew() { martlet rmi --ignore localhost/whiteouts > /dev/null; }
    complete() { layers_are_there localhost/whiteouts; }
    untouched() { image_is_absent localhost/whiteouts; }
    sweep martlet load --quiet --input "$images/whiteouts.tar"
}

# claim_F_02_a_pull_struck_anywhere: 1800 s
claim_F_02_a_pull_struck_anywhere() {
    renew() { martlet rmi --ignore "$registry/kills/layers:1" > /dev/null; }
    complete() { layers_are_there "$registry/kills/layers:1"; }
    untouched() { image_is_absent "$registry/kills/layers:1"; }
    sweep martlet pull --quiet "$registry/kills/layers:1"
    # What is fetched anew takes what killed ones have left.
    expect 0 martlet pull --quiet "$registry/kills/layers:1"
    same "$(ls -A "$data/blobs")" ""
    renew
}

# claim_F_02_an_import_struck_anywhere: 900 s
claim_F_02_an_import_struck_anywhere() {
    renew() { martlet rmi --ignore localhost/imported > /dev/null; }
    complete() { expect 0 martlet image inspect localhost/imported; }
    untouched() { image_is_absent localhost/imported; }
    sweep martlet import --quiet "$HOME/content.tar" localhost/imported
}

# claim_F_02_a_removal_of_an_image_struck_anywhere: 900 s
claim_F_02_a_removal_of_an_image_struck_anywhere() {
    renew() { load whiteouts; }
    complete() { image_is_absent localhost/whiteouts; }
    untouched() { layers_are_there localhost/whiteouts; }
    sweep martlet rmi localhost/whiteouts
    martlet rmi localhost/whiteouts > /dev/null
}

# claim_F_02_an_image_prune_struck_anywhere: 900 s
claim_F_02_an_image_prune_struck_anywhere() {
    dangling() { martlet images --noheading --filter dangling=true --quiet | wc -l; }
    renew() {
        martlet image prune --force > /dev/null
        load whiteouts
        martlet import --quiet "$HOME/content.tar" > /dev/null
        martlet untag localhost/whiteouts
    }
    complete() { same "$(dangling)" 0; }
    # It removes one image after the other.
    untouched() { [ "$(dangling)" -le 2 ]; }
    sweep martlet image prune --force
    expect 0 martlet image prune --force
}

# claim_F_32_a_system_prune_struck_anywhere: 900 s
claim_F_32_a_system_prune_struck_anywhere() {
    renew() { new_container; }
    complete() { container_is ""; }
    untouched() { container_is created; }
    sweep martlet system prune --force
    no_container
}

# claim_F_01_a_tag_struck_anywhere: 900 s
claim_F_01_a_tag_struck_anywhere() {
    renew() { martlet rmi --ignore localhost/tagged:2 > /dev/null; }
    complete() { image_is_there localhost/tagged:2; }
    untouched() { image_is_absent localhost/tagged:2; }
    sweep martlet tag localhost/busybox localhost/tagged:2
}

# claim_F_01_a_volume_struck_anywhere: 900 s
claim_F_01_a_volume_struck_anywhere() {
    renew() { martlet volume rm --force struck > removed 2>&1 || true; }
    complete() {
        expect 0 martlet volume inspect struck
        [ -d "$data/volumes/struck/_data" ]
    }
    untouched() { expect 1 martlet volume exists struck; }
    sweep martlet volume create struck
}

# claim_F_01_a_removal_of_a_volume_struck_anywhere: 900 s
claim_F_01_a_removal_of_a_volume_struck_anywhere() {
    renew() {
        martlet volume exists struck || martlet volume create struck > /dev/null
        echo kept > "$data/volumes/struck/_data/file"
    }
    complete() { expect 1 martlet volume exists struck; }
    untouched() { expect 0 martlet volume exists struck; }
    sweep martlet volume rm struck
    martlet volume rm struck > /dev/null
}

# claim_F_01_an_import_into_a_volume_struck_anywhere: 900 s
claim_F_01_an_import_into_a_volume_struck_anywhere() {
    renew() {
        martlet volume exists struck || martlet volume create struck > /dev/null
        rm -f "$data/volumes/struck/_data/file"
    }
    complete() { same "$(cat "$data/volumes/struck/_data/file")" content; }
    # The file may have been begun; the volume is there.
    untouched() { expect 0 martlet volume exists struck; }
    sweep martlet volume import struck "$HOME/content.tar"
    martlet volume rm struck > /dev/null
}

# claim_F_02_an_artifact_struck_anywhere: 900 s
claim_F_02_an_artifact_struck_anywhere() {
    renew() { martlet artifact rm localhost/struck:1 > removed 2>&1 || true; }
    complete() {
        rm -rf taken
        mkdir taken
        expect 0 martlet artifact extract localhost/struck:1 taken
        same "$(cat taken/file)" content
    }
    untouched() { expect 125 martlet artifact inspect localhost/struck:1; }
    sweep martlet artifact add localhost/struck:1 "$HOME/content/file"
}

# claim_F_02_a_list_of_images_struck_anywhere: 900 s
claim_F_02_a_list_of_images_struck_anywhere() {
    renew() { martlet manifest rm struck > removed 2>&1 || true; }
    complete() { same "$(martlet manifest inspect struck | jq '.manifests | length')" 1; }
    untouched() { expect 1 martlet manifest exists struck; }
    sweep martlet manifest create struck localhost/busybox
}

# claim_F_02_a_sent_list_of_images_struck_anywhere: 1800 s
claim_F_02_a_sent_list_of_images_struck_anywhere() {
    martlet manifest create sent localhost/busybox > /dev/null
    # The registry has no sweeping: another name each time is a first time each time.
    renew() { :; }
    complete() {
        expect 0 skopeo inspect --raw --tls-verify=false "docker://$registry/kills/list:1"
        same "$(jq '.manifests | length' <<< "$out")" 1
    }
    untouched() { :; }
    sweep martlet manifest push --quiet --all sent "$registry/kills/list:1"
    expect 0 martlet manifest rm sent
}

# claim_F_02_a_copy_from_podmans_store_struck_anywhere: 1800 s
claim_F_02_a_copy_from_podmans_store_struck_anywhere() {
    printf '[storage]\ndriver="overlay"\ngraphroot="%s"\n' "$HOME/podman" \
        > ~/.config/containers/storage.conf
    renew() { martlet rmi --ignore localhost/whiteouts > /dev/null; }
    complete() { layers_are_there localhost/whiteouts; }
    untouched() { image_is_absent localhost/whiteouts; }
    sweep martlet copy containers-storage:localhost/whiteouts martlet-storage:localhost/whiteouts
    rm ~/.config/containers/storage.conf
}
