/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the parameters share; nobody else includes it. */
#ifndef RUNBOOK_RECORD_PARAMS_INT_H
#define RUNBOOK_RECORD_PARAMS_INT_H

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/params.h"

/* The family of parameters that `name` is a member of; NULL: none. */
const struct param *params_family(const struct params *p, const char *name);
/* The member of that whole name; NULL: it was not given. */
struct param_member *params_member(const struct params *p, const char *name);
/* USAGE: there is no parameter of that name; `from`: who named it. */
NODISCARD RETURNS_NONNULL struct rb_error *params_unknown(const struct params *p, const char *name,
							  const char *from);

#endif
