#!/usr/bin/env bash
# Unpacks Arrow Flight's C++ headers and libraries from the pyarrow wheel into a prefix, once per user. Prints the prefix.
# The wheel carries both, built for any Linux with glibc 2.28; no compiler is needed.
set -euo pipefail
. "$(dirname "$0")/common.sh"

prefix=$(arrow_prefix)
if [ ! -f "$prefix/lib/libarrow_flight.so" ]; then
	[ -z "${SKEIN_ARROW_PREFIX:-}" ] || die "SKEIN_ARROW_PREFIX=$prefix holds no lib/libarrow_flight.so"
	say "downloading Arrow Flight $PYARROW_VERSION (55 MB)"
	mkdir -p "$SKEIN_CACHE"
	work=$(mktemp -d "$SKEIN_CACHE/arrow.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	"$("$SKEIN_ROOT/scripts/python_env.sh")/bin/python" -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: -d "$work" "pyarrow==$PYARROW_VERSION" >&2
	python3 -m zipfile -e "$work"/pyarrow-*.whl "$work/wheel"
	mkdir -p "$work/prefix/lib" "$work/prefix/include"
	cp -r "$work/wheel/pyarrow/include/arrow" "$work/prefix/include/"
	for library in libarrow libarrow_flight; do
		file=$(basename "$work/wheel/pyarrow/$library".so.*)
		cp "$work/wheel/pyarrow/$file" "$work/prefix/lib/"
		ln -s "$file" "$work/prefix/lib/$library.so"
	done
	rm -rf "$prefix"
	mv "$work/prefix" "$prefix"
fi
echo "$prefix"
