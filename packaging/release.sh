#!/usr/bin/env bash
# Builds the program for release: the same bytes in whatever folder, by whomever, with the same
# compilers. Says how large it is and its hash. packaging/reproduce.sh tries whether that holds.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# Panics and debug sections name files: by where they are in the project, not on this disk.
export RUSTFLAGS="--remap-path-prefix=$PWD=/loaphuong --remap-path-prefix=$cargo_home=/cargo"
export CFLAGS="-ffile-prefix-map=$PWD=/loaphuong -ffile-prefix-map=$cargo_home=/cargo"
# What the shell holds must not be part of it.
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_TARGET_DIR
cargo build --release --locked --bin loa --target-dir target/distribution
program=target/distribution/release/loa
echo "$program: $(stat -c %s "$program") bytes"
sha256sum "$program"
