#!/bin/sh
# Packages xdeploy as a function for AWS Lambda (runtime provided.al2023): a zip with `bootstrap`, which
# Lambda starts, and the program.
#
#   stacks/pipeline/package-lambda.sh [--binary FILE] [ZIP]
#
# Without --binary, the release program is built first. The zip is target/xdeploy-lambda.zip unless named.
set -eu

# The C library of Amazon Linux 2023.
MOST_GLIBC=2.34

root=$(cd "$(dirname "$0")/../.." && pwd)
binary=
if [ "${1:-}" = --binary ]; then
  binary=$2
  shift 2
fi
zip=${1:-$root/target/xdeploy-lambda.zip}

if [ -z "$binary" ]; then
  cargo build --release --locked --manifest-path "$root/Cargo.toml"
  binary=${CARGO_TARGET_DIR:-$root/target}/release/xdeploy
fi

python3 - "$binary" "$zip" "$MOST_GLIBC" <<'PYTHON'
import re
import stat
import sys
import zipfile

binary, archive, most = sys.argv[1:]
with open(binary, "rb") as file:
    program = file.read()


def number(version):
    return [int(part) for part in version.split(".")]


# Each version of the C library that a program needs stands in it as text.
needed = {match.decode() for match in re.findall(rb"\0GLIBC_([0-9.]+)(?=\0)", program)}
too_new = sorted((v for v in needed if number(v) > number(most)), key=number)
if too_new:
    sys.exit(
        f"{binary} needs glibc {too_new[-1]}, provided.al2023 has {most}: build it on an older system, or "
        f"with `cargo zigbuild --release --target x86_64-unknown-linux-gnu.{most}` and give it with --binary"
    )

bootstrap = """#!/bin/sh
exec "${LAMBDA_TASK_ROOT:-$(dirname "$0")}/xdeploy" codepipeline lambda
"""
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
    for name, content in [("bootstrap", bootstrap), ("xdeploy", program)]:
        # A fixed time: the same program makes the same zip.
        entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
        entry.external_attr = (stat.S_IFREG | 0o755) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        zipped.writestr(entry, content)
print(archive)
PYTHON
