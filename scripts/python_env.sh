#!/usr/bin/env bash
# Makes the Python environment of tests, demo and lint, once per user and per set of pinned versions; links it as
# build/venv and prints its path.
set -euo pipefail
. "$(dirname "$0")/common.sh"

requirements=$SKEIN_ROOT/tests/requirements.txt
venv=$SKEIN_CACHE/venv-$(sha256sum "$requirements" | cut -c1-12)
if [ ! -f "$venv/complete" ]; then
	mkdir -p "$SKEIN_CACHE"
	exec 9>"$SKEIN_CACHE/venv.lock"
	flock 9
	if [ ! -f "$venv/complete" ]; then
		rm -rf "$venv"
		"${SKEIN_PYTHON:-python3}" -m venv "$venv" ||
			die "python3 cannot make virtual environments; on Debian install python3-venv"
		with_progress "$SKEIN_CACHE/venv.log" "installing the Python packages of tests/requirements.txt" \
			"$venv/bin/pip" install --disable-pip-version-check -r "$requirements"
		touch "$venv/complete"
	fi
	exec 9>&-
fi
mkdir -p "$SKEIN_ROOT/build"
ln -sfn "$venv" "$SKEIN_ROOT/build/venv"
echo "$venv"
