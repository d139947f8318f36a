/* SPDX-License-Identifier: Apache-2.0 */
/* A text with values (runbook/contract/terraform.h), filled in plainly and for HCL. */
#include "runbook/export/tf_world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/endpoint.h"
#include "aws/ec2/far_service.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/record/params.h"
#include "runbook/record/run_names.h"

/* What one name stands for; both NULL: that is not known yet. */
struct meaning {
	char *plain;
	char *expression; /* NULL: the plain value as it is */
	const char *parameter;
};

static void meaning_clear(struct meaning *m)
{
	free(m->plain);
	free(m->expression);
	*m = (struct meaning){ 0 };
}

static bool is_known(const struct meaning *m)
{
	return m->plain || m->expression;
}

static void mean_parameter(const struct tf_world *w, const char *name, struct meaning *ret)
{
	const char *value = params_get(&w->state->params, name);
	autofree char *variable = hcl_name(name);

	if (!*value)
		return;
	ret->plain = xstrdup(value);
	ret->expression = xasprintf("var.%s", variable);
	ret->parameter = params_row(&w->state->params, name)->name;
}

static char *expression_of(const struct tf_item *item)
{
	autofree char *address = tf_address(item);

	return xasprintf("%s.%s", address, item->resource->kind->attribute);
}

static bool is_output(const struct tf_item *item, const char *step_id, const char *output)
{
	return item->written && text_eq(item->step->id, step_id) &&
	       text_eq(item->resource->output, output);
}

static void mean_output(const struct tf_world *w, const char *step_id, const char *output,
			struct meaning *ret)
{
	const struct step_history *history = w->live ? state_history(w->state, step_id) : NULL;

	if (history)
		ret->plain = xstrdup_or_null(history_output(history, output));
	for (size_t i = 0; i < w->n; i++)
		if (is_output(&w->v[i], step_id, output))
			ret->expression = expression_of(&w->v[i]);
}

static void mean_region(const struct tf_world *w, int side, struct meaning *ret)
{
	mean_parameter(w, w->state->procedure->sides[side < 0 ? 0 : side].region, ret);
}

/* `name` is one alternative; a mistake in a table ends the program, as params_get does. */
static void mean(const struct tf_world *w, const struct tf_item *item, char *name,
		 struct meaning *ret)
{
	const struct params *params = &w->state->params;
	int side = item->resource->side;
	char *dot = strchr(name, '.');

	if (text_eq(name, "region")) {
		mean_region(w, side, ret);
	} else if (text_starts_with(name, "region:")) {
		mean_region(w, name[strlen("region:")] - '0', ret);
	} else if (text_eq(name, "run")) {
		ret->plain = xstrdup(w->run_id);
		ret->expression = xstrdup("var.run");
	} else if (text_eq(name, "stack")) {
		ret->plain = xstrdup(w->stack);
	} else if (text_eq(name, "step")) {
		ret->plain = xstrdup(item->step->id);
	} else if (text_eq(name, "partition")) {
		ret->plain = xstrdup(aws_partition_of(params_region(params, side))->id);
	} else if (dot == name) {
		mean_output(w, item->step->id, name + 1, ret);
	} else if (dot && isdigit((unsigned char)name[0])) {
		*dot = '\0';
		mean_output(w, name, dot + 1, ret);
	} else if (dot) {
		mean_parameter(w, name, ret);
	} else {
		abort();
	}
}

/* Where the filled text goes: parts for HCL, or plain text. */
struct filling {
	struct tf_world *w; /* NULL: nothing is noted */
	struct hcl_text *parts;
	struct buf *plain;
};

static void add_literal(const struct filling *f, const char *text)
{
	if (f->parts)
		hcl_text_add(f->parts, false, text);
	else
		(void)buf_adds(f->plain, text);
}

static bool add_meaning(const struct filling *f, const struct meaning *m)
{
	if (f->plain && !m->plain)
		return false;
	if (f->plain || !m->expression) {
		add_literal(f, m->plain);
		return true;
	}
	hcl_text_add(f->parts, true, m->expression);
	if (m->parameter && !strv_has(&f->w->variables, m->parameter))
		strv_add(&f->w->variables, m->parameter);
	return true;
}

/* "name:instance": the run's id is a part of it. */
static bool fill_name(const struct filling *f, const struct tf_world *w, const struct tf_item *item,
		      const char *what)
{
	CLEANUP(meaning_clear) struct meaning run = { 0 };
	autofree char *name = run_name("<", what);
	size_t n = strcspn(name, "<");
	autofree char *before = xstrndup(name, n);
	char word[] = "run";

	mean(w, item, word, &run);
	add_literal(f, before);
	if (!add_meaning(f, &run))
		return false;
	add_literal(f, name + n + (name[n] != '\0'));
	return true;
}

/* "s3-service:1": what S3 of that side is called where the resource is; the region is a part of it.
 */
static bool fill_s3_service(const struct filling *f, const struct tf_world *w,
			    const struct tf_item *item, int side)
{
	CLEANUP(meaning_clear) struct meaning region = { 0 };
	const struct params *params = &w->state->params;
	autofree char *service = ec2_s3_service_name(params_region(params, item->resource->side),
						     params_region(params, side));
	const char *at;

	mean_region(w, side, &region);
	at = strstr(service, region.plain);
	autofree char *before = xstrndup(service, (size_t)(at - service));

	add_literal(f, before);
	if (!add_meaning(f, &region))
		return false;
	add_literal(f, at + strlen(region.plain));
	return true;
}

/* `names` is "a|b". */
static bool fill_names(const struct filling *f, const struct tf_world *w,
		       const struct tf_item *item, char *names)
{
	char *save = NULL;

	if (text_starts_with(names, "name:"))
		return fill_name(f, w, item, names + strlen("name:"));
	if (text_starts_with(names, "s3-service:"))
		return fill_s3_service(f, w, item, names[strlen("s3-service:")] - '0');
	for (char *name = strtok_r(names, "|", &save); name; name = strtok_r(NULL, "|", &save)) {
		CLEANUP(meaning_clear) struct meaning m = { 0 };

		mean(w, item, name, &m);
		if (is_known(&m))
			return add_meaning(f, &m);
	}
	return false;
}

static bool fill(const struct filling *f, const struct tf_world *w, const struct tf_item *item,
		 const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "<");
		autofree char *literal = xstrndup(text, n);

		add_literal(f, literal);
		text += n;
		if (!*text)
			break;
		n = strcspn(text, ">");
		autofree char *names = xstrndup(text + 1, n - 1);

		if (!fill_names(f, w, item, names))
			return false;
		text += n + (text[n] == '>');
	}
	return true;
}

bool tf_fill(struct tf_world *w, const struct tf_item *item, const char *text, struct hcl_text *ret)
{
	struct filling f = { .w = w, .parts = ret };

	return fill(&f, w, item, text);
}

char *tf_plain(const struct tf_world *w, const struct tf_item *item, const char *text)
{
	auto_buf plain = BUF_INIT;
	struct filling f = { .plain = &plain };

	return fill(&f, w, item, text) ? buf_steal(&plain) : NULL;
}

char *tf_reference(const struct tf_world *w, const struct tf_item *but, const char *id)
{
	for (size_t i = 0; i < w->n; i++)
		if (&w->v[i] != but && w->v[i].written && w->v[i].resource->output &&
		    text_eq(w->v[i].id, id))
			return expression_of(&w->v[i]);
	return NULL;
}
