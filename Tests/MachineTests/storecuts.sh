# The power fails again and again under a mixed load: the store is sound after each boot, and has
# all that was acknowledged (F-17).

cuts=$STORE_CUTS

# What is acknowledged goes to a file that is on the disk before the next thing is done: "+ KIND
# NAME" after it was made, "- KIND NAME" before it is removed.
load() {
    ada '
        said() { echo "$*" >> ~/said; sync ~/said; }
        make() { # KIND NAME COMMAND...
            local kind=$1 name=$2
            shift 2
            "$@" > /dev/null && said "+ $kind $name"
        }
        take() { # KIND NAME COMMAND...
            said "- $1 $2"
            shift 2
            "$@" > /dev/null
        }
        n=$(cat ~/counter 2> /dev/null || echo 0)
        while :; do
            n=$((n + 1))
            echo $n > ~/counter
            make volume "v$n" martlet volume create "v$n"
            make container "c$n" martlet create --name "c$n" --network none -v "v$n:/d" localhost/busybox echo here
            make image "localhost/t:$n" martlet tag localhost/busybox "localhost/t:$n"
            martlet run --rm --network none -v "v$n:/d" localhost/busybox touch /d/f > /dev/null
            martlet load --quiet --input /rig/images/gzipped.tar > /dev/null
            if [ $((n % 3)) = 0 ]; then
                take container "c$n" martlet rm "c$n"
                take volume "v$n" martlet volume rm "v$n"
                take image "localhost/t:$n" martlet rmi "localhost/t:$n"
                martlet rmi localhost/gzipped > /dev/null
                martlet image prune --force > /dev/null
            fi
        done
    ' &
}

# Everything that was acknowledged, and whose removal had not begun, is there.
isThere() {
    ada '
        martlet volume ls --quiet | sed "s/^/volume /" > ~/there
        martlet ps --all --format "container {{.Names}}" >> ~/there
        martlet images --format "image {{.Repository}}:{{.Tag}}" >> ~/there
        awk "\$1 == \"+\" { have[\$2 \" \" \$3] = 1 } \$1 == \"-\" { delete have[\$2 \" \" \$3] }
             END { for (thing in have) print thing }" ~/said | sort > ~/promised
        sort ~/there | comm -13 - ~/promised > ~/missing
        cat ~/missing
        [ ! -s ~/missing ]
    '
}

round() {
    claim "after cut $((boot - 1)) the database and every layer are sound" ada \
        'martlet system check || { martlet system check --repair; false; }'
    claim "after cut $((boot - 1)) what is left over is removed" ada \
        'martlet system check --repair && [ "$(martlet system check)" = "the store is sound" ]'
    claim "after cut $((boot - 1)) nothing acknowledged is missing" isThere
    claim "after cut $((boot - 1)) containers start" ada \
        'martlet run --rm --network none localhost/busybox true'
    [ "$boot" -le "$cuts" ] || next off
    load
    sleep "$((RANDOM % 20 + 5)).$((RANDOM % 10))"
    next cut
}

stage_1() {
    loginctl enable-linger ada
    systemctl start user@1000
    claim 'an image loads' ada 'martlet load --input /rig/images/busybox.tar && touch ~/said'
    load
    sleep 20
    next cut
}

for number in $(seq 2 $((cuts + 1))); do eval "stage_$number() { round; }"; done
