#!/usr/bin/env bash
# A lab for comparisons: a Debian sid root that holds DuckDB's CLI, its Python wheel and Quack, DuckDB's own client and
# server. See docs/peers.md. Needs root, and nothing that ships depends on it: sid moves.
#
#   peer_lab.sh setup LAB              make it in the folder LAB (some minutes; again: checks and completes it)
#   peer_lab.sh run LAB COMMAND ARG... run a command inside
#   peer_lab.sh remove LAB             unmount and delete it
set -euo pipefail
. "$(dirname "$0")/common.sh"

usage() {
	sed -n '/^#   /s/^# *//p' "$0" >&2
	exit 2
}

inside() { chroot "$lab" "$@"; }

# The system with DuckDB's packages, from debootstrap's own mirror.
make_root() {
	[ ! -x "$lab/usr/bin/duckdb" ] || return 0
	if ! command -v debootstrap >/dev/null; then
		say "installing debootstrap"
		apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
	fi
	mkdir -p "$(dirname "$lab")"
	with_progress "$lab.log" "making a Debian root in $lab" \
		debootstrap --variant=minbase --include=ca-certificates,duckdb,python3 sid "$lab"
}

# The wheel of the same version, for measurements in Python, without installing anything into that system.
add_wheel() {
	[ ! -d "$lab/opt/py/duckdb" ] || return 0
	local version wheels
	version=$(inside python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	wheels=$(mktemp -d)
	say "getting DuckDB's wheel for Python $version"
	"$("$(dirname "$0")/python_env.sh")/bin/pip" -q download --disable-pip-version-check --no-deps --only-binary=:all: \
		--python-version "$version" -d "$wheels" "duckdb==$DUCKDB_VERSION"
	mkdir -p "$lab/opt/py"
	python3 -m zipfile -e "$wheels"/duckdb-"$DUCKDB_VERSION"-*.whl "$lab/opt/py"
	rm -r "$wheels"
}

finish() {
	mkdir -p "$lab/lab" "$lab/proc"
	printf '127.0.0.1 localhost\n' >"$lab/etc/hosts"
	mountpoint -q "$lab/proc" || mount -t proc proc "$lab/proc"
}

check() {
	local version
	version=$(inside env DUCKDB_AGENT_MODE=0 duckdb -no-init -list -noheader -c "LOAD quack; SELECT version()") ||
		die "DuckDB in $lab does not run, or has no Quack"
	[ "$version" = "v$DUCKDB_VERSION" ] || die "sid has moved: DuckDB in $lab is $version, not v$DUCKDB_VERSION"
	inside env PYTHONPATH=/opt/py python3 -c "import duckdb; assert duckdb.__version__ == '$DUCKDB_VERSION'" ||
		die "DuckDB's wheel does not load in $lab"
	say "$lab is ready: PEER_LAB=$lab make bench"
}

remove() {
	[ -x "$lab/usr/bin/duckdb" ] || die "$lab is no lab"
	! mountpoint -q "$lab/proc" || umount "$lab/proc"
	rm -rf --one-file-system "$lab" "$lab.log"
}

[ $# -ge 2 ] || usage
verb=$1
lab=$(realpath -m "$2")
shift 2
[ "$(id -u)" = 0 ] || die "this takes root (debootstrap, chroot, mount)"
case $verb in
setup) make_root && add_wheel && finish && check ;;
run) inside "$@" ;;
remove) remove ;;
*) usage ;;
esac
