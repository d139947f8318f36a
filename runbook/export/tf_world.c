/* SPDX-License-Identifier: Apache-2.0 */
/* The resources of a procedure, what each should be, and what it is. */
#include "runbook/export/tf_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/by_hand.h"
#include "runbook/record/run_names.h"

char *tf_address(const struct tf_item *item)
{
	const struct tf_kind *kind = item->resource->kind;

	return xasprintf("%s%s.%s", kind->read ? "" : "data.", kind->type, item->resource->name);
}

const struct tf_item *tf_find(const struct tf_world *w, const char *address)
{
	for (size_t i = 0; i < w->n; i++) {
		autofree char *its = tf_address(&w->v[i]);

		if (w->v[i].written && text_eq(its, address))
			return &w->v[i];
	}
	return NULL;
}

const char *tf_import_id(const struct tf_item *item)
{
	return item->look.import_id ? item->look.import_id : item->id;
}

bool tf_applies(const struct tf_world *w, const struct tf_item *item, const char *only_when)
{
	struct by_hand_values values = { .state = w->state, .stack = w->stack, .step = item->step };

	return by_hand_applies(&values, only_when);
}

/* ---- what a step makes ------------------------------------------------------- */

/* Each string of a document with its values; NULL: one is not known. */
static json_t *plain_document(const struct tf_world *w, const struct tf_item *item,
			      const json_t *value)
{
	json_t *copy, *part;
	const json_t *from;
	size_t i;

	if (json_is_string(value)) {
		autofree char *text = tf_plain(w, item, json_string_value(value));

		return text ? json_string(text) : NULL;
	}
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, from) {
			part = plain_document(w, item, from);
			if (!part || json_array_append_new(copy, part)) {
				json_decref(copy);
				return NULL;
			}
		}
		return copy;
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	copy = json_object();
	for (void *at = json_object_iter((json_t *)value); at;
	     at = json_object_iter_next((json_t *)value, at)) {
		part = plain_document(w, item, json_object_iter_value(at));
		if (!part || json_object_set_new(copy, json_object_iter_key(at), part)) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}

static json_t *plain_tags(const struct tf_world *w, const struct tf_item *item, const char *what)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	json_t *object = json_object();

	run_tags(&w->state->params, w->stack, w->run_id, w->state->expires, item->step->id, what,
		 &tags);
	for (size_t i = 0; i < tags.n; i++)
		json_object_set_new(object, tags.v[i].key, json_string(tags.v[i].value));
	return object;
}

static json_t *plain_value(const struct tf_world *w, const struct tf_item *item,
			   const struct tf_argument *a)
{
	autofree char *made = a->make ? a->make() : NULL, *text = NULL;
	json_t *document, *value;

	switch (a->form) {
	case TF_TEXT:
	case TF_LIST:
		text = tf_plain(w, item, a->value);
		value = text ? json_string(text) : NULL;
		return value && a->form == TF_LIST ? json_pack("[o]", value) : value;
	case TF_BARE:
		return json_loads(a->value, JSON_DECODE_ANY, NULL);
	case TF_TAGS:
		return plain_tags(w, item, a->value);
	case TF_DOCUMENT:
		document = json_loads(made ? made : a->value, 0, NULL);
		value = plain_document(w, item, document);
		json_decref(document);
		return value;
	case TF_HCL:
	case TF_AFTER:
		break;
	}
	return NULL;
}

static void want(const struct tf_world *w, struct tf_item *item)
{
	const struct tf_resource *r = item->resource;
	autofree char *own = r->output ? xasprintf("<.%s>", r->output) : NULL;

	item->wanted = json_object();
	for (const struct tf_argument *a = r->arguments; a->name; a++) {
		json_t *value = NULL;

		if (tf_applies(w, item, a->only_when))
			value = plain_value(w, item, a);
		if (value)
			json_object_set_new(item->wanted, a->name, value);
	}
	if (r->import_id || own)
		item->id = tf_plain(w, item, r->import_id ? r->import_id : own);
}

/* ---- all of them --------------------------------------------------------------- */

static void add_items(struct tf_world *w, const struct step *step)
{
	for (const struct tf_resource *r = step->terraform; r && r->kind; r++) {
		w->v = xreallocarray(w->v, w->n + 1, sizeof(*w->v));
		w->v[w->n++] = (struct tf_item){ .step = step, .resource = r };
	}
}

struct rb_error *tf_world_init(struct tf_world *w, const struct run_state *state, const char *stack,
			       const char *run_id)
{
	*w = (struct tf_world){ .state = state,
				.stack = stack,
				.live = state->run_id != NULL,
				.run_id = xstrdup(state->run_id ? state->run_id : run_id) };
	for (const struct step *const *s = state->procedure->steps; *s; s++)
		add_items(w, *s);
	if (!w->n)
		return rb_error_why(rb_error_new(RB_USAGE, "there is nothing to export"),
				    "the procedure '%s' does not say what its steps make for "
				    "Terraform",
				    state->procedure->name);
	for (size_t i = 0; i < w->n; i++) {
		struct tf_item *item = &w->v[i];

		want(w, item);
		if (!w->live)
			item->written = tf_applies(w, item, item->resource->only_when);
	}
	return NULL;
}

void tf_world_clear(struct tf_world *w)
{
	for (size_t i = 0; i < w->n; i++) {
		json_decref(w->v[i].wanted);
		json_decref(w->v[i].look.found);
		free(w->v[i].look.import_id);
		free(w->v[i].id);
	}
	free(w->v);
	free(w->run_id);
	strv_clear(&w->variables);
	*w = (struct tf_world){ 0 };
}

struct rb_error *tf_world_read(struct tf_world *w,
			       struct aws_client *(*client)(void *arg, int side), void *arg)
{
	for (size_t i = 0; i < w->n; i++) {
		struct tf_item *item = &w->v[i];

		if (!item->resource->kind->read || !item->id)
			continue;
		item->look = (struct tf_look){ .id = item->id,
					       .account = w->state->account,
					       .wanted = item->wanted };
		TRY(item->resource->kind->read(client(arg, item->resource->side), &item->look));
		item->written = item->look.found && !item->look.left_out;
	}
	return NULL;
}
