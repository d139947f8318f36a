/* SPDX-License-Identifier: Apache-2.0 */
/* SSM: AWS's public parameters of the Amazon Linux images, in every region, read only. */
#include "sandbox/core/sbx.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/ec2/ami.h"

#define MAX_NAMES 10
#define TYPE "application/x-amz-json-1.1"

static void answer(struct sbx_reply *rep, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	rep->content_type = TYPE;
	(void)buf_adds(&rep->body, text);
	free(text);
	json_decref(body);
}

/* Fields by name: 's' string, 'b' boolean, 'l' list of strings, 'o' list of objects, 'i' number. */
struct field {
	const char *name;
	char type;
	bool required;
};

static bool has_type(const json_t *value, char type)
{
	switch (type) {
	case 's':
		return json_is_string(value);
	case 'b':
		return json_is_boolean(value);
	case 'i':
		return json_is_integer(value);
	default:
		return json_is_array(value);
	}
}

static bool check_fields(const struct sbx_request *req, struct sbx_reply *rep,
			 const struct field *fields)
{
	const char *name;
	json_t *value;

	for (const struct field *f = fields; f->name; f++) {
		value = json_object_get(req->json, f->name);
		if (value && !json_is_null(value) && !has_type(value, f->type)) {
			sbx_fail(req, rep, 400, "SerializationException",
				 "Unexpected type for field '%s'", f->name);
			return false;
		}
		if (f->required && (!value || json_is_null(value))) {
			sbx_fail(req, rep, 400, "ValidationException",
				 "1 validation error detected: Value null at '%c%s' failed to "
				 "satisfy "
				 "constraint: Member must not be null",
				 text_lower(f->name[0]), f->name + 1);
			return false;
		}
	}
	json_object_foreach((json_t *)req->json, name, value) {
		const struct field *f = fields;

		while (f->name && !text_eq(f->name, name))
			f++;
		if (!f->name) {
			sbx_fail(req, rep, 400, "ValidationException", "Unknown field '%s'", name);
			return false;
		}
	}
	return true;
}

static const char *partition(const struct sbx_request *req)
{
	const struct region_partition *its = region_partition(req->region);

	return its ? its->id : "aws";
}

static json_t *parameter(const struct sbx_request *req, const char *name, const char *selector,
			 int version, const struct ami *ami)
{
	autofree char *arn =
		xasprintf("arn:%s:ssm:%s::parameter%s", partition(req), req->region, name);
	int64_t created_s = 0;
	json_t *doc;

	(void)!clock_parse_iso8601(ami->created, &created_s);
	doc = json_pack("{s:s, s:s, s:s, s:i, s:f, s:s, s:s}", "Name", name, "Type", "String",
			"Value", ami->id, "Version", version, "LastModifiedDate",
			(double)created_s + 0.5, "ARN", arn, "DataType", "text");
	if (selector)
		(void)json_object_set_new(doc, "Selector", json_string(selector));
	return doc;
}

/* "/aws/.../name", "name:3" or its whole ARN; NULL when there is none.  New reference. */
static json_t *find_parameter(const struct sbx_request *req, const char *asked,
			      bool *ret_no_version)
{
	autofree char *arn = xasprintf("arn:%s:ssm:%s::parameter", partition(req), req->region);
	autofree char *name = xstrdup(text_starts_with(asked, arn) ? asked + strlen(arn) : asked);
	autofree char *selector = NULL;
	char *colon = strchr(name, ':');
	int64_t version = 0;
	struct ami ami;
	int its = 0;

	if (colon) {
		selector = xstrdup(colon);
		*colon = '\0';
		if (!text_parse_i64(selector + 1, 1, INT32_MAX, &version))
			return NULL;
	}
	if (ami_by_parameter(req->region, name, (int)version, &ami, &its))
		return parameter(req, name, selector, its, &ami);
	*ret_no_version = version && ami_by_parameter(req->region, name, 0, &ami, &its);
	return NULL;
}

static void get_parameter(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	static const struct field fields[] = { { "Name", 's', true },
					       { "WithDecryption", 'b', false },
					       { 0 } };
	bool no_version = false;
	const char *name;
	json_t *found;

	(void)sbx;
	if (!check_fields(req, rep, fields))
		return;
	name = json_string_value(json_object_get(req->json, "Name"));
	found = find_parameter(req, name, &no_version);
	if (found)
		answer(rep, json_pack("{s:o}", "Parameter", found));
	else if (no_version)
		sbx_fail(
			req, rep, 400, "ParameterVersionNotFound",
			"Systems Manager could not find version %s of %.*s. Verify the version and "
			"try again.",
			strrchr(name, ':') + 1, (int)strcspn(name, ":"), name);
	else
		sbx_fail(req, rep, 400, "ParameterNotFound", "%s", "");
}

