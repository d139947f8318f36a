/* See model_check.h and tests/data/model/README.md. */
#include "tests/lib/model_check.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/strv.h"
#include "base/text.h"

static const char *const files[] = { "ec2", "iam", "sts", "s3", "ssm", "ec2-instance-connect" };

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

struct check {
	const json_t *service;
	const json_t *op;
	struct buf wrong;
};

static void wrong(struct check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void wrong(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(&c->wrong, fmt, ap);
	va_end(ap);
	(void)buf_addc(&c->wrong, '\n');
}

static char *verdict(struct check *c)
{
	if (c->wrong.n)
		return buf_steal(&c->wrong);
	buf_clear(&c->wrong);
	return NULL;
}

static const char *text_of(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "";
}

static bool flag_of(const json_t *obj, const char *key)
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

static void check_range(struct check *c, const char *name, const json_t *row, int64_t value,
			const char *of)
{
	const json_t *min = json_object_get(row, "min");
	const json_t *max = json_object_get(row, "max");

	if (min && value < json_integer_value(min))
		wrong(c, "%s: %s %lld is below %lld", name, of, (long long)value,
		      (long long)json_integer_value(min));
	if (max && value > json_integer_value(max))
		wrong(c, "%s: %s %lld is above %lld", name, of, (long long)value,
		      (long long)json_integer_value(max));
}

static bool in_enum(const json_t *service, const char *name, const char *value, bool exact)
{
	const json_t *values = json_object_get(json_object_get(service, "enums"), name);
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)values, i, one) {
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
static void check_scalar(struct check *c, const char *name, const json_t *row, const char *value,
			 bool answer)
{
	const char *t = text_of(row, "t");
	const char *enumeration = text_of(row, "enum");
	int64_t number;

	if (strcmp(t, "string") == 0) {
		if (!answer)
			check_range(c, name, row, (int64_t)characters(value), "length");
		/* services add values: only what we say ourselves must be on the list */
		if (*enumeration && !answer && !in_enum(c->service, enumeration, value, true))
			wrong(c, "%s: '%s' is not one of %s", name, value, enumeration);
	} else if (strcmp(t, "boolean") == 0) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0 &&
		    !(answer && (strcasecmp(value, "true") == 0 ||
				 strcasecmp(value, "false") == 0)))
			wrong(c, "%s: '%s' is no boolean", name, value);
	} else if (strcmp(t, "integer") == 0 || strcmp(t, "long") == 0) {
		if (!text_parse_i64(value, t[0] == 'i' ? INT32_MIN : INT64_MIN,
				    t[0] == 'i' ? INT32_MAX : INT64_MAX, &number))
			wrong(c, "%s: '%s' is no %s", name, value, t);
		else
			check_range(c, name, row, number, "value");
	} else if (strcmp(t, "float") == 0 || strcmp(t, "double") == 0) {
		if (!is_decimal(value))
			wrong(c, "%s: '%s' is no number", name, value);
	} else if (strcmp(t, "timestamp") == 0) {
		if (!is_iso8601(value))
			wrong(c, "%s: '%s' is no ISO 8601 time", name, value);
	} else if (strcmp(t, "blob") == 0) {
		if (!is_base64(value))
			wrong(c, "%s: not base64", name);
	} else {
		wrong(c, "%s: a %s, not a scalar", name, *t ? t : "thing without a type");
	}
}

/* ---- form bodies: EC2, IAM, STS ----------------------------------------- */

struct pair {
	char *name;
	char *value;
};

struct pairs {
	struct pair *v;
	size_t n;
};

static void pairs_clear(struct pairs *p)
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
static char *decoded(struct check *c, const char *s, size_t n, bool plus_is_space)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '+' && plus_is_space) {
			(void)buf_addc(&out, ' ');
		} else if (s[i] != '%') {
			(void)buf_addc(&out, s[i]);
		} else if (i + 2 < n && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0) {
			(void)buf_addc(&out, (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])));
			i += 2;
		} else {
			wrong(c, "broken escape in '%.*s'", (int)n, s);
		}
	}
	return buf_steal(&out);
}

