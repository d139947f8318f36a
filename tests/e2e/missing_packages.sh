#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is missing for the build ends with its name and its Debian package, never as an error of
# the compiler; the programs need nothing of what only the tests need; and packages.sh installs
# with what sudo would take away.
. "$(dirname "$0")/lib.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES PKG_CONFIG_PATH KIND

# The descriptions of libraries that are here, in a folder of our own to take some out.
mkdir "$WORK/pc"
IFS=: read -ra dirs < <(pkg-config --variable pc_path pkg-config)
for d in "${dirs[@]}"; do
	[ ! -d "$d" ] || find "$d/" -maxdepth 1 -name '*.pc' -exec cp -t "$WORK/pc" {} +
done
export PKG_CONFIG_LIBDIR=$WORK/pc
dry() { make -n "B=$WORK/build" BIN="$WORK/bin" "$@"; }

expect 0 dry all unit
without() {
	mv "$WORK/pc/$1.pc" "$WORK/away"
	shift
	expect "$@"
	mv "$WORK/away" "$WORK/pc/$name.pc"
}
direct=0
while read -r name package; do
	for target in all unit; do
		[ "$name $target" != "cmocka all" ] || continue
		without "$name" 2 dry $target
		# Who needs it may be named with it, or before it.
		named=" ${ERR#*missing:} "
		if [[ ${named%%(*} == *" $name "* ]]; then
			has " $package " "${named/)/ }"
			direct=$((direct + 1))
		else
			has "'$name', required by" "$named"
		fi
	done
done <<'END'
libcurl libcurl4-openssl-dev
openssl libssl-dev
jansson libjansson-dev
libxml-2.0 libxml2-dev
libmicrohttpd libmicrohttpd-dev
sqlite3 libsqlite3-dev
libssh libssh-dev
gnutls libgnutls28-dev
cmocka libcmocka-dev
END
[ "$direct" -ge 12 ] || fail "only $direct were named with their package"
# Whoever adds a library gives it a line above and a package.
expect 0 make -s -f - print <<'EOF2'
include Makefile
print: ; @printf '%s\n' $(PKGS_RUN) $(PKGS_SBX) $(PKGS_TEST)
EOF2
[ "$(wc -l <<<"$OUT")" -eq 9 ] || fail "not the libraries that are listed here: $OUT"

name=cmocka
without cmocka 0 dry all
expect 2 dry all MSGFMT=no-such-msgfmt
has 'missing: no-such-msgfmt (on Debian: gettext)' "$ERR"
expect 2 dry all PKG_CONFIG=no-such-pkg-config
has "missing: no-such-pkg-config (on Debian: pkg-config)" "$ERR"
expect 2 dry all CC=no-such-cc
has "missing: the compiler no-such-cc (on Debian: gcc libc6-dev)" "$ERR"
expect 2 dry all CC='sh -c "exit 1" cc'
has "missing: wslay (on Debian: libwslay-dev)" "$ERR"
for target in clean help uninstall; do
	expect 0 dry $target PKG_CONFIG=no-such-pkg-config CC=no-such-cc
done

# packages.sh between a dpkg-query that knows nothing, a sudo that clears the environment, and an
# apt-get that writes down what it was given.
mkdir "$WORK/bin"
cat >"$WORK/bin/dpkg-query" <<-'END'
	#!/bin/bash
	[ -e "$STATE/installed" ] && echo installed
END
cat >"$WORK/bin/id" <<-'END'
	#!/bin/bash
	echo 1000
END
cat >"$WORK/bin/sudo" <<-'END'
	#!/bin/bash
	[ ! -e "$STATE/refused" ] || { echo "sorry" >&2; exit 1; }
	keep=
	[[ $1 != --preserve-env=* ]] || { keep=${1#*=}; shift; }
	kept=(PATH="$PATH" STATE="$STATE")
	for name in ${keep//,/ }; do kept+=("$name=${!name}"); done
	exec /usr/bin/env -i "${kept[@]}" "$@"
END
cat >"$WORK/bin/apt-get" <<-'END'
	#!/bin/bash
	printf '%s|' "$DEBIAN_FRONTEND" "$http_proxy" "$@" >>"$STATE/asked"
	echo >>"$STATE/asked"
	if [ -e "$STATE/broken" ]; then
		[[ " $* " == *" install "* ]] && echo "E: Unable to locate package jq" || echo "E: no list"
		exit 100
	fi
	[[ " $* " != *" install "* ]] || >"$STATE/installed"
END
chmod +x "$WORK/bin/"*
export STATE=$WORK
packages() { env PATH="$WORK/bin:$PATH" http_proxy=http://u:secret@127.0.0.1:9 tests/packages.sh "$@"; }

>"$WORK/broken"
expect 1 packages check
has "E: no list" "$ERR"
has "Unable to locate package jq" "$ERR"
has "could not install: " "$ERR"
rm "$WORK/broken" "$WORK/asked"
expect 0 packages check
has "installing missing Debian packages: gcc " "$OUT"
[[ $OUT != *secret* ]] || fail "the proxy's password is shown"
expect 0 cat "$WORK/asked"
has "noninteractive|http://u:secret@127.0.0.1:9|-q|update|" "$OUT"
has "noninteractive|http://u:secret@127.0.0.1:9|-q|install|-y|--no-install-recommends|--no-remove|gcc|" "$OUT"
rm "$WORK/asked"
expect 0 packages check
[ ! -e "$WORK/asked" ] || fail "apt-get is asked when nothing is missing"
rm "$WORK/installed"
>"$WORK/refused"
expect 1 packages build
has "as root:" "$ERR"
has "apt-get install gcc " "$ERR"
expect 2 packages bulid
has "no set of packages 'bulid'" "$ERR"
