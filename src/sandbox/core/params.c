/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Form bodies: decoded, made a tree, and checked against the action's model, so
 * that a handler never sees an unknown name, misses a required one, or has to
 * ask what type a value is of.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/percent.h"
#include "base/text.h"
#include "sandbox/core/inner.h"

#define MAX_PAIRS 20000
#define MAX_INDEX 1000
#define MAX_FILTER_VALUES 200

/* ---- decoding ----------------------------------------------------------- */

/* UTF-8 without NUL, as JSON and XML want it. */
static bool is_text(const struct buf *b)
{
	json_t *probe;

	if (strlen(b->p) != b->n)
		return false;
	probe = json_stringn(b->p, b->n);
	json_decref(probe);
	return probe != NULL;
}

static bool decode(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		int hi, lo;

		if (s[i] != '%') {
			(void)buf_addc(out, s[i] == '+' ? ' ' : s[i]);
			continue;
		}
		hi = i + 2 < n ? percent_hex(s[i + 1]) : -1;
		lo = i + 2 < n ? percent_hex(s[i + 2]) : -1;
		if (hi < 0 || lo < 0)
			return false;
		(void)buf_addc(out, (char)(hi << 4 | lo));
		i += 2;
	}
	return is_text(out);
}

bool sbx_form_decode(const char *s, size_t n, struct sbx_pairs *out)
{
	const char *end = s + n;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		size_t len = amp ? (size_t)(amp - s) : (size_t)(end - s);
		const char *eq = memchr(s, '=', len);
		size_t name_n = eq ? (size_t)(eq - s) : len;
		auto_buf name = BUF_INIT, value = BUF_INIT;

		if (len) {
			if (!decode(s, name_n, &name) || out->n >= MAX_PAIRS)
				return false;
			if (eq && !decode(eq + 1, len - name_n - 1, &value))
				return false;
			sbx_pairs_add(out, name.p, value.p);
		}
		s += len + 1;
	}
	return true;
}

/* ---- the model ---------------------------------------------------------- */

const struct sbx_model *sbx_model_find(const char *service, const char *action)
{
	for (size_t i = 0; i < sbx_n_models; i++) {
		if (!strcmp(sbx_models[i].action, action) &&
		    !strcmp(sbx_models[i].service, service))
			return &sbx_models[i];
	}
	return NULL;
}

static int compare_param(const void *key, const void *row)
{
	return strcmp(key, ((const struct model_param *)row)->name);
}

static bool is_index(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
	}
	return n > 0;
}

/* The row of "Filter.12.Value.3", which is that of "Filter.N.Value.N". */
static const struct model_param *find_row(const struct sbx_model *model, const char *name)
{
	auto_buf pattern = BUF_INIT;

	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ".");

		if (is_index(p, n))
			(void)buf_addc(&pattern, 'N');
		else
			(void)buf_add(&pattern, p, n);
		if (p[n] == '.')
			(void)buf_addc(&pattern, '.');
		p += n + (p[n] == '.');
	}
	return model->n_params ? bsearch(pattern.p, model->params, model->n_params,
					 sizeof(model->params[0]), compare_param)
			       : NULL;
}

/* ---- complaints --------------------------------------------------------- */

/* EC2 has codes of its own; IAM and STS call all of it a validation error. */
struct complaint {
	bool ec2;
	const char **code;
	struct buf *message;
};

