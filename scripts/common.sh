# Shared by the bootstrap scripts: versions, places, messages. Sourced, not run.

DUCKDB_VERSION=2.0.0
PYARROW_VERSION=26.0.1
SKEIN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Everything built or downloaded once per user lives here; a fresh clone finds it again.
SKEIN_CACHE=${SKEIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skein}
SKEIN_JOBS=${SKEIN_JOBS:-$(nproc)}

say() { printf '\033[1m[skein]\033[0m %s\n' "$*" >&2; }
die() { printf '[skein] error: %s\n' "$*" >&2; exit 1; }

# Where a build stands: its last step, or the log's last line where there are no steps.
newest_line() {
	local line
	line=$(grep -aE '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 1)
	[ -n "$line" ] || line=$(tail -n 1 "$1")
	printf '%s' "$line" | tr -d '\r' | cut -c1-90
}

# Runs a long command with its output in a log, and prints the log's newest line every ten seconds.
# with_progress LOG WHAT COMMAND...
with_progress() {
	local log=$1 what=$2 started pid line
	shift 2
	started=$SECONDS
	"$@" >"$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			sleep 1
			kill -0 "$pid" 2>/dev/null || break
		done
		say "$what, $((SECONDS - started)) s: $(newest_line "$log")"
	done
	if ! wait "$pid"; then
		tail -n 40 "$log" >&2
		die "$what failed; the whole log is $log"
	fi
}

# The platform name DuckDB uses in extension folders and footers.
duckdb_platform() {
	case $(uname -s)-$(uname -m) in
	Linux-x86_64) echo linux_amd64 ;;
	Linux-aarch64) echo linux_arm64 ;;
	*) die "no recipe for $(uname -s) on $(uname -m); see 'Platforms' in README.md" ;;
	esac
}

duckdb_prefix() { echo "${SKEIN_DUCKDB_PREFIX:-$SKEIN_CACHE/duckdb-$DUCKDB_VERSION-$(duckdb_platform)}"; }
arrow_prefix() { echo "${SKEIN_ARROW_PREFIX:-$SKEIN_CACHE/arrow-$PYARROW_VERSION-$(duckdb_platform)}"; }
