#!/usr/bin/env bash
# Compares two revisions in turn, A B A B …, so that a machine whose speed drifts tells no lies:
# `bash benches/compare.sh OLD NEW [BENCH …]`, for instance `bash benches/compare.sh main~5 main speed`.
# ROUNDS says how often (3). Each revision is built in a folder of its own, in target/compare. It prints
# medians and their ratios; see `benches/main.rs` for the benches.
set -euo pipefail
cd "$(dirname "$0")/.."
old=$(git rev-parse --verify "${1:?an old revision}^{commit}")
new=$(git rev-parse --verify "${2:?a new revision}^{commit}")
shift 2
benches=("${@:-speed}")
if [[ " ${benches[*]} " == *" load "* ]]; then
    echo "load has no ratios: it writes docs/performance.md" >&2
    exit 2
fi
data=${LOA_BENCH_DATA:-$PWD/../shared/data}
place=$PWD/target/compare
mkdir -p "$place"
trap 'for tree in "$place/$old" "$place/$new"; do git worktree remove --force "$tree" || true; done' EXIT

declare -A program
for revision in "$old" "$new"; do
    tree=$place/$revision
    [ -d "$tree" ] || git worktree add --quiet --detach "$tree" "$revision"
    mkdir -p "$tree/target"
    built=$(cd "$tree" && CARGO_TARGET_DIR=$place/target-$revision cargo bench --bench search --no-run \
        --message-format json-render-diagnostics | grep '"name":"search"' | grep -o '"executable":"[^"]*"' | cut -d'"' -f4)
    cp "$built" "$place/bench-$revision"
    program[$revision]=$place/bench-$revision
done
: >"$place/old.jsonl"
: >"$place/new.jsonl"
for _ in $(seq "${ROUNDS:-3}"); do
    for side in old new; do
        revision=${!side}
        (cd "$place/$revision" && LOA_BENCH_DATA=$data "${program[$revision]}" "${benches[@]}" >/dev/null)
        tr -d '\n' <"$place/$revision/target/benches.json" >>"$place/$side.jsonl"
        echo >>"$place/$side.jsonl"
    done
done
# The older of the two may not know how.
cargo bench --quiet --bench search -- compare "$place/old.jsonl" "$place/new.jsonl"
