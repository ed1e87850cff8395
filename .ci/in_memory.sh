#!/usr/bin/env bash
# Runs a command whose temporary files stand in memory when there is room, and removes them at its
# end. Tests kill processes and never the machine: what a process wrote survives it there as well.
# Usage: .ci/in_memory.sh command [argument …]
set -uo pipefail

NEEDED_KB=$((2 * 1024 * 1024))
MEMORY=/dev/shm

room() {
    local shared available
    shared=$(df --output=avail -k "$MEMORY" 2>/dev/null | tail -n 1)
    available=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo 2>/dev/null)
    [ "${shared:-0}" -ge "$NEEDED_KB" ] && [ "${available:-0}" -ge "$((2 * NEEDED_KB))" ]
}

room || exec "$@"
folder=$(mktemp -d "$MEMORY/bono.XXXXXX") || exec "$@"
chmod 755 "$folder" # PostgreSQL's own user goes through it
trap 'rm -rf "$folder"' EXIT
TMPDIR=$folder "$@"
