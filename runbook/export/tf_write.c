/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources as blocks of HCL.  Where something is as its step made it, the block says so with
 * variables and references; where it is not, as it is, so that a plan changes nothing.
 */
#include "runbook/export/tf_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/run_names.h"
#include "runbook/ui/lang.h"

void tf_indent(int depth, struct buf *out)
{
	(void)buf_addf(out, "%*s", depth * 2, "");
}

/* ---- values ------------------------------------------------------------------ */

struct writing {
	struct tf_world *w;
	const struct tf_item *item;
};

/* A string with values, as an expression. */
static void write_filled(void *arg, const char *text, struct buf *out)
{
	struct writing *writing = arg;
	auto_hcl_text parts = { 0 };

	if (tf_fill(writing->w, writing->item, text, &parts))
		hcl_text_write(&parts, out);
	else
		hcl_quote(text, out);
}

/* A string as it was found: an id of something else here is a reference to that. */
static void write_found(void *arg, const char *text, struct buf *out)
{
	struct writing *writing = arg;
	autofree char *reference = tf_reference(writing->w, writing->item, text);

	if (reference)
		(void)buf_adds(out, reference);
	else
		hcl_quote(text, out);
}

bool tf_is_own_tag(const char *key)
{
	return text_eq(key, "Name") || text_eq(key, "runbook:step");
}

/* merge(local.tags, { Name = "...", "runbook:step" = "1-1" }) */
static void write_tags(const struct writing *writing, const char *what, int depth, struct buf *out)
{
	const struct run_state *st = writing->w->state;
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	json_t *own = json_object();

	run_tags(&st->params, writing->w->stack, writing->w->run_id, st->expires,
		 writing->item->step->id, what, &tags);
	for (size_t i = 0; i < tags.n; i++)
		if (tf_is_own_tag(tags.v[i].key))
			json_object_set_new(own, tags.v[i].key, json_string(tags.v[i].value));
	(void)buf_adds(out, "merge(local.tags, ");
	hcl_value(own, depth, NULL, NULL, out);
	(void)buf_addc(out, ')');
	json_decref(own);
}

static bool is_known(const struct writing *writing, const struct tf_argument *a)
{
	auto_hcl_text parts = { 0 };

	return tf_fill(writing->w, writing->item, a->value, &parts);
}

/* As the step makes it. */
static void write_expression(struct writing *writing, const struct tf_argument *a, int depth,
			     struct buf *out)
{
	autofree char *made = a->make ? a->make() : NULL;
	json_t *document;

	switch (a->form) {
	case TF_TEXT:
	case TF_LIST:
		(void)buf_adds(out, a->form == TF_LIST ? "[" : "");
		if (a->otherwise && !is_known(writing, a))
			(void)buf_adds(out, a->otherwise);
		else
			write_filled(writing, a->value, out);
		(void)buf_adds(out, a->form == TF_LIST ? "]" : "");
		break;
	case TF_BARE:
	case TF_HCL:
		(void)buf_adds(out, a->value);
		break;
	case TF_TAGS:
		write_tags(writing, a->value, depth, out);
		break;
	case TF_DOCUMENT:
		document = json_loads(made ? made : a->value, 0, NULL);
		(void)buf_adds(out, "jsonencode(");
		hcl_value(document, depth, write_filled, writing, out);
		(void)buf_addc(out, ')');
		json_decref(document);
		break;
	case TF_AFTER:
		(void)buf_addf(out, "[%s]", a->value);
		break;
	}
}

/* As it is. */
static void write_literal(struct writing *writing, const json_t *value, bool document, int depth,
			  struct buf *out)
{
	(void)buf_adds(out, document ? "jsonencode(" : "");
	hcl_value(value, depth, write_found, writing, out);
	(void)buf_adds(out, document ? ")" : "");
}

/* ---- arguments ------------------------------------------------------------------ */

/* Lists are sets. */
static bool same(const json_t *a, const json_t *b)
{
	size_t i, k, n = json_array_size(a);

	if (!json_is_array(a) || !json_is_array(b))
		return json_equal(a, b);
	if (n != json_array_size(b))
		return false;
	for (i = 0; i < n; i++) {
		for (k = 0; k < n && !json_equal(json_array_get(a, i), json_array_get(b, k)); k++)
			;
		if (k == n)
			return false;
	}
	return true;
}

/* The blocks that are open: "rule.apply_server_side_encryption_by_default". */
struct blocks {
	char *path; /* "" at the top */
	int depth;
};

static void close_blocks(struct blocks *b, struct buf *out)
{
	while (b->depth > 0) {
		tf_indent(b->depth--, out);
		(void)buf_adds(out, "}\n");
	}
	set_str(&b->path, "");
}

