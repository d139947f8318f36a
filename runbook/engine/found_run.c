/* SPDX-License-Identifier: Apache-2.0 */
/* A run that shows by the tags of its things. */
#include "runbook/engine/found_run.h"

#include <stdlib.h>
#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/engine/recover.h"

enum { RUN_ID_MAX = 40 };

void found_runs_clear(struct found_runs *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct found_run *f = &l->v[i];

		for (size_t k = 0; k < f->n_places; k++) {
			free(f->places[k].region);
			free(f->places[k].step);
		}
		free(f->places);
		free(f->run_id);
		free(f->stack);
		strv_clear(&f->steps);
		strv_clear(&f->regions);
		strv_clear(&f->buckets);
	}
	free(l->v);
	recover_words_clear(&l->blind);
	memset(l, 0, sizeof(*l));
}

/* "20261123" of "20261123-5f0c2a91": the day that it began. */
int64_t found_run_day(const char *run_id)
{
	autofree char *text = xasprintf("%.8sT000000Z", run_id);
	int64_t s;

	return clock_parse_amz_date(text, &s) ? s * 1000 : 0;
}

bool recover_run_id_is_good(const char *s)
{
	return s && *s && strlen(s) <= RUN_ID_MAX &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

struct found_run *found_runs_get(struct found_runs *l, const char *run_id)
{
	if (!recover_run_id_is_good(run_id))
		return NULL;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].run_id, run_id) == 0)
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct found_run){ .run_id = xstrdup(run_id) };
	return &l->v[l->n++];
}

static void add_once(struct strv *list, const char *item)
{
	if (item)
		strv_add_once(list, item);
}

void found_run_add_place(struct found_run *f, const char *region, const char *step)
{
	add_once(&f->regions, region);
	add_once(&f->steps, step);
	for (size_t i = 0; i < f->n_places; i++)
		if (text_eq(f->places[i].region, region) && text_eq(f->places[i].step, step))
			return;
	f->places = xreallocarray(f->places, f->n_places + 1, sizeof(*f->places));
	f->places[f->n_places++] = (struct found_place){ xstrdup(region), xstrdup_or_null(step) };
}

void found_run_take_stack(struct found_run *f, const char *stack)
{
	if (!f->stack && stack && stack_name_is_good(stack))
		f->stack = xstrdup(stack);
}

void found_run_take_since(struct found_run *f, const char *iso)
{
	int64_t s;

	if (iso && clock_parse_iso8601(iso, &s) && (!f->since_ms || s * 1000 < f->since_ms))
		f->since_ms = s * 1000;
}
