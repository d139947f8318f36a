/* SPDX-License-Identifier: Apache-2.0 */
/* What a step tells of a run that is found again. */
#include "runbook/engine/step_ctx_int.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/recover.h"

const char *recover_known_name(enum step_known by)
{
	return by == KNOWN_BY_BOTH ? "both" : by == KNOWN_BY_TAG ? "tag" : "shape";
}

static struct recovery *recovery_of(struct step_ctx *ctx)
{
	assert(ctx->run->recovery);
	return ctx->run->recovery;
}

static struct recovered_step *row_of(struct step_ctx *ctx)
{
	struct recovery *r = recovery_of(ctx);
	size_t i = 0;

	while (r->steps[i].step != ctx->step)
		i++;
	return &r->steps[i];
}

struct rb_error *step_recovered_at(struct step_ctx *ctx, const char *name, const char *value,
				   enum step_known by, const char *at)
{
	autofree char *safe = value ? text_printable(value, strlen(value), 4000) : NULL;
	char since[CLOCK_ISO_SIZE] = "";
	int64_t at_s;

	if (!safe)
		return NULL;
	if (at && clock_parse_iso8601(at, &at_s))
		clock_iso8601(at_s, since);
	step_log(ctx, "give", name, NULL);
	json_object_set_new(row_of(ctx)->known, name, json_string(recover_known_name(by)));
	if (ctx->run->session)
		aws_session_expect_id(ctx->run->session, safe);
	return stack_record(ctx->run->stack,
			    json_pack("{s:s, s:s, s:s, s:s, s:s*}", "type", "output", "step",
				      ctx->step->id, "name", name, "value", safe, "since",
				      *since ? since : NULL),
			    /* sync= */ true);
}

struct rb_error *step_recovered(struct step_ctx *ctx, const char *name, const char *value,
				enum step_known by)
{
	return step_recovered_at(ctx, name, value, by, NULL);
}

bool step_recovered_param(struct step_ctx *ctx, const char *name, const char *value,
			  enum step_known by)
{
	struct recovery *r = recovery_of(ctx);
	struct params *params = &step_ctx_state(ctx)->params;
	struct rb_error *err;

	step_log(ctx, "param", name, NULL);
	if (!value || json_object_get(r->params, name))
		return true;
	/* It is AWS's text, so it is checked as any other that comes from outside. */
	err = params_set(params, name, value, "AWS");
	if (err)
		recover_say_error(&r->unfit, err);
	else
		json_object_set_new(r->params, name, json_string(recover_known_name(by)));
	if (!err)
		return true;
	(void)rb_error_free(err);
	return false;
}

static bool is_given_tag(const char *key)
{
	return !text_eq(key, "Name") && !text_starts_with(key, "runbook:") &&
	       !text_starts_with(key, "aws:");
}

void step_recovered_tags(struct step_ctx *ctx, const struct aws_tags *tags)
{
	struct recovery *r = recovery_of(ctx);
	const char *expires = aws_tags_get(tags, "runbook:expires");
	struct aws_tags both = { 0 };
	int64_t at_s;

	/* a tag is anybody's text */
	if (!r->expires && expires && clock_parse_iso8601(expires, &at_s))
		r->expires = xstrdup(expires);
	for (size_t i = 0; i < tags->n; i++) {
		const char *key = tags->v[i].key, *value = tags->v[i].value;

		if (is_given_tag(key) &&
		    (!r->has_common || text_eq(aws_tags_get(&r->common, key), value)))
			aws_tags_add(&both, key, value);
	}
	aws_tags_clear(&r->common);
	r->common = both;
	r->has_common = true;
}

void step_stands(struct step_ctx *ctx, enum step_known by)
{
	row_of(ctx)->stands = by;
}

const char *const *step_recovered_buckets(struct step_ctx *ctx)
{
	return strv_list(&recovery_of(ctx)->buckets);
}

void step_cannot_tell(struct step_ctx *ctx, const char *kind, const char *first, const char *second)
{
	if (ctx->run->recovery)
		recover_say(
			&ctx->run->recovery->candidates,
			said_new("step %s: %-s '%s' and '%s'", ctx->step->id, kind, first, second));
}

void step_left_alone(struct step_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	recover_say(&row_of(ctx)->alone, said_vnew(fmt, ap));
	va_end(ap);
}
