/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of a run: a table of names, defaults and checks, and their
 * values.  A run's values are fixed in its journal.
 */
#ifndef RUNBOOK_PARAMS_H
#define RUNBOOK_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"

struct param {
	const char *name;
	const char *fallback; /* "": worked out from others, or by a step */
	const char *help;
	const char *help_ja;
	/* Is `value` possible at all?  Answers why not, without what. */
	struct rb_error *(*check)(const char *value);
};
extern const struct param all_params[]; /* ends with a row without name */
enum { PARAMS_N = 17 };

struct params {
	char *v[PARAMS_N];     /* by row of all_params; never NULL after params_init */
	char *given[PARAMS_N]; /* where a value was given ("--set", a file); NULL: it was not */
};

/* Defaults, nothing given. */
void params_init(struct params *p);
void params_clear(struct params *p);
#define auto_params CLEANUP(params_clear) struct params

/* The value of a name in the table; never NULL. */
const char *params_get(const struct params *p, const char *name);

/* Where its value was given ("--set", a file); NULL: it was not. */
const char *params_given(const struct params *p, const char *name);

/*
 * `from` names the source for messages: "--set", "runbook.json".
 *   fails  USAGE  unknown name (hint: the near one), or a value that cannot be
 */
NODISCARD struct rb_error *params_set(struct params *p, const char *name, const char *value,
				      const char *from);
/* "KEY=VALUE". */
NODISCARD struct rb_error *params_set_pair(struct params *p, const char *pair);
/* A JSON object, nested or with dotted keys.  A missing file is kind GONE. */
NODISCARD struct rb_error *params_load(struct params *p, const char *path);

/* Fill defaults that follow from other values, then check the values against each other. */
NODISCARD struct rb_error *params_finish(struct params *p);
/* What only the account's number shows; USAGE. */
NODISCARD struct rb_error *params_check_account(const struct params *p, const char *account);
/*
 * The bucket's name, when none was given: from stack and run id, in the namespace of its parameter.
 *   fails  USAGE  the region's own name leaves no room
 */
NODISCARD struct rb_error *params_name_bucket(struct params *p, const char *stack,
					      const char *run_id, const char *account);

/* All values as a new object. */
NODISCARD json_t *params_to_json(const struct params *p);
/*
 * Take recorded values; DAMAGED (why only) when they are not such.  A parameter that was not
 * there yet when the run began has its default.
 */
NODISCARD struct rb_error *params_from_json(struct params *p, const json_t *values);

/* USAGE, naming both values, when one that was given to `p` is not what `recorded` holds. */
NODISCARD struct rb_error *params_agree(const struct params *p, const struct params *recorded,
					const char *run_id);

#endif
