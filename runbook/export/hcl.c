/* SPDX-License-Identifier: Apache-2.0 */
/* HCL as text.  What comes from AWS, from tags or from parameters is never more than a string. */
#include "runbook/export/hcl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { INDENT = 2, LINE_COLUMNS = 90 };

/* ---- text ------------------------------------------------------------------ */

void hcl_text_clear(struct hcl_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].text);
	free(t->v);
	*t = (struct hcl_text){ 0 };
}

void hcl_text_add(struct hcl_text *t, bool is_expression, const char *text)
{
	if (!*text)
		return;
	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n++] = (struct hcl_part){ is_expression, xstrdup(text) };
}

void hcl_escape(const char *text, struct buf *out)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			(void)buf_addf(out, "\\%c", c);
		else if ((c == '$' || c == '%') && p[1] == '{')
			(void)buf_addf(out, "%c%c", c, c); /* "$${" is "${" */
		else if (c == '\n')
			(void)buf_adds(out, "\\n");
		else if (c == '\t')
			(void)buf_adds(out, "\\t");
		else if (c == '\r')
			(void)buf_adds(out, "\\r");
		else if (c < 0x20 || c == 0x7f)
			(void)buf_addf(out, "\\u%04x", c);
		else
			(void)buf_addc(out, *p);
	}
}

void hcl_quote(const char *text, struct buf *out)
{
	(void)buf_addc(out, '"');
	hcl_escape(text, out);
	(void)buf_addc(out, '"');
}

void hcl_text_write(const struct hcl_text *t, struct buf *out)
{
	auto_buf literal = BUF_INIT; /* "$" before "{" may be of two parts */

	if (t->n == 1 && t->v[0].is_expression) {
		(void)buf_adds(out, t->v[0].text);
		return;
	}
	(void)buf_addc(out, '"');
	for (size_t i = 0; i < t->n; i++) {
		if (!t->v[i].is_expression) {
			(void)buf_adds(&literal, t->v[i].text);
			continue;
		}
		hcl_escape(literal.p, out);
		/* "$" before an expression would escape it: as an expression of its own it does not
		 */
		if (literal.n && strchr("$%", literal.p[literal.n - 1])) {
			char last = literal.p[literal.n - 1];

			buf_truncate(out, out->n - 1);
			(void)buf_addf(out, "${\"%c\"}", last);
		}
		(void)buf_addf(out, "${%s}", t->v[i].text);
		buf_reset(&literal);
	}
	hcl_escape(literal.p, out);
	(void)buf_addc(out, '"');
}

/* ---- names ------------------------------------------------------------------ */

static bool is_identifier(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

void hcl_key(const char *key, struct buf *out)
{
	if (is_identifier(key))
		(void)buf_adds(out, key);
	else
		hcl_quote(key, out);
}

char *hcl_name(const char *text)
{
	char *name = xstrdup(text);

	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return name;
}

void hcl_comment(const char *text, const char *indent, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");

		(void)buf_addf(out, "%s# %.*s\n", indent, (int)n, text);
		text += n + (text[n] != '\0');
	}
}

/* ---- values ------------------------------------------------------------------ */

struct writing {
	hcl_string_fn *string;
	void *arg;
};

static void write_value(const struct writing *w, const json_t *value, int depth, bool over_lines,
			struct buf *out);

/* Over several lines, those of an object need no comma. */
static void new_item(int depth, bool over_lines, bool comma, bool first, struct buf *out)
{
	if (over_lines)
		(void)buf_addf(out, "%s\n%*s", first || !comma ? "" : ",", depth * INDENT, "");
	else
		(void)buf_adds(out, first ? "" : ", ");
}

