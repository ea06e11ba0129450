# shellcheck shell=bash
# What the scripts beside this one share.

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
