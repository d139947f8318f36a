/* SPDX-License-Identifier: Apache-2.0 */
/* The hops of a way as values: freed, named, and which of them bites. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/contract/way.h"

struct rb_error *hops_describe(struct step_ctx *ctx, const struct hop_way *way, const char *caller,
			       struct hops *ret)
{
	return way->describe(ctx, way, caller, ret);
}

void hops_clear(struct hops *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct hop *h = &l->v[i];

		free(h->region);
		free(h->thing);
		said_free(h->expected);
		said_free(h->found);
		said_free(h->problem);
		said_free(h->why);
		(void)rb_error_free(h->blind);
		strv_clear(&h->mend.words);
	}
	free(l->v);
	*l = (struct hops){ 0 };
}

void probes_clear(struct probes *l)
{
	for (size_t i = 0; i < l->n; i++)
		said_free(l->v[i].found);
	free(l->v);
	*l = (struct probes){ 0 };
}

const char *hop_state_name(enum hop_state state)
{
	static const char *const names[] = {
#define HOP_STATE_NAME_(name, word) [HOP_##name] = (word),
		HOP_STATES(HOP_STATE_NAME_)
#undef HOP_STATE_NAME_
	};

	return names[state];
}

const char *hop_leg_name(enum hop_leg leg)
{
	return leg == HOP_BACK ? N_("back") : N_("there");
}

const struct hop *hops_bite(const struct hops *hops)
{
	const struct hop *bite = NULL;

	for (size_t i = 0; i < hops->n; i++) {
		const struct hop *h = &hops->v[i];

		if (h->state == HOP_BROKEN && (!bite || h->row->stage < bite->row->stage))
			bite = h;
	}
	return bite;
}

const struct hop *hops_blind(const struct hops *hops)
{
	for (size_t i = 0; i < hops->n; i++)
		if (hops->v[i].state == HOP_UNKNOWN && hops->v[i].blind)
			return &hops->v[i];
	return NULL;
}

char *hop_aws_words(const struct hop *hop)
{
	struct buf b = BUF_INIT;

	if (hop->mend.kind != MEND_AWS)
		return NULL;
	for (size_t i = 0; i < hop->mend.words.n; i++) {
		(void)buf_adds(&b, i ? " " : "");
		text_shell_quote(&b, hop->mend.words.v[i]);
	}
	return buf_steal(&b);
}
