/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences as a format and its values; see said.h. */
#include "base/said.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/said_int.h"

enum { SPEC_MAX = 24 };

static struct said *living;

static const char *after_digits(const char *p)
{
	return p + strspn(p, "0123456789");
}

bool said_read_spec(const char *p, struct said_spec *s)
{
	const char *q;
	size_t n;

	memset(s, 0, sizeof(*s));
	s->begin = p++;
	q = after_digits(p);
	if (q > p && *q == '$') {
		s->position = strtoul(p, NULL, 10);
		p = q + 1;
	}
	n = strspn(p, "-+ #0'");
	s->left = memchr(p, '-', n) != NULL;
	for (p += n; *p && strchr("0123456789.*", *p); p++) {
		s->stars += *p == '*';
		s->left = false;
	}
	n = strspn(p, "hlzjtL");
	if (n >= sizeof(s->length) || !p[n])
		return false;
	memcpy(s->length, p, n);
	s->letter = p[n];
	s->end = p + n + 1;
	return true;
}

/* The next conversion from `p` on; false: there is none. "%%" is one with the letter '%'. */
static bool next_spec(const char *p, struct said_spec *s)
{
	p = strchr(p, '%');
	if (p && !said_read_spec(p, s))
		abort(); /* no format of ours, and the compiler has seen them all */
	return p != NULL;
}

/* One value by its own part of the format, which the compiler has checked as a part of the whole.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *one(const char *spec, ...)
{
	va_list ap;
	char *text;

	va_start(ap, spec);
	text = xvasprintf(spec, ap);
	va_end(ap);
	return text;
}
#pragma GCC diagnostic pop

static char *integer(const struct said_spec *s, const char *spec, va_list *ap)
{
	if (!strcmp(s->length, "l"))
		return one(spec, va_arg(*ap, long));
	if (!strcmp(s->length, "ll"))
		return one(spec, va_arg(*ap, long long));
	if (!strcmp(s->length, "z"))
		return one(spec, va_arg(*ap, size_t));
	if (!strcmp(s->length, "j"))
		return one(spec, va_arg(*ap, intmax_t));
	if (!strcmp(s->length, "t"))
		return one(spec, va_arg(*ap, ptrdiff_t));
	return one(spec, va_arg(*ap, int)); /* "", "h", "hh": promoted */
}

/* "%*.*s" with the numbers in place of the stars. */
static void settle_stars(const struct said_spec *s, char *spec, size_t size, va_list *ap)
{
	struct buf b = BUF_INIT;

	for (const char *p = s->begin; p < s->end; p++) {
		if (*p == '*')
			(void)buf_addf(&b, "%d", va_arg(*ap, int));
		else
			(void)buf_addc(&b, *p);
	}
	if (b.n >= size)
		abort();
	memcpy(spec, b.p, b.n + 1);
	buf_clear(&b);
}

static struct said_value take_value(const struct said_spec *s, va_list *ap)
{
	struct said_value v = { .is_for_people = s->letter == 's' && s->left };
	char spec[SPEC_MAX];

	settle_stars(s, spec, sizeof(spec), ap);
	switch (s->letter) {
	case 's': {
		const char *text = va_arg(*ap, const char *);

		if (s->end - s->begin <= 3) /* whole: no width, no precision */
			v.said = said_copy(said_of(text));
		v.text = one(spec, text);
		return v;
	}
	case 'e':
	case 'f':
	case 'g':
		v.text = one(spec, va_arg(*ap, double));
		return v;
	case 'c':
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		v.text = integer(s, spec, ap);
		return v;
	default:
		abort();
	}
}

/* `fmt` with the values in it. */
static char *assemble(const struct said *said, const char *fmt,
		      const char *(*translate)(const char *))
{
	struct buf out = BUF_INIT;
	struct said_spec s;
	size_t i = 0;

	for (; next_spec(fmt, &s); fmt = s.end) {
		const struct said_value *v;
		size_t at;

		(void)buf_add(&out, fmt, (size_t)(s.begin - fmt));
		if (s.letter == '%') {
			(void)buf_addc(&out, '%');
			continue;
		}
		at = s.position ? s.position - 1 : i++;
		if (at >= said->n)
			continue; /* msgfmt -c lets no such translation pass */
		v = &said->v[at];
		if (translate && v->said) {
			autofree char *inner = said_in(v->said, translate);

			(void)buf_adds(&out, inner);
		} else {
			(void)buf_adds(&out, translate && v->is_for_people ? translate(v->text)
									   : v->text);
		}
	}
	(void)buf_adds(&out, fmt);
	return buf_steal(&out);
}

void said_enlist(struct said *s)
{
	s->next = living;
	s->at = &living;
	if (living)
		living->at = &s->next;
	living = s;
}

struct said *said_vnew(const char *fmt, va_list ap)
{
	struct said *said = xcalloc(1, sizeof(*said));
	struct said_spec s;
	va_list values;

	said->fmt = xstrdup(fmt);
	va_copy(values, ap);
	for (const char *p = fmt; next_spec(p, &s); p = s.end) {
		if (s.letter == '%')
			continue;
		if (s.position || said->n == SAID_VALUES_MAX)
			abort();
		said->v[said->n++] = take_value(&s, &values);
	}
	va_end(values);
	said->english = assemble(said, fmt, NULL);
	said_enlist(said);
	return said;
}

struct said *said_new(const char *fmt, ...)
{
	struct said *said;
	va_list ap;

	va_start(ap, fmt);
	said = said_vnew(fmt, ap);
	va_end(ap);
	return said;
}

struct said *said_copy(const struct said *s)
{
	struct said *copy;

	if (!s)
		return NULL;
	copy = xcalloc(1, sizeof(*copy));
	copy->fmt = xstrdup(s->fmt);
	copy->english = xstrdup(s->english);
	for (; copy->n < s->n; copy->n++)
		copy->v[copy->n] = (struct said_value){
			.text = xstrdup(s->v[copy->n].text),
			.said = said_copy(s->v[copy->n].said),
			.is_for_people = s->v[copy->n].is_for_people,
		};
	said_enlist(copy);
	return copy;
}

struct said *said_mapped(const struct said *s, char *(*map)(const char *value))
{
	struct said *copy = said_copy(s);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < copy->n; i++) {
		struct said_value *v = &copy->v[i];
		struct said *inner = said_mapped(v->said, map);
		char *text = inner ? xstrdup(said_english(inner)) : map(v->text);

		said_free(v->said);
		free(v->text);
		v->said = inner;
		v->text = text;
	}
	free(copy->english);
	copy->english = assemble(copy, copy->fmt, NULL);
	return copy;
}

void said_drop(const char **english)
{
	said_free((struct said *)(uintptr_t)said_of(*english));
	*english = NULL;
}

void said_free(struct said *s)
{
	if (!s)
		return;
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].text);
		said_free(s->v[i].said);
	}
	free(s->fmt);
	free(s->english);
	free(s);
}

const char *said_english(const struct said *s)
{
	return s ? s->english : NULL;
}

char *said_in(const struct said *s, const char *(*translate)(const char *english))
{
	return s ? assemble(s, translate(s->fmt), translate) : NULL;
}

const struct said *said_of(const char *english)
{
	for (const struct said *s = living; s; s = s->next)
		if (s->english == english)
			return s;
	return NULL;
}
