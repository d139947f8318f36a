/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would it work here?  Each permission of the table, asked of IAM without changing anything, and
 * what the procedure needs of the account besides.  What cannot be known beforehand is unknown,
 * never no.
 */
#ifndef RUNBOOK_PREFLIGHT_H
#define RUNBOOK_PREFLIGHT_H

#include "base/attr.h"
#include "base/error.h"
#include "aws/core/client.h"
#include "runbook/cli/finding.h"
#include "runbook/cli/policy_write.h"
#include "runbook/record/state.h"

/* One action on one resource, for one row of the table. */
struct preflight_answer {
	const struct grant *grant;
	const char *resource; /* of the grant's */
	const char *region;   /* where no resource names it: of a list, of a bucket; else NULL */
	enum preflight_verdict verdict;
	const char *how; /* static: "simulated", "dry run", "not known beforehand" */
	char *why;	 /* NULL: nothing to say */
};
struct preflight {
	struct grants grants; /* all ways */
	struct preflight_answer *v;
	size_t n;
	struct findings findings;
	int calls;		     /* that AWS was asked, after the credentials' */
	struct aws_observer counter; /* counts them */
	int64_t end_ms;		     /* monotonic: when no more is begun */
	char *unasked;		     /* why IAM could not be asked at all; NULL: it was */
};
/* From now on time is counted.  `p` must not be moved until it is cleared. */
void preflight_begin(struct preflight *p);
void preflight_clear(struct preflight *p);
#define auto_preflight CLEANUP(preflight_clear) struct preflight

/* Is there room for another call? */
bool preflight_may_ask(const struct preflight *p);
/* Nobody can be asked with such credentials. */
bool preflight_is_ended_by(const struct rb_error *err);

/*
 * Ask IAM.  `caller` is the ARN that STS returned.  The client is of the first side's region.
 *   fails  CREDENTIALS and the like; that a question is denied is no failure
 */
NODISCARD struct rb_error *preflight_ask(struct aws_session *session,
					 const struct policy_subject *subject, const char *caller,
					 struct preflight *ret);

/*
 * Check what the procedure needs beside permissions, after preflight_ask.  `left_s`: how long the
 * credentials still live; -1: for ever.
 *   fails  as preflight_ask
 */
NODISCARD struct rb_error *preflight_check(struct aws_session *session,
					   const struct policy_subject *subject,
					   const struct run_state *state, int64_t left_s,
					   struct preflight *ret);

/* The same a step at a time, for whoever is about to begin it. */
struct preflight_asker;
NODISCARD struct preflight_asker *preflight_asker_new(struct aws_session *session,
						      const struct policy_subject *subject,
						      struct preflight *p);
struct preflight_asker *preflight_asker_free(struct preflight_asker *a);
/*
 * Asks what the do and undo of a step need and nobody has asked yet; what is asked together is
 * answered for other steps as well, so all steps take no more calls than preflight_ask.
 *   fails  as preflight_ask
 */
NODISCARD struct rb_error *preflight_ask_step(struct preflight_asker *a, const char *caller,
					      const char *step);
/* Every run of the step needs it, in these ways. */
bool preflight_concerns(const struct preflight_answer *a, const char *step, unsigned ways);
/* "1-1 would fail: ec2:CreateVpc on ...: no policy allows it (simulated)".  Caller frees. */
NODISCARD char *preflight_failure_text(const struct preflight_answer *a, bool undo);

#endif