static void write_items(const struct writing *w, const json_t *value, int depth, bool over_lines,
			struct buf *out)
{
	const json_t *item;
	const char *key;
	size_t i, n = 0;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			new_item(depth + 1, over_lines, /* comma= */ true, i == 0, out);
			write_value(w, item, depth + 1, over_lines, out);
		}
		return;
	}
	void *at = json_object_iter((json_t *)value);

	for (; at; at = json_object_iter_next((json_t *)value, at)) {
		key = json_object_iter_key(at);
		item = json_object_iter_value(at);
		new_item(depth + 1, over_lines, /* comma= */ false, n++ == 0, out);
		hcl_key(key, out);
		(void)buf_adds(out, " = ");
		write_value(w, item, depth + 1, over_lines, out);
	}
}

static void write_nested(const struct writing *w, const json_t *value, int depth, bool over_lines,
			 struct buf *out)
{
	bool array = json_is_array(value);

	(void)buf_adds(out, array ? "[" : over_lines ? "{" : "{ ");
	write_items(w, value, depth, over_lines, out);
	if (over_lines)
		(void)buf_addf(out, "\n%*s", depth * INDENT, "");
	(void)buf_adds(out, array ? "]" : over_lines ? "}" : " }");
}

static bool is_empty(const json_t *value)
{
	return json_is_array(value) ? !json_array_size(value) : !json_object_size(value);
}

static void write_value(const struct writing *w, const json_t *value, int depth, bool over_lines,
			struct buf *out)
{
	auto_buf line = BUF_INIT;

	if (json_is_string(value) && w->string) {
		w->string(w->arg, json_string_value(value), out);
	} else if (json_is_string(value)) {
		hcl_quote(json_string_value(value), out);
	} else if (!json_is_array(value) && !json_is_object(value)) {
		char *text = json_dumps(value, JSON_ENCODE_ANY);

		(void)buf_adds(out, text ? text : "null");
		free(text);
	} else if (is_empty(value)) {
		(void)buf_adds(out, json_is_array(value) ? "[]" : "{}");
	} else if (over_lines) {
		write_nested(w, value, depth, false, &line);
		if (line.n + (size_t)(depth * INDENT) <= LINE_COLUMNS)
			(void)buf_adds(out, line.p);
		else
			write_nested(w, value, depth, true, out);
	} else {
		write_nested(w, value, depth, false, out);
	}
}

void hcl_value(const json_t *value, int depth, hcl_string_fn *string, void *arg, struct buf *out)
{
	struct writing w = { string, arg };

	write_value(&w, value, depth, /* over_lines= */ true, out);
}

/* ---- alignment ------------------------------------------------------------------ */

/* Behind a string that begins at `p`; its end when it has none. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '\n' && *p != '"'; p++)
		if (*p == '\\' && p[1] && p[1] != '\n')
			p++;
	return p + (*p == '"');
}

/* Where " = " stands in a line that is an assignment of one line; 0: it is none. */
static size_t assignment_at(const char *line)
{
	const char *p = line + strspn(line, " "), *at;
	int brackets = 0;

	if (*p == '"')
		p = skip_string(p);
	else
		while (isalnum((unsigned char)*p) || *p == '_')
			p++;
	if (strncmp(p, " = ", strlen(" = ")) != 0)
		return 0;
	at = p;
	while (*p && *p != '\n') {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		brackets += strchr("([{", *p) != NULL;
		brackets -= strchr(")]}", *p) != NULL;
		p++;
	}
	return brackets ? 0 : (size_t)(at - line);
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

void hcl_align(const char *text, struct buf *out)
{
	for (const char *line = text; *line;) {
		const char *end = line;
		size_t most = 0, at;

		for (; *end && (at = assignment_at(end)); end = next_line(end))
			most = at > most ? at : most;
		for (; line < end; line = next_line(line)) {
			at = assignment_at(line);
			(void)buf_addf(out, "%.*s%*s%.*s", (int)at, line, (int)(most - at), "",
				       (int)(next_line(line) - line - (ptrdiff_t)at), line + at);
		}
		if (!*line)
			return;
		(void)buf_add(out, line, (size_t)(next_line(line) - line));
		line = next_line(line);
	}
}