static bool complain(const struct complaint *c, const char *ec2_code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static bool complain(const struct complaint *c, const char *ec2_code, const char *fmt, ...)
{
	va_list ap;

	*c->code = c->ec2 ? ec2_code : "ValidationError";
	va_start(ap, fmt);
	(void)buf_vaddf(c->message, fmt, ap);
	va_end(ap);
	return false;
}

/* As AWS spells names in messages: "MaxResults" is maxResults. */
static char *spoken(const char *name)
{
	char *s = xstrdup(name);

	s[0] = text_lower(s[0]);
	return s;
}

static bool check_integer(const struct model_param *row, const char *name, const char *value,
			  const struct complaint *c)
{
	autofree char *shown = spoken(name);
	int64_t number;

	if (!text_parse_i64(value, INT64_MIN, INT64_MAX, &number))
		return complain(c, "InvalidParameterValue",
				"Value (%s) for parameter %s is invalid. Expected an integer.",
				value, shown);
	if (row->min && number < row->min)
		return complain(
			c, "InvalidParameterValue",
			"Value ( %s ) for parameter %s is invalid. Expecting a value greater "
			"than or equal to %lld.",
			value, shown, (long long)row->min);
	if (row->max && number > row->max)
		return complain(
			c, "InvalidParameterValue",
			"Value ( %s ) for parameter %s is invalid. Expecting a value less than "
			"or equal to %lld.",
			value, shown, (long long)row->max);
	return true;
}

static bool check_string(const struct model_param *row, const char *name, const char *value,
			 const struct complaint *c)
{
	autofree char *shown = spoken(name);
	size_t n = sbx_characters(value);

	if (row->min && n < (size_t)row->min)
		return complain(c, "InvalidParameterValue",
				"1 validation error detected: Value '%s' at '%s' failed to satisfy "
				"constraint: Member must have length greater than or equal to %lld",
				value, shown, (long long)row->min);
	if (row->max && n > (size_t)row->max)
		return complain(c, "InvalidParameterValue",
				"1 validation error detected: Value '%s' at '%s' failed to satisfy "
				"constraint: Member must have length less than or equal to %lld",
				value, shown, (long long)row->max);
	for (size_t i = 0; row->values && row->values[i]; i++) {
		if (!strcmp(row->values[i], value))
			return true;
	}
	if (row->values)
		return complain(c, "InvalidParameterValue",
				"Value (%s) for parameter %s is invalid.", value, shown);
	return true;
}

static bool check_scalar(const struct model_param *row, const char *name, const char *value,
			 const struct complaint *c)
{
	int64_t when;

	switch (row->type) {
	case 'i':
		return check_integer(row, name, value, c);
	case 'b':
		if (!strcmp(value, "true") || !strcmp(value, "false"))
			return true;
		return complain(c, "InvalidParameterValue",
				"Invalid value '%s' for boolean parameter %s.", value, name);
	case 't':
		if (clock_parse_iso8601(value, &when))
			return true;
		return complain(
			c, "InvalidParameterValue",
			"Value (%s) for parameter %s is invalid. Expected an ISO 8601 time.", value,
			name);
	default: /* text, or base64 that its handler decodes */
		return check_string(row, name, value, c);
	}
}

/* ---- the tree ----------------------------------------------------------- */

/* Lists stay objects with their indices as keys until all is there: forms come in any order. */
static bool add_leaf(json_t *tree, const char *name, const char *value)
{
	json_t *node = tree;

	for (;;) {
		size_t n = strcspn(name, ".");
		autofree char *key = xstrndup(name, n);
		json_t *next = json_object_get(node, key);

		if (!name[n])
			return !next && json_object_set_new(node, key, json_string(value)) == 0;
		name += n + 1;
		if (!strcmp(key, "member") && is_index(name, strcspn(name, ".")))
			continue; /* IAM's and STS's word between a list and its index */
		if (!next) {
			next = json_object();
			json_object_set_new(node, key, next);
		} else if (!json_is_object(next)) {
			return false;
		}
		node = next;
	}
}

static json_t *with_lists(const json_t *node);

static json_t *as_list(const json_t *node)
{
	json_t *list = json_array();

	for (size_t i = 1; i <= json_object_size(node); i++) {
		char key[24];
		json_t *item;

		(void)snprintf(key, sizeof(key), "%zu", i);
		item = with_lists(json_object_get(node, key));
		if (!item || i > MAX_INDEX) { /* indices run 1, 2, 3 */
			json_decref(item);
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, item);
	}
	return list;
}

/* A copy of `node` with arrays in the place of numbered objects; NULL when a number is missing. */
static json_t *with_lists(const json_t *node)
{
	const char *key;
	json_t *value, *copy;

	if (!json_is_object(node))
		return json_incref((json_t *)(uintptr_t)node);
	json_object_foreach((json_t *)(uintptr_t)node, key, value) {
		if (is_index(key, strlen(key)))
			return as_list(node);
	}
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)node, key, value) {
		json_t *item = with_lists(value);

		if (!item) {
			json_decref(copy);
			return NULL;
		}
		json_object_set_new(copy, key, item);
	}
	return copy;
}

