/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the recording and of the sandbox, bound to each other. */
#include "sandbox/compare/binding.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/shape.h"
#include "base/text.h"

void bindings_clear(struct bindings *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].recorded);
		free(b->v[i].here);
	}
	free(b->v);
	*b = (struct bindings){ 0 };
}

static const char *find(const struct bindings *b, const char *recorded)
{
	for (size_t i = 0; i < b->n; i++)
		if (text_eq(b->v[i].recorded, recorded))
			return b->v[i].here;
	return NULL;
}

/* Something else stands for it. */
static bool is_taken(const struct bindings *b, const char *here)
{
	for (size_t i = 0; i < b->n; i++)
		if (text_eq(b->v[i].here, here))
			return true;
	return false;
}

static void bind(struct bindings *b, const char *recorded, const char *here)
{
	if (text_eq(recorded, here))
		return;
	b->v = xreallocarray(b->v, b->n + 1, sizeof(*b->v));
	b->v[b->n++] = (struct binding){ xstrdup(recorded), xstrdup(here) };
}

/* The binding whose recorded value begins at `text` and ends there as a word. */
static const struct binding *bound_at(const struct bindings *b, const char *text)
{
	for (size_t i = 0; i < b->n; i++) {
		size_t n = strlen(b->v[i].recorded);

		if (strncmp(text, b->v[i].recorded, n) == 0 && !isalnum((unsigned char)text[n]))
			return &b->v[i];
	}
	return NULL;
}

void bindings_apply(const struct bindings *b, const char *text, struct buf *out)
{
	bool word_begins = true;

	while (*text) {
		const struct binding *found = word_begins ? bound_at(b, text) : NULL;

		if (found) {
			(void)buf_adds(out, found->here);
			text += strlen(found->recorded);
			word_begins = false;
		} else {
			word_begins = !isalnum((unsigned char)*text);
			(void)buf_addc(out, *text++);
		}
	}
}

enum { HIDDEN_BYTES = 20 };

/* "text" and 16 hex digits: what the recorder hid. */
static bool is_hidden(const char *s)
{
	return text_starts_with(s, "text") && strspn(s + 4, "0123456789abcdef") >= 16;
}

static bool has_hidden(const char *s)
{
	for (; (s = strstr(s, "text")); s++)
		if (is_hidden(s))
			return true;
	return false;
}

/* Both are one value of the same shape: -1: that is no question; 0 no, 1 yes. */
static int agree_by_shape(const struct bindings *b, const char *recorded, const char *here)
{
	enum shape shape = shape_of(recorded);
	size_t digits, prefix, digits_here, prefix_here;

	switch (shape) {
	case SHAPE_TIME:
	case SHAPE_UUID:
	case SHAPE_SUM:
		return shape == shape_of(here);
	case SHAPE_ID:
		prefix = shape_id_prefix(recorded, &digits);
		prefix_here = shape_id_prefix(here, &digits_here);
		return shape_of(here) == shape && prefix == prefix_here &&
		       strncmp(recorded, here, prefix) == 0 && !find(b, recorded) &&
		       !is_taken(b, here);
	case SHAPE_IPV4:
	case SHAPE_IPV6: /* a network is asked for by whoever makes it */
		return shape_of(here) == shape && !strchr(recorded, '/') && !find(b, recorded);
	case SHAPE_ACCOUNT:
	case SHAPE_IAM_ID:
	case SHAPE_MAC:
		return shape_of(here) == shape && !find(b, recorded);
	case SHAPE_BOOL:
	case SHAPE_NUMBER:
	case SHAPE_ARN:
	case SHAPE_OTHER:
		return -1;
	}
	abort();
}

/* A policy, plain or percent-encoded as IAM answers it; NULL: it is none. */
static json_t *read_document(const char *s)
{
	auto_buf plain = BUF_INIT;

	for (; *s; s++) {
		bool escaped = *s == '%' && percent_hex(s[1]) >= 0 && percent_hex(s[2]) >= 0;

		(void)buf_addc(&plain,
			       escaped ? (char)(percent_hex(s[1]) * 16 + percent_hex(s[2])) : *s);
		s += escaped ? 2 : 0;
	}
	return plain.p[0] == '{' ? json_loadb(plain.p, plain.n, 0, NULL) : NULL;
}

