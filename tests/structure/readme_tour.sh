#!/bin/sh
# The commands that README.md shows under "The command" work as they stand: sh readme_tour.sh README.md OBJSTORE WORK
set -eu

readme=$1
program=$2
work=$3
rm -rf "$work"
mkdir -p "$work/bin" "$work/notes"
ln -s "$program" "$work/bin/objstore"
PATH=$work/bin:$PATH
export HOME="$work" AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=example
unset AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 S3_ENDPOINT AWS_SESSION_TOKEN AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE || true

# The blocks of shell in that section.
awk '/^## /{section = ($0 == "## The command")} /^```/{block = (section && $0 == "```sh"); next} block' "$readme" >"$work/tour.sh"
[ "$(grep -c '^objstore ' "$work/tour.sh")" -ge 10 ] || { echo 'README.md shows no tour of the command'; exit 1; }

cd "$work"
echo 'a report' >report.pdf
echo 'a note' >notes/a.txt
printf '{"type":"%s","at":"2026-11-21T08:00:0%dZ"}\n' OrderPlaced 0 OrderPaid 1 OrderPaid 2 >events.ndjson
sh -eux tour.sh >output

cmp report.pdf copy.pdf
[ "$(wc -l <pointers.ndjson)" -eq 3 ] || { echo 'three events make three pointers'; exit 1; }
[ "$(grep -c '"event_id"' output)" -eq 5 ] || { echo 'expected three pointers received and two replayed'; cat output; exit 1; }
grep -q '^https://.*X-Amz-Signature=' output || { echo 'expected a presigned URL'; cat output; exit 1; }
cd /
rm -rf "$work"
