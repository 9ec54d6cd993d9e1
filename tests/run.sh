#!/bin/sh
# Installs what is missing, builds, and runs all tests against a MinIO of their own: sh tests/run.sh [CTEST-ARGUMENT...]
#
#   sh tests/run.sh                       everything
#   sh tests/run.sh -R contract           what ctest -R selects (also -L, -E, --rerun-failed, ...)
#   PRESET=asan sh tests/run.sh -L unit   another preset: dev (the default), release, asan, tsan, coverage
#   TARGET=test_programs PRESET=asan sh tests/run.sh -R contract
#                                        builds only this target
#   JOBS=8 sh tests/run.sh                compile and test jobs (default: the number of processors)
#
# OBJECTSTORE_TEST_S3, OBJECTSTORE_TEST_ACCESS_KEY and OBJECTSTORE_TEST_SECRET_KEY name another S3 server than a MinIO started here.
set -eu

cd "$(dirname "$0")/.."
preset=${PRESET:-dev}
jobs=${JOBS:-$(nproc)}

sh cmake/bootstrap.sh test

launcher=
if command -v ccache >/dev/null; then
  launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  # What ccache needs to know to cache objects that use the tests' precompiled header.
  export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}"
  # The consumer tests build the library again, in other folders, and so does the next clone: the same objects serve them.
  export CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
  export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}"
fi

# Sanitized programs can hang or die where the kernel randomises addresses by more than 28 bits.
calm=
case $preset in
  asan | tsan)
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
    if [ "$bits" -gt 28 ]; then
      if setarch "$(uname -m)" -R true 2>/dev/null; then
        calm="setarch $(uname -m) -R"
      else
        echo "run.sh: vm.mmap_rnd_bits is $bits and setarch -R is not allowed here: sanitized tests may hang" >&2
      fi
    fi
    ;;
esac

# shellcheck disable=SC2086  # launcher and calm are commands with arguments, or nothing
cmake --preset "$preset" -DOBJECTSTORE_BUILD_TESTS=ON $launcher
# shellcheck disable=SC2086
$calm cmake --build "build/$preset" --target "${TARGET:-all}" -j "$jobs"
# shellcheck disable=SC2086
exec $calm sh tests/support/minio.sh ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@"
