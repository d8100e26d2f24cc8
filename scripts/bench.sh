#!/bin/sh
# Ours and the peers, on the same work, in one run each. Takes about an hour; docs/benchmarks.md keeps what came out.
# BENCH_DATA names the folder with the benchmark instances (default: beside the checkout).
set -eu
cd "$(dirname "$0")/.."
data=${BENCH_DATA:-../shared/data}
seconds=${BENCH_SECONDS:-60}
if [ ! -e .venv-peers/.ready ]; then
    python3 -m venv .venv-peers
    .venv-peers/bin/pip install --quiet --require-hashes -r requirements/peers.txt
    touch .venv-peers/.ready
fi
missed=""
say() { printf '\n== %s\n' "$*"; }

say "simulation beside SimPy and Ciw"
PYTHONPATH=src .venv-peers/bin/python bench/peers_simulation.py || missed="$missed peers_simulation"
say "p-median beside spopt with its default solver"
.venv/bin/python bench/peers_siting.py --peers .venv-peers/bin/python || missed="$missed peers_siting"
say "hypercube, exact and approximate"
for units in 10 15 20; do .venv/bin/jingwu bench hypercube --units "$units"; done
if [ -d "$data" ]; then
    say "OR-Library p-median and covering files"
    .venv/bin/jingwu bench siting "$data"/orlib/pmed*.txt
    .venv/bin/jingwu bench siting "$data"/mclp/*.txt --radius 800
    say "rostering beside plain CP-SAT and plain HiGHS, $seconds s each"
    .venv/bin/python bench/peers_rostering.py "$data"/rostering/curtois_qu/*.txt --seconds "$seconds"
else
    echo "no benchmark data in $data: the files of OR-Library and Curtois-Qu are left out"
fi
say "a whole plan: 50 offices, 700 people, 100,000 calls"
.venv/bin/jingwu bench plan
.venv/bin/jingwu bench plan --assignment-only
say "every roster of the demo district, 10 s each"
.venv/bin/python bench/demo_rosters.py
for load in bench/*_load.py bench/field_storm.py; do
    [ -e "$load" ] || continue
    say "$load"
    .venv/bin/python "$load" || missed="$missed $load"
done
if [ -n "$missed" ]; then
    echo "gates missed:$missed"
    exit 1
fi
