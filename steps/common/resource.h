/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AWS resources of a step: telling ours from others', adopting, expecting tags,
 * and saying who is in the way of a delete.
 */
#ifndef STEPS_RESOURCE_H
#define STEPS_RESOURCE_H

#include <stdbool.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/contract/step.h"

/* The `ids` of a describe of one thing. */
#define ONE_ID(id) ((const char *const[]){ (id), NULL })
/* The `filters` of a describe by one name with one value. */
#define ONE_FILTER(filter_name, value)                                                             \
	((const struct aws_filter[]){ { .name = (filter_name), .values = { (value), NULL } },      \
				      { .name = NULL } })

/* What is not there is an empty list, whichever way AWS says so. */
NODISCARD struct rb_error *resource_unless_gone(struct rb_error *err);

/* True when a creation failed because its client token belongs to a thing that is gone: retire it
 * and ask again.  Only after a look by tag that found nothing. */
bool resource_token_is_spent(struct step_ctx *ctx, const struct rb_error *err);
/* The error of undo and do for a thing whose live tags do not say that it is this run's. */
NODISCARD struct rb_error *resource_is_not_ours(struct step_ctx *ctx, const char *kind,
						const char *id, const struct aws_tags *tags);

/*
 * For a look-up by run tag that came back with `n` things.  More than one: an error that
 * lists `ids` (n of them).  None, but a lost create may still show up: step_pending.
 */
NODISCARD struct rb_error *resource_found_by_tag(struct step_ctx *ctx, const char *kind, size_t n,
						 const char *first, const char *second);

/* `id` was found: recorded under `output` unless it is recorded already. */
NODISCARD struct rb_error *resource_adopt(struct step_ctx *ctx, const char *output, const char *id);

/* True when `tags` hold all of `want`, with its values. */
bool resource_has_tags(const struct aws_tags *tags, const struct aws_tags *want);
/* Our tags put back on an EC2 resource of `client`'s region, where one is missing or changed.
 * A thing that carries another run's tag is an error. */
NODISCARD struct rb_error *resource_restore_tags(struct step_ctx *ctx, struct aws_client *client,
						 const char *kind, const char *id, const char *what,
						 const struct aws_tags *tags);
/* verify: each of step_tags(ctx, what) is still there.  Claims: "`thing`.tag.KEY". */
void resource_expect_tags(struct step_ctx *ctx, const char *thing, const char *what,
			  const struct aws_tags *tags);
/* verify: a list that should hold exactly `only`.  Claim and text as step_expect. */
void resource_expect_only(struct step_ctx *ctx, const char *claim, const char *only,
			  const struct strv *found);

/* verify: nothing should be there; `found` NULL is nothing. */
void resource_expect_none(struct step_ctx *ctx, const char *claim, const char *found);

/* "STATE: REASON", as AWS gives them; either may be NULL.  Caller frees. */
NODISCARD char *resource_state_text(const char *state, const char *reason);

#endif
