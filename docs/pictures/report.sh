#!/usr/bin/env bash
# Takes docs/report.png and docs/report-dark.png: the page of a real run on the sandbox, in Chromium (Debian:
# apt-get install chromium). Some accounts are deployed beforehand, so that the run creates, updates and leaves alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet
here=$PWD
desk=$(mktemp -d)
trap 'rm -rf "$desk"' EXIT
cp -r stacks "$desk"
mkdir -p "$desk/docs"
cp -r docs/pictures "$desk/docs"
cd "$desk"

apply() {
  "$here/target/debug/xdeploy" apply docs/pictures/rollout.yaml --sandbox --progress none "$@" >/dev/null || true
}
apply --sandbox-seconds-per-resource 0.01 --account sandbox --account staging --account identity --account loyalty
sed -i 's/variables: { tier: silver,/variables: { tier: gold,/' docs/pictures/rollout.yaml
apply --sandbox-seconds-per-resource 2 --html report.html

picture() {
  chromium --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$desk/$1" --window-size=1280,1290 \
    --virtual-time-budget=3000 --screenshot="$here/docs/$1.png" "file://$desk/report.html#theme=$2" 2>/dev/null
}
picture report light
picture report-dark dark
