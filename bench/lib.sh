# shellcheck shell=bash
# What the scripts beside this one share. They set root and here.
# shellcheck disable=SC2154

# Switchboard needs Java 25; the first that is new enough is taken.
find_java() {
    local java version
    for java in "${JAVA_HOME:-/none}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
        [[ -x $java ]] || continue
        version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;q')
        if ((${version:-0} >= 25)); then
            dirname "$(readlink -f "$java")"
            return 0
        fi
    done
    return 1
}

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# What is needed to start servers: the tools, Switchboard itself, and a folder that goes with the script.
prepare() {
    local tool
    for tool in curl jq node; do
        command -v "$tool" > /dev/null || fail "$tool is missing"
    done
    [[ -f $root/target/quarkus-app/quarkus-run.jar ]] || fail "Switchboard is not built: ./mvnw package"
    [[ -d $here/peers/node_modules ]] || fail "the client is not installed: npm ci --prefix bench/peers"
    java_home=$(find_java) || fail "no Java 25 in JAVA_HOME, PATH or /usr/lib/jvm"
    work=$(mktemp -d)
    server=
    database=
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# PostgreSQL refuses to run as root.
as_nobody() {
    if [[ $(id -u) == 0 ]]; then
        setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$work/pg" "$@"
    else
        "$@"
    fi
}

stop_server() {
    if [[ -n $server ]]; then
        kill "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || true
        server=
    fi
}

clean_up() {
    stop_server
    if [[ -n $database ]]; then
        as_nobody "$database/pg_ctl" -D "$work/pg/data" -m immediate stop > /dev/null 2>&1 || true
    fi
    rm -rf "$work"
}

start_postgresql() {
    local folder
    database_port=$((port + 500))
    for folder in /usr/lib/postgresql/*/bin; do
        [[ -x $folder/initdb ]] && database=$folder
    done
    [[ -n $database ]] || fail "PostgreSQL is missing: apt-get install postgresql"
    mkdir -p "$work/pg"
    chmod 755 "$work"
    [[ $(id -u) != 0 ]] || chown nobody "$work/pg"
    as_nobody "$database/initdb" -D "$work/pg/data" -U switchboard -A trust > "$work/pg.log"
    as_nobody "$database/pg_ctl" -w -D "$work/pg/data" -l "$work/pg/server.log" \
        -o "-p $database_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg" start > /dev/null
}

# A server with an empty database of that kind, on the next port; further arguments are options of the JVM.
start_server() {
    local kind=$1 url=jdbc:sqlite:$work/bench-$RANDOM.db
    shift
    if [[ $kind == postgresql ]]; then
        [[ -n $database ]] || start_postgresql
        local name=bench_$RANDOM
        as_nobody "$database/createdb" -h 127.0.0.1 -p "$database_port" -U switchboard "$name"
        url=jdbc:postgresql://127.0.0.1:$database_port/$name
    fi
    port=$((port + 1))
    # shellcheck disable=SC2086 # options, to be split
    "$java_home/java" -Xmx1g ${SWITCHBOARD_JAVA_OPTS:-} "$@" \
        -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port="$port" \
        -Dmp.jwt.verify.publickey.location="$work/keys/public.pem" \
        -Dswitchboard.limits.messages-per-second=0 \
        -Dswitchboard.storage.kind="$kind" -Dswitchboard.storage.url="$url" -Dswitchboard.storage.username=switchboard \
        -jar "$root/target/quarkus-app/quarkus-run.jar" > "$work/server.log" 2>&1 &
    server=$!
    for _ in {1..300}; do
        kill -0 "$server" 2> /dev/null || fail "the server ended at start: $(tail -n 5 "$work/server.log")"
        if curl -sf "http://127.0.0.1:$port/q/health/ready" > /dev/null; then
            return 0
        fi
        sleep 0.1
    done
    fail "the server is not ready after 30 s: $(tail -n 5 "$work/server.log")"
}
