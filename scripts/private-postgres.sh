# shellcheck shell=bash
# A PostgreSQL of our own on loopback, for tests and benchmarks: sourced, not run.
#
#   start_private_postgres DIR [SETTING=VALUE …]   sets PRIVATE_POSTGRES_URL
#   stop_private_postgres

# shellcheck source=scripts/free-port.sh
. "$(dirname "${BASH_SOURCE[0]}")/free-port.sh"

postgres_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$newest" ]; then echo "$newest"; else dirname "$(command -v pg_ctl 2>/dev/null || echo /nowhere/pg_ctl)"; fi
}

# Installs PostgreSQL from Debian's packages when it is missing and we may.
ensure_postgres() {
    [ -x "$(postgres_bin)/pg_ctl" ] && return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "PostgreSQL is missing. Install it (Debian: apt-get install postgresql), or set TEST_POSTGRES_URL." >&2
        return 1
    fi
    echo "· installing PostgreSQL"
    # The package would start a cluster of its own, which nobody here needs.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
}

# PostgreSQL refuses to run as root, so root hands it to an unprivileged user.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        if command -v runuser >/dev/null; then runuser -u postgres -- "$@"; else su postgres -s /bin/sh -c "$(printf '%q ' "$@")"; fi
    else
        "$@"
    fi
}

start_private_postgres() {
    local dir=$1 port setting options
    shift
    ensure_postgres
    PRIVATE_POSTGRES_DIR=$dir/postgres
    mkdir -p "$PRIVATE_POSTGRES_DIR"
    # Whoever runs it must be able to reach its folder.
    chmod 755 "$dir"
    [ "$(id -u)" -eq 0 ] && chown postgres "$PRIVATE_POSTGRES_DIR"
    port=$(free_port)
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$PRIVATE_POSTGRES_DIR"
    for setting in "$@"; do options="$options -c $setting"; done
    (
        cd "$PRIVATE_POSTGRES_DIR"
        as_postgres "$(postgres_bin)/initdb" -D "$PRIVATE_POSTGRES_DIR/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null
        as_postgres "$(postgres_bin)/pg_ctl" -D "$PRIVATE_POSTGRES_DIR/data" -l "$PRIVATE_POSTGRES_DIR/log" -w -s -o "$options" start
    ) || { cat "$PRIVATE_POSTGRES_DIR/log" >&2; return 1; }
    # shellcheck disable=SC2034  # read by whoever sources this
    PRIVATE_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

stop_private_postgres() {
    [ -n "${PRIVATE_POSTGRES_DIR:-}" ] || return 0
    (cd / && as_postgres "$(postgres_bin)/pg_ctl" -D "$PRIVATE_POSTGRES_DIR/data" -m immediate -s stop) || true
    PRIVATE_POSTGRES_DIR=
}
