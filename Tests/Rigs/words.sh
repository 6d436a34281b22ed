# The words that scenarios are written in.  Tests/Rigs/claims reads this file before a scenario.
# A claim runs under `set -Eeuo pipefail`: any command that fails, fails it.

images=/checkout/.build/rig/images
strike=/checkout/.build/rig/strike
units=$HOME/.config/containers/systemd

# expect STATUS COMMAND... : runs it and keeps what it printed in $out and $err; the claim fails
# unless the command ends with STATUS, a number or a shell pattern.
expect() {
    local wanted=$1 status=0
    shift
    "$@" > stdout 2> stderr < /dev/null || status=$?
    out=$(tr -d '\0' < stdout) err=$(tr -d '\0' < stderr)
    # shellcheck disable=SC2053
    [[ $status == $wanted ]] || {
        printf '%s\n  ended with %s, not %s\n  stdout: %s\n  stderr: %s\n' \
            "$*" "$status" "$wanted" "$out" "$err"
        return 1
    }
}

# same GOT WANTED : the claim fails unless both are the same text.
same() {
    [ "$1" = "$2" ] || { printf 'got:    "%s"\nwanted: "%s"\n' "$1" "$2"; return 1; }
}

# within TEXT PATTERN : the claim fails unless TEXT matches the shell pattern *PATTERN*.
within() {
    # shellcheck disable=SC2053
    [[ $1 == *$2* ]] || { printf 'got:    "%s"\nwanted in it: "%s"\n' "$1" "$2"; return 1; }
}

# absent TEXT PATTERN : the claim fails if TEXT matches *PATTERN*.
absent() {
    # shellcheck disable=SC2053
    [[ $1 != *$2* ]] || { printf 'got:    "%s"\nunwanted in it: "%s"\n' "$1" "$2"; return 1; }
}

# eventually COMMAND... : waits until the command succeeds, 10 s at most.
eventually() {
    local deadline=$((SECONDS + 10))
    until "$@" > eventually.log 2>&1; do
        [ $SECONDS -lt $deadline ] || {
            printf 'not within 10 s: %s\n' "$*"
            cat eventually.log
            return 1
        }
        sleep 0.05
    done
}

# unit FILE : writes standard input to a Quadlet file of this name and reloads the manager.
unit() {
    mkdir -p "$units"
    cat > "$units/$1"
    reload
}

# saying NAME [TEXT [LINE...]] : a service whose payload says READY=1, or TEXT, to its manager after
# half a second, with further lines for [Service].
saying() {
    {
        printf '[Container]\nImage=localhost/busybox\nContainerName=%s\nNetwork=none\n' "$1"
        printf 'Notify=true\nStopSignal=KILL\nVolume=/checkout/.build/rig/probe:/probe:ro\n'
        printf 'Exec=/probe ready "%s"\n[Service]\n' "${2-READY=1}"
        printf '%s\n' "${@:3}"
    } | unit "$1.container"
}

# removeUnits : what a claim with units ends with.
removeUnits() {
    rm -rf "$units"
    reload
    systemctl --user reset-failed
}

reload() {
    if [ ! -e /usr/local/lib/systemd/user-generators/martlet-user-generator ]; then
        martlet quadlet sync
    fi
    systemctl --user daemon-reload
}

# property UNIT NAME : one property of a unit, bare.
property() {
    systemctl --user show --property="$2" --value "$1"
}

# reaches UNIT STATE : whether the unit is "active", "failed", "inactive", …
reaches() {
    [ "$(systemctl --user is-active "$1")" = "$2" ]
}

# page PORT : what an HTTP server on this machine's loopback answers.
page() {
    curl --silent --show-error --fail --max-time 5 "http://127.0.0.1:$1/"
}

# load IMAGE... : puts test images into the user's store.
load() {
    local image
    for image; do martlet load --quiet --input "$images/$image.tar" > /dev/null; done
}
