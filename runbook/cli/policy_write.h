/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A procedure's table of permissions (contract/permit.h), made out for one account, one stack
 * and these parameters: as grants, one for each row, and as the IAM policy that holds them.
 */
#ifndef RUNBOOK_POLICY_WRITE_H
#define RUNBOOK_POLICY_WRITE_H

#include <jansson.h>

#include "base/attr.h"
#include "base/strv.h"
#include "runbook/contract/procedure.h"
#include "runbook/record/params.h"

/* For whom it is made out.  Borrowed. */
struct policy_subject {
	const struct procedure *procedure;
	const struct params *params;
	const char *account, *partition, *stack;
};

/*
 * What a run names, in `p`, so that it fits all runs of the stack, whose ids are not known yet.
 * `run_id`: of the run that `p` is of; NULL: of none.
 */
NODISCARD struct rb_error *policy_name_things(const struct policy_subject *s, struct params *p,
					      const char *run_id);

/* One row, made out. */
struct grant {
	const struct permit *permit;
	const char *verb;	    /* static: "Do", "Verify", "Connect", "Undo" */
	struct strv resources;	    /* ARNs, or "*" */
	json_t *condition;	    /* {operator: {key: [values]}}; empty: none */
	struct strv create_actions; /* values of ec2:CreateAction, which differ by create alone */
};
struct grants {
	struct grant *v;
	size_t n;
};
/* Those of the ways (bits of enum permit_way), in the order of the table. */
void grants_make(const struct policy_subject *s, unsigned ways, struct grants *ret);
void grants_clear(struct grants *g);
#define auto_grants CLEANUP(grants_clear) struct grants

/* AWS's limit for a managed policy; white space does not count. */
enum { POLICY_MAX_CHARACTERS = 6144 };

/*
 * The policy, as an array of {"document", "characters", "reasons"}: as few documents as the limit
 * lets be.  Statements are put together only where that allows nothing more.  New reference.
 */
json_t *policy_write(const struct policy_subject *s, unsigned ways);

#endif
