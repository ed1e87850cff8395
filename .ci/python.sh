#!/usr/bin/env bash
# Afterwards .venv holds exactly the locked packages, and this repository as `bonopay`.
# Usage: .ci/python.sh run|test
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/say.sh

find_python() {
    local candidate
    for candidate in python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "Python 3.11 ou plus récent est nécessaire : installez python3.11, puis relancez." \
        "Python 3.11 or later is needed: install python3.11 and run this again."
}

# Debian ships venv without its installer: `ensurepip` comes with python3-venv.
require_ensurepip() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    may_install_debian_packages || stop \
        "Le paquet python3-venv manque : « apt-get install python3-venv » en root, puis relancez." \
        "python3-venv is missing: run 'apt-get install python3-venv' as root, then this again."
    install_debian_packages "$("$1" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
}

make_environment() {
    .venv/bin/python -c 'import pip' 2>/dev/null && return
    local python
    python=$(find_python)
    require_ensurepip "$python"
    say "environnement Python / Python environment: .venv"
    "$python" -m venv --clear .venv
}

# uv is twenty times faster; pip knows mirrors that only pip was told about.
fill() {
    local verb=$1
    shift
    .venv/bin/uv pip "$verb" --quiet --require-hashes "$@" && return
    say "uv n'a pas abouti, pip prend la suite / uv failed, pip takes over"
    local files=() file
    for file in "$@"; do files+=(-r "${file#-r}"); done
    thrice .venv/bin/python -m pip install --quiet --require-hashes "${files[@]}"
}

make_environment
say "outils d'installation / installers: .ci/build.lock"
thrice .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r .ci/build.lock
case "${1:?run or test}" in
    test)
        say "dépendances / dependencies: tests/requirements.lock"
        fill sync .ci/build.lock tests/requirements.lock
        ;;
    run)
        # Adds, never removes: the tests' packages may stay.
        say "dépendances / dependencies: requirements.lock"
        fill install -rrequirements.lock
        ;;
esac
say "commande / command: .venv/bin/bono"
.venv/bin/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
