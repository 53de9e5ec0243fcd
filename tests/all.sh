#!/usr/bin/env bash
# Installs what the tests need, then runs every check and test. Needs Rust and Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_PROFILE_DEV_DEBUG=none CARGO_PROFILE_TEST_DEBUG=none

# Independent readers of our WARC files and feeds, and a mail server, at fixed versions, in a place
# of their own.
tools=target/test-tools
if [ ! -e "$tools/complete" ]; then
    if ! python3 -m venv "$tools" 2>/dev/null; then
        sudo=$([ "$(id -u)" = 0 ] || echo sudo)
        $sudo apt-get update -qq
        $sudo apt-get install -y -qq python3-venv python3-pip
        python3 -m venv --clear "$tools"
    fi
    "$tools/bin/pip" install --quiet --disable-pip-version-check warcio==1.8.1 fastwarc==2.0.1 \
        cdxj-indexer==1.5.0 aiosmtpd==1.4.6 feedparser==6.0.12 jsonfeedvalidator==0.0.3
    touch "$tools/complete"
fi
LOA_TEST_TOOLS=$PWD/$tools/bin
export LOA_TEST_TOOLS

cargo fmt --check
cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
cargo test --workspace --all-features --locked
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
