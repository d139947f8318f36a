# SPDX-License-Identifier: Apache-2.0
# What is installed, taken away again, and packed; included by the Makefile.

# MODE:FILE:PLACE below PREFIX, each of them once: uninstall takes away what install puts there.
INSTALLED := \
	755:build/bin/runbook:bin/runbook \
	755:build/bin/runbook-sandbox:bin/runbook-sandbox \
	$(foreach p,$(wildcard docs/*.1),$(if $(filter %.ja.1,$(p)),\
		644:$(p):share/man/ja/man1/$(patsubst docs/%.ja.1,%.1,$(p)),644:$(p):share/man/man1/$(notdir $(p)))) \
	644:docs/runbook.bash:share/bash-completion/completions/runbook \
	644:docs/_runbook:share/zsh/site-functions/_runbook \
	644:docs/runbook.fish:share/fish/vendor_completions.d/runbook.fish \
	644:build/$(CATALOGUE):$(CATALOGUE)
part = $(word $(1),$(subst :, ,$(2)))

.PHONY: install uninstall dist deb
install: all
	$(Q)$(foreach i,$(INSTALLED),install -D -m $(call part,1,$(i)) $(call part,2,$(i)) \
		'$(DESTDIR)$(PREFIX)/$(call part,3,$(i))' &&) true

uninstall:
	$(Q)rm -f $(foreach i,$(INSTALLED),'$(DESTDIR)$(PREFIX)/$(call part,3,$(i))')

# The last commit as a tarball: the same bytes whenever and wherever it is packed.
DIST := runbook-$(VERSION)
dist:
	$(Q)git rev-parse --verify -q HEAD >/dev/null || { echo 'a tarball is made of a commit, and here is none' >&2; exit 1; }
	$(Q)[ -z "$$(git status --porcelain)" ] || echo '(the last commit is packed: what is not committed is not in it)'
	$(Q)mkdir -p build && git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ HEAD | \
		gzip -n -9 >build/$(DIST).tar.gz
	@echo build/$(DIST).tar.gz

# A package for the Debian that it is built on.
deb: all
	$(Q)VERSION=$(VERSION) packaging/deb.sh
