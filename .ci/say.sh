# Sourced by the scripts beside it: one plain line per step, retries, and the way to stop.

say() { printf '→ %s\n' "$*"; }

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Registries and mirrors fail for a moment now and then; three tries are enough to tell.
thrice() {
    local try
    for try in 1 2 3; do
        "$@" && return 0
        say "échec ($try/3) / attempt failed ($try/3): $*"
        sleep $((try * 2))
    done
    return 1
}

may_install_debian_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_debian_packages() {
    say "paquets Debian / Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    thrice apt-get update -qq
    thrice apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}
