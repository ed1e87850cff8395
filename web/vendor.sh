#!/bin/sh
# Afterwards static/vendor/ holds the third-party scripts, each equal to its pinned SHA-256.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
sha256sum --check --strict vendor.sha256
mkdir -p static/vendor
cp node_modules/htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
cp node_modules/idb/build/index.js static/vendor/idb.js
cp node_modules/qr/index.js static/vendor/qr.js
cp node_modules/qr/index.d.ts static/vendor/qr.d.ts
# The types, for `npm run check`: index.d.ts is that of idb.js, and names the others beside it.
cp node_modules/idb/build/index.d.ts static/vendor/idb.d.ts
for types in async-iterators database-extras entry util wrap-idb-value; do
  cp "node_modules/idb/build/$types.d.ts" static/vendor/
done
