/* SPDX-License-Identifier: Apache-2.0 */
/* The query protocol of IAM and STS. */
#include "sandbox/core/query.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/xml.h"

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

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

bool sbx_is_tag_text(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x80 && !isalnum(c) && !strchr(" _.:/=+-@", c))
			return false;
	}
	return true;
}

static bool is_path(const char *s)
{
	size_t n = strlen(s);

	if (s[0] != '/' || s[n - 1] != '/')
		return false;
	for (; *s; s++) {
		if (*s < 0x21 || *s > 0x7e)
			return false;
	}
	return true;
}

static bool is_path_prefix(const char *s)
{
	if (s[0] != '/')
		return false;
	for (; *s; s++) {
		if (*s < 0x21 || *s > 0x7e)
			return false;
	}
	return true;
}

static bool is_name(const char *s)
{
	return s[strspn(s, WORD "+=,.@-")] == '\0';
}

/* Lower-case letters, digits and single dashes between them. */
static bool is_alias(const char *s)
{
	size_t n = strlen(s);

	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && n && s[0] != '-' &&
	       s[n - 1] != '-' && !strstr(s, "--");
}

#define NAME "[\\w+=,.@-]+", is_name
#define DOCUMENT "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", is_latin1_text

/* By the last part of a parameter's name; the pattern is the model's own. */
static const struct {
	const char *name, *pattern;
	bool (*fits)(const char *value);
} rules[] = {
	{ "RoleName", NAME },
	{ "InstanceProfileName", NAME },
	{ "PolicyName", NAME },
	{ "UserName", NAME },
	{ "AccountAlias", "^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$", is_alias },
	{ "RoleSessionName", NAME },
	{ "SourceIdentity", NAME },
	{ "Path", "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)", is_path },
	{ "PathPrefix", "\\u002F[\\u0021-\\u007F]*", is_path_prefix },
	{ "AssumeRolePolicyDocument", DOCUMENT },
	{ "PolicyDocument", DOCUMENT },
	{ "Policy", DOCUMENT },
	{ "Description", DOCUMENT },
	{ "Key", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", sbx_is_tag_text },
	{ "Value", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", sbx_is_tag_text },
};

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

bool sbx_query_check(const struct sbx_request *req, struct sbx_reply *rep)
{
	for (size_t i = 0; i < req->params->n; i++) {
		const char *name = req->params->v[i].name, *value = req->params->v[i].value;
		const char *dot = strrchr(name, '.');

		for (size_t k = 0; k < ARRAY_LEN(rules); k++) {
			if (!text_eq(rules[k].name, dot ? dot + 1 : name) || rules[k].fits(value))
				continue;
			autofree char *member = member_name(name);

			sbx_fail(
				req, rep, 400, "ValidationError",
				"1 validation error detected: Value '%s' at '%s' failed to satisfy "
				"constraint: Member must satisfy regular expression pattern: %s",
				value, member, rules[k].pattern);
			return false;
		}
	}
	return true;
}

json_t *sbx_query_list(const struct sbx_request *req, const char *name)
{
	const json_t *list = json_object_get(req->args, name);

	return list ? json_deep_copy(list) : json_array();
}

const char *sbx_query_partition(const struct sbx_request *req)
{
	const struct region_partition *partition = region_partition(req->region);

	return partition ? partition->id : "aws";
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