/* A policy, compared as what it says. */
static bool same_document(const char *applied, const char *here)
{
	json_t *x = read_document(applied);
	json_t *y = x ? read_document(here) : NULL;
	bool same = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return same;
}

static bool is_separator(char c)
{
	return c && strchr(".:/ @*,%", c);
}

/* One part of an ARN or a host's name. */
static bool part_agrees(struct bindings *learn, const struct bindings *b, const char *recorded,
			const char *here)
{
	const char *bound = find(b, recorded);
	size_t digits, prefix;
	int by_shape;

	if (text_eq(recorded, here) || text_eq(bound, here))
		return true;
	if (is_hidden(recorded))
		return *here != '\0';
	if (text_starts_with(recorded, "ip-") && text_starts_with(here, "ip-"))
		return true;
	by_shape = agree_by_shape(b, recorded, here);
	if (by_shape == 1 && learn)
		bind(learn, recorded, here);
	if (by_shape >= 0)
		return by_shape;
	prefix = shape_id_prefix(recorded, &digits); /* "vpce-0...-a1b2c3d4" */
	if (prefix && recorded[prefix + digits] == '-') {
		autofree char *id = xstrndup(recorded, prefix + digits);
		size_t digits_here, prefix_here = shape_id_prefix(here, &digits_here);
		autofree char *id_here =
			xstrndup(here, prefix_here ? prefix_here + digits_here : 0);

		return prefix_here && part_agrees(learn, b, id, id_here);
	}
	return strspn(recorded, "0123456789abcdef") == strlen(recorded) &&
	       strlen(recorded) == strlen(here) && strlen(here) >= 8;
}

static bool parts_agree(struct bindings *learn, const struct bindings *b, const char *recorded,
			const char *here)
{
	for (;;) {
		size_t n = 0, m = 0;

		while (recorded[n] && !is_separator(recorded[n]))
			n++;
		while (here[m] && !is_separator(here[m]))
			m++;
		{
			autofree char *x = xstrndup(recorded, n), *y = xstrndup(here, m);

			if (!part_agrees(learn, b, x, y))
				return false;
		}
		if (recorded[n] != here[m])
			return false;
		if (!recorded[n])
			return true;
		recorded += n + 1;
		here += m + 1;
	}
}

static bool agree(struct bindings *learn, const struct bindings *b, const char *recorded,
		  const char *here)
{
	auto_buf applied = BUF_INIT;
	int by_shape;

	if (text_eq(recorded, here))
		return true;
	bindings_apply(b, recorded, &applied);
	if (text_eq(applied.p, here) || same_document(applied.p, here))
		return true;
	/* A date that is a number: it was hidden.  Tools write 0.0 as 0. */
	if (text_eq(recorded, "0.0") || (text_eq(recorded, "0") && strchr(here, '.')))
		return strspn(here, "0123456789.") == strlen(here);
	by_shape = agree_by_shape(b, recorded, here);
	if (by_shape == 1 && learn)
		bind(learn, recorded, here);
	if (by_shape >= 0)
		return by_shape;
	if (shape_of(recorded) == SHAPE_OTHER && has_hidden(recorded) && !strchr(recorded, '{')) {
		/* what the service named, and the client may send: "null" for a version */
		if (learn && is_hidden(recorded) && strlen(recorded) == HIDDEN_BYTES &&
		    !find(b, recorded) && strlen(here) <= 64 && *here)
			bind(learn, recorded, here);
		return *here != '\0';
	}
	if (!strpbrk(recorded, ".:/%"))
		return false;
	/* All of it agrees before anything of it is learnt. */
	if (!parts_agree(NULL, b, recorded, here))
		return false;
	return !learn || parts_agree(learn, b, recorded, here);
}

bool bindings_agree(struct bindings *b, const char *recorded, const char *here)
{
	return agree(b, b, recorded, here);
}

bool bindings_would_agree(const struct bindings *b, const char *recorded, const char *here)
{
	return agree(NULL, b, recorded, here);
}