static struct pairs split(struct check *c, const char *s, size_t n, bool plus_is_space)
{
	struct pairs out = { 0 };
	const char *end = s + n;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(s, '=', (size_t)(stop - s));
		const char *name_end = eq ? eq : stop;

		out.v = xreallocarray(out.v, out.n + 1, sizeof(*out.v));
		out.v[out.n++] = (struct pair){
			.name = decoded(c, s, (size_t)(name_end - s), plus_is_space),
			.value = eq ? decoded(c, eq + 1, (size_t)(stop - eq - 1), plus_is_space) :
				      xstrdup(""),
		};
		s = stop + (amp ? 1 : 0);
	}
	return out;
}

static const char *pair_get(const struct pairs *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return p->v[i].value;
	return NULL;
}

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
		if (!strv_has(present, prefix))
			strv_add(present, prefix);
	}
}

static void check_indices(struct check *c, const struct strv *present)
{
	size_t i;

	for (i = 0; i < present->n; i++) {
		const char *dot = strrchr(present->v[i], '.');
		autofree char *before = NULL;
		int64_t index;

		if (!dot || !all_digits(dot + 1, strlen(dot + 1)))
			continue;
		if (!text_parse_i64(dot + 1, 1, 100000, &index) || dot[1] == '0') {
			wrong(c, "%s: indices count from 1", present->v[i]);
			continue;
		}
		before = xasprintf("%.*s.%lld", (int)(dot - present->v[i]), present->v[i],
				   (long long)index - 1);
		if (index > 1 && !strv_has(present, before))
			wrong(c, "%s: there is no %s", present->v[i], before);
	}
}

/* Each `req` row must occur wherever its parent does. */
static void check_required(struct check *c, const json_t *params, const struct strv *present)
{
	const char *name;
	const json_t *row;
	size_t i;

	json_object_foreach ((json_t *)params, name, row) {
		const char *dot = strrchr(name, '.');
		autofree char *parent = dot ? xstrndup(name, (size_t)(dot - name)) : NULL;

		if (!flag_of(row, "req"))
			continue;
		if (!parent) {
			if (!strv_has(present, name))
				wrong(c, "%s is missing", name);
			continue;
		}
		for (i = 0; i < present->n; i++) {
			autofree char *pattern = with_n(present->v[i]);
			autofree char *child = xasprintf("%s%s", present->v[i], dot);

			if (strcmp(pattern, parent) == 0 && !strv_has(present, child))
				wrong(c, "%s is missing", child);
		}
	}
}

/* Lists have a smallest and a largest count. */
static void check_counts(struct check *c, const json_t *params, const struct strv *present)
{
	size_t i, j;

	for (i = 0; i < present->n; i++) {
		autofree char *pattern = with_n(present->v[i]);
		const json_t *row = json_object_get(params, pattern);
		autofree char *stem = NULL;
		int64_t n = 0;

		if (strcmp(text_of(row, "t"), "list") != 0)
			continue;
		stem = xasprintf("%s.%s", present->v[i],
				 strcmp(text_of(c->service, "protocol"), "query") == 0 ? "member." :
											 "");
		for (j = 0; j < present->n; j++)
			n += text_starts_with(present->v[j], stem) &&
			     all_digits(present->v[j] + strlen(stem),
					strlen(present->v[j] + strlen(stem)));
		check_range(c, present->v[i], row, n, "count");
	}
}

static void check_filter_name(struct check *c, const char *pattern, const char *value)
{
	const json_t *filters = json_object_get(c->op, "filters");
	const json_t *one;
	size_t i;

	if (strcmp(pattern, "Filter.N.Name") != 0 || !filters)
		return;
	json_array_foreach ((json_t *)filters, i, one) {
		const char *known = json_string_value(one);

		if (strcmp(known, value) == 0 ||
		    (strcmp(known, "tag:KEY") == 0 && text_starts_with(value, "tag:") && value[4]))
			return;
	}
	wrong(c, "filter '%s' is not one that this action knows", value);
}

