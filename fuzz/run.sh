#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, or those that are named: `bash fuzz/run.sh 60 page warc`;
# as many at once as there are cores. The coverage flags are those of cargo-fuzz, without a sanitizer:
# there is no unsafe code to watch, and so the project's own compiler will do. What is found stays in
# fuzz/artifacts/. SEED chooses the inputs; in CI it stays the same, so that a failure is a change's own.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?how many seconds for each target}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs -a targets/*.rs)

export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
 -Cllvm-args=-sanitizer-coverage-trace-compares"
host=$(rustc -vV | sed -n 's/^host: //p')
# For the target only: build scripts have nobody to count for.
cargo build --release --locked --target "$host" --bins

export host seconds
fuzz() { # one target
    set -euo pipefail
    local target=$1 seeds
    # What such inputs look like.
    case $target in
        page) seeds=../crawler/profiles/golden ;;
        profile) seeds=../crawler/profiles ;;
        config) seeds=../packaging ;;
        *) seeds=seeds/$target ;;
    esac
    mkdir -p "corpus/$target" "artifacts/$target"
    echo "fuzzing $target for $seconds s"
    "target/$host/release/$target" -max_total_time="$seconds" -seed="${SEED:-1}" -rss_limit_mb=2048 -timeout=20 \
        -max_len=65536 -artifact_prefix="artifacts/$target/" -print_final_stats=1 -verbosity=0 \
        "corpus/$target" "$seeds" 2>&1 | sed -u "s/^/$target: /"
}
export -f fuzz
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -n 1 bash -c 'fuzz "$1"' fuzz
