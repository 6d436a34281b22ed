# The disk refuses, is full, has no inodes left or may not be written; files, processes and memory
# are limited: each command succeeds or says why not, and the store is sound.

data=$HOME/.local/share/martlet

prepare() {
    load busybox
    martlet run --rm --network none localhost/busybox true
    mkdir ~/content
    echo content > ~/content/file
}

# refused ERRNO N SET COMMAND... : the command, with its N-th call refused; its status is in $ended.
refused() {
    ended=0
    "$strike" "$1" "$2" "$3" strike.log "${@:4}" > refused.out 2> refused.err < /dev/null ||
        ended=$?
    [ "$ended" != 99 ] || { cat refused.err; return 1; }
}

# refusals LEAST SET COMMAND... : refuses one call after the other, and the command fails for LEAST
# of these at least. The claim says how things stand:
#   renew      brings about what the command needs, and takes away what it made
#   complete   succeeds where what the command does is done, all of it
# In CI at 12 calls spread over all from a place that differs, and at the calls between them as long
# as fewer than LEAST have failed: most of what is called may be refused and the command succeeds.
# SWEEP=all refuses each.
refusals() {
    local least=$1 set=$2 number total every first offset
    failures=0 at='with nothing refused'
    shift 2
    # A failure says where; in front of "||" nothing would fail.
    trap 'echo "$at"; cat refused.err' EXIT
    renew
    refused count 0 "$set" "$@"
    same "$ended" 0
    complete
    read -r total _ < strike.log
    every=$(((total + 11) / 12)) first=$((RANDOM % every + 1))
    case ${SWEEP-} in
        all) every=1 first=1 ;;
        *,*) every=${SWEEP#*,} first=${SWEEP%,*} ;;
    esac
    echo "$set $first, $((first + every)) … of $total" >> note
    for ((number = first; number <= total; number += every)); do
        refuseOne "$@"
    done
    for ((offset = 1; offset < every && failures < least; offset++)); do
        for ((number = (first + offset - 1) % every + 1; number <= total && failures < least; \
            number += every)); do
            refuseOne "$@"
        done
    done
    renew
    at="only $failures failures, not $least: $*"
    [ "$failures" -ge "$least" ]
}

# One call of what `refusals` is about, the one of $number.
refuseOne() {
    # EIO, ENOSPC, EDQUOT, EROFS
    local errors=(5 28 122 30)
    local error=${errors[RANDOM % 4]}
    [ "$set" != flushes ] || error=5
    at="$set: error $error at $number of $total: $*"
    renew
    refused "$error" "$number" "$set" "$@"
    refusedWell "$@"
}

refusedWell() {
    if [ "$ended" = 0 ]; then
        complete
    else
        # 127: before the program began, where its libraries are loaded.
        [[ $ended =~ ^(1|125|127)$ ]]
        within "$(cat refused.err)" error
        failures=$((failures + 1))
    fi
    # No record names what is not there, and what was refused can be done.
    expect 0 martlet system check
    renew
    expect 0 "$@"
    complete
    expect 0 martlet system check --repair
    expect 0 martlet system check
    same "$out" "the store is sound"
}

# claim_F_19_a_load_that_cannot_be_made_lasting_fails: 300 s
claim_F_19_a_load_that_cannot_be_made_lasting_fails() {
    renew() { martlet rmi --ignore localhost/whiteouts > /dev/null; }
    complete() { expect 0 martlet image inspect localhost/whiteouts; }
    refusals 3 flushes martlet load --quiet --input "$images/whiteouts.tar"
}

# claim_F_19_records_that_cannot_be_made_lasting_are_refused: 300 s
claim_F_19_records_that_cannot_be_made_lasting_are_refused() {
    renew() { martlet rm --force --time 0 --ignore refused > /dev/null; }
    complete() { expect 0 martlet inspect refused; }
    refusals 1 flushes martlet create --name refused --network none localhost/busybox true
    renew() { martlet rmi --ignore localhost/refused:2 > /dev/null; }
    complete() { expect 0 martlet image exists localhost/refused:2; }
    refusals 1 flushes martlet tag localhost/busybox localhost/refused:2
    renew() { martlet volume rm --force refused > removed 2>&1 || true; }
    complete() { expect 0 martlet volume exists refused; }
    refusals 1 flushes martlet volume create refused
}

