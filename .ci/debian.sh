#!/usr/bin/env bash
# Afterwards the programs that are named (or all that the tests use) are on this machine.
# Usage: .ci/debian.sh [chromium chromium-headless-shell softhsm2 postgresql poppler-utils wrk …]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/say.sh

present() {
    case "$1" in
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
        softhsm2) command -v softhsm2-util >/dev/null ;;
        poppler-utils) command -v pdftotext >/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing=()
for package in "${@:-chromium chromium-headless-shell softhsm2 postgresql poppler-utils}"; do
    for name in $package; do
        present "$name" || missing+=("$name")
    done
done
[ ${#missing[@]} -eq 0 ] && exit
may_install_debian_packages || stop \
    "Il manque des paquets Debian : « apt-get install ${missing[*]} » en root, puis relancez." \
    "Debian packages are missing: run 'apt-get install ${missing[*]}' as root, then this again."
# Chromium draws nothing readable without a font, and names none as its own.
[[ " ${missing[*]} " == *" chromium"* ]] && missing+=(fonts-dejavu-core)
install_debian_packages "${missing[@]}"
