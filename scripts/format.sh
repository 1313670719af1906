#!/usr/bin/env bash
# Formats all C++ with the pinned clang-format; --check only says what differs.
set -euo pipefail
here=$(dirname "$0")
venv=$("$here/python_env.sh")
cd "$here/.."
arguments=(-i)
[ "${1:-}" != --check ] || arguments=(--dry-run -Werror)
find src tests examples bench -name '*.cpp' -o -name '*.hpp' 2>/dev/null | sort |
	xargs -r "$venv/bin/clang-format" "${arguments[@]}"
