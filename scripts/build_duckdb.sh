#!/usr/bin/env bash
# Builds the DuckDB that Skein links, once per user, from the source distribution of the Python package: headers, static
# and shared library, the extensions the server links in, and tpch as a loadable extension for tests and benchmarks.
# Prints the prefix. Does nothing when the prefix is there already, or when SKEIN_DUCKDB_PREFIX names one.
set -euo pipefail
. "$(dirname "$0")/common.sh"

prefix=$(duckdb_prefix)
if [ -f "$prefix/lib/libduckdb_static.a" ]; then
	echo "$prefix"
	exit 0
fi
[ -z "${SKEIN_DUCKDB_PREFIX:-}" ] || die "SKEIN_DUCKDB_PREFIX=$prefix holds no lib/libduckdb_static.a"

mkdir -p "$SKEIN_CACHE"
exec 9>"$SKEIN_CACHE/duckdb.lock"
flock 9
if [ -f "$prefix/lib/libduckdb_static.a" ]; then
	echo "$prefix"
	exit 0
fi

work=$SKEIN_CACHE/duckdb-build
mkdir -p "$work"
if [ ! -f "$work/duckdb-$DUCKDB_VERSION/external/duckdb/CMakeLists.txt" ]; then
	say "downloading the DuckDB $DUCKDB_VERSION source distribution (17 MB)"
	"$("$SKEIN_ROOT/scripts/python_env.sh")/bin/python" -m pip download -q --disable-pip-version-check --no-deps --no-binary duckdb -d "$work" "duckdb==$DUCKDB_VERSION" >&2
	tar -xzf "$work/duckdb-$DUCKDB_VERSION.tar.gz" -C "$work"
fi

say "building DuckDB $DUCKDB_VERSION into $prefix: about 25 minutes on two cores, this once"
source_dir=$work/duckdb-$DUCKDB_VERSION/external/duckdb
launcher=()
if command -v ccache >/dev/null; then
	launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
with_progress "$work/configure.log" "configuring DuckDB" \
	cmake -G Ninja -S "$source_dir" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
	-DBUILD_EXTENSIONS="core_functions;parquet;json;icu;tpch" -DBUILD_SHELL=0 -DBUILD_UNITTESTS=0 \
	-DOVERRIDE_GIT_DESCRIBE="v$DUCKDB_VERSION" -DCMAKE_INSTALL_PREFIX="$prefix.partial" "${launcher[@]}"
with_progress "$work/build.log" "building DuckDB" \
	cmake --build "$work/build" --parallel "$SKEIN_JOBS" --target duckdb_static duckdb core_functions_extension \
	parquet_extension json_extension icu_extension tpch_extension tpch_loadable_extension duckdb_loadable_extensions duckdb_httplib \
	duckdb_cpp_api
rm -rf "$prefix.partial"
with_progress "$work/install.log" "installing DuckDB" cmake --install "$work/build" --strip
mkdir -p "$prefix.partial/lib/duckdb/extensions"
cp "$work/build/extension/tpch/tpch.duckdb_extension" "$prefix.partial/lib/duckdb/extensions/"
mv "$prefix.partial" "$prefix"
rm -rf "$work/build"
say "DuckDB $DUCKDB_VERSION is ready"
echo "$prefix"
