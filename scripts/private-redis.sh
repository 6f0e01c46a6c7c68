# shellcheck shell=bash
# A Redis of our own on loopback, for tests: sourced, not run. It keeps nothing.
#
#   start_private_redis DIR      sets PRIVATE_REDIS_URL
#   stop_private_redis

# shellcheck source=scripts/free-port.sh
. "$(dirname "${BASH_SOURCE[0]}")/free-port.sh"

# Installs Redis from Debian's packages when it is missing and we may.
ensure_redis() {
    command -v redis-server >/dev/null && return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "Redis is missing. Install it (Debian: apt-get install redis-server), or set TEST_REDIS_URL." >&2
        return 1
    fi
    echo "· installing Redis"
    (
        # The package would start a server of its own, which nobody here needs.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap 'rm -f "$policy"' EXIT
            printf '#!/bin/sh\nexit 101\n' > "$policy"
            chmod 755 "$policy"
        fi
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null
    )
}

redis_answers() {
    local answer
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'PING\r\n' >&3
    IFS= read -r -t 1 answer <&3 || answer=
    exec 3>&-
    [ "$answer" = $'+PONG\r' ]
}

start_private_redis() {
    local dir=$1/redis port
    ensure_redis
    mkdir -p "$dir"
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --dir "$dir" --save '' --appendonly no --daemonize no >"$dir/log" 2>&1 &
    PRIVATE_REDIS_PID=$!
    for _ in $(seq 1 100); do
        if redis_answers "$port"; then
            # shellcheck disable=SC2034  # read by whoever sources this
            PRIVATE_REDIS_URL="redis://127.0.0.1:$port"
            return 0
        fi
        kill -0 "$PRIVATE_REDIS_PID" 2>/dev/null || break
        sleep 0.1
    done
    cat "$dir/log" >&2
    return 1
}

stop_private_redis() {
    [ -n "${PRIVATE_REDIS_PID:-}" ] || return 0
    kill "$PRIVATE_REDIS_PID" 2>/dev/null || true
    wait "$PRIVATE_REDIS_PID" 2>/dev/null || true
    PRIVATE_REDIS_PID=
}