# claim_F_19_a_credential_file_is_the_old_one_or_the_new: 300 s
claim_F_19_a_credential_file_is_the_old_one_or_the_new() {
    local file=$PWD/auth.json
    export REGISTRY_AUTH_FILE=$file
    complete() { expect 0 jq -e '.auths | length == 1' "$file"; }
    printf '{"auths":{"other.example":{"auth":"YTpi"},"gone.example":{"auth":"YTpi"}}}' > two
    renew() { cp two "$file"; }
    refusals 1 changes martlet logout gone.example
    refusals 1 flushes martlet logout gone.example
    same "$(ls -A . | grep -c 'auth.json')" 1
}

# claim_F_25_a_load_refused_anywhere_leaves_nothing: 600 s
claim_F_25_a_load_refused_anywhere_leaves_nothing() {
    renew() { martlet rmi --ignore localhost/whiteouts > /dev/null; }
    complete() { expect 0 martlet image inspect localhost/whiteouts; }
    refusals 1 changes martlet load --quiet --input "$images/whiteouts.tar"
}

# claim_F_25_a_create_refused_anywhere_leaves_nothing: 600 s
claim_F_25_a_create_refused_anywhere_leaves_nothing() {
    renew() { martlet rm --force --time 0 --ignore refused > /dev/null; }
    complete() { expect 0 martlet inspect refused; }
    refusals 1 changes martlet create --name refused --network none localhost/busybox true
}

# claim_F_25_a_removal_refused_anywhere_can_be_repeated: 600 s
claim_F_25_a_removal_refused_anywhere_can_be_repeated() {
    renew() {
        martlet rm --force --time 0 --ignore refused > /dev/null
        martlet create --name refused --network none localhost/busybox true > /dev/null
    }
    complete() { same "$(martlet ps --all --quiet --filter name=refused)" ""; }
    refusals 1 changes martlet rm refused
    expect 0 martlet rm refused
}

# claim_F_25_a_commit_refused_anywhere_leaves_nothing: 600 s
claim_F_25_a_commit_refused_anywhere_leaves_nothing() {
    expect 0 martlet run --name kept --network none localhost/busybox sh -c 'echo made > /made'
    renew() { martlet rmi --ignore localhost/made > /dev/null; }
    complete() { expect 0 martlet image inspect localhost/made; }
    refusals 1 changes martlet commit --quiet kept localhost/made
    expect 0 martlet rm kept
}

# full DIRECTORY : its file system gets no byte more.
full() {
    cat /dev/zero > "$1/filler" 2> filling || true
    within "$(cat filling)" "No space left"
}

# On a full file system what is there is listed and removed.
claim_F_23_images_and_containers_go_from_a_full_disk() {
    export XDG_DATA_HOME=/tight/full
    mkdir /tight/full
    load busybox whiteouts
    expect 0 martlet volume create held
    expect 0 martlet create --name held --network none localhost/busybox true
    full /tight
    expect 0 martlet images --quiet
    expect 0 martlet ps --all
    expect 0 martlet inspect held
    expect 0 martlet rm held
    expect 0 martlet volume rm held
    expect 0 martlet rmi localhost/whiteouts
    expect 0 martlet system prune --all --force
    same "$(martlet images --quiet)" ""
    rm /tight/filler
    load busybox
    expect 0 martlet system check --repair
    expect 0 martlet system check
    same "$out" "the store is sound"
    martlet unshare rm -rf /tight/full
}

claim_F_24_a_container_that_fills_the_disk_is_removed() {
    export XDG_DATA_HOME=/tight/filled
    mkdir /tight/filled
    load busybox
    expect 1 martlet run --name filler --network none localhost/busybox sh -c 'cat /dev/zero > /full'
    within "$err" "No space left"
    expect 0 martlet ps --all --quiet
    expect 0 martlet logs filler
    expect 0 martlet rm filler
    expect 0 martlet run --rm --network none localhost/busybox true
    martlet unshare rm -rf /tight/filled
}

claim_F_25_without_inodes_what_is_there_can_be_removed() {
    local number=0
    export XDG_DATA_HOME=/few/full
    mkdir /few/full
    load busybox
    expect 0 martlet volume create held
    expect 0 martlet create --name held --network none localhost/busybox true
    mkdir /few/filler
    while : 2> /dev/null > "/few/filler/$number"; do number=$((number + 1)); done || true
    expect 125 martlet load --input "$images/whiteouts.tar"
    within "$err" "no space"
    expect 125 martlet create --name another --network none localhost/busybox true
    expect 0 martlet images --quiet
    expect 0 martlet ps --all --quiet
    expect 0 martlet rm held
    expect 0 martlet volume rm held
    expect 0 martlet rmi localhost/busybox
    expect 0 martlet system prune --force
    rm -rf /few/filler
    martlet unshare rm -rf /few/full
}

