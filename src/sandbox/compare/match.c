/* SPDX-License-Identifier: Apache-2.0 */
/* Walking two answers side by side. */
#include "sandbox/compare/match_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shape.h"
#include "base/text.h"
#include "sandbox/compare/pair.h"

static void visit_node(struct traversal *w, struct owner owner, const struct node *recorded,
		       const struct node *here);

/* ---- places -------------------------------------------------------------- */

static bool is_ignored(const char *name)
{
	static const char *const names[] = { "requestId", "RequestId", "RequestID",
					     "HostId",	  "nextToken", "ResponseMetadata" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(names[i], name))
			return true;
	return false;
}

/* How many addresses of a subnet are free depends on what is on its way. */
static bool is_volatile(const char *name)
{
	return text_eq(name, "availableIpAddressCount");
}

const char *match_shown_path(const char *path)
{
	for (int i = 0; i < 2; i++) {
		const char *slash = strchr(path, '/');
		size_t n = slash ? (size_t)(slash - path) : 0;

		if (n >= 6 && (strncmp(slash - 6, "Result", 6) == 0 ||
			       (n >= 8 && strncmp(slash - 8, "Response", 8) == 0)))
			path = slash + 1;
	}
	return path;
}

static void report(struct traversal *w, enum difference_kind kind, const char *recorded,
		   const char *here)
{
	const struct match *m = w->m;

	w->differs = true;
	if (w->purpose == MATCH_COMPARE && !w->quiet)
		differences_add(m->out, kind, m->service, m->action, match_shown_path(w->path.p),
				recorded, here);
}

/* The id of the thing that a node describes: the child that is called as the list is. */
static struct owner owner_of(const struct traversal *w, struct owner around, const char *list,
			     const struct node *node)
{
	const struct node *best = NULL;
	size_t best_n = 0;

	for (size_t i = 0; i < node->n; i++) {
		const struct node *c = &node->v[i];
		size_t n = strlen(c->name);

		if (!c->text || shape_of(c->text) != SHAPE_ID)
			continue;
		n = n > 2 && text_ends_with(c->name, "Id") && strncmp(list, c->name, n - 2) == 0
			    ? n
			    : 1;
		if (n > best_n) {
			best = c;
			best_n = n;
		}
	}
	return best ? (struct owner){ best->text, w->path.n } : around;
}

/* ---- traversal ----------------------------------------------------------- */

static size_t enter(struct traversal *w, const char *name)
{
	size_t before = w->path.n;

	(void)buf_addf(&w->path, "%s%s", before ? "/" : "", name);
	return before;
}

static void visit_child(struct traversal *w, struct owner owner, const struct node *parent,
			const struct node *recorded, const struct node *here)
{
	size_t before = enter(w, recorded->name);

	if (here && match_is_state(parent, recorded) && here->text)
		match_visit_state(w, owner, recorded->text, here->text);
	else if (here)
		visit_node(w, owner, recorded, here);
	else
		report(w, DIFFERENCE_MISSING, recorded->text ? recorded->text : "elements", NULL);
	buf_truncate(&w->path, before);
}

static void visit_children(struct traversal *w, struct owner owner, const struct node *recorded,
			   const struct node *here)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what it is */
	const struct node **pairs = xcalloc(recorded->n + 1, sizeof(*pairs));
	bool *used = xcalloc(here->n + 1, sizeof(*used));

	pair_children(&w->m->bindings, recorded, here, pairs, used);
	for (size_t i = 0; i < recorded->n; i++) {
		const char *name = recorded->v[i].name;

		if (!is_ignored(name) && !is_volatile(name))
			visit_child(w, owner, recorded, &recorded->v[i], pairs[i]);
	}
	for (size_t i = 0; i < here->n; i++) {
		const struct node *b = &here->v[i];
		size_t before;

		if (used[i] || is_ignored(b->name) || is_volatile(b->name))
			continue;
		before = enter(w, b->name);
		report(w, DIFFERENCE_EXTRA, NULL, b->text ? b->text : "elements");
		buf_truncate(&w->path, before);
	}
	free(pairs);
	free(used);
}

