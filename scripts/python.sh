#!/usr/bin/env bash
# Runs Python with the pinned packages, from the top of the tree.
set -euo pipefail
here=$(dirname "$0")
venv=$("$here/python_env.sh")
cd "$here/.."
exec "$venv/bin/python" "$@"
