/* SPDX-License-Identifier: Apache-2.0 */
/* Differences, collected and reported. */
#include "sandbox/compare/difference.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum { MAX_KNOWN_BYTES = 4 << 20, SHOWN_BYTES = 160 };

static const char *const labels[] = {
#define DIFFERENCE_LABEL_(name, label) [DIFFERENCE_##name] = label,
	DIFFERENCE_KINDS(DIFFERENCE_LABEL_)
#undef DIFFERENCE_LABEL_
};

/* Cut, and fit for a terminal: it came from outside. */
static char *shown(const char *s)
{
	return s ? text_printable(s, strlen(s), SHOWN_BYTES) : NULL;
}

void differences_add(struct differences *d, enum difference_kind kind, const char *service,
		     const char *action, const char *element, const char *recorded,
		     const char *here)
{
	for (size_t i = 0; i < d->n; i++) {
		struct difference *old = &d->v[i];

		if (old->kind == kind && text_eq(old->service, service) &&
		    text_eq(old->action, action) && text_eq(old->element, element)) {
			old->times++;
			return;
		}
	}
	d->v = xreallocarray(d->v, d->n + 1, sizeof(*d->v));
	d->v[d->n++] =
		(struct difference){ .kind = kind,
				     .service = xstrdup(service),
				     .action = xstrdup(action),
				     .element = text_printable(element, strlen(element), 400),
				     .recorded = shown(recorded),
				     .here = shown(here),
				     .times = 1 };
}

static bool fits(const char *pattern, const char *element)
{
	size_t n = pattern ? strlen(pattern) : 0;

	if (n && pattern[n - 1] == '*')
		return strncmp(pattern, element, n - 1) == 0;
	return text_eq(pattern, element);
}

static const char *member(const json_t *known, const char *name)
{
	return json_string_value(json_object_get(known, name));
}

struct rb_error *differences_read_known(struct differences *d, const char *path)
{
	auto_buf text = BUF_INIT;
	json_t *root, *known, *one;
	struct rb_error *err = file_read_input(path, MAX_KNOWN_BYTES, &text);
	size_t i;

	if (err && err->kind == RB_GONE)
		err->kind = RB_USAGE;
	TRY(err);
	err = rb_error_new(RB_USAGE, "cannot use the known differences in '%s'", path);
	root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	known = json_incref(json_object_get(root, "known"));
	json_decref(root);
	if (!json_is_array(known)) {
		json_decref(known);
		return rb_error_why(err, "it is no JSON object with an array 'known'");
	}
	json_array_foreach(known, i, one) {
		bool kind = false;

		for (size_t k = 0; k < ARRAY_LEN(labels); k++)
			kind |= text_eq(member(one, "kind"), labels[k]);
		if (kind && member(one, "action") && member(one, "element") &&
		    member(one, "reason") && *member(one, "reason"))
			continue;
		json_decref(known);
		return rb_error_why(err, "entry %zu lacks action, element, a kind or its reason",
				    i + 1);
	}
	(void)rb_error_free(err);
	d->known = known;
	d->met = xcalloc(json_array_size(known) + 1, sizeof(*d->met));
	return NULL;
}

/* It was to be met, and was not. */
static bool is_missed(const struct differences *d, size_t k)
{
	return !d->met[k] &&
	       !json_is_true(json_object_get(json_array_get(d->known, k), "sometimes"));
}

static void judge(struct differences *d)
{
	json_t *one;
	size_t k;

	for (size_t k0 = 0; k0 < json_array_size(d->known); k0++)
		d->met[k0] = 0;
	for (size_t i = 0; i < d->n; i++) {
		struct difference *x = &d->v[i];

		x->reason = NULL;
		json_array_foreach(d->known, k, one) {
			if (!fits(member(one, "action"), x->action) ||
			    !fits(member(one, "element"), x->element) ||
			    !text_eq(member(one, "kind"), labels[x->kind]))
				continue;
			x->reason = member(one, "reason");
			d->met[k]++;
		}
	}
}

size_t differences_open(struct differences *d)
{
	size_t n = 0;

	judge(d);
	for (size_t i = 0; i < d->n; i++)
		n += !d->v[i].reason;
	for (size_t k = 0; k < json_array_size(d->known); k++)
		n += is_missed(d, k);
	return n;
}

static int by_action(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int order = strcmp(x->action, y->action);

	if (!order)
		order = strcmp(x->element, y->element);
	return order ? order : (int)x->kind - (int)y->kind;
}

void differences_to_text(struct differences *d, struct buf *out)
{
	judge(d);
	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_action);
	for (size_t i = 0; i < d->n; i++) {
		const struct difference *x = &d->v[i];

		if (x->reason)
			continue;
		(void)buf_addf(out, "%s%s%s: %s: recorded %s%s%s, here %s%s%s", x->action,
			       *x->element ? " " : "", x->element, labels[x->kind],
			       x->recorded ? "'" : "", x->recorded ? x->recorded : "nothing",
			       x->recorded ? "'" : "", x->here ? "'" : "",
			       x->here ? x->here : "nothing", x->here ? "'" : "");
		if (x->times > 1)
			(void)buf_addf(out, " (%zu times)", x->times);
		(void)buf_addc(out, '\n');
	}
	for (size_t k = 0; k < json_array_size(d->known); k++) {
		const json_t *one = json_array_get(d->known, k);

		if (is_missed(d, k))
			(void)buf_addf(out, "%s %s: %s: known, and not met\n",
				       member(one, "action"), member(one, "element"),
				       member(one, "kind"));
	}
}

json_t *differences_to_json(struct differences *d)
{
	json_t *list = json_array(), *not_met = json_array();
	size_t known = 0;

	judge(d);
	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_action);
	for (size_t i = 0; i < d->n; i++) {
		const struct difference *x = &d->v[i];

		known += x->reason != NULL;
		if (!x->reason)
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:I}", "service",
					  x->service, "action", x->action, "element", x->element,
					  "kind", labels[x->kind], "recorded", x->recorded, "here",
					  x->here, "times", (json_int_t)x->times));
	}
	for (size_t k = 0; k < json_array_size(d->known); k++)
		if (is_missed(d, k))
			json_array_append(not_met, json_array_get(d->known, k));
	return json_pack("{s:o, s:I, s:o}", "differences", list, "known", (json_int_t)known,
			 "not_met", not_met);
}

void differences_clear(struct differences *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].service);
		free(d->v[i].action);
		free(d->v[i].element);
		free(d->v[i].recorded);
		free(d->v[i].here);
	}
	free(d->v);
	free(d->met);
	json_decref(d->known);
	*d = (struct differences){ 0 };
}
