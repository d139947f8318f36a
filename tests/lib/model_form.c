/* SPDX-License-Identifier: Apache-2.0 */
/* Form bodies of EC2, IAM and STS against the models; see model_check.h. */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "tests/lib/model_parts.h"

static bool all_digits(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

/* "Filter.2.Value.1" -> "Filter.N.Value.N" */
static char *with_n(const char *name)
{
	struct buf out = BUF_INIT;

	while (*name) {
		size_t n = strcspn(name, ".");

		if (out.n)
			(void)buf_addc(&out, '.');
		if (out.n && all_digits(name, n))
			(void)buf_addc(&out, 'N');
		else
			(void)buf_add(&out, name, n);
		name += n + (name[n] == '.' ? 1 : 0);
	}
	return buf_steal(&out);
}

/* Every parameter and everything above it: "A.1.B" gives "A", "A.1", "A.1.B". */
static void note_prefixes(struct strv *present, const char *name)
{
	size_t i;

	for (i = 1; i <= strlen(name); i++) {
		autofree char *prefix = NULL;

		if (name[i] && name[i] != '.')
			continue;
		prefix = xstrndup(name, i);
		strv_add_once(present, prefix);
	}
}

static void check_indices(struct model_check *c, const struct strv *present)
{
	size_t i;

	for (i = 0; i < present->n; i++) {
		const char *dot = strrchr(present->v[i], '.');
		autofree char *before = NULL;
		int64_t index;

		if (!dot || !all_digits(dot + 1, strlen(dot + 1)))
			continue;
		if (!text_parse_i64(dot + 1, 1, 100000, &index) || dot[1] == '0') {
			model_wrong(c, "%s: indices count from 1", present->v[i]);
			continue;
		}
		before = xasprintf("%.*s.%lld", (int)(dot - present->v[i]), present->v[i],
				   (long long)index - 1);
		if (index > 1 && !strv_has(present, before))
			model_wrong(c, "%s: there is no %s", present->v[i], before);
	}
}

/* Each `req` row must occur wherever its parent does. */
static void check_required(struct model_check *c, const json_t *params, const struct strv *present)
{
	const char *name;
	const json_t *row;
	size_t i;

	json_object_foreach((json_t *)params, name, row) {
		const char *dot = strrchr(name, '.');
		autofree char *parent = dot ? xstrndup(name, (size_t)(dot - name)) : NULL;

		if (!model_flag(row, "req"))
			continue;
		if (!parent) {
			if (!strv_has(present, name))
				model_wrong(c, "%s is missing", name);
			continue;
		}
		for (i = 0; i < present->n; i++) {
			autofree char *pattern = with_n(present->v[i]);
			autofree char *child = xasprintf("%s%s", present->v[i], dot);

			if (strcmp(pattern, parent) == 0 && !strv_has(present, child))
				model_wrong(c, "%s is missing", child);
		}
	}
}

/* Lists have a smallest and a largest count. */
static void check_counts(struct model_check *c, const json_t *params, const struct strv *present)
{
	size_t i, j;

	for (i = 0; i < present->n; i++) {
		autofree char *pattern = with_n(present->v[i]);
		const json_t *row = json_object_get(params, pattern);
		autofree char *stem = NULL;
		int64_t n = 0;

		if (strcmp(model_text(row, "t"), "list") != 0)
			continue;
		stem = xasprintf(
			"%s.%s", present->v[i],
			strcmp(model_text(c->service, "protocol"), "query") == 0 ? "member." : "");
		for (j = 0; j < present->n; j++)
			n += text_starts_with(present->v[j], stem) &&
			     all_digits(present->v[j] + strlen(stem),
					strlen(present->v[j] + strlen(stem)));
		model_range(c, present->v[i], row, n, "count");
	}
}

static void check_filter_name(struct model_check *c, const char *pattern, const char *value)
{
	const json_t *filters = json_object_get(c->op, "filters");
	const json_t *one;
	size_t i;

	if (strcmp(pattern, "Filter.N.Name") != 0 || !filters)
		return;
	json_array_foreach((json_t *)filters, i, one) {
		const char *known = json_string_value(one);

		if (strcmp(known, value) == 0 ||
		    (strcmp(known, "tag:KEY") == 0 && text_starts_with(value, "tag:") && value[4]))
			return;
	}
	model_wrong(c, "filter '%s' is not one that this action knows", value);
}

void model_form(struct model_check *c, const struct model_request *req, char **ret_operation)
{
	struct model_pairs form = model_split(c, req->body, req->n, true);
	const char *action = model_pair_get(&form, "Action");
	const char *version = model_pair_get(&form, "Version");
	const char *type = model_header_of(req, "content-type");
	const json_t *params;
	auto_strv present = { 0 };
	size_t i;

	model_post_root(c, req);
	if (!type || !text_starts_with(type, "application/x-www-form-urlencoded"))
		model_wrong(c, "content type '%s' is no form", type ? type : "");
	if (!version || strcmp(version, model_text(c->service, "apiVersion")) != 0)
		model_wrong(c, "version '%s' is not '%s'", version ? version : "",
			    model_text(c->service, "apiVersion"));
	c->op = action ? json_object_get(json_object_get(c->service, "operations"), action) : NULL;
	if (!c->op) {
		model_wrong(c, "action '%s' is unknown", action ? action : "");
		model_pairs_clear(&form);
		return;
	}
	*ret_operation = xstrdup(action);
	params = json_object_get(c->op, "params");
	for (i = 0; i < form.n; i++) {
		const char *name = form.v[i].name;
		autofree char *pattern = with_n(name);
		const json_t *row = json_object_get(params, pattern);

		if (strcmp(name, "Action") == 0 || strcmp(name, "Version") == 0)
			continue;
		if (strv_has(&present, name))
			model_wrong(c, "%s occurs twice", name);
		note_prefixes(&present, name);
		if (!row) {
			model_wrong(c, "%s is no parameter of %s", name, action);
			continue;
		}
		model_scalar(c, name, row, form.v[i].value, false);
		check_filter_name(c, pattern, form.v[i].value);
	}
	check_indices(c, &present);
	check_required(c, params, &present);
	check_counts(c, params, &present);
	model_pairs_clear(&form);
}
