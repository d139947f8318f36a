/* The query protocol of IAM and STS. */
#include "sandbox/sbx_query.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/sbx_xml.h"

#define MAX_INDEX 1000 /* of a list on the wire */

const struct sbx_param_type sbx_param_any = { 0, 131072, false, NULL, NULL, NULL };
const struct sbx_param_type sbx_param_arn = { 20, 2048, false, NULL, NULL, NULL };

/* Tab, line feed, carriage return, and the printable part of Latin-1, which comes as UTF-8. */
static bool is_latin1_text(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 ? !strchr("\t\n\r", c) : c > 0xc3)
			return false;
	}
	return true;
}

const struct sbx_param_type sbx_param_document = {
	1, 131072, false, NULL, "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", is_latin1_text
};

/* Letters, digits and spaces of any script: what is not ASCII is taken for one. */
static bool is_tag_text(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x80 && !isalnum(c) && !strchr(" _.:/=+-@", c))
			return false;
	}
	return true;
}

const struct sbx_param_type sbx_param_tag_key = {
	1, 128, false, NULL, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", is_tag_text
};
const struct sbx_param_type sbx_param_tag_value = {
	0, 256, false, NULL, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", is_tag_text
};

/* "Tags.member.3.Key" -> "Tags.member.N.Key"; false when an index is not a number from 1. */
static bool generic_name(const char *name, struct buf *out)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		if (n && strspn(name, "0123456789") >= n) {
			int64_t index;
			autofree char *digits = xstrndup(name, n);

			if (!text_parse_i64(digits, 1, MAX_INDEX, &index))
				return false;
			(void)buf_addc(out, 'N');
		} else {
			(void)buf_add(out, name, n);
		}
		name += n;
		if (*name) {
			(void)buf_addc(out, '.');
			name++;
		}
	}
	return true;
}

static const struct sbx_param *find_row(const struct sbx_param *table, const char *generic)
{
	for (; table->name; table++) {
		if (text_eq(table->name, generic))
			return table;
	}
	return NULL;
}

/* How messages name a member: "roleName", "tags.1.member.key". */
static char *member_name(const char *wire)
{
	autofree char *copy = xstrdup(wire);
	auto_buf out = BUF_INIT;
	char *at = copy, *part;

	while ((part = strsep(&at, "."))) {
		const char *index = NULL;

		if (text_eq(part, "member") && at)
			index = strsep(&at, ".");
		if (out.n)
			(void)buf_addc(&out, '.');
		if (index)
			(void)buf_addf(&out, "%s.member", index);
		else
			(void)buf_addf(&out, "%c%s", text_lower(part[0]), part[0] ? part + 1 : "");
	}
	return buf_steal(&out);
}

static void invalid(const struct sbx_request *req, struct sbx_reply *rep, const char *name,
		    const char *value, const char *constraint)
{
	autofree char *member = member_name(name);

	if (value)
		sbx_fail(req, rep, 400, "ValidationError",
			 "1 validation error detected: Value '%s' at '%s' failed to satisfy "
			 "constraint: %s",
			 value, member, constraint);
	else
		sbx_fail(req, rep, 400, "ValidationError",
			 "1 validation error detected: Value null at '%s' failed to satisfy "
			 "constraint: Member must not be null",
			 member);
}

static bool in_class(const char *value, const char *chars)
{
	return value[strspn(value, chars)] == '\0';
}

