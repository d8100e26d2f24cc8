#!/bin/sh
# Build the front end from npm's packages with the machine's Node, or with the Node wheel where there is none.
set -eu
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}

usable() { command -v "$1" >/dev/null 2>&1 && "$1" -e 'process.exit(+process.versions.node.split(".")[0] < 20)'; }

if usable node && command -v npm >/dev/null 2>&1; then
    node=node
    npm=npm
else
    "$venv/bin/pip" install --quiet --require-hashes -r requirements/node.txt
    node="$PWD/$venv/bin/node"
    npm="$PWD/$venv/bin/npm"
    # npm itself starts `node` by name
    PATH="$PWD/$venv/bin:$PATH"
    export PATH
fi
cd src/jingwu/site/frontend
"$npm" ci --no-audit --no-fund --loglevel=error
"$node" build.mjs
