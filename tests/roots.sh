#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The README's own commands, as a new user meets them: in a bare root of Debian 12 and 13 that
# holds make and git and nothing else, as root and as a user with sudo.
#
#   tests/roots.sh make                   both roots; needs root, debootstrap and a Debian mirror
#   tests/roots.sh demo bookworm root     `make demo` in a copy of the bare root, as root or user
#   tests/roots.sh demos                  each suite and user; the suites side by side
#   tests/roots.sh check trixie user      `make check`, in the copy that the demo left
#   tests/roots.sh strangers trixie user  AWS CLI 2 as a judge of the sandbox, there too
#   tests/roots.sh deb trixie user        `make deb` there; installed into another bare root, it walks a run
#   tests/roots.sh debs                   both suites side by side
#   tests/roots.sh all                    everything that CI runs of these, and the removal
#   tests/roots.sh remove
#   tests/roots.sh commands               what is run, as the README prints it
#
# What is cloned is the last commit.  ROOTS is the folder that the roots live in (build/roots);
# DEBIAN_MIRROR the mirror, if not the one that this machine's apt uses.  FAULT is handed on to
# make check (make help).  A root is entered in name spaces of its own (mounts, processes): what
# it starts and mounts ends with it, however that ends.
set -eu -o pipefail
cd "$(dirname "$0")/.."
top=$PWD
ROOTS=${ROOTS:-$top/build/roots}
SUITES="bookworm trixie"
COMMANDS=("make demo" "make check")
# The tests that may be skipped in a root, each with its reason: none.
SKIPS_ALLOWED=()

die() {
	echo "roots.sh: $*" >&2
	exit 1
}

# ---- this machine's apt, whose mirror, proxy and settings are right here

machine_mirror() {
	local line
	[ -z "${DEBIAN_MIRROR:-}" ] || {
		echo "$DEBIAN_MIRROR"
		return
	}
	# Only what has been listed says that it is Debian's.
	line=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)' 'Identifier: Packages' |
		grep -E '^Debian\|main\|[a-z]+\|' | grep -vE 'security|updates|backports' | head -n 1) ||
		die "this machine's apt knows no Debian mirror (apt-get update?); or set DEBIAN_MIRROR"
	echo "${line##*|}"
}

# What apt must know to reach the mirror from here; proxies of the environment are among it.
machine_settings() {
	local name
	apt-config dump | grep -E '^Acquire::(https?::(Proxy|Timeout|[^ ]*::Proxy)|Check-Valid-Until|Check-Date|Retries|ForceIPv[46]) "[^"]' || true
	for name in http https; do
		local variable=${name}_proxy
		[ -z "${!variable:-}" ] || echo "Acquire::$name::Proxy \"${!variable}\";"
	done
}

# ---- making

make_bare() {
	local suite=$1 mirror proxy=
	mirror=$(machine_mirror) || exit 1
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
		export http_proxy=$proxy
	fi
	echo "a bare root of Debian's $suite, from the mirror that apt uses here"
	rm -rf --one-file-system "$ROOTS/$suite.new"
	mkdir -p "$ROOTS/debs/$suite"
	# debootstrap mounts /proc in it; in a name space that cannot stay behind.
	unshare --mount --propagation private debootstrap --variant=minbase --include=make,git \
		--cache-dir="$ROOTS/debs/$suite" "$suite" "$ROOTS/$suite.new" "$mirror" \
		>"$ROOTS/$suite.log" 2>&1 || {
		tail -n 20 "$ROOTS/$suite.log" "$ROOTS/$suite.new/debootstrap/debootstrap.log" >&2 || true
		die "this machine cannot make a root of $suite"
	}
	rm -f "$ROOTS/$suite.new/var/cache/apt/archives/"*.deb
	machine_settings >"$ROOTS/$suite.new/etc/apt/apt.conf.d/90machine"
	cp -L /etc/resolv.conf /etc/hosts "$ROOTS/$suite.new/etc/"
	mv "$ROOTS/$suite.new" "$ROOTS/$suite"
}

