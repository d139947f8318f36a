/* SPDX-License-Identifier: Apache-2.0 */
/* See model_check.h and tests/data/model/README.md. */
#include "tests/lib/model_check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "tests/lib/model_parts.h"

static const char *const files[] = {
	"ec2", "iam", "sts", "s3", "ssm", "ec2-instance-connect", "servicequotas", "kms"
};

struct model {
	json_t *services; /* signing name -> model */
};

struct model *model_load(const char *dir)
{
	struct model *m = xcalloc(1, sizeof(*m));
	json_error_t why;
	size_t i;

	m->services = json_object();
	for (i = 0; i < ARRAY_LEN(files); i++) {
		autofree char *path =
			xasprintf("%s/%s.json", dir ? dir : "tests/data/model", files[i]);
		json_t *one = json_load_file(path, 0, &why);

		if (!one) {
			(void)fprintf(stderr, "model %s: %s\n", path, why.text);
			abort();
		}
		if (json_object_set_new(m->services, files[i], one))
			abort();
	}
	return m;
}

struct model *model_free(struct model *m)
{
	if (m) {
		json_decref(m->services);
		free(m);
	}
	return NULL;
}

/* ---- one check, with what it found wrong -------------------------------- */

void model_wrong(struct model_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(&c->wrong, fmt, ap);
	va_end(ap);
	(void)buf_addc(&c->wrong, '\n');
}

static char *verdict(struct model_check *c)
{
	if (c->wrong.n)
		return buf_steal(&c->wrong);
	buf_clear(&c->wrong);
	return NULL;
}

const char *model_text(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "";
}

bool model_flag(const json_t *obj, const char *key)
{
	return json_is_true(json_object_get(obj, key));
}

/* ---- scalars ------------------------------------------------------------ */

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void model_range(struct model_check *c, const char *name, const json_t *row, int64_t value,
		 const char *of)
{
	const json_t *min = json_object_get(row, "min");
	const json_t *max = json_object_get(row, "max");

	if (min && value < json_integer_value(min))
		model_wrong(c, "%s: %s %lld is below %lld", name, of, (long long)value,
			    (long long)json_integer_value(min));
	if (max && value > json_integer_value(max))
		model_wrong(c, "%s: %s %lld is above %lld", name, of, (long long)value,
			    (long long)json_integer_value(max));
}

static bool in_enum(const json_t *service, const char *name, const char *value, bool exact)
{
	const json_t *values = json_object_get(json_object_get(service, "enums"), name);
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)values, i, one) {
		const char *s = json_string_value(one);

		if (s && (exact ? strcmp(s, value) == 0 : strcasecmp(s, value) == 0))
			return true;
	}
	return false;
}

static bool is_iso8601(const char *s)
{
	int64_t ignored;

	return clock_parse_iso8601(s, &ignored);
}

static bool is_base64(const char *s)
{
	auto_buf out = BUF_INIT;

	return text_base64_decode(s, strlen(s), &out);
}

static bool is_decimal(const char *s)
{
	char *end;

	if (!*s || isspace((unsigned char)*s))
		return false;
	(void)strtod(s, &end);
	return !*end;
}

/* A scalar as text, as it stands in a form, a query, a header or an element. */
void model_scalar(struct model_check *c, const char *name, const json_t *row, const char *value,
		  bool answer)
{
	const char *t = model_text(row, "t");
	const char *enumeration = model_text(row, "enum");
	int64_t number;

	if (strcmp(t, "string") == 0) {
		if (!answer)
			model_range(c, name, row, (int64_t)characters(value), "length");
		/* services add values: only what we say ourselves must be on the list */
		if (*enumeration && !answer && !in_enum(c->service, enumeration, value, true))
			model_wrong(c, "%s: '%s' is not one of %s", name, value, enumeration);
	} else if (strcmp(t, "boolean") == 0) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0 &&
		    !(answer &&
		      (strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0)))
			model_wrong(c, "%s: '%s' is no boolean", name, value);
	} else if (strcmp(t, "integer") == 0 || strcmp(t, "long") == 0) {
		if (!text_parse_i64(value, t[0] == 'i' ? INT32_MIN : INT64_MIN,
				    t[0] == 'i' ? INT32_MAX : INT64_MAX, &number))
			model_wrong(c, "%s: '%s' is no %s", name, value, t);
		else
			model_range(c, name, row, number, "value");
	} else if (strcmp(t, "float") == 0 || strcmp(t, "double") == 0) {
		if (!is_decimal(value))
			model_wrong(c, "%s: '%s' is no number", name, value);
	} else if (strcmp(t, "timestamp") == 0) {
		if (!is_iso8601(value))
			model_wrong(c, "%s: '%s' is no ISO 8601 time", name, value);
	} else if (strcmp(t, "blob") == 0) {
		if (!is_base64(value))
			model_wrong(c, "%s: not base64", name);
	} else {
		model_wrong(c, "%s: a %s, not a scalar", name, *t ? t : "thing without a type");
	}
}