static const char *header_of(const struct model_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->n_headers; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	return NULL;
}

static void check_post_root(struct check *c, const struct model_request *req)
{
	if (strcmp(req->method, "POST") != 0 || strcmp(req->path, "/") != 0 ||
	    (req->query && *req->query))
		wrong(c, "%s %s is not POST /", req->method, req->path);
}

static void check_form(struct check *c, const struct model_request *req, char **ret_operation)
{
	struct pairs form = split(c, req->body, req->n, true);
	const char *action = pair_get(&form, "Action");
	const char *version = pair_get(&form, "Version");
	const char *type = header_of(req, "content-type");
	const json_t *params;
	auto_strv present = { 0 };
	size_t i;

	check_post_root(c, req);
	if (!type || !text_starts_with(type, "application/x-www-form-urlencoded"))
		wrong(c, "content type '%s' is no form", type ? type : "");
	if (!version || strcmp(version, text_of(c->service, "apiVersion")) != 0)
		wrong(c, "version '%s' is not '%s'", version ? version : "",
		      text_of(c->service, "apiVersion"));
	c->op = action ? json_object_get(json_object_get(c->service, "operations"), action) : NULL;
	if (!c->op) {
		wrong(c, "action '%s' is unknown", action ? action : "");
		pairs_clear(&form);
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
			wrong(c, "%s occurs twice", name);
		note_prefixes(&present, name);
		if (!row) {
			wrong(c, "%s is no parameter of %s", name, action);
			continue;
		}
		check_scalar(c, name, row, form.v[i].value, false);
		check_filter_name(c, pattern, form.v[i].value);
	}
	check_indices(c, &present);
	check_required(c, params, &present);
	check_counts(c, params, &present);
	pairs_clear(&form);
}

/* ---- JSON 1.1 ----------------------------------------------------------- */