make_roots() {
	[ "$(id -u)" -eq 0 ] || die "a root can only be made as root"
	command -v debootstrap >/dev/null || die "debootstrap is missing (tests/packages.sh roots)"
	unshare --mount --pid --fork true || die "this machine gives no name spaces"
	mkdir -p "$ROOTS"
	[ -z "$(ls -A "$ROOTS")" ] || [ -e "$ROOTS/.roots" ] || die "'$ROOTS' holds something else"
	>"$ROOTS/.roots"
	chmod 700 "$ROOTS"
	local suite pids=
	for suite in $SUITES; do
		[ -d "$ROOTS/$suite" ] || {
			(make_bare "$suite") &
			pids="$pids $!"
		}
	done
	for pid in $pids; do
		wait "$pid" || die "no roots"
	done
}

remove_roots() {
	[ -e "$ROOTS" ] || return 0
	[ -e "$ROOTS/.roots" ] || die "'$ROOTS' was not made by this script"
	rm -rf --one-file-system "$ROOTS"
}

# ---- entering

# enter ROOT SUITE COMMAND...: as root, with nothing of this machine's environment.
enter() {
	unshare --mount --pid --fork --kill-child --propagation private bash -c '
		set -e
		root=$1 debs=$2
		shift 2
		mount --bind "$root" "$root"
		mount --bind "$debs" "$root/var/cache/apt/archives"
		cd "$root"
		mount -t proc proc proc
		mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
		ln -sf pts/ptmx dev/ptmx
		mount -t tmpfs -o mode=1777 shm dev/shm
		mkdir -p .outside
		pivot_root . .outside
		cd /
		umount -l /.outside
		rmdir /.outside
		# Not by exec: somebody has to collect the processes that lose their parent.
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "$@"
		exit $?
	' roots.sh "$1" "$ROOTS/debs/$2" "${@:3}" </dev/null
}

