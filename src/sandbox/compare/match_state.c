/* SPDX-License-Identifier: Apache-2.0 */
/* The states in two answers: which elements tell one, how they compare. */
#include "sandbox/compare/match_inner.h"

#include "base/alloc.h"
#include "base/text.h"

bool match_is_state(const struct node *parent, const struct node *leaf)
{
	static const char *const names[] = { "state", "State", "status", "Status" };

	if (!leaf->text)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(names[i], leaf->name))
			return true;
	if (text_eq(leaf->name, "name"))
		return parent->name && text_ends_with(parent->name, "State");
	return text_eq(leaf->name, "code") && text_eq(parent->name, "status");
}

static struct track *track_of(struct traversal *w, struct tracks *tracks, struct owner owner)
{
	struct match *m = w->m;
	const char *element = w->path.p + (owner.id ? owner.path_n : 0);
	autofree char *thing =
		xasprintf("%s %s", m->region ? m->region : "", owner.id ? owner.id : m->action);

	return tracks_find(tracks, thing, element, m->service, m->action,
			   match_shown_path(w->path.p));
}

/* Where the state is among those that will be recorded; n when it is not. */
static size_t place_of(const struct course *c, const char *state)
{
	size_t i = 0;

	while (i < c->n && !text_eq(c->v[i].state, state))
		i++;
	return i;
}

static bool is_behind(const struct course *all, const struct course *seen_here,
		      const char *recorded, const char *here)
{
	size_t at = place_of(all, recorded), at_here = place_of(all, here);

	if (text_eq(recorded, here) || course_has(seen_here, recorded))
		return false;
	return at_here == all->n || at_here < at;
}

void match_visit_state(struct traversal *w, struct owner owner, const char *recorded,
		       const char *here)
{
	struct match *m = w->m;
	struct track *t;

	if (w->purpose == MATCH_FORESEE) {
		t = track_of(w, &m->foreseen, owner);
		course_see(&t->recorded, recorded, m->recorded_from_ms, m->recorded_to_ms);
		return;
	}
	if (w->purpose == MATCH_TRY) {
		w->differs |= !text_eq(recorded, here);
		return;
	}
	t = track_of(w, &m->tracks, owner);
	if (w->purpose == MATCH_IS_BEHIND) {
		struct track *all = track_of(w, &m->foreseen, owner);

		w->behind |= is_behind(&all->recorded, &t->here, recorded, here);
		return;
	}
	if (w->purpose == MATCH_COMPARE && m->changes && !t->recorded.n && !t->here.n) {
		t->made_recorded = xstrdup(recorded);
		t->made_here = xstrdup(here);
	}
	if (w->purpose == MATCH_COMPARE)
		course_see(&t->recorded, recorded, m->recorded_from_ms, m->recorded_to_ms);
	course_see(&t->here, here, w->here_ms, w->here_ms);
}

bool match_states_differ(const struct node *recorded, const struct node *here, int levels)
{
	for (size_t i = 0; i < recorded->n; i++) {
		const struct node *a = &recorded->v[i], *b = node_child(here, a->name);

		if (!b || node_is_list_item(recorded, a))
			continue;
		if (match_is_state(recorded, a) && b->text && !text_eq(a->text, b->text))
			return true;
		if (levels && a->n && b->n && match_states_differ(a, b, levels - 1))
			return true;
	}
	return false;
}
