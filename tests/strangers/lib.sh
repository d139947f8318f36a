# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of this folder: sourced first, never run.
#
# Gives $WORK (an empty folder, removed at the end), a sandbox of its own and ways to say "skipped".
# A test ends with 0 when it passed, with 77 when what it needs is not on this machine; its last line then names
# what is missing.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
unset RUNBOOK_SANDBOX_LAG RUNBOOK_SANDBOX_JOURNAL # what real tools live with; they keep no journal

# Where STRANGERS_NEEDED names this test, what it needs must be there.
skip() {
	case " ${STRANGERS_NEEDED:-} " in
	*" $(basename "$0" .sh) "*) fail "this machine should have it: $*" ;;
	esac
	echo "skipped: $*"
	exit 77
}

# on_path NAME...: each program is there.
on_path() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "no $name on PATH"
	done
}

# ---- what comes from the registries, in the versions that are written down here, into build/strangers

STRANGERS=$PWD/build/strangers
VERSITYGW_VERSION=v1.8.0

# once NAME FUNCTION: one test at a time installs; the others wait, and find it there.
once() {
	mkdir -p "$STRANGERS"
	exec 8>"$STRANGERS/$1.lock"
	flock 8
	"$2"
	exec 8>&-
}

# $JS: a folder with AWS SDK for JavaScript v3, iam-simulate, and our programs beside them.
install_js() {
	JS=$STRANGERS/js
	once js js_packages
}
js_packages() {
	mkdir -p "$JS"
	if ! cmp -s "$JS/installed" tests/strangers/js/package-lock.json; then
		rm -f "$JS/installed"
		cp tests/strangers/js/package*.json "$JS/"
		npm ci --prefix "$JS" --no-audit --no-fund --ignore-scripts >"$JS/log" 2>&1 || {
			tail -n 20 "$JS/log"
			fail "npm ci"
		}
		cp tests/strangers/js/package-lock.json "$JS/installed"
	fi
	cp tests/strangers/js/*.mjs "$JS/"
}

# $PAGES: a folder with what drives Chromium and judges pages, and our programs beside it.
install_pages() {
	PAGES=$STRANGERS/pages
	once pages pages_packages
}
pages_packages() {
	mkdir -p "$PAGES"
	if ! cmp -s "$PAGES/installed" tests/strangers/pages/package-lock.json; then
		rm -f "$PAGES/installed"
		cp tests/strangers/pages/package*.json "$PAGES/"
		npm ci --prefix "$PAGES" --no-audit --no-fund --ignore-scripts >"$PAGES/log" 2>&1 || {
			tail -n 20 "$PAGES/log"
			fail "npm ci"
		}
		cp tests/strangers/pages/package-lock.json "$PAGES/installed"
	fi
	cp tests/strangers/pages/*.mjs "$PAGES/"
}

# $BOTO: a Python with the boto3 of requirements.txt.
install_boto() {
	BOTO=$STRANGERS/boto/bin/python
	once boto boto_packages
}
boto_packages() {
	local folder=$STRANGERS/boto
	cmp -s "$folder/installed" tests/strangers/boto/requirements.txt && return
	rm -rf "$folder"
	/usr/bin/python3 -m venv "$folder" || fail "no virtual environment"
	"$folder/bin/pip" -q --disable-pip-version-check install -r tests/strangers/boto/requirements.txt || fail "pip"
	cp tests/strangers/boto/requirements.txt "$folder/installed"
}

# $GO: our program with aws-sdk-go-v2.
install_go() {
	GO=$STRANGERS/go/read
	mkdir -p "$STRANGERS/go"
	(cd tests/strangers/go && go build -buildvcs=false -o "$GO" .) || fail "go build"
}

# $VERSITYGW: the S3 server of that name, from the Go module proxy.
install_versitygw() {
	VERSITYGW=$STRANGERS/go/versitygw
	[ -x "$VERSITYGW" ] && return
	GOBIN=$STRANGERS/go go install "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW_VERSION" \
		>"$WORK/go.log" 2>&1 || {
		tail -n 20 "$WORK/go.log"
		fail "go install"
	}
}

# $PERMISSIONS: a Python with policy_sentry and parliament.
install_permissions() {
	PERMISSIONS=$STRANGERS/permissions/bin/python
	once permissions permissions_packages
}
permissions_packages() {
	local folder=$STRANGERS/permissions
	cmp -s "$folder/installed" tests/strangers/permissions/requirements.txt && return
	rm -rf "$folder"
	/usr/bin/python3 -m venv "$folder" || fail "no virtual environment"
	"$folder/bin/pip" -q --disable-pip-version-check install -r tests/strangers/permissions/requirements.txt || fail "pip"
	cp tests/strangers/permissions/requirements.txt "$folder/installed"
}