static const char *list_name(const struct traversal *w)
{
	const char *name = strrchr(w->path.p, '/');

	if (name && (text_eq(name, "/item") || text_eq(name, "/member"))) {
		const char *at = name;

		while (at > w->path.p && at[-1] != '/')
			at--;
		return at;
	}
	return name ? name + 1 : w->path.p;
}

static void visit_node(struct traversal *w, struct owner owner, const struct node *recorded,
		       const struct node *here)
{
	bool quiet;

	if (recorded->text && here->text) {
		struct bindings *b = &w->m->bindings;

		if ((w->purpose == MATCH_COMPARE &&
		     !bindings_agree(b, recorded->text, here->text)) ||
		    (w->purpose == MATCH_TRY &&
		     !bindings_would_agree(b, recorded->text, here->text)))
			report(w, DIFFERENCE_VALUE, recorded->text, here->text);
		return;
	}
	if (recorded->text || here->text) { /* one of them is an empty list */
		if (recorded->text && !*recorded->text)
			report(w, DIFFERENCE_EXTRA, NULL, "elements");
		else if (here->text && !*here->text)
			report(w, DIFFERENCE_MISSING, "elements", NULL);
		else
			report(w, DIFFERENCE_VALUE, recorded->text ? recorded->text : "elements",
			       here->text ? here->text : "elements");
		return;
	}
	owner = owner_of(w, owner, list_name(w), recorded);
	quiet = match_states_differ(recorded, here, 1);
	w->quiet += quiet;
	visit_children(w, owner, recorded, here);
	w->quiet -= quiet;
}

static void traverse(struct traversal *w, const struct node *recorded, const struct node *here)
{
	visit_node(w, (struct owner){ 0 }, recorded, here);
	buf_clear(&w->path);
}

void match_foresee(struct match *m, const struct node *recorded)
{
	struct traversal w = { .m = m, .purpose = MATCH_FORESEE, .path = BUF_INIT };

	if (recorded->n)
		traverse(&w, recorded, recorded);
}

bool match_is_behind(struct match *m, const struct node *recorded, const struct node *here)
{
	struct traversal w = { .m = m, .purpose = MATCH_IS_BEHIND, .path = BUF_INIT };

	if (recorded->n && here->n)
		traverse(&w, recorded, here);
	return w.behind;
}

void match_see_here(struct match *m, const struct node *recorded, const struct node *here,
		    int64_t here_ms)
{
	struct traversal w = {
		.m = m, .purpose = MATCH_SEE_HERE, .here_ms = here_ms, .path = BUF_INIT
	};

	if (recorded->n && here->n)
		traverse(&w, recorded, here);
}

static bool compare(struct traversal *w, const struct node *recorded, const struct node *here)
{
	if (recorded->n || here->n)
		visit_children(w, (struct owner){ 0 }, recorded, here);
	buf_clear(&w->path);
	return w->differs;
}

void match_answers(struct match *m, const struct node *recorded, const struct node *here,
		   int64_t here_ms)
{
	struct traversal w = {
		.m = m, .purpose = MATCH_COMPARE, .here_ms = here_ms, .path = BUF_INIT
	};

	(void)compare(&w, recorded, here);
}

void match_quietly(struct match *m, const struct node *recorded, const struct node *here,
		   int64_t here_ms)
{
	struct traversal w = {
		.m = m, .purpose = MATCH_COMPARE, .here_ms = here_ms, .quiet = 1, .path = BUF_INIT
	};

	(void)compare(&w, recorded, here);
}

bool match_differs(struct match *m, const struct node *recorded, const struct node *here)
{
	struct traversal w = { .m = m, .purpose = MATCH_TRY, .path = BUF_INIT };

	return compare(&w, recorded, here);
}

void match_finish(struct match *m)
{
	tracks_compare(&m->tracks, m->out);
}

void match_clear(struct match *m)
{
	bindings_clear(&m->bindings);
	tracks_clear(&m->tracks);
	tracks_clear(&m->foreseen);
}
