#!/bin/sh
# Makes a Python environment with boto3 in FOLDER and prints its interpreter; at once where it is there already: sh venv.sh FOLDER
set -eu

folder=${1:?usage: sh venv.sh FOLDER}
python=$folder/bin/python

if ! "$python" -c 'import boto3' 2>/dev/null; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2
  "$python" -m pip install --quiet --disable-pip-version-check --no-input 'boto3>=1.36,<2' >&2
fi
printf '%s\n' "$python"