# The bare root's copy for one of its users, with a clean clone in the user's home.
make_copy() {
	local suite=$1 user=$2 root=$ROOTS/$1.$2 home=/root
	rm -rf --one-file-system "$root"
	cp -a --reflink=auto "$ROOTS/$suite" "$root"
	if [ "$user" = user ]; then
		home=/home/user
		enter "$root" "$suite" bash -c '
			set -e
			export DEBIAN_FRONTEND=noninteractive
			apt-get update -q && apt-get install -q -y --no-install-recommends sudo
			apt-get clean && rm -rf /var/lib/apt/lists/*
			useradd --create-home --shell /bin/bash user
			echo "user ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/user' >"$root.log" 2>&1 || {
			tail -n 20 "$root.log" >&2
			die "no sudo in $suite"
		}
	fi
	[ -z "$(git status --porcelain)" ] || echo "(the last commit is cloned: what is not committed is not in it)"
	git clone -q --no-hardlinks "$top" "$root$home/runbook"
	enter "$root" "$suite" chown -R "$user:" "$home/runbook"
}

# in_root SUITE USER COMMAND LOG: what the README says in a terminal, as that user, in the clone.
in_root() {
	local began=$SECONDS rc=0
	echo "[$1, $2] \$ $3"
	enter "$ROOTS/$1.$2" "$1" su -l "$2" -c "cd runbook && $3" 2>&1 | tee "$4" || rc=$?
	echo "[$1, $2] \$ $3: exit status $rc, $((SECONDS - began)) s"
	! grep -E '(warning|WARNING): ' "$4" | sed 's/^/not without a warning: /' | grep . || rc=1
	return $rc
}

demo() {
	[ -d "$ROOTS/$1" ] || die "no root of $1 (tests/roots.sh make)"
	make_copy "$1" "$2"
	in_root "$1" "$2" "${COMMANDS[0]}" "$ROOTS/$1.$2.demo"
}

# side_by_side FUNCTION: it is called with each suite.  Building is a matter of one core, so the suites go side by side;
# what each said is shown in order.
side_by_side() {
	local suite pids=() rc=0
	for suite in $SUITES; do
		"$1" "$suite" >"$ROOTS/$suite.$1" 2>&1 &
		pids+=($!)
	done
	for suite in $SUITES; do
		wait "${pids[0]}" || rc=1
		pids=("${pids[@]:1}")
		cat "$ROOTS/$suite.$1"
	done
	return $rc
}

demos_of() {
	tests/roots.sh demo "$1" root && tests/roots.sh demo "$1" user
}

# As a user in one of them, as root in the other.
deb_of() {
	local user=user
	[ "$1" != bookworm ] || user=root
	tests/roots.sh deb "$1" $user
}

# The counts come last; a skipped test that is not allowed above is a failure.
check() {
	local log=$ROOTS/$1.$2.check rc=0 counts allowed
	[ -d "$ROOTS/$1.$2" ] || make_copy "$1" "$2"
	in_root "$1" "$2" "${COMMANDS[1]}${FAULT:+ FAULT=$FAULT}${RETRIES:+ RETRIES=$RETRIES}" "$log" ||
		rc=$?
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || true
	while read -r _ name _; do
		allowed=
		for skip in ${SKIPS_ALLOWED[@]+"${SKIPS_ALLOWED[@]}"}; do
			[ "${skip%% *}" != "$name" ] || allowed=yes
		done
		[ -n "$allowed" ] || {
			echo "skipped, and not allowed to be: $name"
			rc=1
		}
	done < <(grep -E '^skip ' "$log")
	echo "${counts:-no test ran}"
	[ -n "$counts" ] || rc=1
	return $rc
}

# Debian 13 has AWS CLI 2, which goes through the endpoint and runs what `steps` prints.
strangers() {
	[ -d "$ROOTS/$1.$2" ] || make_copy "$1" "$2"
	local needed='awscli by_hand' scripts='tests/strangers/awscli.sh tests/strangers/by_hand.sh'
	in_root "$1" "$2" "make check-strangers STRANGERS='$scripts' STRANGERS_NEEDED='$needed'" \
		"$ROOTS/$1.$2.strangers"
}

# The package is made where the demo was, and meets a bare root that has nothing of that.
deb() {
	local suite=$1 root=$ROOTS/$1.deb home=/root rc=0
	[ -d "$ROOTS/$1.$2" ] || make_copy "$1" "$2"
	[ "$2" = root ] || home=/home/user
	in_root "$suite" "$2" "tests/packages.sh check && make deb" "$ROOTS/$suite.$2.deb" || return 1
	rm -rf --one-file-system "$root"
	cp -a --reflink=auto "$ROOTS/$suite" "$root"
	cp "$ROOTS/$suite.$2$home/runbook/build/runbook_"*.deb "$root/tmp/"
	echo "[$suite] the package in a bare root"
	enter "$root" "$suite" bash -c '
		set -eu
		export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
		apt-get update -q
		apt-get install -q -y --no-install-recommends /tmp/runbook_*.deb lintian man-db
		lintian --allow-root --fail-on error,warning /tmp/runbook_*.deb
		cd /tmp
		runbook run --sandbox --speed 600
		runbook verify --sandbox --lang ja | grep 14
		runbook undo --sandbox --yes
		man -w runbook
		man -w -L ja runbook
		apt-get purge -q -y runbook
		[ ! -e /usr/bin/runbook ]
		[ -z "$(find /usr /etc /var/lib -name "*runbook*" -not -path "/var/lib/dpkg/*" | head)" ]
	' >"$root.log" 2>&1 || rc=$?
	[ $rc -eq 0 ] || tail -n 40 "$root.log"
	echo "[$suite] the package in a bare root: exit status $rc"
	rm -rf --one-file-system "$root"
	return $rc
}

case ${1:-} in
make) make_roots ;;
demo | check | strangers | deb)
	[[ " $SUITES " == *" ${2:-} "* && ${3:-} =~ ^(root|user)$ ]] || die "$1 what? ($SUITES; root or user)"
	"$@"
	;;
demos) side_by_side demos_of ;;
debs) side_by_side deb_of ;;
all)
	trap remove_roots EXIT
	make_roots
	side_by_side demos_of
	FAULT=short tests/roots.sh check trixie user
	tests/roots.sh strangers trixie user
	tests/roots.sh check bookworm root
	side_by_side deb_of
	;;
remove) remove_roots ;;
commands) printf '%s\n' "${COMMANDS[@]}" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
