/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a procedure makes, as Terraform's resources: as a run's steps left it, and as it is now; or,
 * from parameters alone, as it is to be.
 */
#ifndef RUNBOOK_EXPORT_TF_WORLD_H
#define RUNBOOK_EXPORT_TF_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/contract/terraform.h"
#include "runbook/export/hcl.h"
#include "runbook/record/state.h"

struct tf_item {
	const struct step *step;	    /* borrowed */
	const struct tf_resource *resource; /* borrowed */
	json_t *wanted;			    /* what the step makes, with the run's values */
	char *id;	     /* as the step leads one to expect; NULL: not recorded */
	struct tf_look look; /* what is there */
	bool written;
};

struct tf_world {
	const struct run_state *state; /* borrowed; with `live` of a run, else parameters alone */
	const char *stack;	       /* borrowed */
	char *run_id;		       /* the run's, or that of one that is to be */
	bool live;
	struct tf_item *v; /* in the order of the steps */
	size_t n;
	struct strv variables; /* parameters that the text refers to so far, each once */
};

/*
 * All that the state's procedure describes.  `state` has a run, or `run_id` is that of one that
 * Terraform is to make.  tf_world_clear it.
 *   fails  USAGE  the procedure describes nothing
 */
NODISCARD struct rb_error *tf_world_init(struct tf_world *w, const struct run_state *state,
					 const char *stack, const char *run_id);
void tf_world_clear(struct tf_world *w);
#define auto_tf_world CLEANUP(tf_world_clear) struct tf_world

/* Of a run: reads each of them, and knows then which are written.  Called in a task. */
NODISCARD struct rb_error *
tf_world_read(struct tf_world *w, struct aws_client *(*client)(void *arg, int side), void *arg);

/* Whether a row with this condition is for these parameters. */
bool tf_applies(const struct tf_world *w, const struct tf_item *item, const char *only_when);
/* "aws_vpc.source".  Caller frees. */
NODISCARD char *tf_address(const struct tf_item *item);
/* The written one of that address; NULL: none is. */
const struct tf_item *tf_find(const struct tf_world *w, const char *address);
/* What its import block names. */
const char *tf_import_id(const struct tf_item *item);

/*
 * `text` with its values, for HCL: parameters are noted in w->variables.  False: a value is not
 * known yet.
 */
bool tf_fill(struct tf_world *w, const struct tf_item *item, const char *text,
	     struct hcl_text *ret);
/* The same as plain text; NULL: a value is not known.  Caller frees. */
NODISCARD char *tf_plain(const struct tf_world *w, const struct tf_item *item, const char *text);
/* The expression for a written resource whose id this is, but not `but`; NULL: none has it.
 * Caller frees. */
NODISCARD char *tf_reference(const struct tf_world *w, const struct tf_item *but, const char *id);

#endif