/* ---- names, values, headers ---------------------------------------------- */

void model_pairs_clear(struct model_pairs *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding; a broken escape is a mistake. */
static char *decoded(struct model_check *c, const char *s, size_t n, bool plus_is_space)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '+' && plus_is_space) {
			(void)buf_addc(&out, ' ');
		} else if (s[i] != '%') {
			(void)buf_addc(&out, s[i]);
		} else if (i + 2 < n && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
			(void)buf_addc(&out,
				       (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])));
			i += 2;
		} else {
			model_wrong(c, "broken escape in '%.*s'", (int)n, s);
		}
	}
	return buf_steal(&out);
}

struct model_pairs model_split(struct model_check *c, const char *s, size_t n, bool plus_is_space)
{
	struct model_pairs out = { 0 };
	const char *end = s + n;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(s, '=', (size_t)(stop - s));
		const char *name_end = eq ? eq : stop;

		out.v = xreallocarray(out.v, out.n + 1, sizeof(*out.v));
		out.v[out.n++] = (struct model_pair){
			.name = decoded(c, s, (size_t)(name_end - s), plus_is_space),
			.value = eq ? decoded(c, eq + 1, (size_t)(stop - eq - 1), plus_is_space)
				    : xstrdup(""),
		};
		s = stop + (amp ? 1 : 0);
	}
	return out;
}

const char *model_pair_get(const struct model_pairs *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return p->v[i].value;
	return NULL;
}

const char *model_header_of(const struct model_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->n_headers; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	return NULL;
}

void model_post_root(struct model_check *c, const struct model_request *req)
{
	if (strcmp(req->method, "POST") != 0 || strcmp(req->path, "/") != 0 ||
	    (req->query && *req->query))
		model_wrong(c, "%s %s is not POST /", req->method, req->path);
}

/* ---- JSON 1.1 ----------------------------------------------------------- */

static bool json_fits(const json_t *v, const char *t)
{
	static const struct {
		const char *t;
		bool number, real, string, boolean, array, object;
	} rows[] = {
		{ "string", .string = true },
		{ "blob", .string = true },
		{ "integer", .number = true },
		{ "long", .number = true },
		{ "timestamp", .number = true, .real = true },
		{ "double", .number = true, .real = true },
		{ "boolean", .boolean = true },
		{ "list", .array = true },
		{ "structure", .object = true },
		{ "map", .object = true },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].t, t) == 0)
			return (rows[i].number && json_is_integer(v)) ||
			       (rows[i].real && json_is_real(v)) ||
			       (rows[i].string && json_is_string(v)) ||
			       (rows[i].boolean && json_is_boolean(v)) ||
			       (rows[i].array && json_is_array(v)) ||
			       (rows[i].object && json_is_object(v));
	return false;
}

static void check_json_value(struct model_check *c, const json_t *rows, const char *path,
			     const json_t *value, bool answer);

static void check_json_object(struct model_check *c, const json_t *rows, const char *path,
			      const json_t *value, bool answer)
{
	const char *name;
	const json_t *v;

	json_object_foreach((json_t *)value, name, v) {
		autofree char *child = xasprintf("%s%s%s", path, *path ? "." : "", name);

		if (!json_object_get(rows, child))
			model_wrong(c, "%s is not in the model", child);
		else
			check_json_value(c, rows, child, v, answer);
	}
	json_object_foreach((json_t *)rows, name, v) {
		size_t n = strlen(path);
		const char *rest = name + n + (n ? 1 : 0);

		if (!model_flag(v, "req") || strncmp(name, path, n) != 0 || (n && name[n] != '.'))
			continue;
		if (!strpbrk(rest, ".[") && !json_object_get(value, rest))
			model_wrong(c, "%s is missing", name);
	}
}

