# quadlet/market: a pod of three containers, declared in files, started and ended with one command.

prepare() {
    load busybox
    printf swordfish | martlet secret create market-password - > /dev/null
}

# market SED-SCRIPT : the example's files, changed.
market() {
    mkdir -p "$units"
    for file in /checkout/quadlet/market/*; do
        sed -e "$1" "$file" > "$units/$(basename "$file")"
    done
}

# states : what the manager says of the pod and its containers.
states() {
    systemctl --user is-active market-pod market-db market-api market-web | xargs
}

isOpen() { [ "$(states)" = "active active active active" ] && page 18088; }

# isStocked STATE... : the market is open, and its page comes from the database's volume.
stocked() {
    eventually isOpen
    same "$(page 18088)" "apples: 7"
    same "$(martlet pod ps --format '{{.Name}} {{.Status}} {{.NumberOfContainers}}')" \
        "market Running 4"
}

closed() {
    expect 0 systemctl --user stop market-pod
    same "$(states || true)" "inactive inactive inactive inactive"
    for name in market-pod market-db market-api market-web; do
        same "$(property "$name" Result)" success
    done
    expect 0 martlet ps -aq
    same "$out" ""
    expect 1 martlet pod exists market
}

claim_a_market_opens_whole_with_one_command_and_closes_clean() {
    market ''
    reload
    expect 0 systemctl --user start market-pod
    stocked
    for name in market-db market-api market-web; do
        same "$(martlet inspect --format '{{.State.Health.Status}}' "$name")" healthy
    done
    closed
    # What was in stock stays.
    expect 0 martlet volume inspect market-data
    expect 0 systemctl --user start market-pod
    stocked
    closed
    removeUnits
    expect 0 martlet volume rm market-data
    expect 0 martlet network rm market
}

# The same for what needs neither a named network nor a health check: who comes too early tries
# again.
claim_a_market_without_a_network_opens_too() {
    market '/^Health/d; /^Notify=/d; /^Network=/d; s/sleep 2; //'
    rm "$units/market.network"
    mkdir "$units/container.d"
    printf '[Service]\nRestart=on-failure\nRestartSec=500ms\n' > "$units/container.d/again.conf"
    reload
    expect 0 systemctl --user start market-pod
    stocked
    expect 0 martlet exec market-api stat -c '%a' /run/secrets/market-password
    same "$out" 400
    closed
    removeUnits
    expect 0 martlet volume rm market-data
}