claim_F_25_a_read_only_store_is_listed() {
    export XDG_DATA_HOME=/tight/frozen
    mkdir /tight/frozen
    load busybox
    expect 0 martlet create --name held --network none localhost/busybox true
    export XDG_DATA_HOME=/tight-read-only/frozen
    expect 0 martlet images --noheading
    within "$out" localhost/busybox
    expect 0 martlet image inspect localhost/busybox
    expect 0 martlet ps --all --noheading
    within "$out" held
    expect 0 martlet inspect held
    expect 0 martlet volume ls
    expect 125 martlet load --input "$images/whiteouts.tar"
    within "$err" EROFS
    expect 125 martlet rmi localhost/busybox
    expect 125 martlet volume create another
    within "$err" EROFS
    export XDG_DATA_HOME=/tight/frozen
    expect 0 martlet rm held
    expect 0 martlet system check
    martlet unshare rm -rf /tight/frozen
}

# limited OPTION VALUES COMMAND... : the command under each limit succeeds, or fails and says why.
# A program that has no memory to say it in may end by a signal (F-28).
limited() {
    local option=$1 values=$2 value status
    shift 2
    for value in $values; do
        status=0
        (ulimit "$option" "$value" && exec "$@") > limited.out 2> limited.err < /dev/null ||
            status=$?
        echo "$option $value: $status" >> note
        case $status in
            0) ;;
            1 | 125 | 126) within "$(cat limited.err)" "error" ;;
            *)
                cat limited.err
                [[ $option == -v && $status =~ ^(127|132|133|134|139)$ ]]
                ;;
        esac
        martlet rm --all --force --time 0 > /dev/null
        expect 0 martlet system check --repair
    done
    # The last limit suffices.
    same "$status" 0
    expect 0 martlet system check
    same "$out" "the store is sound"
}

# claim_F_26_few_descriptors_are_enough_or_an_error: 180 s
claim_F_26_few_descriptors_are_enough_or_an_error() {
    local few='10 12 14 16 20 24 32 64'
    expect 0 martlet run -d --name lives --network none localhost/busybox sleep 1000
    limited -n "$few 256" martlet ps
    limited -n "$few 256" martlet run --rm --network none localhost/busybox true
    limited -n "$few 256" martlet load --quiet --input "$images/whiteouts.tar"
    martlet rmi --ignore localhost/whiteouts > /dev/null
}

# claim_F_26_a_command_in_a_container_under_few_descriptors: 180 s
claim_F_26_a_command_in_a_container_under_few_descriptors() {
    local number status
    expect 0 martlet run -d --name lives --network none localhost/busybox sleep 1000
    for number in 4 6 8 10 12 14 16 20 24 32 64; do
        status=0
        (ulimit -n $number && exec martlet exec lives true) > out 2> err || status=$?
        case $status in 0) ;; 125 | 126) within "$(cat err)" error ;; *) cat err; return 1 ;; esac
        same "$(martlet ps --quiet | wc -l)" 1
    done
    same $status 0
    expect 0 martlet rm -f -t 0 lives
}

# claim_F_27_no_more_processes_is_an_error: 180 s
claim_F_27_no_more_processes_is_an_error() {
    limited -u "1 2 3 4 5 6 8 10 12 14 16 20 24 32 1000" \
        martlet run --rm --network none localhost/busybox true
    limited -u "1 2 4 8 12 16 20 24 1000" \
        martlet load --quiet --input "$images/whiteouts.tar"
    martlet rmi --ignore localhost/whiteouts > /dev/null
}

# claim_F_28_little_memory_leaves_a_sound_store: 180 s
claim_F_28_little_memory_leaves_a_sound_store() {
    limited -v "20000 30000 40000 60000 80000 120000 unlimited" \
        martlet run --rm --network none localhost/busybox true
    limited -v "20000 30000 40000 60000 80000 120000 unlimited" \
        martlet load --quiet --input "$images/whiteouts.tar"
    martlet rmi --ignore localhost/whiteouts > /dev/null
}