/* Opens what the argument stands in; answers its own name. */
static const char *open_blocks(struct blocks *b, const char *name, struct buf *out)
{
	const char *last = strrchr(name, '.');
	autofree char *path = xstrndup(name, last ? (size_t)(last - name) : 0);
	char *save = NULL;

	if (!text_eq(path, b->path)) {
		close_blocks(b, out);
		set_str(&b->path, path);
		if (*path)
			(void)buf_addc(out, '\n');
		for (char *word = strtok_r(path, ".", &save); word;
		     word = strtok_r(NULL, ".", &save)) {
			tf_indent(++b->depth, out);
			(void)buf_addf(out, "%s {\n", word);
		}
	}
	return last ? last + 1 : name;
}

static void begin_argument(struct blocks *b, const char *name, struct buf *out)
{
	const char *own = open_blocks(b, name, out);

	tf_indent(b->depth + 1, out);
	(void)buf_addf(out, "%s = ", own);
}

static void write_drift(const json_t *wanted, struct blocks *b, const char *name, struct buf *out)
{
	autofree char *made = wanted ? json_dumps(wanted, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	autofree char *text = made ? xasprintf(tr("drifted; the step made it %s"), made)
				   : xstrdup(tr("no step made this"));

	(void)open_blocks(b, name, out);
	hcl_comment(text, b->depth ? "    " : "  ", out);
}

static bool is_wanted(const struct tf_world *w, const struct tf_item *item,
		      const struct tf_argument *a)
{
	if (a->form == TF_AFTER)
		return tf_find(w, a->value) != NULL;
	if (!tf_applies(w, item, a->only_when) || (w->live && a->new_only))
		return false;
	return !w->live || a->form == TF_HCL || json_object_get(item->look.found, a->name);
}

static void write_argument(struct writing *writing, const struct tf_argument *a, struct blocks *b,
			   struct buf *out)
{
	const json_t *found = json_object_get(writing->item->look.found, a->name);
	const json_t *wanted = json_object_get(writing->item->wanted, a->name);

	if (!is_wanted(writing->w, writing->item, a))
		return;
	if (!found || same(found, wanted)) {
		begin_argument(b, a->name, out);
		write_expression(writing, a, b->depth + 1, out);
	} else {
		write_drift(wanted, b, a->name, out);
		begin_argument(b, a->name, out);
		write_literal(writing, found, a->form == TF_DOCUMENT, b->depth + 1, out);
	}
	(void)buf_addc(out, '\n');
}

static bool has_argument(const struct tf_world *w, const struct tf_item *item, const char *name)
{
	for (const struct tf_argument *a = item->resource->arguments; a->name; a++)
		if (text_eq(a->name, name) && tf_applies(w, item, a->only_when))
			return true;
	return false;
}

/* What is there and no step of ours set. */
static void write_others(struct writing *writing, struct blocks *b, struct buf *out)
{
	json_t *found = writing->item->look.found;

	for (void *at = json_object_iter(found); at; at = json_object_iter_next(found, at)) {
		const char *name = json_object_iter_key(at);

		if (has_argument(writing->w, writing->item, name))
			continue;
		write_drift(NULL, b, name, out);
		begin_argument(b, name, out);
		write_literal(writing, json_object_iter_value(at), false, b->depth + 1, out);
		(void)buf_addc(out, '\n');
	}
}

const char *tf_side_name(const struct tf_world *w, const struct tf_item *item)
{
	return w->state->procedure->sides[item->resource->side].name;
}

static bool is_block(const struct tf_argument *a)
{
	return strchr(a->name, '.');
}

static void write_arguments(struct writing *writing, bool in_blocks, struct blocks *b,
			    struct buf *out)
{
	for (const struct tf_argument *a = writing->item->resource->arguments; a->name; a++)
		if (is_block(a) == in_blocks)
			write_argument(writing, a, b, out);
}

void tf_write_resource(struct tf_world *w, const struct tf_item *item, struct buf *out)
{
	const struct tf_kind *kind = item->resource->kind;
	struct writing writing = { w, item };
	struct blocks b = { xstrdup(""), 0 };

	(void)buf_addf(out, "\n%s \"%s\" \"%s\" {\n", kind->read ? "resource" : "data", kind->type,
		       item->resource->name);
	(void)buf_addf(out, "  provider = aws.%s\n", tf_side_name(w, item));
	write_arguments(&writing, /* in_blocks= */ false, &b, out);
	write_others(&writing, &b, out);
	write_arguments(&writing, /* in_blocks= */ true, &b, out);
	close_blocks(&b, out);
	(void)buf_adds(out, "}\n");
	free(b.path);
}
