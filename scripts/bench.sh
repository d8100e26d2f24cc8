#!/bin/sh
# Ours and the peers, on the same work, in one run; the table goes to docs/benchmarks.md by hand.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x .venv-peers/bin/python ]; then
    python3 -m venv .venv-peers
    .venv-peers/bin/pip install --quiet --require-hashes -r requirements/peers.txt
fi
for script in bench/peers_*.py; do
    echo "== $script"
    .venv/bin/python "$script" --peers .venv-peers/bin/python
done
.venv/bin/jingwu bench plan