/* What `pattern` requires below `node`; `path` is where we are, for the message. */
static bool check_required(const json_t *node, const char *pattern, struct buf *path,
			   const struct complaint *c)
{
	size_t n = strcspn(pattern, "."), mark = path->n, i;
	autofree char *key = xstrndup(pattern, n);
	const json_t *item;

	if (!strcmp(key, "member") && !json_is_object(node)) {
		(void)buf_adds(path, ".member");
		return check_required(node, pattern + n + 1, path, c);
	}
	if (json_is_array(node)) {
		json_array_foreach(node, i, item) {
			buf_truncate(path, mark);
			(void)buf_addf(path, ".%zu", i + 1);
			if (!check_required(item, pattern + n + 1, path, c))
				return false;
		}
		return true;
	}
	item = json_object_get(node, key);
	(void)buf_addf(path, "%s%s", path->n ? "." : "", key);
	if (pattern[n])
		return !item || check_required(item, pattern + n + 1, path, c);
	if (item)
		return true;
	if (c->ec2)
		return complain(c, "MissingParameter", "The request must contain the parameter %s",
				path->p);
	path->p[0] = text_lower(path->p[0]);
	return complain(c, NULL,
			"1 validation error detected: Value null at '%s' failed to satisfy "
			"constraint: Member must not be null",
			path->p);
}

static bool is_filter(const struct sbx_model *model, const char *name)
{
	for (size_t i = 0; model->filters && model->filters[i]; i++) {
		const char *known = model->filters[i];

		if (!strcmp(known, name) ||
		    (!strcmp(known, "tag:KEY") && text_starts_with(name, "tag:") && name[4]))
			return true;
	}
	return false;
}

static bool check_filters(const struct sbx_model *model, const json_t *tree,
			  const struct complaint *c)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(json_object_get(tree, "Filter"), i, filter) {
		const char *name = json_string_value(json_object_get(filter, "Name"));
		const json_t *values = json_object_get(filter, "Value");

		if (!name || !is_filter(model, name))
			return complain(c, "InvalidParameterValue", "The filter '%s' is invalid",
					name ? name : "null");
		if (!json_array_size(values))
			return complain(c, "MissingParameter",
					"The request must contain the parameter Filter.%zu.Value",
					i + 1);
		if (json_array_size(values) > MAX_FILTER_VALUES)
			return complain(
				c, "FilterLimitExceeded",
				"The maximum number of filter values specified on a single call "
				"is %d",
				MAX_FILTER_VALUES);
	}
	return true;
}

/*
 * EC2 takes an optional parameter without a value as one that is not there.  Where an empty text is
 * a value of its own, in tags and filters, it stays.
 */
static bool is_left_empty(const struct model_param *row, const char *value,
			  const struct complaint *c)
{
	const char *last = strrchr(row->name, '.');

	last = last ? last + 1 : row->name;
	return c->ec2 && !*value && !row->required && strcmp(last, "N") != 0 &&
	       strcmp(last, "Key") != 0 && strcmp(last, "Value") != 0 && strcmp(last, "Name") != 0;
}

static bool build(const struct sbx_model *model, const struct sbx_pairs *params, json_t *tree,
		  const struct complaint *c)
{
	for (size_t i = 0; i < params->n; i++) {
		const char *name = params->v[i].name, *value = params->v[i].value;
		const struct model_param *row = find_row(model, name);

		if (!row)
			return complain(c, "UnknownParameter", "The parameter %s is not recognized",
					name);
		if ((row->type == 'L' || row->type == 'S') && !*value)
			continue; /* how IAM and STS are sent an empty list */
		if (row->type == 'L' || row->type == 'S')
			return complain(c, "InvalidParameterValue",
					"Value (%s) for parameter %s is invalid.", value, name);
		if (is_left_empty(row, value, c))
			continue;
		if (!check_scalar(row, name, value, c))
			return false;
		if (!add_leaf(tree, name, value))
			return complain(c, "InvalidParameterCombination",
					"The parameter %s is there more than once", name);
	}
	return true;
}

json_t *model_params_tree(const struct sbx_model *model, const struct sbx_pairs *params,
			  const char **ret_code, struct buf *message)
{
	struct complaint c = { !strcmp(model->service, "ec2"), ret_code, message };
	json_t *raw = json_object(), *tree = NULL;
	bool good = build(model, params, raw, &c);

	if (good) {
		tree = with_lists(raw);
		good = tree || complain(&c, "InvalidParameterValue",
					"The items of a list are not numbered 1, 2, 3 and so on");
	}
	for (size_t i = 0; good && i < model->n_params; i++) {
		auto_buf path = BUF_INIT;

		if (model->params[i].required)
			good = check_required(tree, model->params[i].name, &path, &c);
	}
	good = good && check_filters(model, tree, &c);
	json_decref(raw);
	if (good)
		return tree;
	json_decref(tree);
	return NULL;
}
