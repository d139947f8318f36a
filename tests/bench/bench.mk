# SPDX-License-Identifier: Apache-2.0
# Measurements: each tests/bench/bench_NAME.c is a program; `make bench` runs them all.
# Every number stands beside another tool's of the same run, so the ratio is what counts.

BENCHES := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(call src,tests/bench))

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(call obj,$(TEST_LIB)) $(LIB_RUN) $(LIB_SBX) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(libs_test)

.PHONY: bench
bench: all $(BENCHES)
	$(Q)for b in $(BENCHES); do $$b || exit 1; done
	$(Q)/usr/bin/python3 tests/bench/bench_sandbox.py $(BIN)/runbook-sandbox
	$(Q)BIN=$(BIN) /usr/bin/python3 tests/bench/bench_run.py
	$(Q)BIN=$(BIN) bash tests/bench/bench_cli.sh || [ $$? -eq 77 ]
