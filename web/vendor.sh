#!/bin/sh
# Afterwards static/vendor/ holds the third-party scripts, each equal to its pinned SHA-256.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
sha256sum --check --strict vendor.sha256
mkdir -p static/vendor
cp node_modules/htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
