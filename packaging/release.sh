#!/usr/bin/env bash
# Builds the program for release: the same bytes in whatever folder, with the same compilers. Says how
# large it is and its hash. packaging/reproduce.sh tries whether that holds.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$(pwd -P)
cargo_home=$(realpath "${CARGO_HOME:-$HOME/.cargo}")
# What the shell holds must not be part of it.
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR CXXFLAGS
for name in $(compgen -v CARGO_PROFILE_ || true); do unset "$name"; done
export CARGO_INCREMENTAL=0
# Libraries in C name the time at which they are compiled: no time.
export SOURCE_DATE_EPOCH=0
# Panics and debug sections name files: by where they are in the project, not on this disk.
flags=("--remap-path-prefix=$here=/loaphuong" "--remap-path-prefix=$cargo_home=/cargo")
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
export CC_SHELL_ESCAPED_FLAGS=1
export CFLAGS="'-ffile-prefix-map=$here=/loaphuong' '-ffile-prefix-map=$cargo_home=/cargo'"
cargo build --release --locked --bin loa --target-dir target/distribution
program=target/distribution/release/loa
echo "$program: $(stat -c %s "$program") bytes"
sha256sum "$program"
