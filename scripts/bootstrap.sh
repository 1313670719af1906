#!/usr/bin/env bash
# Gets everything a build and the tests need: Debian packages, Python packages, Arrow Flight, DuckDB. Says what it does,
# and nothing where everything is there. `bootstrap.sh bench` also gets what only the benchmark needs.
set -euo pipefail
. "$(dirname "$0")/common.sh"

has_header() { echo "#include <$1>" | "${CXX:-c++}" -std=c++20 -E -x c++ - >/dev/null 2>&1; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_venv() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }
has_certificates() { [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]; }

purpose=${1:-build}

# Debian's package, then the test of whether it is needed.
missing_packages() {
	has_command c++ || echo g++
	has_command cmake || echo cmake
	has_command ninja || echo ninja-build
	has_command ccache || echo ccache
	has_command mold || echo mold
	has_command python3 && has_venv || echo python3 python3-venv
	has_command openssl || echo openssl
	has_command ip || echo iproute2
	has_certificates || echo ca-certificates
	has_header openssl/evp.h || echo libssl-dev
	has_header CLI/CLI.hpp || echo libcli11-dev
	has_header spdlog/spdlog.h || echo libspdlog-dev
	has_header fmt/format.h || echo libfmt-dev
	has_header protozero/pbf_reader.hpp || echo libprotozero-dev
	has_header gtest/gtest.h || echo libgtest-dev
	[ "$purpose" != bench ] || has_header boost/beast.hpp || echo libboost-dev
}

install_packages() {
	local as_root=()
	has_command apt-get || die "these are missing, by their Debian names: $*. There is no apt-get here: install them by hand."
	if [ "$(id -u)" != 0 ]; then
		has_command sudo || die "these Debian packages are missing: $*. Run as root: apt-get install $*"
		as_root=(sudo)
	fi
	mkdir -p "$SKEIN_CACHE"
	if [ "${#as_root[@]}" -gt 0 ]; then
		say "root is needed to install Debian packages: $*"
		sudo -v || die "sudo refused; ask for these Debian packages: $*"
	fi
	say "installing Debian packages: $*"
	(with_progress "$SKEIN_CACHE/apt-update.log" "reading package lists" "${as_root[@]}" apt-get update) ||
		say "trying with the package lists that are here"
	with_progress "$SKEIN_CACHE/apt-install.log" "installing Debian packages" \
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

mapfile -t missing < <(missing_packages | tr ' ' '\n' | sort -u)
if [ "${#missing[@]}" -gt 0 ]; then
	install_packages "${missing[@]}"
fi

here=$(dirname "$0")
"$here/python_env.sh" >/dev/null
"$here/fetch_arrow.sh" >/dev/null
"$here/build_duckdb.sh" >/dev/null
