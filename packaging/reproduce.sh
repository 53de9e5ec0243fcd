#!/usr/bin/env bash
# Builds what is committed twice, in folders of different names, and compares the bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for place in one another/deeper; do
    git clone --quiet . "$folder/$place"
    bash "$folder/$place/packaging/release.sh"
done
program=target/distribution/release/loa
cmp "$folder/one/$program" "$folder/another/deeper/$program"
echo "the same bytes"
