/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 request is parsed. */
#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"
#include "sandbox/path/head.h"

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Up to `end`; false when a character is none of a field's value. */
static bool value_ok(struct span v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return true;
}

static bool parse_request_line(struct span line, struct head *ret)
{
	const char *sp = memchr(line.p, ' ', line.n);
	const char *end = line.p + line.n;
	const char *sp2;

	if (!sp || sp == line.p)
		return false;
	for (const char *c = line.p; c < sp; c++)
		if (!is_token_char(*c))
			return false;
	sp2 = memchr(sp + 1, ' ', (size_t)(end - sp - 1));
	if (!sp2 || sp2 == sp + 1)
		return false;
	for (const char *c = sp + 1; c < sp2; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
			return false;
	if (end - sp2 != 9 ||
	    (memcmp(sp2, " HTTP/1.1", 9) != 0 && memcmp(sp2, " HTTP/1.0", 9) != 0))
		return false;
	ret->method = xstrndup(line.p, (size_t)(sp - line.p));
	ret->target = xstrndup(sp + 1, (size_t)(sp2 - sp - 1));
	return true;
}

static bool parse_field(struct span line, struct head *ret)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct sbx_field *f;
	struct span value;

	if (!colon || colon == line.p || ret->n == HEAD_FIELDS)
		return false;
	for (const char *c = line.p; c < colon; c++)
		if (!is_token_char(*c))
			return false;
	value = span_trim((struct span){ colon + 1, (size_t)(line.p + line.n - colon - 1) });
	if (!value_ok(value))
		return false;
	f = &ret->fields[ret->n++];
	f->name = xstrndup(line.p, (size_t)(colon - line.p));
	for (char *c = f->name; *c; c++)
		*c = text_lower(*c);
	f->value = xstrndup(value.p, value.n);
	return true;
}

int head_parse(const char *p, size_t n, struct head *ret)
{
	const char *blank = memmem(p, n, "\r\n\r\n", 4);
	struct head h = { 0 };
	const char *at = p;
	bool ok = true, first = true;

	if (!blank)
		return n >= HEAD_MAX_BYTES ? -1 : 0;
	while (ok && at < blank + 2) {
		const char *eol = memmem(at, (size_t)(blank + 2 - at), "\r\n", 2);
		struct span line = { at, (size_t)(eol - at) };

		ok = first ? parse_request_line(line, &h) : parse_field(line, &h);
		first = false;
		at = eol + 2;
	}
	if (!ok || first) {
		head_clear(&h);
		return -1;
	}
	*ret = h;
	return (int)(blank + 4 - p);
}

void head_clear(struct head *head)
{
	free(head->method);
	free(head->target);
	for (size_t i = 0; i < head->n; i++) {
		free(head->fields[i].name);
		free(head->fields[i].value);
	}
	*head = (struct head){ 0 };
}

const char *head_field(const struct head *head, const char *name)
{
	for (size_t i = 0; i < head->n; i++)
		if (strcmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

bool head_has_token(const struct head *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->n; i++) {
		const char *v = head->fields[i].value;

		if (strcmp(head->fields[i].name, name) != 0)
			continue;
		while (*v) {
			size_t n = strcspn(v, ",");
			struct span s = span_trim((struct span){ v, n });
			autofree char *one = xstrndup(s.p, s.n);

			if (text_eq_nocase(one, token))
				return true;
			v += n + (v[n] == ',');
		}
	}
	return false;
}
