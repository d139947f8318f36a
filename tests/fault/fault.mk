# SPDX-License-Identifier: Apache-2.0
# The crash and fault loops; included by the Makefile.  `make check` runs each part in a bounded
# form through tests/fault/*.sh; `make torture` runs all of it, with SEEDS seeds.

SEEDS ?= 3

.PHONY: torture
torture: all
	$(Q)/usr/bin/python3 tests/fault/faults.py $(BIN) torture --all --seeds $(SEEDS)
	$(Q)PROCEDURE=direct /usr/bin/python3 tests/fault/faults.py $(BIN) torture --all --seeds $(SEEDS)
