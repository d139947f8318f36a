/* SPDX-License-Identifier: Apache-2.0 */
/* Telling ours from others', adopting, expecting tags. */
#include "steps/common/resource.h"

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

struct rb_error *resource_unless_gone(struct rb_error *err)
{
	return rb_error_is(err, RB_GONE) ? rb_error_free(err) : err;
}

struct rb_error *resource_is_not_ours(struct step_ctx *ctx, const char *kind, const char *id,
				      const struct aws_tags *tags)
{
	const char *run = aws_tags_get(tags, "runbook:run");
	const char *step = aws_tags_get(tags, "runbook:step");
	struct rb_error *err;

	err = rb_error_new(RB_DRIFT, "%-s '%s' is left alone: it does not carry this run's tags",
			   kind, id);
	if (text_eq(run, step_run_id(ctx)) && step)
		err = rb_error_why(
			err, "its tag runbook:run is this run's, but runbook:step is '%s'", step);
	else if (text_eq(run, step_run_id(ctx)))
		err = rb_error_why(err, "its tag runbook:run is this run's, but it has no tag "
					"runbook:step");
	else if (run)
		err = rb_error_why(err, "its tag runbook:run is '%s', this run is '%s'", run,
				   step_run_id(ctx));
	else
		err = rb_error_why(err, "it has no tag runbook:run");
	err = rb_error_hint(err,
			    "look at it; if it is this run's, tag it runbook:run=%s and "
			    "runbook:step as before",
			    step_run_id(ctx));
	return rb_error_next(err, RB_NEXT_AGAIN, NULL);
}

struct rb_error *resource_found_by_tag(struct step_ctx *ctx, const char *kind, size_t n,
				       const char *first, const char *second)
{
	if (n > 1) {
		step_cannot_tell(ctx, kind, first, second);
		return rb_error_next(
			rb_error_hint(rb_error_new(RB_FAILED,
						   "cannot tell which %-s is this run's: '%s' and "
						   "'%s'%-s carry its tags",
						   kind, first, second,
						   n > 2 ? N_(" and more") : ""),
				      "delete all but one of them"),
			RB_NEXT_AGAIN, NULL);
	}
	if (!n && step_may_be_unseen(ctx))
		step_waiting(ctx, kind, N_("not listed"),
			     N_("the answer to its creation was lost; it "
				"may still show up"),
			     /* usual_s= */ 20);
	return NULL;
}

struct rb_error *resource_adopt(struct step_ctx *ctx, const char *output, const char *id)
{
	if (text_eq(step_output(ctx, output), id))
		return NULL;
	if (!step_was_offered(ctx, id))
		step_note(ctx, "adopted %s by its run tag", id);
	return step_record(ctx, output, id);
}

/*
 * The token made something with other arguments, and a look by tag has found nothing of it: it
 * ended before anybody recorded it, in a subnet or VPC that is no more, and its token with it.
 */
bool resource_token_is_spent(struct step_ctx *ctx, const struct rb_error *err)
{
	return rb_error_is_aws(err, "IdempotentParameterMismatch") && !step_may_be_unseen(ctx);
}

bool resource_has_tags(const struct aws_tags *tags, const struct aws_tags *want)
{
	for (size_t i = 0; i < want->n; i++)
		if (!text_eq(aws_tags_get(tags, want->v[i].key), want->v[i].value))
			return false;
	return true;
}

struct rb_error *resource_restore_tags(struct step_ctx *ctx, struct aws_client *client,
				       const char *kind, const char *id, const char *what,
				       const struct aws_tags *tags)
{
	const struct aws_tags *want = step_tags(ctx, what);
	const char *run = aws_tags_get(tags, "runbook:run");

	if (run && !text_eq(run, step_run_id(ctx)))
		return resource_is_not_ours(ctx, kind, id, tags);
	return resource_has_tags(tags, want) ? NULL : ec2_create_tags(client, id, want);
}

void resource_expect_tags(struct step_ctx *ctx, const char *thing, const char *what,
			  const struct aws_tags *tags)
{
	const struct aws_tags *want = step_tags(ctx, what);

	for (size_t i = 0; i < want->n; i++)
		step_expect_tag(ctx, thing, want->v[i].key, want->v[i].value,
				aws_tags_get(tags, want->v[i].key));
}

void resource_expect_only(struct step_ctx *ctx, const char *claim, const char *only,
			  const struct strv *found)
{
	autofree char *all = found->n ? strv_join(found, " ") : NULL;

	step_expect(ctx, claim, only, all);
}

void resource_expect_none(struct step_ctx *ctx, const char *claim, const char *found)
{
	step_expect(ctx, claim, N_("none"), found ? found : "none");
}

char *resource_state_text(const char *state, const char *reason)
{
	if (reason && *reason)
		return xasprintf("%s: %s", state ? state : "(none)", reason);
	return xstrdup(state ? state : "(none)");
}
