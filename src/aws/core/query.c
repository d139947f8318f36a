/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters to a form body. */
#include "aws/core/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/percent.h"

void aws_params_clear(struct aws_params *p)
{
	buf_clear(&p->body);
	*p = (struct aws_params)AWS_PARAMS_INIT;
}

void params_add(struct aws_params *p, const char *name, const char *value)
{
	if (!value)
		return;
	if (p->body.n)
		(void)buf_addc(&p->body, '&');
	percent_encode(&p->body, name, strlen(name), /* keep_slash= */ false);
	(void)buf_addc(&p->body, '=');
	percent_encode(&p->body, value, strlen(value), /* keep_slash= */ false);
}

void params_addf(struct aws_params *p, const char *value, const char *name_fmt, ...)
{
	autofree char *name = NULL;
	va_list ap;

	va_start(ap, name_fmt);
	name = xvasprintf(name_fmt, ap);
	va_end(ap);
	params_add(p, name, value);
}

void params_add_int(struct aws_params *p, const char *name, int64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)value);
	params_add(p, name, digits);
}

void params_add_bool(struct aws_params *p, const char *name, bool value)
{
	params_add(p, name, value ? "true" : "false");
}

void params_add_list(struct aws_params *p, const char *name, const char *const *items)
{
	for (size_t i = 0; items && items[i]; i++)
		params_addf(p, items[i], "%s.%zu", name, i + 1);
}

void params_add_filters(struct aws_params *p, const struct aws_filter *filters)
{
	for (const struct aws_filter *f = filters; f && f->name; f++) {
		int n = ++p->n_filters;

		params_addf(p, f->name, "Filter.%d.Name", n);
		for (size_t i = 0; i < ARRAY_LEN(f->values) && f->values[i]; i++)
			params_addf(p, f->values[i], "Filter.%d.Value.%zu", n, i + 1);
	}
}

void params_add_filter(struct aws_params *p, const char *name, const char *value)
{
	const struct aws_filter filters[] = { { name, { value } }, { NULL, { NULL } } };

	params_add_filters(p, filters);
}

void params_add_tag_spec(struct aws_params *p, const char *type, const struct aws_tags *tags)
{
	autofree char *prefix = NULL;
	int n;

	if (!tags || !tags->n)
		return;
	n = ++p->n_tag_specs;
	params_addf(p, type, "TagSpecification.%d.ResourceType", n);
	prefix = xasprintf("TagSpecification.%d.Tag", n);
	params_add_tags(p, prefix, tags);
}

void params_add_tags(struct aws_params *p, const char *prefix, const struct aws_tags *tags)
{
	for (size_t i = 0; tags && i < tags->n; i++) {
		params_addf(p, tags->v[i].key, "%s.%zu.Key", prefix, i + 1);
		params_addf(p, tags->v[i].value, "%s.%zu.Value", prefix, i + 1);
	}
}
