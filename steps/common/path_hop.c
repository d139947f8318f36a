/* SPDX-License-Identifier: Apache-2.0 */
/* A hop is filled in, and a way is put together of its rows. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"

void hop_is_of(struct hop *hop, const struct aws_client *client, const char *thing,
	       const char *setting)
{
	set_str(&hop->region, client ? aws_client_region(client) : NULL);
	set_str(&hop->thing, thing);
	hop->setting = setting;
}

void hop_saw(struct hop *hop, struct said *expected, struct said *found)
{
	said_free(hop->expected);
	said_free(hop->found);
	hop->expected = expected;
	hop->found = found;
}

void hop_break(struct hop *hop, struct said *problem)
{
	hop->state = HOP_BROKEN;
	said_free(hop->problem);
	hop->problem = problem;
}

void hop_mend_by_step(struct hop *hop, const char *step)
{
	strv_clear(&hop->mend.words);
	hop->mend.kind = MEND_RESUME;
	hop->mend.step = step;
	hop->mend.how = N_("this puts it right:");
}

void hop_mend_by_words(struct hop *hop, const char *const *words)
{
	hop->mend.kind = MEND_AWS;
	hop->mend.step = NULL;
	strv_clear(&hop->mend.words);
	for (; *words; words++)
		strv_add(&hop->mend.words, *words);
	if (hop->region) {
		strv_add(&hop->mend.words, "--region");
		strv_add(&hop->mend.words, hop->region);
	}
}

void hop_hangs_on(struct hop *hop, const char *noun)
{
	hop->state = HOP_UNKNOWN;
	said_free(hop->why);
	hop->why = said_new("nothing can be said of it before this is mended: %-s", noun);
}

bool hop_is_blind(struct hop *hop, const struct look *look, const char *noun, const char *step)
{
	if (!look->made) {
		hop_saw(hop, said_new("made by step %s", step), said_new("not made yet"));
		hop_break(hop, said_new("step %s: it has not been made", step));
		hop_mend_by_step(hop, NULL);
		hop->unmade = step;
		return true;
	}
	if (rb_error_is(look->err, RB_GONE)) {
		hop_saw(hop, said_new("made by step %s", step), said_new("not there"));
		hop_break(hop,
			  said_new("%-s: '%s' is not there", noun, hop->thing ? hop->thing : "-"));
		hop_mend_by_step(hop, step);
		return true;
	}
	if (!look->err)
		return false;
	hop->state = HOP_UNKNOWN;
	hop->blind = rb_error_copy(look->err);
	said_free(hop->why);
	hop->why = said_new("it could not be looked at: %s", look->err->why    ? look->err->why
							     : look->err->what ? look->err->what
									       : "-");
	return true;
}

/* What was taken down is not to come: it was there. */
static void tell_undone(struct step_ctx *ctx, struct hop *hop)
{
	if (!hop->unmade || !step_is_undone(ctx, hop->unmade))
		return;
	hop_saw(hop, said_new("made by step %s", hop->unmade), said_new("undone"));
	hop_break(hop, said_new("step %s: it was undone", hop->unmade));
}

static struct rb_error *read_and_judge(struct step_ctx *ctx, const struct hop_way *way,
				       const char *caller, struct hops *ret)
{
	auto_path path = { 0 };

	TRY(path_read(ctx, way->plan, caller, &path));
	for (const struct hop_row *row = way->rows; row->name; row++) {
		struct hop *hop;

		ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
		hop = &ret->v[ret->n++];
		*hop = (struct hop){ .row = row };
		row->judge(&path, row, hop);
		tell_undone(ctx, hop);
	}
	return NULL;
}

struct rb_error *path_describe(struct step_ctx *ctx, const struct hop_way *way, const char *caller,
			       struct hops *ret)
{
	struct hops found = { 0 };
	struct rb_error *err = read_and_judge(ctx, way, caller, &found);

	if (err) {
		hops_clear(&found);
		return err;
	}
	*ret = found;
	return NULL;
}
