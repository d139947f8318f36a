# SPDX-License-Identifier: Apache-2.0
# Breaks of the code that a test must notice; included by the Makefile.  README.md tells the format.

MUTANTS ?=
MUTANTS_TENTH ?=

.PHONY: mutants
mutants:
	@tests/packages.sh check
	$(Q)/usr/bin/python3 tests/mutants/run.py --only '$(MUTANTS)' --tenth '$(MUTANTS_TENTH)'
