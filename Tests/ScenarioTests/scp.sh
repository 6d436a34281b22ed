# Images between machines over ssh(1): the other side is a store of its own behind a real server.

prepare() {
    mkdir -m 700 ~/.ssh ~/there
    ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
    dropbearkey -t ed25519 -f ~/.ssh/host > made 2>&1
    cat > ~/.ssh/far <<END
#!/bin/sh
export XDG_DATA_HOME='$HOME/there' XDG_RUNTIME_DIR='$XDG_RUNTIME_DIR' PATH='$PATH'
eval "\$SSH_ORIGINAL_COMMAND"
END
    chmod 700 ~/.ssh/far
    echo "command=\"$HOME/.ssh/far\" $(cat ~/.ssh/id_ed25519.pub)" > ~/.ssh/authorized_keys
    chmod 600 ~/.ssh/authorized_keys
    cat > ~/.ssh/config <<'END'
Host there
    HostName 127.0.0.1
    Port 2222
    StrictHostKeyChecking no
    LogLevel ERROR
END
    systemd-run --user --quiet --unit sshd-of-claims \
        /usr/sbin/dropbear -F -E -s -p 127.0.0.1:2222 -r "$HOME/.ssh/host"
    eventually ssh there true
    load busybox
}

there() { XDG_DATA_HOME=$HOME/there martlet "$@"; }

id_of() { "$1" image inspect --format '{{.Id}}' "$2"; }

claim_an_image_is_sent_to_a_host() {
    expect 0 martlet image scp localhost/busybox there::
    within "$out" 'Loaded image: localhost/busybox:latest'
    same "$(id_of there localhost/busybox)" "$(id_of martlet localhost/busybox)"
    expect 0 there system check
    expect 0 there rmi localhost/busybox
    # By an address, and in the other form.
    expect 0 martlet image scp --format oci-archive localhost/busybox "ssh://$USER@there"::
    expect 0 there run --rm --network none localhost/busybox echo runs
    same "$out" runs
    expect 0 there rmi localhost/busybox
}

claim_an_image_is_fetched_from_a_host() {
    martlet tag localhost/busybox localhost/far:3
    expect 0 martlet image scp --quiet localhost/far:3 there::
    same "$out" ''
    martlet rmi localhost/far:3 > removed
    expect 0 martlet image scp there::localhost/far:3
    within "$out" 'Loaded image: localhost/far:3'
    same "$(id_of there localhost/far:3)" "$(id_of martlet localhost/far:3)"
    martlet rmi localhost/far:3 > removed
    # And from a host to a host, past this store.
    expect 0 martlet image scp there::localhost/far:3 "$USER@there"::
    within "$out" 'Loaded image: localhost/far:3'
    expect 1 martlet image exists localhost/far:3
    there rmi --all --force > removed
}

claim_an_image_that_is_not_there_is_said() {
    expect 125 martlet image scp localhost/none there::
    within "$err" '"localhost/none"'
    expect 125 martlet image scp there::localhost/none
    within "$err" '"there" did not take part'
    within "$err" 'localhost/none'
    expect 1 martlet image exists localhost/none
}

claim_a_host_that_is_not_there_is_said() {
    expect 125 martlet image scp localhost/busybox nowhere.invalid::
    within "$err" '"nowhere.invalid" did not take part'
    within "$err" 'try: ssh nowhere.invalid martlet version'
}

claim_what_a_shell_would_take_is_refused() {
    local words
    for words in '-oProxyCommand=id::x' 'there::$(id)' "there::a'b" 'there::-x' '::x'; do
        expect 125 martlet image scp -- "$words"
        within "$err" 'no '
    done
    expect 125 martlet image scp -- localhost/busybox '-oProxyCommand=touch x::'
    [ ! -e x ]
    expect 125 martlet image scp localhost/busybox there::other
    within "$err" 'an image keeps its name'
    expect 125 martlet image scp localhost/busybox
    within "$err" 'say where to'
}

# The server's end is killed in the middle: nothing is stored, and the command says so.
claim_a_connection_that_breaks_leaves_nothing() {
    dd if=/dev/urandom of=big bs=1M count=64 status=none
    tar c big | martlet import - localhost/big:1 > imported
    # What ssh is to be passes on a part and ends.
    mkdir bin
    printf '#!/bin/sh\nhead -c 1000000 > /dev/null\nexit 255\n' > bin/ssh
    chmod +x bin/ssh
    expect 125 env PATH="$PWD/bin:$PATH" martlet image scp localhost/big:1 there::
    within "$err" '"there" did not take part'
    martlet save --output whole.tar localhost/big:1
    printf '#!/bin/sh\nhead -c 10000000 %s\nexit 255\n' "$PWD/whole.tar" > bin/ssh
    expect 125 env PATH="$PWD/bin:$PATH" martlet image scp there::localhost/big:2
    within "$err" 'ssh ended with 255'
    expect 1 martlet image exists localhost/big:2
    # What comes has no room here: that is the cause, and not how ssh ended because of it.
    printf '#!/bin/sh\ncat %s || exit 255\n' "$PWD/whole.tar" > bin/ssh
    expect 125 env PATH="$PWD/bin:$PATH" martlet --root /small/scp image scp there::localhost/big:2
    within "$err" 'no space is left'
    absent "$err" 'did not take part'
    rm -r /small/scp
    # With two hosts the one that ended first is named, whichever it is.
    printf '#!/bin/sh\ncase $2 in b*) exit 3;; esac\nexec cat /dev/zero\n' > bin/ssh
    expect 125 env PATH="$PWD/bin:$PATH" martlet image scp a::localhost/big:1 b::
    within "$err" '"b" did not take part'
    printf '#!/bin/sh\ncase $2 in a*) exit 4;; esac\nexec cat > /dev/null\n' > bin/ssh
    expect 125 env PATH="$PWD/bin:$PATH" martlet image scp a::localhost/big:1 b::
    within "$err" '"a" did not take part'
    expect 0 martlet system check
    martlet rmi localhost/big:1 > removed
}