static void get_parameters(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	static const struct field fields[] = { { "Names", 'l', true },
					       { "WithDecryption", 'b', false },
					       { 0 } };
	json_t *found, *invalid, *name, *names;
	size_t i;

	(void)sbx;
	if (!check_fields(req, rep, fields))
		return;
	names = json_object_get(req->json, "Names");
	if (json_array_size(names) == 0 || json_array_size(names) > MAX_NAMES) {
		sbx_fail(req, rep, 400, "ValidationException",
			 "1 validation error detected: Value at 'names' failed to satisfy "
			 "constraint: "
			 "Member must have length between 1 and %d",
			 MAX_NAMES);
		return;
	}
	found = json_array();
	invalid = json_array();
	json_array_foreach(names, i, name) {
		bool no_version = false;
		json_t *doc = json_is_string(name)
				      ? find_parameter(req, json_string_value(name), &no_version)
				      : NULL;

		if (doc)
			(void)json_array_append_new(found, doc);
		else
			(void)json_array_append(invalid, name);
	}
	answer(rep, json_pack("{s:o, s:o}", "Parameters", found, "InvalidParameters", invalid));
}

/* Only the whole of AWS's path, or one above it asked recursively, holds parameters. */
static bool path_holds(const char *path, bool recursive)
{
	autofree char *slashed = xasprintf("%s%s", path, text_ends_with(path, "/") ? "" : "/");

	return recursive ? text_starts_with(AMI_PARAMETERS, slashed)
			 : text_eq(AMI_PARAMETERS, slashed);
}

static void get_by_path(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep)
{
	static const struct field fields[] = {
		{ "Path", 's', true },
		{ "Recursive", 'b', false },
		{ "ParameterFilters", 'o', false },
		{ "WithDecryption", 'b', false },
		{ "MaxResults", 'i', false },
		{ "NextToken", 's', false },
		{ 0 },
	};
	const char *path, *token;
	json_int_t max;
	int64_t start = 0;
	json_t *found, *body;
	size_t i;

	(void)sbx;
	if (!check_fields(req, rep, fields))
		return;
	path = json_string_value(json_object_get(req->json, "Path"));
	token = json_string_value(json_object_get(req->json, "NextToken"));
	max = json_object_get(req->json, "MaxResults")
		      ? json_integer_value(json_object_get(req->json, "MaxResults"))
		      : 10;
	if (path[0] != '/') {
		sbx_fail(
			req, rep, 400, "ValidationException",
			"The parameter doesn't meet the parameter name requirements. The parameter "
			"name must begin with a forward slash \"/\".");
		return;
	}
	if (max < 1 || max > 10) {
		sbx_fail(req, rep, 400, "ValidationException",
			 "1 validation error detected: Value '%lld' at 'maxResults' failed to "
			 "satisfy "
			 "constraint: Member must have value between 1 and 10",
			 (long long)max);
		return;
	}
	if (token && !text_parse_i64(token, 0, 1000, &start)) {
		sbx_fail(req, rep, 400, "InvalidNextToken", "The specified token is not valid.");
		return;
	}
	found = json_array();
	i = (size_t)start;
	if (path_holds(path, json_is_true(json_object_get(req->json, "Recursive")))) {
		for (; ami_parameter(i) && json_array_size(found) < (size_t)max; i++) {
			bool no_version;
			autofree char *name = xasprintf(AMI_PARAMETERS "%s", ami_parameter(i));

			(void)json_array_append_new(found, find_parameter(req, name, &no_version));
		}
	} else {
		i = SIZE_MAX;
	}
	body = json_pack("{s:o}", "Parameters", found);
	if (i != SIZE_MAX && ami_parameter(i)) {
		autofree char *next = xasprintf("%zu", i);

		(void)json_object_set_new(body, "NextToken", json_string(next));
	}
	answer(rep, body);
}

const struct sbx_action sbx_ssm_actions[] = {
	{ "ssm", "GetParameter", get_parameter, false },
	{ "ssm", "GetParameters", get_parameters, false },
	{ "ssm", "GetParametersByPath", get_by_path, false },
	{ 0 },
};
