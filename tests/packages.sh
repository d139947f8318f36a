#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that a target needs, if any is missing.
#
#   tests/packages.sh build|check|lint|roots|browser...
#
# Says what it installs; uses sudo when it is not root.  When nothing is missing
# it asks nobody and takes no time.  Nothing is ever removed for it.
set -eu

build="gcc make pkg-config libc6-dev libcurl4-openssl-dev libssl-dev libjansson-dev libxml2-dev
	libwslay-dev libmicrohttpd-dev libsqlite3-dev libssh-dev libgnutls28-dev openssh-client
	ca-certificates gettext"
check="libcmocka-dev jq spin awscli python3 python3-boto3 python3-venv curl mandoc procps dpkg-dev tmux"
lint="clang clang-tidy clang-format cppcheck libclang-rt-dev valgrind gcovr shellcheck"
roots="debootstrap debian-archive-keyring"
browser="chromium fonts-dejavu-core fonts-ipafont-gothic"

wanted=
for set in "$@"; do
	case $set in
	build) wanted="$wanted $build" ;;
	check) wanted="$wanted $build $check" ;;
	lint) wanted="$wanted $build $check $lint" ;;
	roots) wanted="$wanted $roots" ;;
	browser) wanted="$wanted $browser" ;;
	*)
		echo "packages.sh: no set of packages '$set' (build, check, lint, roots, browser)" >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "this is not Debian: please install the equivalents of:" $wanted >&2
	exit 0
fi

installed() {
	# One line an architecture; a package on hold is installed, too.
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing=
for p in $wanted; do
	installed "$p" || [[ " $missing " == *" $p "* ]] || missing="$missing $p"
done
missing=${missing# }
[ -n "$missing" ] || exit 0

# apt-get as root.  sudo hands no environment on: what dpkg has to know goes by env, and a
# proxy, whose URL may hold a password, is named only.
settings=(LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	as_root=(sudo)
	kept=
	for name in http_proxy https_proxy no_proxy; do
		[ -z "${!name:-}" ] || kept=${kept:+$kept,}$name
	done
	[ -z "$kept" ] || as_root+=("--preserve-env=$kept")
	command -v sudo >/dev/null && "${as_root[@]}" true || {
		echo "these packages are missing, and sudo cannot install them; as root:" >&2
		echo "    apt-get install $missing" >&2
		exit 1
	}
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	${as_root[@]+"${as_root[@]}"} env "${settings[@]}" apt-get -q "$@" </dev/null >"$log" 2>&1
}

echo "installing missing Debian packages: $missing"
# A list of some other archive that cannot be had need not matter; what matters fails below.
listed=yes
apt update || listed=
[ -n "$listed" ] || sed 's/^/    /' "$log" >&2
if ! apt install -y --no-install-recommends --no-remove $missing; then
	tail -n 40 "$log" | sed 's/^/    /' >&2
	echo "could not install: $missing" >&2
	exit 1
fi
[ ! -s "$log" ] || grep '^W:' "$log" >&2 || true
for p in $missing; do
	installed "$p" || {
		echo "apt-get was content, but this package is not installed: $p" >&2
		exit 1
	}
done
