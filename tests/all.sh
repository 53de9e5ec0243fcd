#!/usr/bin/env bash
# Installs what the tests need, then runs every check and test. Needs Rust, Debian's packages, PyPI
# and npm.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_PROFILE_DEV_DEBUG=none CARGO_PROFILE_TEST_DEBUG=none

sudo=$([ "$(id -u)" = 0 ] || echo sudo)
install() { # the packages of commands that are missing
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# A browser, and what checks pages in it.
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
command -v java >/dev/null || missing+=(default-jre-headless)
# libFuzzer is C++; one of the tests' faults is C.
command -v c++ >/dev/null && command -v cc >/dev/null || missing+=(g++)
[ ${#missing[@]} = 0 ] || install "${missing[@]}"

# Independent readers of our WARC files and feeds, a mail server, and what tries our API, at fixed
# versions, in a place of their own.
tools=target/test-tools
if [ ! -e "$tools/complete-2" ]; then
    if ! python3 -m venv --clear "$tools" 2>/dev/null; then
        install python3-venv python3-pip
        python3 -m venv --clear "$tools"
    fi
    "$tools/bin/pip" install --quiet --disable-pip-version-check warcio==1.8.1 fastwarc==2.0.1 \
        cdxj-indexer==1.5.0 aiosmtpd==1.4.6 feedparser==6.0.12 jsonfeedvalidator==0.0.3 \
        schemathesis==4.32.5
    touch "$tools/complete-2"
fi
# What judges pages: axe-core, the Nu Html Checker, Lighthouse.
node=target/test-node
if [ ! -e "$node/complete" ]; then
    mkdir -p "$node"
    npm install --loglevel=error --fetch-retries=5 --no-audit --no-fund --prefix "$node" \
        axe-core@4.14.1 lighthouse@12.8.2 vnu-jar@26.9.27
    touch "$node/complete"
fi
LOA_TEST_TOOLS=$PWD/$tools/bin
LOA_TEST_NODE=$PWD/$node
LOA_TEST_CHROMEDRIVER=$(command -v chromedriver)
export LOA_TEST_TOOLS LOA_TEST_NODE LOA_TEST_CHROMEDRIVER

cargo fmt --check
cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
# A test that hangs is told, not waited for.
timeout --verbose 30m cargo test --workspace --all-features --locked
# It measures times: alone.
cargo test --all-features --locked --test system -- --ignored lighthouse
# Everything that reads outside bytes, for some seconds each: built quickly rather than quick.
CARGO_PROFILE_RELEASE_OPT_LEVEL=1 bash fuzz/run.sh 10
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
