/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would it work here?  Each permission of the table, asked of IAM without changing anything.
 * What cannot be known beforehand is unknown, never no.
 */
#ifndef RUNBOOK_PREFLIGHT_H
#define RUNBOOK_PREFLIGHT_H

#include "base/attr.h"
#include "base/error.h"
#include "aws/core/client.h"
#include "runbook/cli/policy_write.h"

enum preflight_verdict { PREFLIGHT_YES, PREFLIGHT_UNKNOWN, PREFLIGHT_NO };
const char *preflight_word(enum preflight_verdict verdict);

/* One action on one resource, for one row of the table. */
struct preflight_answer {
	const struct grant *grant;
	const char *resource; /* of the grant's */
	const char *region;   /* of a list, which has no resource that tells it; else NULL */
	enum preflight_verdict verdict;
	const char *how; /* static: "simulated", "dry run", "not known beforehand" */
	char *why;	 /* NULL: nothing to say */
};
struct preflight {
	struct grants grants; /* all ways */
	struct preflight_answer *v;
	size_t n;
	int calls;     /* that AWS was asked */
	char *unasked; /* why IAM could not be asked at all; NULL: it was */
};
void preflight_clear(struct preflight *p);
#define auto_preflight CLEANUP(preflight_clear) struct preflight

/*
 * Ask.  `caller` is the ARN that STS told.  The client is of the first side's region.
 *   fails  CREDENTIALS and the like; that a question is denied is no failure
 */
NODISCARD struct rb_error *preflight_ask(struct aws_session *session,
					 const struct policy_subject *subject, const char *caller,
					 struct preflight *ret);

#endif
