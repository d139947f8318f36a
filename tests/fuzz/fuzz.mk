# SPDX-License-Identifier: Apache-2.0
# Fuzzing with libFuzzer, under ASan and UBSan.
#
# Every tests/fuzz/fuzz_NAME.c defines LLVMFuzzerTestOneInput; its seeds, and every
# find that was mended, are tests/fuzz/corpus/NAME/.  What a run adds to the corpus
# stays in build/.  A find becomes a unit case, too.  FUZZ_SEED=N repeats the way that
# a fresh build took with it; 0 takes another each time.

FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 0
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(call src,tests/fuzz))

.PHONY: fuzz fuzz-build fuzz-run
fuzz:
	$(Q)$(MAKE) --no-print-directory -j$(CORES) KIND=fuzz CC=clang fuzz-build
	$(Q)$(MAKE) --no-print-directory -j$(CORES) KIND=fuzz CC=clang fuzz-run

fuzz-build: $(patsubst %,$(B)/fuzz/%,$(FUZZERS))

$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(LIB_RUN) $(LIB_SBX) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(libs_test)

# One harness for each core at a time; each says what it did when it is through.
FUZZ_EACH := $(FUZZERS:%=fuzz-run-%)
.PHONY: $(FUZZ_EACH)
fuzz-run: $(FUZZ_EACH)
$(FUZZ_EACH): fuzz-run-%:
	$(Q)mkdir -p $(B)/corpus/$* tests/fuzz/corpus/$*
	$(Q)$(B)/fuzz/$* -max_total_time=$(FUZZ_SECONDS) -seed=$(FUZZ_SEED) -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=1 -verbosity=0 -artifact_prefix=$(B)/find-$*- \
		$(B)/corpus/$* tests/fuzz/corpus/$* 2>$(B)/fuzz-$*.log || \
		{ cat $(B)/fuzz-$*.log; exit 1; }
	$(Q)sed -n 's/^stat::number_of_executed_units: */== fuzz $*, $(FUZZ_SECONDS) s: runs /p' $(B)/fuzz-$*.log