# claim_F_30_two_hundred_runs_side_by_side: 300 s
claim_F_30_two_hundred_runs_side_by_side() {
    local number
    for number in $(seq 200); do
        martlet run --rm --network none localhost/busybox echo "$number" > "run.$number" 2>&1 &
        [ $((number % 50)) != 0 ] || wait
    done
    wait
    same "$(cat run.* | sort -n)" "$(seq 200)"
    same "$(martlet ps --all --quiet)" ""
    expect 0 martlet system check
    same "$out" "the store is sound"
}

# claim_F_33_sixty_four_writers_beside_readers: 300 s
claim_F_33_sixty_four_writers_beside_readers() {
    local number
    for number in $(seq 64); do
        (
            martlet volume create "w$number" && martlet tag localhost/busybox "localhost/w:$number"
        ) > "write.$number" 2>&1 &
        (martlet volume ls && martlet images && martlet ps --all) > "read.$number" 2> "wrong.$number" ||
            echo "a reader failed" >> "wrong.$number" &
    done
    wait
    same "$(cat wrong.*)" ""
    absent "$(cat write.*)" error
    same "$(martlet volume ls --quiet | wc -l)" 64
    same "$(martlet images --noheading --format '{{.Repository}}' | grep -c '^localhost/w$')" 64
    expect 0 martlet volume rm --all
    martlet images --noheading --format '{{.Repository}}:{{.Tag}}' | grep '^localhost/w:' |
        xargs martlet rmi > /dev/null
    expect 0 martlet system check
    same "$out" "the store is sound"
}

# disturbed HOW COMMAND... : the command, with every call of its engine's cut short or interrupted.
# It makes at most a few times the calls that it makes otherwise: nothing spins.
disturbed() {
    local how=$1 disturbed
    shift
    "$strike" "$how" 0 all disturbed.log "$@" || { echo "$how: status $?: $*" >&2; return 1; }
    read -r disturbed _ < disturbed.log
    [ "$disturbed" -lt 20000 ]
}

# The same for each way to disturb.
disturbances() {
    local how=$1
    disturbed "$how" martlet rmi --ignore localhost/whiteouts
    disturbed "$how" martlet load --quiet --input "$images/whiteouts.tar"
    disturbed "$how" martlet run --rm --network none localhost/whiteouts cat /etc/two > said
    same "$(cat said)" two
    martlet save --quiet --output whole.tar localhost/whiteouts
    disturbed "$how" martlet save --quiet --output cut.tar localhost/whiteouts
    cmp whole.tar cut.tar
    # In, out and through the log.
    disturbed "$how" martlet run --name disturbed --interactive --network none localhost/busybox \
        sh -c 'cat; seq 1 20000' < numbers > said
    same "$(seq 1 20000 | cat numbers - | md5sum)" "$(md5sum < said)"
    disturbed "$how" martlet logs disturbed > said
    same "$(seq 1 20000 | cat numbers - | md5sum)" "$(md5sum < said)"
    disturbed "$how" martlet commit --quiet disturbed localhost/disturbed > said
    expect 0 martlet image inspect localhost/disturbed
    disturbed "$how" martlet rm disturbed > said
    disturbed "$how" martlet rmi localhost/disturbed > said
    disturbed "$how" martlet volume create disturbed > said
    tar -cf content.tar -C ~/content file
    disturbed "$how" martlet volume import disturbed content.tar
    disturbed "$how" martlet volume export --output out.tar disturbed
    same "$(tar -xOf out.tar file)" content
    disturbed "$how" martlet volume rm disturbed > said
    martlet run --detach --name disturbed --network none localhost/busybox sleep 1000 > said
    disturbed "$how" martlet exec --interactive disturbed cat < numbers > said
    cmp numbers said
    disturbed "$how" martlet cp numbers disturbed:/numbers
    disturbed "$how" martlet cp disturbed:/numbers back
    cmp numbers back
    disturbed "$how" martlet stop --time 0 disturbed > said
    disturbed "$how" martlet rm --force --time 0 disturbed > said
    expect 0 martlet system check
    same "$out" "the store is sound"
}

# claim_F_29_calls_cut_short_lose_nothing: 300 s
claim_F_29_calls_cut_short_lose_nothing() {
    seq 1 20000 > numbers
    disturbances short
}

# claim_F_29_calls_that_are_interrupted_lose_nothing: 300 s
claim_F_29_calls_that_are_interrupted_lose_nothing() {
    seq 1 20000 > numbers
    disturbances interrupt
}
