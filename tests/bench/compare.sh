#!/bin/sh
# Compares the library and the objstore command with their peers: sh tests/bench/compare.sh [--rounds N] [--only NAME,NAME] [--quick]
# Builds the release preset, installs the peers into the cache folder, runs all works in turn and prints one Markdown table; --help says more,
# and tests/README.md how to read it. --table prints the results of earlier runs once more.
set -eu

cd "$(dirname "$0")/../.."
case " $* " in
  *' --table '* | *' --list '* | *' --help '* | *' -h '*) ;;
  *)
    cmake --preset release >/dev/null
    cmake --build build/release --target objectstore_cli compare_client compare_client_counting compare_server >&2
    sh tests/bench/compare/peers.sh
    ;;
esac
peers=$(sh tests/bench/compare/peers.sh path)
minio=$(sh cmake/bootstrap.sh minio) || minio=
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/bench/compare/run.py --peers "$peers" --minio "$minio" "$@"
