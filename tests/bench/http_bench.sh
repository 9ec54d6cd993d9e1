#!/bin/sh
# Measures requests a second and CPU per request beside bare libcurl: sh tests/bench/http_bench.sh [--requests N] [--rounds N] [--threads N,N] [--only TEXT]
# Builds the release preset, starts a MinIO on the first core and runs the client on the second.
set -eu

cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build build/release --target http_bench

server=
client=
if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then
  server='taskset -c 0'
  client='taskset -c 1'
fi
# shellcheck disable=SC2086  # both are a command with arguments, or nothing
exec $server sh tests/support/minio.sh $client build/release/tests/bench/http_bench "$@"
