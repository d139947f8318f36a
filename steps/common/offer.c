/* SPDX-License-Identifier: Apache-2.0 */
/* What a person made by hand without this run's tags, found by what it is. */
#include "steps/common/offer.h"

#include "aws/core/tags.h"
#include "base/strv.h"
#include "base/text.h"

static bool may_be_ours(struct step_ctx *ctx, const struct aws_tags *tags)
{
	const char *run = aws_tags_get(tags, "runbook:run");

	return !run || (text_eq(run, step_run_id(ctx)) && !aws_tags_get(tags, "runbook:step"));
}

static const char *id_of(const struct offer_list *list, size_t i)
{
	const char *thing = (const char *)list->v + i * list->size;

	return *(char *const *)(const void *)(thing + list->id_at);
}

static bool is_offered(struct step_ctx *ctx, const struct offer_list *list, size_t i,
		       bool (*fits)(const void *thing, const void *arg), const void *arg)
{
	const char *thing = (const char *)list->v + i * list->size;

	return may_be_ours(ctx, (const void *)(thing + list->tags_at)) &&
	       (!fits || fits(thing, arg));
}

struct rb_error *offer_one(struct step_ctx *ctx, const char *kind, const char *found_by,
			   const struct offer_list *list,
			   bool (*fits)(const void *thing, const void *arg), const void *arg,
			   const void **ret)
{
	auto_strv ids = { 0 };
	const char *id;

	*ret = NULL;
	for (size_t i = 0; i < list->n; i++)
		if (id_of(list, i) && is_offered(ctx, list, i, fits, arg))
			strv_add(&ids, id_of(list, i));
	TRY(step_offer(ctx, kind, found_by, &ids, &id));
	for (size_t i = 0; i < list->n && id; i++)
		if (text_eq(id_of(list, i), id))
			*ret = (const char *)list->v + i * list->size;
	return NULL;
}

struct rb_error *offer_named(struct step_ctx *ctx, const char *kind, const char *name,
			     const struct aws_tags *tags, bool *ret_agreed)
{
	auto_strv names = { 0 };
	const char *id;

	if (may_be_ours(ctx, tags))
		strv_add(&names, name);
	TRY(step_offer(ctx, kind, N_("its name"), &names, &id));
	*ret_agreed = id != NULL;
	return NULL;
}
