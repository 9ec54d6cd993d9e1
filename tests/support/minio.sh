#!/bin/sh
# Runs a command with an S3 server: sh tests/support/minio.sh ctest --test-dir build/dev
#
# Starts MinIO twice on 127.0.0.1, at free ports, on a temporary folder: over HTTP and over TLS, with a certificate made for it. Hands them to the
# command as OBJECTSTORE_TEST_S3 and OBJECTSTORE_TEST_S3_TLS (the endpoints), OBJECTSTORE_TEST_S3_CA (a PEM file with the CA that signed the
# certificate), OBJECTSTORE_TEST_ACCESS_KEY and OBJECTSTORE_TEST_SECRET_KEY; stops them and removes the folder however the command ends. Where
# OBJECTSTORE_TEST_S3 is set already, that server is used as it is. Where there is no MinIO, the command runs without a server (and its tests skip),
# unless CI=true.
set -u

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo 'usage: sh tests/support/minio.sh COMMAND [ARGUMENT...]' >&2; exit 2; }

say() { printf 'minio: %s\n' "$*" >&2; }

if [ -n "${OBJECTSTORE_TEST_S3:-}" ]; then
  say "using the server at $OBJECTSTORE_TEST_S3"
  exec "$@"
fi
if ! minio=$(sh "$here/../../cmake/bootstrap.sh" minio); then
  say '*** no minio here: tests against S3 will be SKIPPED (sh cmake/bootstrap.sh test installs it) ***'
  [ "${CI:-}" != true ] || exit 1
  exec "$@"
fi

plain=
secure=
folder=$(mktemp -d "${TMPDIR:-/tmp}/objectstore-s3.XXXXXX") || exit 1
stop() {
  for server in $plain $secure; do kill "$server" 2>/dev/null; done
  for server in $plain $secure; do wait "$server" 2>/dev/null; done
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
access_key=test$(random_hex 8)
secret_key=$(random_hex 20)
# Dies with this script even when that is killed the hard way.
leash=
! setpriv --pdeathsig TERM true 2>/dev/null || leash='setpriv --pdeathsig TERM'

# launch NAME: starts a MinIO on $folder/NAME, over TLS where that holds a certificate, at a random $port; its process is $server.
launch() {
  port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
  # shellcheck disable=SC2086  # leash is a command or nothing
  env HOME="$folder" MINIO_ROOT_USER="$access_key" MINIO_ROOT_PASSWORD="$secret_key" MINIO_BROWSER=off MINIO_UPDATE=off \
    MINIO_KMS_SECRET_KEY="objectstore-tests:$(head -c 32 /dev/urandom | base64)" \
    $leash "$minio" server "$folder/$1/data" --address "127.0.0.1:$port" --certs-dir "$folder/$1/certs" </dev/null >"$folder/$1/log" 2>&1 &
  server=$!
}

# answers SERVER URL: true when a MinIO that knows our key answers there; else the server is ended.
answers() {
  tries=0
  while [ "$tries" -lt 300 ] && kill -0 "$1" 2>/dev/null; do
    # A signed request: no other server would answer it with 200.
    if printf 'user = "%s:%s"\n' "$access_key" "$secret_key" |
      curl -q -fsS -K - --noproxy '*' --cacert "$certificate" --aws-sigv4 aws:amz:us-east-1:s3 \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$2/" >/dev/null 2>&1; then
      return 0
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
  kill "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  return 1
}

# A certificate that is its own CA.
mkdir -p "$folder/plain/certs" "$folder/secure/certs"
certificate=$folder/secure/certs/public.crt
if ! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=objectstore-tests \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$folder/secure/certs/private.key" -out "$certificate" >"$folder/secure/log" 2>&1; then
  say '*** openssl made no certificate; its last words:'
  tail -n 20 "$folder/secure/log" >&2
  exit 1
fi

for attempt in 1 2 3 4 5; do
  # Both at once: they start while we wait for the first.
  if [ -z "$plain" ]; then
    launch plain
    plain=$server plain_url=http://127.0.0.1:$port
  fi
  if [ -z "$secure" ]; then
    launch secure
    secure=$server secure_url=https://127.0.0.1:$port
  fi
  answers "$plain" "$plain_url" || plain=
  answers "$secure" "$secure_url" || secure=
  [ -z "$plain" ] || [ -z "$secure" ] || break
done
if [ -z "$plain" ] || [ -z "$secure" ]; then
  say "*** MinIO ($minio) did not start; its last words:"
  tail -n 20 "$folder/plain/log" "$folder/secure/log" >&2
  exit 1
fi

say "serving at $plain_url and $secure_url"
OBJECTSTORE_TEST_S3=$plain_url OBJECTSTORE_TEST_S3_TLS=$secure_url OBJECTSTORE_TEST_S3_CA=$certificate \
  OBJECTSTORE_TEST_ACCESS_KEY=$access_key OBJECTSTORE_TEST_SECRET_KEY=$secret_key "$@"
status=$?
if [ "$status" -ne 0 ] && ! { kill -0 "$plain" && kill -0 "$secure"; } 2>/dev/null; then
  say '*** MinIO ended before the command did; its last words:'
  tail -n 20 "$folder/plain/log" "$folder/secure/log" >&2
fi
exit "$status"
