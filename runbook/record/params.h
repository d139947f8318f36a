/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of a run: from the procedure's defaults, a configuration file and --set.  Names are
 * "side.what"; once a run has begun, its values are those in its journal.
 */
#ifndef RUNBOOK_PARAMS_H
#define RUNBOOK_PARAMS_H

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/contract/params.h"
#include "runbook/contract/procedure.h"

/* The procedure's defaults, nothing given. */
void params_init(struct params *p, const struct procedure *procedure);
void params_clear(struct params *p);
#define auto_params CLEANUP(params_clear) struct params

/* The values of `from` in the place of those of `to`, whose rows become the same. */
void params_take(struct params *to, const struct params *from);

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

/* The procedure's rules, see struct param_rules. */
NODISCARD struct rb_error *params_finish(struct params *p);
NODISCARD struct rb_error *params_check_account(const struct params *p, const char *account);
NODISCARD struct rb_error *params_begin(struct params *p, const char *stack, const char *run_id,
					const char *account);

/* The region of a side of the procedure; SIDE_LOCAL: of the first. */
const char *params_region(const struct params *p, int side);
/* The regions of all sides, each once, in the order of the sides. */
void params_regions(const struct params *p, struct strv *ret);

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
