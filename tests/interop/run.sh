#!/bin/sh
# Runs the comparison with boto3: sh run.sh BUILD-FOLDER AGENT
# Without a server, or without boto3, it says so loudly and is skipped (exit 77); under CI=true that is a failure.
set -u

here=$(cd "$(dirname "$0")" && pwd)
skip() {
  printf '\n*** interop_boto3 did NOT run: %s ***\n\n' "$1" >&2
  [ "${CI:-}" != true ] || exit 1
  exit 77
}

[ -n "${OBJECTSTORE_TEST_S3:-}" ] || skip 'OBJECTSTORE_TEST_S3 names no server (tests/run.sh starts one)'
python=$(sh "$here/venv.sh" "$1/venv") || skip 'boto3 could not be installed (python3 -m venv, pip)'
command -v curl >/dev/null || skip 'there is no curl'
exec "$python" -B "$here/interop_test.py" --agent "$2" --work "$1"
