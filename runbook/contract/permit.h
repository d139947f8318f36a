/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which permissions a procedure needs: a row for each action on each type of resource,
 * by step and direction.  What `runbook policy` prints, what a preflight asks and what a
 * denial is answered with all come from these rows.
 *   source  Service Authorization Reference: actions, resource types and condition keys
 */
#ifndef RUNBOOK_PERMIT_H
#define RUNBOOK_PERMIT_H

/* What it is needed for; bits. */
enum permit_way {
	PERMIT_DO = 1,
	PERMIT_VERIFY = 2,
	PERMIT_CONNECT = 4,
	PERMIT_UNDO = 8,       /* the sweep after it included */
	PERMIT_PREFLIGHT = 16, /* its own questions; without one, what it asks is unknown */
};
#define PERMIT_READS (PERMIT_DO | PERMIT_VERIFY | PERMIT_UNDO)

/* Where; bits: 1 << the side's index in the procedure, or everywhere, as IAM is. */
enum permit_place { PERMIT_GLOBAL = 256 };

/*
 * How tags narrow it.  A create is checked on what is new, under the tags that it gives, and on
 * what is there, under the tags that that has; neither context has the other's keys, so these are
 * rows of their own.
 */
enum permit_tag {
	PERMIT_ANY, /* not at all */
	PERMIT_NEW, /* aws:RequestTag/runbook:stack */
	PERMIT_OWN, /* aws:ResourceTag/runbook:stack */
};

struct permit {
	const char *step; /* "1-1" */
	unsigned ways;
	unsigned places;
	const char *action; /* "ec2:CreateVpc" */
	/* An EC2 type ("vpc"), "*", or an ARN with {partition}, {region}, {account}, and
	 * {PARAMETER} for a parameter of the procedure: {destination.bucket}. */
	const char *resource;
	enum permit_tag tag;
	/* Further conditions, "StringEquals KEY VALUE|VALUE", split by "; "; NULL: none.  Values
	 * may hold the same names, and a side's for its region: {source}. */
	const char *conditions;
	/* NULL: every run needs it.  Else when: a repair, a diagnosis, an account's first. */
	const char *only_when;
	/* The parameter or family without which nobody needs it; behind a '!' the one with which
	 * nobody does; NULL: it does not matter. */
	const char *given;
};

#endif
