/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of parameters: a procedure says which it has and what holds between them; the
 * program reads them from command line, file and journal (runbook/record/params.h).
 */
#ifndef RUNBOOK_CONTRACT_PARAMS_H
#define RUNBOOK_CONTRACT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"

struct procedure;

/* One parameter.  Several procedures may have the same row. */
struct param {
	const char *name;     /* "source.region": [a-z_]+ in parts, with dots between them */
	const char *fallback; /* "": worked out from others, or by a step */
	const char *help;
	/* Is `value` possible at all?  Answers why not (USAGE), without what. */
	struct rb_error *(*check)(const char *value);
	/* For a family, whose name ends with a dot: "tags." stands for any number of parameters
	 * "tags.KEY".  In the place of `check`; NULL: this is no family. */
	struct rb_error *(*check_member)(const char *key, const char *value);
	bool may_be_none; /* "" is a value: there is none, and nobody works one out */
};

/* One that was given of a family. */
struct param_member {
	const struct param *family;
	char *name;  /* with the family's: "tags.Owner" */
	char *value; /* never NULL */
	char *given; /* as below */
};

/* The values of one procedure's parameters. */
struct params {
	const struct procedure *procedure;
	size_t n;
	char **v;     /* by row of the procedure's params; never NULL after params_init */
	char **given; /* where a value was given ("--set", a file); NULL: it was not */
	struct param_member *members; /* of families, by name */
	size_t n_members;
};

/* The family of tags on everything that is created: the rest of a member's name is the tag's key.
 * A procedure that lists it gets them into step_tags. */
#define PARAM_TAGS "tags."

/* What conditions of IAM's speak of, too; each "" when a procedure's run does without. */
#define PARAM_BOUNDARY "iam.permissions_boundary"
#define PARAM_BUCKET_NAMESPACE "destination.bucket_namespace"

/* The family of prices in USD an hour that are used instead of step_price's, by their names. */
#define PARAM_PRICES "price."

/* The value of a parameter of the procedure; never NULL.  Another name is a mistake of ours: it
 * ends the program. */
const char *params_get(const struct params *p, const char *name);
/* Where its value was given ("--set", a file); NULL: it was not, or there is no such parameter. */
const char *params_given(const struct params *p, const char *name);
/* The procedure's parameter or family of that name; NULL: it has none. */
const struct param *params_row(const struct params *p, const char *name);
/* The next member of a family; NULL: there is no more.  `*i` is 0 at first. */
const struct param_member *params_next(const struct params *p, const char *family, size_t *i);
/* For a rule: a value that follows from others.  It does not count as given. */
void params_fill(struct params *p, const char *name, const char *value);

/* What holds between a procedure's parameters.  Each may be NULL: there is nothing to do. */
struct param_rules {
	/* Fill the defaults that follow from other values, then check the values against each
	 * other: USAGE. */
	struct rb_error *(*finish)(struct params *p);
	/* What only the account's number shows: USAGE. */
	struct rb_error *(*check_account)(const struct params *p, const char *account);
	/* The names that a new run gets when none were given: USAGE when there can be none. */
	struct rb_error *(*begin)(struct params *p, const char *stack, const char *run_id,
				  const char *account);
	/* The values of a run that began before a parameter was there: fill what follows from the
	 * others. */
	void (*recorded)(struct params *p);
};

#endif
