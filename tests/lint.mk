# SPDX-License-Identifier: Apache-2.0
# What reads the sources without running them; included by the Makefile.

OURS := $(BASE) $(NET) $(AWS) $(SBX) src/sandbox/main.c $(RUN) runbook/cli/main.c $(STEPS)
SHELLS := $(sort $(wildcard tests/*.sh tests/e2e/*.sh tests/fault/*.sh tests/strangers/*.sh tests/bench/*.sh tests/fuzz/*.sh packaging/*.sh)) .ci/run

.PHONY: lint lint-form lint-gcc lint-clang lint-analyzer lint-tidy lint-cppcheck lint-shell lint-mutants lint-objects
lint: lint-form lint-shell lint-mutants lint-gcc lint-clang lint-cppcheck lint-analyzer lint-tidy

# Every object of ours and of the tests, without linking.
lint-objects: $(call obj,$(OURS) $(UNIT) $(TEST_LIB) \
	$(foreach d,procedures tools bench fuzz,$(call src,tests/$(d))))

lint-gcc:
	@echo '== gcc -Werror'
	$(Q)$(MAKE) --no-print-directory -j$(CORES) KIND=rel CFLAGS=-Werror all lint-objects

lint-clang:
	@echo '== clang -Werror'
	$(Q)$(MAKE) --no-print-directory -j$(CORES) KIND=clang CC=clang lint-objects

# The analyzer looks at what ships, not at the tests.
lint-analyzer:
	@echo '== gcc -fanalyzer'
	$(Q)$(MAKE) --no-print-directory -j$(CORES) KIND=ana CC=gcc lint-analyzer-objects
.PHONY: lint-analyzer-objects
lint-analyzer-objects: $(call obj,$(OURS))

# Checks and their reasons: .clang-tidy.
lint-tidy:
	@echo '== clang-tidy'
	$(Q)printf '%s\n' $(OURS) | xargs -P $(CORES) -I FILE clang-tidy --quiet FILE \
		-- -std=c11 -D_GNU_SOURCE -Isrc -I. -DRUNBOOK_VERSION='"$(VERSION)"' $(cflags_all) 2>/dev/null

# Suppressed: what cppcheck 2.10 cannot know.
#   missingIncludeSystem   it is not given the system's headers
#   unknownMacro           tables are made of macros that it cannot expand
#   invalidLifetime        it takes a call through a pointer for a list of initializers
#   returnDanglingLifetime the same, where the answer of such a call is returned (gcc and clang look at that, too)
lint-cppcheck:
	@echo '== cppcheck'
	$(Q)cppcheck --quiet --std=c11 --language=c -j $(CORES) --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 --suppress=missingIncludeSystem \
		--suppress=unknownMacro --suppress=invalidLifetime --suppress=returnDanglingLifetime -D_GNU_SOURCE -D__GNUC__ -Isrc -I. $(OURS)

# Other versions of clang-format break some lines elsewhere: 14, Debian 12's, has the say.
lint-form:
	@echo '== clang-format, SPDX'
	$(Q)case "$$(clang-format --version)" in *'version 14.'*) ;; \
		*) echo 'clang-format 14 is needed' >&2; exit 1 ;; esac
	$(Q)clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	$(Q)bare=$$(git ls-files '*.c' '*.h' '*.def' '*.sh' '*.py' '*.mk' Makefile .ci/run | \
		grep -v -e ^tests/data/ -e ^tests/fuzz/corpus/ | xargs grep -L SPDX-License-Identifier:); \
		test -z "$$bare" || { printf 'no SPDX line: %s\n' $$bare >&2; exit 1; }

lint-shell:
	@echo '== bash -n'
	$(Q)for f in $(SHELLS); do bash -n $$f || exit 1; done

# A row whose text is gone breaks nothing any more; whoever changes the code changes the row with it.
lint-mutants:
	@echo '== mutants'
	$(Q)/usr/bin/python3 tests/mutants/run.py --check
