#!/bin/bash
# Install the Debian packages that a target needs, if any is missing.
#
#   tests/packages.sh build|check|lint...
#
# Says what it installs; uses sudo when it is not root.  When nothing is missing
# it asks nobody and takes no time.
set -eu

build="gcc make pkg-config libc6-dev libcurl4-openssl-dev libssl-dev libjansson-dev libxml2-dev
	libwslay-dev libmicrohttpd-dev libsqlite3-dev libssh-dev libgnutls28-dev openssh-client
	ca-certificates"
check="libcmocka-dev jq awscli python3 python3-boto3 python3-venv openssh-client curl mandoc procps"
lint="clang clang-tidy clang-format cppcheck libclang-rt-14-dev valgrind gcovr"

wanted=
for set in "$@"; do
	case $set in
	build) wanted="$wanted $build" ;;
	check) wanted="$wanted $build $check" ;;
	lint) wanted="$wanted $build $check $lint" ;;
	*)
		echo "packages.sh: no set of packages '$set' (build, check, lint)" >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null; then
	echo "this is not Debian: please install the equivalents of:" $wanted >&2
	exit 0
fi

missing=
for p in $wanted; do
	status=$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)
	[ "$status" = "install ok installed" ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
	root=sudo
	command -v sudo >/dev/null || {
		echo "these packages are missing, and there is no sudo to install them:$missing" >&2
		exit 1
	}
fi
echo "installing missing Debian packages:$missing"
$root apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -q --no-install-recommends $missing >/dev/null
