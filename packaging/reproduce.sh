#!/usr/bin/env bash
# Builds what is committed twice, in folders of different names (one with a space), and compares the
# bytes. By hand before a release: it takes two builds.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for place in one "another folder/deeper"; do
    git clone --quiet . "$folder/$place"
    bash "$folder/$place/packaging/release.sh"
done
program=target/distribution/release/loa
cmp "$folder/one/$program" "$folder/another folder/deeper/$program"
echo "the same bytes"
