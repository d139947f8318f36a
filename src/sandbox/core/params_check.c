/* SPDX-License-Identifier: Apache-2.0 */
/* A call's parameters against the model of its action: types, ranges, what is required, filters. */
#include "sandbox/core/params.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/sbx.h"

#define MAX_FILTER_VALUES 200

bool params_complain(const struct params_complaint *c, const char *ec2_code, const char *fmt, ...)
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
			  const struct params_complaint *c)
{
	autofree char *shown = spoken(name);
	int64_t number;

	if (!text_parse_i64(value, INT64_MIN, INT64_MAX, &number))
		return params_complain(
			c, "InvalidParameterValue",
			"Value (%s) for parameter %s is invalid. Expected an integer.", value,
			shown);
	if (row->min && number < row->min)
		return params_complain(
			c, "InvalidParameterValue",
			"Value ( %s ) for parameter %s is invalid. Expecting a value greater "
			"than or equal to %lld.",
			value, shown, (long long)row->min);
	if (row->max && number > row->max)
		return params_complain(
			c, "InvalidParameterValue",
			"Value ( %s ) for parameter %s is invalid. Expecting a value less than "
			"or equal to %lld.",
			value, shown, (long long)row->max);
	return true;
}

static bool check_string(const struct model_param *row, const char *name, const char *value,
			 const struct params_complaint *c)
{
	autofree char *shown = spoken(name);
	size_t n = sbx_characters(value);

	if (row->min && n < (size_t)row->min)
		return params_complain(
			c, "InvalidParameterValue",
			"1 validation error detected: Value '%s' at '%s' failed to satisfy "
			"constraint: Member must have length greater than or equal to %lld",
			value, shown, (long long)row->min);
	if (row->max && n > (size_t)row->max)
		return params_complain(
			c, "InvalidParameterValue",
			"1 validation error detected: Value '%s' at '%s' failed to satisfy "
			"constraint: Member must have length less than or equal to %lld",
			value, shown, (long long)row->max);
	for (size_t i = 0; row->values && row->values[i]; i++) {
		if (!strcmp(row->values[i], value))
			return true;
	}
	if (row->values)
		return params_complain(c, "InvalidParameterValue",
				       "Value (%s) for parameter %s is invalid.", value, shown);
	return true;
}

bool params_check_scalar(const struct model_param *row, const char *name, const char *value,
			 const struct params_complaint *c)
{
	int64_t when;

	switch (row->type) {
	case 'i':
		return check_integer(row, name, value, c);
	case 'b':
		if (!strcmp(value, "true") || !strcmp(value, "false"))
			return true;
		return params_complain(c, "InvalidParameterValue",
				       "Invalid value '%s' for boolean parameter %s.", value, name);
	case 't':
		if (clock_parse_iso8601(value, &when))
			return true;
		return params_complain(
			c, "InvalidParameterValue",
			"Value (%s) for parameter %s is invalid. Expected an ISO 8601 time.", value,
			name);
	default: /* text, or base64 that its handler decodes */
		return check_string(row, name, value, c);
	}
}

/* What `pattern` requires below `node`; `path` is where we are, for the message. */
bool params_check_required(const json_t *node, const char *pattern, struct buf *path,
			   const struct params_complaint *c)
{
	size_t n = strcspn(pattern, "."), mark = path->n, i;
	autofree char *key = xstrndup(pattern, n);
	const json_t *item;

	if (!strcmp(key, "member") && !json_is_object(node)) {
		(void)buf_adds(path, ".member");
		return params_check_required(node, pattern + n + 1, path, c);
	}
	if (json_is_array(node)) {
		json_array_foreach(node, i, item) {
			buf_truncate(path, mark);
			(void)buf_addf(path, ".%zu", i + 1);
			if (!params_check_required(item, pattern + n + 1, path, c))
				return false;
		}
		return true;
	}
	item = json_object_get(node, key);
	(void)buf_addf(path, "%s%s", path->n ? "." : "", key);
	if (pattern[n])
		return !item || params_check_required(item, pattern + n + 1, path, c);
	if (item)
		return true;
	if (c->ec2)
		return params_complain(c, "MissingParameter",
				       "The request must contain the parameter %s", path->p);
	path->p[0] = text_lower(path->p[0]);
	return params_complain(c, NULL,
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

bool params_check_filters(const struct sbx_model *model, const json_t *tree,
			  const struct params_complaint *c)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(json_object_get(tree, "Filter"), i, filter) {
		const char *name = json_string_value(json_object_get(filter, "Name"));
		const json_t *values = json_object_get(filter, "Value");

		if (!name || !is_filter(model, name))
			return params_complain(c, "InvalidParameterValue",
					       "The filter '%s' is invalid", name ? name : "null");
		if (!json_array_size(values))
			return params_complain(
				c, "MissingParameter",
				"The request must contain the parameter Filter.%zu.Value", i + 1);
		if (json_array_size(values) > MAX_FILTER_VALUES)
			return params_complain(
				c, "FilterLimitExceeded",
				"The maximum number of filter values specified on a single call "
				"is %d",
				MAX_FILTER_VALUES);
	}
	return true;
}
