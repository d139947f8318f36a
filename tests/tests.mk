# How the tests are built and run; included by the Makefile.
#
# Every tests/unit/test_NAME.c is a cmocka program of its own.  It links all our
# libraries (only what it uses is pulled in) and tests/lib/*.c.

TEST_LIB := $(call src,tests/lib)
UNIT := $(call src,tests/unit)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT))

$(B)/tests/%: $(B)/tests/unit/%.o $(call obj,$(TEST_LIB)) $(LIB_RUN) $(LIB_SBX) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(libs_test)

.PHONY: unit
unit: $(UNIT_BIN)
	$(Q)for t in $(UNIT_BIN); do $$t || exit 1; done

.PHONY: check-moto
check-moto:
	@tests/packages.sh check
	@$(MAKE) --no-print-directory all
	@tests/moto/run.sh
