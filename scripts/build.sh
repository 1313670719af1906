#!/usr/bin/env bash
# build.sh PRESET [CMAKE OPTION...]: configures build/PRESET and builds everything in it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

preset=${1:-release}
shift || true
cd "$SKEIN_ROOT"
log=build/$preset-configure.log
mkdir -p build
if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
	tail -n 40 "$log" >&2
	die "configuring build/$preset failed; the whole log is $log"
fi
say "building build/$preset"
started=$SECONDS
cmake --build --preset "$preset" --parallel "$SKEIN_JOBS" || die "building build/$preset failed"
say "build/$preset is up to date ($((SECONDS - started)) s)"
