/* SPDX-License-Identifier: Apache-2.0 */
/* The procedures of the program, and those that only the tests have. */
#include "runbook/contract/procedure.h"

#define PROCEDURE(name) extern const struct procedure procedure_##name;
#include "steps/procedures.def"
#include "tests/procedures/procedures.def"
#undef PROCEDURE

const struct procedure *const all_procedures[] = {
#define PROCEDURE(name) &procedure_##name,
#include "steps/procedures.def"
#include "tests/procedures/procedures.def"
#undef PROCEDURE
	NULL,
};
