# The crash and fault loops; included by the Makefile.  `make check` runs each part in a bounded
# form through tests/fault/*.sh, `make torture` all of it, with SEEDS seeds.

SEEDS ?= 3
TORTURE_PARTS := crash-run crash-undo crash-undo-midway crash-recovery crash-connect journal-cut \
	lost throttle refused disk memory

.PHONY: torture
torture: all
	$(Q)for seed in $$(seq $(SEEDS)); do for part in $(TORTURE_PARTS); do \
		/usr/bin/python3 tests/fault/faults.py $(BIN) $$part --all --seed $$seed || exit 1; \
	done; done
