#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make install` puts somewhere `make uninstall` takes away, all of it; a tarball is the same bytes each
# time and holds what the commit does; the Debian package holds the programs, which walk a run from there.
. "$(dirname "$0")/lib.sh"
unset MAKEFLAGS MAKELEVEL KIND

expect 0 make -s install PREFIX=/usr DESTDIR="$WORK/into"
for f in bin/runbook bin/runbook-sandbox share/man/man1/runbook.1 share/man/man1/runbook-sandbox.1 \
	share/bash-completion/completions/runbook share/locale/ja/LC_MESSAGES/runbook.mo; do
	[ -s "$WORK/into/usr/$f" ] || fail "$f is not installed"
done
expect 0 "$WORK/into/usr/bin/runbook" --version
expect 0 make -s uninstall PREFIX=/usr DESTDIR="$WORK/into"
left=$(find "$WORK/into" ! -type d)
[ -z "$left" ] || fail "left behind: $left"

if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	name=$(make -s dist | tail -n 1)
	mv "$name" "$WORK/one.tar.gz"
	later() { [ "$(date +%s)" -ne "$(stat -c %Y "$WORK/one.tar.gz")" ]; }
	wait_for 5 later # another time than the first one's
	(umask 077 && TZ=Asia/Tokyo make -s dist >/dev/null)
	cmp "$WORK/one.tar.gz" "$name" || fail "two tarballs of one commit differ"
	diff <(tar -tzf "$name" | grep -v '/$' | sed 's,^[^/]*/,,' | sort) \
		<(git ls-tree -r --name-only HEAD | sort) >"$WORK/diff" || fail "the tarball: $(cat "$WORK/diff")"

	deb=$(make -s deb | tail -n 1)
	dpkg-deb -x "$deb" "$WORK/root" || fail "no package '$deb'"
	expect 0 "$WORK/root/usr/bin/runbook" run --sandbox --speed 20000 --to 3-4
	expect 0 "$WORK/root/usr/bin/runbook" undo --sandbox --yes --speed 20000
	dpkg-deb -f "$deb" Depends | grep -q 'libcurl4.*libsqlite3-0.*openssh-client' || fail "what it needs: $(dpkg-deb -f "$deb" Depends)"
fi
