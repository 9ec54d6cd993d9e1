#!/bin/sh
# Installs what the library is compared with, each into the cache folder; what is there already is left alone.
#
#   sh tests/bench/compare/peers.sh        installs; a peer that cannot be had is named and left out
#   sh tests/bench/compare/peers.sh path   prints the folder that holds them
#
# By pip: the aws command (version 1), boto3, awscrt. By go: rclone, mc, s5cmd. By cargo: a small driver of the crate object_store,
# whose source is in tests/bench/peers. From apt: nginx and strace.
set -u

awscli_version=1.46.3
awscrt_version=0.38.1
rclone_version=v1.76.0
mc_version=v0.0.0-20250313080218-cf909e1063a9
s5cmd_version=v2.3.0

here=$(cd "$(dirname "$0")" && pwd)
folder=${OBJECTSTORE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/objectstore}/peers
log=$folder/install.log

say() { printf 'peers: %s\n' "$*" >&2; }
left_out() { say "*** $1 cannot be had here and is LEFT OUT (see $log) ***"; }

# with_go NAME MODULE VERSION: the program NAME. A stamp beside it says which version it is. Built from a module of our own that requires just
# this one: `go install MODULE@VERSION` would ask for the list of all versions besides, which not every proxy has.
with_go() {
  [ "$(cat "$folder/bin/$1.version" 2>/dev/null)" != "$2@$3" ] || return 0
  command -v go >/dev/null || { echo "$1: no go on PATH" >>"$log"; left_out "$1"; return; }
  say "building $2@$3 (minutes, once)"
  mkdir -p "$folder/go/$1"
  if (cd "$folder/go/$1" && rm -f go.mod go.sum && go mod init peer && go mod edit -require="$2@$3" &&
    go build -mod=mod -p "${OBJECTSTORE_JOBS:-2}" -ldflags='-s -w' -o "$folder/bin/$1" "$2") >>"$log" 2>&1; then
    printf '%s\n' "$2@$3" >"$folder/bin/$1.version"
  else
    left_out "$1"
  fi
}

with_pip() {
  wanted="awscli==$awscli_version boto3 awscrt==$awscrt_version"
  [ "$(cat "$folder/python/wanted" 2>/dev/null)" != "$wanted" ] || return 0
  say "installing $wanted"
  # shellcheck disable=SC2086  # a list
  if python3 -m venv "$folder/python" >>"$log" 2>&1 &&
    "$folder/python/bin/pip" install --quiet --disable-pip-version-check $wanted >>"$log" 2>&1; then
    printf '%s\n' "$wanted" >"$folder/python/wanted"
  else
    left_out 'aws, boto3 and awscrt'
  fi
}

# Built from a copy of its source, and anew when that has changed.
with_cargo() {
  source=$here/../peers/object_store
  wanted=$(cat "$source/Cargo.toml" "$source/src/main.rs" | cksum)
  [ "$(cat "$folder/bin/object_store_driver.version" 2>/dev/null)" != "$wanted" ] || return 0
  command -v cargo >/dev/null || { echo 'object_store: no cargo on PATH' >>"$log"; left_out object_store; return; }
  say 'building the driver of the crate object_store (minutes, once)'
  mkdir -p "$folder/object_store"
  if (cp -R "$source/." "$folder/object_store" && cd "$folder/object_store" &&
    cargo build --release --quiet --jobs "${OBJECTSTORE_JOBS:-2}") >>"$log" 2>&1; then
    cp "$folder/object_store/target/release/object_store_driver" "$folder/bin/"
    printf '%s\n' "$wanted" >"$folder/bin/object_store_driver.version"
  else
    rm -f "$folder/bin/object_store_driver"
    left_out object_store
  fi
}

# with_apt COMMAND PACKAGE
with_apt() {
  PATH=$PATH:/usr/sbin command -v "$1" >/dev/null && return
  say "installing $2 with apt"
  root=
  [ "$(id -u)" -eq 0 ] || root='sudo -n'
  # In run level 1 the package's own service is not started.
  install="$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y --no-install-recommends $2"
  # shellcheck disable=SC2086  # words
  $install >>"$log" 2>&1 || { $root apt-get update -q >>"$log" 2>&1 && $install >>"$log" 2>&1; } || left_out "$1"
}

[ "${1:-}" != path ] || { printf '%s\n' "$folder"; exit 0; }
mkdir -p "$folder/bin"
: >"$log"
with_apt nginx nginx-light
with_apt strace strace
with_pip
with_cargo
with_go s5cmd github.com/peak/s5cmd/v2 "$s5cmd_version"
with_go mc github.com/minio/mc "$mc_version"
with_go rclone github.com/rclone/rclone "$rclone_version"
exit 0
