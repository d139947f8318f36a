#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make deb`: a Debian package of the programs in build/bin, for the Debian that it is made on.
#
# Needs dpkg-dev (tests/packages.sh deb).  MAINTAINER is "NAME <ADDRESS>", else git's.  What the
# programs need is what dpkg-shlibdeps reads in them, and what they start: ssh.
set -eu
cd "$(dirname "$0")/.."
maintainer=${MAINTAINER:-$(git log -1 --format='%an <%ae>')}
when=$(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
arch=$(dpkg --print-architecture)
work=$PWD/build/deb
root=$work/root
rm -rf "$work"
mkdir -p "$root/DEBIAN" "$work/debian"
umask 022

make --no-print-directory install PREFIX=/usr DESTDIR="$root" >/dev/null
[ ! -d "$root/usr/share/zsh/site-functions" ] || { # Debian's zsh looks here
	mkdir -p "$root/usr/share/zsh/vendor-completions"
	mv "$root/usr/share/zsh/site-functions/"* "$root/usr/share/zsh/vendor-completions/"
	rmdir "$root/usr/share/zsh/site-functions"
}
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/"*
find "$root/usr/share/man" -type f -exec gzip -n -9 {} +

doc=$root/usr/share/doc/runbook
mkdir -p "$doc"
cat >"$doc/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: runbook

Files: *
Copyright: 2026 the authors of runbook
License: Apache-2.0
 On Debian systems the text of the Apache License, Version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
END
cp NOTICE "$doc/NOTICE"
cat >"$work/changelog" <<END
runbook ($VERSION) unstable; urgency=medium

  * This version; what has changed is in CHANGELOG.md of the sources.

 -- $maintainer  $when
END
gzip -n -9 <"$work/changelog" >"$doc/changelog.gz"

# dpkg-shlibdeps wants a source package's control file beside it.
printf 'Source: runbook\n\nPackage: runbook\nArchitecture: any\n' >"$work/debian/control"
needs=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/runbook root/usr/bin/runbook-sandbox | sed -n 's/^shlibs:Depends=//p')
[ -n "$needs" ] || {
	echo "deb.sh: no libraries found" >&2
	exit 1
}
cat >"$root/DEBIAN/control" <<END
Package: runbook
Version: $VERSION
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f 1)
Depends: $needs, openssh-client, ca-certificates
Suggests: awscli
Section: net
Priority: optional
Description: walk a 14-step AWS procedure, and take it down again
 Builds a private way from an EC2 instance in one region to an S3 bucket in
 another (VPC peering, interface endpoint, EC2 Instance Connect Endpoint),
 verifies each step, and removes all of it.  A journal makes every command
 safe to interrupt and repeat.
 .
 runbook-sandbox is an AWS on loopback for rehearsals.
END
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod -R go=rX "$root"
dpkg-deb --root-owner-group --build "$root" "build/runbook_${VERSION}_$arch.deb" >/dev/null
echo "build/runbook_${VERSION}_$arch.deb"
