/* SPDX-License-Identifier: Apache-2.0 */
/* A form, which EC2's requests are, taken apart into its parameters. */
#include "aws/record/body.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/text.h"

/* The last but `skip` part of "TagSpecification.1.Tag.2.Value" that is no number and no "member".
 * Caller frees. */
static char *part_of(const char *name, int skip)
{
	const char *end = name + strlen(name);

	while (end > name) {
		const char *at = end;

		while (at > name && at[-1] != '.')
			at--;
		bool is_member = end - at == 6 && strncmp(at, "member", 6) == 0;

		if (!isdigit((unsigned char)*at) && !is_member && skip-- == 0)
			return xstrndup(at, (size_t)(end - at));
		end = at > name ? at - 1 : at;
	}
	return xstrdup("");
}

static json_t *form_to_json(const char *p, size_t n)
{
	json_t *form = json_object();

	while (n) {
		const char *end = memchr(p, '&', n);
		size_t len = end ? (size_t)(end - p) : n;
		const char *equals = memchr(p, '=', len);
		size_t name_n = equals ? (size_t)(equals - p) : len;
		auto_buf name = BUF_INIT, value = BUF_INIT;

		if (percent_decode(&name, p, name_n) &&
		    (!equals || percent_decode(&value, equals + 1, len - name_n - 1)))
			json_object_set_new(form, name.p, json_stringn(value.p, value.n));
		len += end != NULL;
		p += len;
		n -= len;
	}
	return form;
}

/* The values of "Filter.2.Value.1" are what "Filter.2.Name" says. */
static const char *filter_name(const json_t *form, const char *name)
{
	size_t n;
	autofree char *key = NULL;
	const char *filter;

	if (!text_starts_with(name, "Filter."))
		return NULL;
	n = strcspn(name + 7, ".");
	if (!text_starts_with(name + 7 + n, ".Value"))
		return NULL;
	key = xasprintf("%.*s.Name", (int)(7 + n), name);
	filter = json_string_value(json_object_get(form, key));
	return filter && strncmp(filter, "tag", 3) == 0 ? NULL : filter;
}

json_t *body_redact_form(const struct redactor *r, const char *p, size_t n)
{
	json_t *form = form_to_json(p, n), *out = json_object(), *value;
	const char *name;

	json_object_foreach(form, name, value) {
		autofree char *leaf = part_of(name, 0), *parent = part_of(name, 1);
		const char *filter = filter_name(form, name);
		const char *text = json_string_value(value);
		auto_buf shown = BUF_INIT;

		redact_value(r, (struct redact_place){ parent, filter ? filter : leaf },
			     text ? text : "", &shown);
		json_object_set_new(out, name, json_string(shown.p));
	}
	json_decref(form);
	return out;
}