/* NULL, or the constraint that the value does not satisfy.  Caller frees. */
static char *unsatisfied(const struct sbx_param_type *type, const char *value)
{
	int64_t number;
	size_t n = 0;

	if (type->number) {
		if (text_parse_i64(value, (int64_t)type->min, (int64_t)type->max, &number))
			return NULL;
		if (text_parse_i64(value, INT64_MIN, (int64_t)type->min - 1, &number))
			return xasprintf("Member must have value greater than or equal to %zu",
					 type->min);
		if (text_parse_i64(value, (int64_t)type->max + 1, INT64_MAX, &number))
			return xasprintf("Member must have value less than or equal to %zu",
					 type->max);
		return xstrdup("Member must be a number");
	}
	for (const char *s = value; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80; /* characters, not bytes */
	if (n < type->min)
		return xasprintf("Member must have length greater than or equal to %zu", type->min);
	if (n > type->max)
		return xasprintf("Member must have length less than or equal to %zu", type->max);
	if ((type->chars && !in_class(value, type->chars)) || (type->fits && !type->fits(value)))
		return xasprintf("Member must satisfy regular expression pattern: %s",
				 type->pattern);
	return NULL;
}

static bool check_given(const struct sbx_request *req, struct sbx_reply *rep,
			const struct sbx_param *table)
{
	for (size_t i = 0; i < req->params->n; i++) {
		const char *name = req->params->v[i].name, *value = req->params->v[i].value;
		const struct sbx_param *row;
		auto_buf generic = BUF_INIT;

		row = generic_name(name, &generic) ? find_row(table, generic.p) : NULL;
		if (!row) {
			sbx_fail(req, rep, 400, "ValidationError", "Unknown parameter '%s'", name);
			return false;
		}
		json_t *text = json_string(value);

		if (!text) {
			sbx_fail(req, rep, 400, "ValidationError",
				 "The value of parameter '%s' is not UTF-8", name);
			return false;
		}
		json_decref(text);
		autofree char *constraint = unsatisfied(row->type, value);

		if (constraint) {
			invalid(req, rep, name, value, constraint);
			return false;
		}
	}
	return true;
}

/* Every entry of the list that `row` belongs to has it. */
static bool check_entries(const struct sbx_request *req, struct sbx_reply *rep,
			  const struct sbx_param *row)
{
	const char *n = strstr(row->name, ".N.");
	size_t front = (size_t)(n - row->name) + 1;

	for (size_t i = 0; i < req->params->n; i++) {
		const char *name = req->params->v[i].name;
		const char *end;

		if (strncmp(name, row->name, front) != 0)
			continue;
		end = name + front + strspn(name + front, "0123456789");
		autofree char *wanted =
			xasprintf("%.*s%s", (int)(end - name), name, row->name + front + 1);

		if (*end == '.' && !sbx_pairs_get(req->params, wanted)) {
			invalid(req, rep, wanted, NULL, NULL);
			return false;
		}
	}
	return true;
}

static bool check_required(const struct sbx_request *req, struct sbx_reply *rep,
			   const struct sbx_param *table)
{
	for (; table->name; table++) {
		if (!table->required)
			continue;
		if (strstr(table->name, ".N.")) {
			if (!check_entries(req, rep, table))
				return false;
			continue;
		}
		/* A list is required by its first entry. */
		const char *list = strstr(table->name, ".member.N");
		autofree char *first =
			list ? xasprintf("%.*s.member.1", (int)(list - table->name), table->name)
			     : xstrdup(table->name);

		if (!sbx_pairs_get(req->params, first)) {
			autofree char *shown = list ? xstrndup(table->name,
							       (size_t)(list - table->name))
						    : xstrdup(table->name);

			invalid(req, rep, shown, NULL, NULL);
			return false;
		}
	}
	return true;
}

bool sbx_params_check(const struct sbx_request *req, struct sbx_reply *rep,
		      const struct sbx_param *table)
{
	return check_required(req, rep, table) && check_given(req, rep, table);
}

json_t *sbx_params_tags(const struct sbx_request *req, const char *prefix)
{
	json_t *tags = json_array();

	for (int i = 1; i <= MAX_INDEX; i++) {
		autofree char *key = xasprintf("%s.member.%d.Key", prefix, i);
		autofree char *value = xasprintf("%s.member.%d.Value", prefix, i);
		const char *k = sbx_pairs_get(req->params, key);
		const char *v = sbx_pairs_get(req->params, value);

		if (!k)
			break;
		(void)json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", k, "Value",
							    v ? v : ""));
	}
	return tags;
}

json_t *sbx_params_strings(const struct sbx_request *req, const char *prefix)
{
	json_t *list = json_array();

	for (int i = 1; i <= MAX_INDEX; i++) {
		autofree char *name = xasprintf("%s.member.%d", prefix, i);
		const char *value = sbx_pairs_get(req->params, name);

		if (!value)
			break;
		(void)json_array_append_new(list, json_string(value));
	}
	return list;
}

void sbx_query_answer(const struct sbx_request *req, struct sbx_reply *rep, const char *xmlns,
		      const struct buf *result)
{
	struct buf *out = &rep->body;

	rep->content_type = "text/xml";
	(void)buf_addf(out, "<%sResponse xmlns=\"%s\">\n", req->action, xmlns);
	if (result) {
		(void)buf_addf(out, "<%sResult>", req->action);
		(void)buf_add(out, result->p, result->n);
		(void)buf_addf(out, "</%sResult>\n", req->action);
	}
	(void)buf_addf(out,
		       "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>\n"
		       "</%sResponse>\n",
		       req->request_id, req->action);
}

void sbx_query_add_tags(struct buf *out, const char *element, const json_t *tags)
{
	size_t i;
	json_t *tag;

	(void)buf_addf(out, "<%s>", element);
	json_array_foreach(tags, i, tag) {
		(void)buf_adds(out, "<member>");
		sbx_xml_element(out, "Key", json_string_value(json_object_get(tag, "Key")));
		sbx_xml_element(out, "Value", json_string_value(json_object_get(tag, "Value")));
		(void)buf_adds(out, "</member>");
	}
	(void)buf_addf(out, "</%s>", element);
}

void sbx_query_add_time(struct buf *out, const char *name, int64_t utc_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso8601(utc_ms / 1000, text);
	sbx_xml_element(out, name, text);
}