static void check_json_value(struct model_check *c, const json_t *rows, const char *path,
			     const json_t *value, bool answer)
{
	const json_t *row = json_object_get(rows, path);
	const char *t = model_text(row, "t");
	const json_t *item;
	size_t i;

	if (!json_fits(value, t)) {
		model_wrong(c, "%s is no %s", path, t);
		return;
	}
	if (json_is_string(value))
		model_scalar(c, path, row, json_string_value(value), answer);
	else if (json_is_integer(value) && !answer)
		model_range(c, path, row, json_integer_value(value), "value");
	else if (json_is_array(value)) {
		autofree char *child = xasprintf("%s[]", path);

		if (!answer)
			model_range(c, path, row, (int64_t)json_array_size(value), "count");
		json_array_foreach((json_t *)value, i, item)
			check_json_value(c, rows, child, item, answer);
	} else if (json_is_object(value) && strcmp(t, "structure") == 0)
		check_json_object(c, rows, path, value, answer);
}

static void check_json(struct model_check *c, const struct model_request *req, char **ret_operation)
{
	const char *target = model_header_of(req, "x-amz-target");
	const char *type = model_header_of(req, "content-type");
	json_error_t why;
	const char *name;
	const json_t *op;
	json_t *body;

	model_post_root(c, req);
	if (!type || strcmp(type, "application/x-amz-json-1.1") != 0)
		model_wrong(c, "content type '%s' is not application/x-amz-json-1.1",
			    type ? type : "");
	json_object_foreach(json_object_get(c->service, "operations"), name, op) {
		if (target && strcmp(model_text(op, "target"), target) == 0) {
			c->op = op;
			*ret_operation = xstrdup(name);
			break;
		}
	}
	if (!c->op) {
		model_wrong(c, "target '%s' is unknown", target ? target : "");
		return;
	}
	body = json_loadb(req->body, req->n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(body))
		model_wrong(c, "the body is no JSON object");
	else
		check_json_object(c, json_object_get(c->op, "body"), "", body, false);
	json_decref(body);
}

/* ---- the two entries ---------------------------------------------------- */

static const struct {
	const char *protocol;
	void (*check)(struct model_check *c, const struct model_request *req, char **ret_operation);
} protocols[] = {
	{ "ec2", model_form },
	{ "query", model_form },
	{ "json", check_json },
	{ "rest-xml", model_s3 },
};

char *model_check_request(const struct model *m, const struct model_request *req,
			  char **ret_operation)
{
	struct model_check c = { .wrong = BUF_INIT };
	autofree char *operation = NULL;
	size_t i;

	c.service = json_object_get(m->services, req->service);
	if (!c.service)
		model_wrong(&c, "service '%s' has no model", req->service);
	for (i = 0; i < ARRAY_LEN(protocols); i++)
		if (strcmp(protocols[i].protocol, model_text(c.service, "protocol")) == 0)
			protocols[i].check(&c, req, &operation);
	if (ret_operation)
		*ret_operation = steal_str(&operation);
	return verdict(&c);
}

char *model_check_answer(const struct model *m, const char *service, const char *operation,
			 const char *body, size_t n)
{
	struct model_check c = { .wrong = BUF_INIT };
	const json_t *output;

	c.service = json_object_get(m->services, service);
	c.op = json_object_get(json_object_get(c.service, "operations"), operation);
	output = json_object_get(c.op, "output");
	if (!c.op)
		model_wrong(&c, "%s has no operation '%s'", service, operation);
	else if (json_object_get(c.op, "out_raw"))
		;
	else if (strcmp(model_text(c.service, "protocol"), "json") == 0) {
		json_t *doc = json_loadb(body, n, 0, NULL);

		if (!json_is_object(doc))
			model_wrong(&c, "the answer is no JSON object");
		else
			check_json_object(&c, output, "", doc, true);
		json_decref(doc);
	} else if (json_object_size(output)) {
		model_xml(&c, output, strcmp(service, "s3") == 0 ? NULL : "", body, n, true);
	} else if (n) {
		model_wrong(&c, "an answer with a body where there is none");
	}
	return verdict(&c);
}
