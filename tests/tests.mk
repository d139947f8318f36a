# SPDX-License-Identifier: Apache-2.0
# How the tests are built and run; included by the Makefile.
#
# Every tests/unit/test_NAME.c is a cmocka program of its own.  It links all our
# libraries (only what it uses is pulled in) and tests/lib/*.c.

TEST_LIB := $(call src,tests/lib)
UNIT := $(call src,tests/unit)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT))

# The procedures of tests/procedures: a unit test takes what it names.
LIB_TOYS := $(B)/libtoys.a
$(LIB_TOYS): $(call obj,$(wildcard tests/procedures/*/*.c))
	$(archive)

$(B)/tests/%: $(B)/tests/unit/%.o $(call obj,$(TEST_LIB)) $(EXTRA_$(KIND)) $(LIB_TOYS) $(LIB_RUN) $(LIB_SBX) $(LIB_AWS) $(LIB_BASE) | $(B)/$(CATALOGUE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(libs_test)

# Programs that a script talks to; tests/tools/NAME.c is one each.
TOOLS := $(patsubst tests/tools/%.c,$(B)/tests/tools/%,$(call src,tests/tools))

$(B)/tests/tools/%: $(B)/tests/tools/%.o $(EXTRA_$(KIND)) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_run)

# The program with the procedures of tests/procedures besides its own.
WITH_TOYS := $(B)/tests/procedures/runbook
$(WITH_TOYS): $(B)/runbook/cli/main.o $(call obj,$(call src,tests/procedures)) $(EXTRA_$(KIND)) $(LIB_RUN) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_run)

SCRIPTS := $(sort $(filter-out %/lib.sh,$(wildcard tests/e2e/*.sh tests/fault/*.sh)))

# What tests/run.sh begins with, the longest first (it names them at its end).
LONGEST := answers crash_run files crash_undo crash_again repair sandbox_path sandbox_cli sandbox_ssh drift \
	sandbox_iam sandbox_s3 interrupt ends_in_failure failed_call claimed foreign leftovers_docs broken_hops \
	resume_from second_look record test_sweep
export LONGEST

# FAULT=short: a twelfth of the crash and fault loops, as the sanitizers take it.
FAULT ?=
export FAULT

# Everything: the packages that are missing, then each test; ends with the counts.
.PHONY: check check-unit check-e2e unit tools
check:
	$(if $(filter-out short,$(FAULT)),$(error FAULT is 'short' or nothing, not '$(FAULT)'))@tests/packages.sh check
	$(if $(FAULT),@echo 'FAULT=short: of the crash and fault loops one case in twelve; the rest is left out')
	@$(MAKE) --no-print-directory -j$(CORES) KIND=$(KIND) all unit
	@BIN=$(BIN) tests/run.sh $(UNIT_BIN) $(SCRIPTS)
tools: $(TOOLS)
# Each of them looks beside its own folder, as the program does.
unit: $(UNIT_BIN) $(TOOLS) $(WITH_TOYS) $(B)/$(CATALOGUE) $(B)/tests/$(CATALOGUE)
check-unit: unit
	@mkdir -p $(BIN)
	@BIN=$(BIN) tests/run.sh $(UNIT_BIN)
check-e2e: all
	@BIN=$(BIN) tests/run.sh $(SCRIPTS)

# The whole suite, programs and tests alike, under ASan + UBSan.
.PHONY: check-san
check-san:
	@$(MAKE) --no-print-directory -j$(CORES) KIND=san all
	@$(MAKE) --no-print-directory KIND=san check

# Under valgrind, which sees what the sanitizers' builds hide: the unit tests, and the program in
# the scripts of tests/e2e (the sandbox that it talks to is checked by the unit tests).
.PHONY: check-valgrind check-valgrind-run
check-valgrind:
	@$(MAKE) --no-print-directory -j$(CORES) KIND=val check-valgrind-run
# Left out of the unit tests, each with its reason; ASan runs them all:
#   test_journal, test_sbx_store, test_fault   fork children that end as a crash does, which valgrind calls leaks
#   test_sbx_ssh                   ssh's own time limits run out at valgrind's pace
#   test_steps_verify              one wrong setting after another, minutes of it; test_steps has the same code
# `interrupt`, `failed_call`, `foreign`, `broken_hops`, `resume_from` and `second_look` start the program dozens of
# times, three to fifteen minutes each; ASan runs them, and ctrl_c, undo_refused, not_ours, endpoint_replaced are here.
# Of the scripts those that go through all that the program does with AWS and ssh; the others start it
# hundreds of times for its words, or start tools of their own, and valgrind needs a second for each start.
VALGRIND_BIN := $(filter-out %/test_journal %/test_fault %/test_sbx_store %/test_sbx_ssh \
	%/test_steps_verify,$(UNIT_BIN))
VALGRIND_SCRIPTS := $(patsubst %,tests/e2e/%.sh,connect connect_failures ctrl_c display \
	endpoint_replaced held home_trouble mfa no_false_loss \
	not_ours peering_expired run_sandbox tunnel \
	undo_left undo_refused)
check-valgrind-run: $(UNIT_BIN) $(TOOLS) all
	$(Q)rm -rf $(B)/wrapped $(B)/vglogs && mkdir -p $(B)/wrapped/tests $(B)/vglogs
	$(Q)for t in $(VALGRIND_BIN); do ln -s ../../../../tests/valgrind.sh $(B)/wrapped/tests/$${t##*/}; done
	$(Q)ln -s ../../../tests/valgrind.sh $(B)/wrapped/runbook
	$(Q)ln -s ../bin/runbook-sandbox $(B)/wrapped/runbook-sandbox
	$(Q)BIN=$(B)/wrapped JOBS=$(or $(JOBS),$(CORES)) tests/run.sh $(VALGRIND_BIN:$(B)/tests/%=$(B)/wrapped/tests/%) $(VALGRIND_SCRIPTS)
	$(Q)found=$$(find $(B)/vglogs -type f -size +0 -exec cat {} +); \
		[ -z "$$found" ] || { printf '%s\n' "$$found" | head -100; exit 1; }

# Lines and branches that the whole suite runs, of what ships without the sandbox.  Each branch
# that gcc emits counts, the error paths of every TRY as well; what is left out are branches on
# lines without code of their own (the cleanup at a closing brace).  The table and the pages
# with the sources are build/cov/coverage.txt and .html; the figures come last.
GCOVR := gcovr --root . --filter runbook/ --filter steps/ --filter src/base/ --filter src/net/ \
	--filter src/aws/ --exclude-unreachable-branches --exclude-throw-branches
.PHONY: coverage coverage-report
coverage:
	@tests/packages.sh lint
	@rm -rf build/cov
	@$(MAKE) --no-print-directory -j$(CORES) KIND=cov all unit
	@failed=0; $(MAKE) --no-print-directory KIND=cov check || failed=1; \
		$(MAKE) --no-print-directory coverage-report && exit $$failed
coverage-report:
	$(Q)$(GCOVR) --txt build/cov/coverage.txt --json build/cov/coverage.json \
		--html-details build/cov/coverage.html \
		build/cov/runbook build/cov/steps build/cov/src >/dev/null
	$(Q)$(GCOVR) --add-tracefile build/cov/coverage.json --txt --output build/cov/coverage.txt \
		--print-summary >build/cov/summary.txt
	$(Q)grep -v '^functions' build/cov/summary.txt

# Programs that we did not write use the sandbox, or our calls use theirs.  What is not on this machine is
# skipped, and named; STRANGERS_NEEDED names those that must not be (".ci/run").
STRANGERS := $(sort $(filter-out %/lib.sh %/cli2.sh %/terraform_lib.sh %/home_protocol.sh,$(wildcard tests/strangers/*.sh)))
.PHONY: check-strangers
check-strangers:
	@tests/packages.sh check
	@$(MAKE) --no-print-directory -j$(CORES) all $(TOOLS)
	@STRANGERS_NEEDED="$(STRANGERS_NEEDED)" BIN=$(BIN) JOBS=$(or $(JOBS),1) tests/run.sh $(STRANGERS)

# Takes every action, resource and condition of the printed policies away, one at a time: half an hour.
.PHONY: check-policy
check-policy:
	@tests/packages.sh check
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 tests/py/policy_needed.py $(BIN)
	@PROCEDURE=direct /usr/bin/python3 tests/py/policy_needed.py $(BIN)
	@/usr/bin/python3 tests/py/guardrails.py $(BIN)

.PHONY: check-moto
check-moto:
	@tests/packages.sh check
	@$(MAKE) --no-print-directory -j$(CORES) all $(TOOLS)
	@tests/moto/run.sh
