#!/bin/sh
# clang-format and clang-tidy over the project: sh tests/tidy.sh [FILE-REGEX...]
#
# Says which files are not formatted as .clang-format wants it, then runs the checks of .clang-tidy over src/ and cli/ (or the files whose
# path matches a REGEX), with the compile commands of build/dev. Ends with an exit code other than 0 when either found something.
set -eu

cd "$(dirname "$0")/.."
sh cmake/bootstrap.sh tidy
[ -f build/dev/compile_commands.json ] || cmake --preset dev
# Headers and sources that the build generates.
cmake --build build/dev -j "${JOBS:-$(nproc)}" >/dev/null
status=0

git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror || status=1

[ $# -gt 0 ] || set -- "$PWD/src/" "$PWD/cli/"
run-clang-tidy -quiet -p build/dev -j "${JOBS:-$(nproc)}" "$@" || status=1
exit "$status"
