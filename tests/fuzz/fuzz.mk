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
	$(Q)$(MAKE) --no-print-directory KIND=fuzz CC=clang fuzz-build
	$(Q)$(MAKE) --no-print-directory KIND=fuzz CC=clang fuzz-run

fuzz-build: $(patsubst %,$(B)/fuzz/%,$(FUZZERS))

$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(LIB_RUN) $(LIB_SBX) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(libs_test)

fuzz-run:
	$(Q)for f in $(FUZZERS); do \
		mkdir -p $(B)/corpus/$$f tests/fuzz/corpus/$$f; \
		echo "== fuzz $$f, $(FUZZ_SECONDS) s"; \
		$(B)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -seed=$(FUZZ_SEED) -timeout=10 -rss_limit_mb=1024 \
			-print_final_stats=1 -verbosity=0 -artifact_prefix=$(B)/find-$$f- \
			$(B)/corpus/$$f tests/fuzz/corpus/$$f 2>$(B)/fuzz-$$f.log || \
			{ cat $(B)/fuzz-$$f.log; exit 1; }; \
		sed -n 's/^stat::number_of_executed_units: */  runs /p' $(B)/fuzz-$$f.log; \
	done
