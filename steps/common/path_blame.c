/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that failed gets its hop: the one that bites, and what mends it. */
#include <stdlib.h>

#include "base/alloc.h"
#include "steps/common/path.h"

struct rb_error *path_find_blame(struct step_ctx *ctx, const struct hop_way *way,
				 struct path_blame *ret)
{
	auto_hops hops = { 0 };
	const struct hop *bite, *blind;

	*ret = (struct path_blame){ 0 };
	TRY(hops_describe(ctx, way, /* caller= */ NULL, &hops));
	bite = hops_bite(&hops);
	blind = hops_blind(&hops);
	if (bite) {
		ret->problem = said_copy(bite->problem);
		ret->mend_kind = bite->mend.kind;
		ret->step = bite->mend.step;
		ret->how = bite->mend.how;
		ret->command = hop_aws_words(bite);
	} else if (blind) {
		ret->blind = rb_error_copy(blind->blind);
	}
	return NULL;
}

struct rb_error *path_blamed(struct rb_error *err, const struct path_blame *blame, const char *said)
{
	autofree char *from = blame->step ? xasprintf("--from %s", blame->step) : NULL;

	err = rb_error_why(err, "%s", said_english(blame->problem));
	if (blame->mend_kind == MEND_RESUME && said)
		err = rb_error_hint(err, "the AWS CLI said: %-s; %-s", said, blame->how);
	else if (blame->mend_kind == MEND_RESUME)
		err = rb_error_hint(err, "%-s", blame->how);
	else if (said)
		err = rb_error_hint(err, "the AWS CLI said: %-s", said);
	if (blame->mend_kind == MEND_RESUME)
		err = rb_error_next(err, RB_NEXT_RESUME, from);
	else if (blame->command)
		err = rb_error_next(err, RB_NEXT_AWS, blame->command);
	return rb_error_next(err, RB_NEXT_EXPLAIN, NULL);
}

void path_blame_clear(struct path_blame *b)
{
	said_free(b->problem);
	free(b->command);
	b->blind = rb_error_free(b->blind);
	*b = (struct path_blame){ 0 };
}