static bool json_fits(const json_t *v, const char *t)
{
	static const struct {
		const char *t;
		bool number, real, string, boolean, array, object;
	} rows[] = {
		{ "string", .string = true },	{ "blob", .string = true },
		{ "integer", .number = true },	{ "long", .number = true },
		{ "timestamp", .number = true, .real = true },
		{ "double", .number = true, .real = true },
		{ "boolean", .boolean = true }, { "list", .array = true },
		{ "structure", .object = true }, { "map", .object = true },
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

static void check_json_value(struct check *c, const json_t *rows, const char *path,
			     const json_t *value, bool answer);

static void check_json_object(struct check *c, const json_t *rows, const char *path,
			      const json_t *value, bool answer)
{
	const char *name;
	const json_t *v;

	json_object_foreach ((json_t *)value, name, v) {
		autofree char *child = xasprintf("%s%s%s", path, *path ? "." : "", name);

		if (!json_object_get(rows, child))
			wrong(c, "%s is not in the model", child);
		else
			check_json_value(c, rows, child, v, answer);
	}
	json_object_foreach ((json_t *)rows, name, v) {
		size_t n = strlen(path);
		const char *rest = name + n + (n ? 1 : 0);

		if (!flag_of(v, "req") || strncmp(name, path, n) != 0 || (n && name[n] != '.'))
			continue;
		if (!strpbrk(rest, ".[") && !json_object_get(value, rest))
			wrong(c, "%s is missing", name);
	}
}

static void check_json_value(struct check *c, const json_t *rows, const char *path,
			     const json_t *value, bool answer)
{
	const json_t *row = json_object_get(rows, path);
	const char *t = text_of(row, "t");
	const json_t *item;
	size_t i;

	if (!json_fits(value, t)) {
		wrong(c, "%s is no %s", path, t);
		return;
	}
	if (json_is_string(value))
		check_scalar(c, path, row, json_string_value(value), answer);
	else if (json_is_integer(value) && !answer)
		check_range(c, path, row, json_integer_value(value), "value");
	else if (json_is_array(value)) {
		autofree char *child = xasprintf("%s[]", path);

		if (!answer)
			check_range(c, path, row, (int64_t)json_array_size(value), "count");
		json_array_foreach ((json_t *)value, i, item)
			check_json_value(c, rows, child, item, answer);
	} else if (json_is_object(value) && strcmp(t, "structure") == 0)
		check_json_object(c, rows, path, value, answer);
}

static void check_json(struct check *c, const struct model_request *req, char **ret_operation)
{
	const char *target = header_of(req, "x-amz-target");
	const char *type = header_of(req, "content-type");
	json_error_t why;
	const char *name;
	const json_t *op;
	json_t *body;

	check_post_root(c, req);
	if (!type || strcmp(type, "application/x-amz-json-1.1") != 0)
		wrong(c, "content type '%s' is not application/x-amz-json-1.1", type ? type : "");
	json_object_foreach (json_object_get(c->service, "operations"), name, op) {
		if (target && strcmp(text_of(op, "target"), target) == 0) {
			c->op = op;
			*ret_operation = xstrdup(name);
			break;
		}
	}
	if (!c->op) {
		wrong(c, "target '%s' is unknown", target ? target : "");
		return;
	}
	body = json_loadb(req->body, req->n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(body))
		wrong(c, "the body is no JSON object");
	else
		check_json_object(c, json_object_get(c->op, "body"), "", body, false);
	json_decref(body);
}

/* ---- XML bodies --------------------------------------------------------- */

static xmlNode *first_element(xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

static void check_element(struct check *c, const json_t *rows, const char *parent, xmlNode *e,
			  bool answer)
{
	autofree char *path = xasprintf("%s%s%s", parent, *parent ? "/" : "",
					(const char *)e->name);
	const json_t *row = json_object_get(rows, path);
	const char *t = text_of(row, "t");
	xmlNode *child = first_element(e->children);
	const char *name;
	const json_t *r;

	if (!row) {
		wrong(c, "element %s is not in the model", path);
		return;
	}
	if (strcmp(t, "map") == 0 || strcmp(t, "recursive") == 0)
		return;
	if (child) {
		bool whole = strcmp(t, "structure") == 0 || strcmp(t, "list") == 0;

		if (!whole)
			wrong(c, "%s: elements inside a %s", path, t);
		for (; child; child = first_element(child->next))
			check_element(c, rows, path, child, answer);
	} else {
		xmlChar *text = xmlNodeGetContent(e);

		if (flag_of(row, "flat") && strcmp(text_of(row, "of"), "string") == 0)
			;
		else if (strcmp(t, "structure") != 0 && strcmp(t, "list") != 0 &&
			 !(answer && text && !*text))
			check_scalar(c, path, row, (const char *)text, answer);
		xmlFree(text);
	}
	json_object_foreach ((json_t *)rows, name, r) {
		size_t n = strlen(path);

		if (answer || !flag_of(r, "req") || strncmp(name, path, n) != 0 ||
		    name[n] != '/' || strchr(name + n + 1, '/'))
			continue;
		for (child = first_element(e->children); child; child = first_element(child->next))
			if (strcmp((const char *)child->name, name + n + 1) == 0)
				break;
		if (!child)
			wrong(c, "%s is missing", name);
	}
}

static void check_xml(struct check *c, const json_t *rows, const char *xmlns, const char *body,
		      size_t n, bool answer)
{
	xmlDoc *doc = n > INT_MAX ? NULL :
				    xmlReadMemory(body, (int)n, NULL, NULL,
						  XML_PARSE_NONET | XML_PARSE_NOERROR |
							  XML_PARSE_NOWARNING);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (!root) {
		wrong(c, "the body is no XML");
		return;
	}
	if (xmlns && *xmlns &&
	    (!root->ns || strcmp((const char *)root->ns->href, xmlns) != 0))
		wrong(c, "root <%s> is not in namespace %s", (const char *)root->name, xmlns);
	check_element(c, rows, "", root, answer);
	xmlFreeDoc(doc);
}

/* ---- S3 ----------------------------------------------------------------- */

/* How well an operation fits the query: the number of its own marks, or -1. */
static int s3_fit(const json_t *op, const struct model_request *req, bool has_bucket, bool has_key,
		  const struct pairs *query)
{
	const char *uri = text_of(op, "uri");
	const char *mark = strchr(uri, '?');
	struct check ignored = { .wrong = BUF_INIT };
	struct pairs marks = mark ? split(&ignored, mark + 1, strlen(mark + 1), false) :
				    (struct pairs){ 0 };
	const json_t *row;
	const char *name;
	int fit = (int)marks.n;
	size_t i;

	if (strcmp(text_of(op, "method"), req->method) != 0 ||
	    (strstr(uri, "{Bucket}") != NULL) != has_bucket ||
	    (strstr(uri, "{Key+}") != NULL) != has_key)
		fit = -1;
	for (i = 0; i < marks.n && fit >= 0; i++)
		if (!text_eq(pair_get(query, marks.v[i].name), marks.v[i].value))
			fit = -1;
	json_object_foreach (json_object_get(op, "query"), name, row) {
		if (fit < 0 || !flag_of(row, "req"))
			continue;
		fit = pair_get(query, name) ? fit + 1 : -1;
	}
	pairs_clear(&marks);
	return fit;
}

static void check_s3_headers(struct check *c, const struct model_request *req)
{
	static const char *const signing[] = { "x-amz-date", "x-amz-content-sha256",
					       "x-amz-security-token" };
	const json_t *header = json_object_get(c->op, "header");
	const char *name;
	const json_t *row;
	size_t i, j;

	for (i = 0; i < req->n_headers; i++) {
		bool known = !text_starts_with(req->headers[i].name, "x-amz-") ||
			     text_starts_with(req->headers[i].name, "x-amz-checksum-");

		for (j = 0; j < ARRAY_LEN(signing); j++)
			known |= strcasecmp(req->headers[i].name, signing[j]) == 0;
		json_object_foreach ((json_t *)header, name, row) {
			if (strcasecmp(name, req->headers[i].name) != 0)
				continue;
			known = true;
			check_scalar(c, name, row, req->headers[i].value, false);
		}
		if (!known)
			wrong(c, "header %s is not in the model", req->headers[i].name);
	}
	json_object_foreach ((json_t *)header, name, row)
		if (flag_of(row, "req") && !header_of(req, name))
			wrong(c, "header %s is missing", name);
}

static void check_digest(struct check *c, const struct model_request *req, const char *name,
			 const EVP_MD *md)
{
	const char *sent = header_of(req, name);
	unsigned char digest[EVP_MAX_MD_SIZE];
	autofree char *want = NULL;
	unsigned n = 0;

	if (!sent)
		return;
	if (!EVP_Digest(req->body, req->n, digest, &n, md, NULL))
		abort();
	want = text_base64(digest, n);
	if (strcmp(sent, want) != 0)
		wrong(c, "%s is '%s', the body's is '%s'", name, sent, want);
}

static void check_s3_body(struct check *c, const struct model_request *req)
{
	const json_t *checksum = json_object_get(c->op, "checksum");

	if (flag_of(checksum, "requestChecksumRequired") && !header_of(req, "content-md5") &&
	    !header_of(req, "x-amz-checksum-sha256"))
		wrong(c, "neither Content-MD5 nor x-amz-checksum-sha256");
	if (header_of(req, "x-amz-checksum-sha256") &&
	    !text_eq(header_of(req, "x-amz-sdk-checksum-algorithm"), "SHA256"))
		wrong(c, "x-amz-sdk-checksum-algorithm is missing");
	check_digest(c, req, "content-md5", EVP_md5());
	check_digest(c, req, "x-amz-checksum-sha256", EVP_sha256());
	if (json_object_get(c->op, "body_raw"))
		return;
	if (!json_object_get(c->op, "body")) {
		if (req->n)
			wrong(c, "a body where there is none");
	} else if (req->n) {
		check_xml(c, json_object_get(c->op, "body"), text_of(c->op, "body_xmlns"),
			  req->body, req->n, false);
	} else if (flag_of(c->op, "body_required")) {
		wrong(c, "the body is missing");
	}
}

static void check_s3(struct check *c, const struct model_request *req, char **ret_operation)
{
	struct pairs query = req->query ? split(c, req->query, strlen(req->query), false) :
					  (struct pairs){ 0 };
	const char *key = *req->path ? strchr(req->path + 1, '/') : NULL;
	bool has_bucket = *req->path && req->path[1] && req->path[1] != '/';
	const char *name, *best_name = NULL;
	const json_t *op;
	int best = -1;
	size_t i;

	json_object_foreach (json_object_get(c->service, "operations"), name, op) {
		int fit = s3_fit(op, req, has_bucket, key && key[1], &query);

		if (fit > best) {
			best = fit;
			best_name = name;
			c->op = op;
		}
	}
	if (!best_name) {
		wrong(c, "%s %s?%s is no operation", req->method, req->path,
		      req->query ? req->query : "");
		pairs_clear(&query);
		return;
	}
	*ret_operation = xstrdup(best_name);
	for (i = 0; i < query.n; i++) {
		const json_t *row =
			json_object_get(json_object_get(c->op, "query"), query.v[i].name);
		const char *mark = strchr(text_of(c->op, "uri"), '?');
		bool is_mark = mark && strncmp(mark + 1, query.v[i].name,
					       strlen(query.v[i].name)) == 0;

		if (row)
			check_scalar(c, query.v[i].name, row, query.v[i].value, false);
		else if (!is_mark)
			wrong(c, "query '%s' is not in the model of %s", query.v[i].name,
			      best_name);
	}
	check_s3_headers(c, req);
	check_s3_body(c, req);
	pairs_clear(&query);
}

/* ---- the two entries ---------------------------------------------------- */

static const struct {
	const char *protocol;
	void (*check)(struct check *c, const struct model_request *req, char **ret_operation);
} protocols[] = {
	{ "ec2", check_form },
	{ "query", check_form },
	{ "json", check_json },
	{ "rest-xml", check_s3 },
};

char *model_check_request(const struct model *m, const struct model_request *req,
			  char **ret_operation)
{
	struct check c = { .wrong = BUF_INIT };
	autofree char *operation = NULL;
	size_t i;

	c.service = json_object_get(m->services, req->service);
	if (!c.service)
		wrong(&c, "service '%s' has no model", req->service);
	for (i = 0; i < ARRAY_LEN(protocols); i++)
		if (strcmp(protocols[i].protocol, text_of(c.service, "protocol")) == 0)
			protocols[i].check(&c, req, &operation);
	if (ret_operation)
		*ret_operation = steal_str(&operation);
	return verdict(&c);
}

char *model_check_answer(const struct model *m, const char *service, const char *operation,
			 const char *body, size_t n)
{
	struct check c = { .wrong = BUF_INIT };
	const json_t *output;

	c.service = json_object_get(m->services, service);
	c.op = json_object_get(json_object_get(c.service, "operations"), operation);
	output = json_object_get(c.op, "output");
	if (!c.op)
		wrong(&c, "%s has no operation '%s'", service, operation);
	else if (json_object_get(c.op, "out_raw"))
		;
	else if (strcmp(text_of(c.service, "protocol"), "json") == 0) {
		json_t *doc = json_loadb(body, n, 0, NULL);

		if (!json_is_object(doc))
			wrong(&c, "the answer is no JSON object");
		else
			check_json_object(&c, output, "", doc, true);
		json_decref(doc);
	} else if (json_object_size(output)) {
		check_xml(&c, output, strcmp(service, "s3") == 0 ? NULL : "", body, n, true);
	} else if (n) {
		wrong(&c, "an answer with a body where there is none");
	}
	return verdict(&c);
}
