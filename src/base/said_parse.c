/* SPDX-License-Identifier: Apache-2.0 */
/* A sentence read back from its English; see said.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/said_int.h"

/* A format: literal, conversion, literal, conversion, ..., literal. */
struct shape {
	struct said_spec spec[SAID_VALUES_MAX];
	char *literal[SAID_VALUES_MAX + 1];
	size_t n; /* conversions */
};

static void clear_shape(struct shape *shape)
{
	for (size_t i = 0; i <= SAID_VALUES_MAX; i++)
		free(shape->literal[i]);
}

/* False: it is no format, or one with stars or places, which no English of ours has. */
static bool read_shape(const char *fmt, struct shape *shape)
{
	auto_buf literal = BUF_INIT;

	while (*fmt) {
		struct said_spec *spec = &shape->spec[shape->n];

		if (*fmt != '%' || fmt[1] == '%') {
			(void)buf_addc(&literal, *fmt);
			fmt += *fmt == '%' ? 2 : 1;
			continue;
		}
		if (shape->n == SAID_VALUES_MAX || !said_read_spec(fmt, spec) || spec->stars ||
		    spec->position)
			return false;
		shape->literal[shape->n++] = buf_steal(&literal);
		fmt = spec->end;
	}
	shape->literal[shape->n] = buf_steal(&literal);
	return true;
}

static bool may_be(const struct said_spec *spec, const char *text, size_t n)
{
	size_t sign = n && *text == '-';

	if (spec->letter == 's')
		return true;
	return n > sign &&
	       (!strchr("diu", spec->letter) || strspn(text + sign, "0123456789") >= n - sign);
}

/* Where the literal after conversion `i` begins, at `text` or later; NULL: nowhere. */
static const char *find_literal(const struct shape *shape, size_t i, const char *text)
{
	const char *literal = shape->literal[i + 1];
	size_t n = strlen(literal), rest = strlen(text);

	if (i + 1 < shape->n) /* of values side by side the last one has all of it */
		return strstr(text, literal);
	return rest >= n && !strcmp(text + rest - n, literal) ? text + rest - n : NULL;
}

/* The values of `text` into `said`; false: it is not of this shape. */
static bool take_values(const struct shape *shape, const char *text, struct said *said)
{
	size_t n = strlen(shape->literal[0]);

	if (strncmp(text, shape->literal[0], n) != 0)
		return false;
	text += n;
	for (size_t i = 0; i < shape->n; i++) {
		const struct said_spec *spec = &shape->spec[i];
		const char *end = find_literal(shape, i, text);

		if (!end || !may_be(spec, text, (size_t)(end - text)))
			return false;
		said->v[said->n++] = (struct said_value){
			.text = xstrndup(text, (size_t)(end - text)),
			.is_for_people = spec->letter == 's' && spec->left,
		};
		text = end + strlen(shape->literal[i + 1]);
	}
	return !*text;
}

struct said *said_parse(const char *fmt, const char *english)
{
	struct said *said = xcalloc(1, sizeof(*said));
	struct shape shape = { 0 };
	bool fits = read_shape(fmt, &shape) && take_values(&shape, english, said);

	clear_shape(&shape);
	said->fmt = xstrdup(fmt);
	said->english = xstrdup(english);
	said_enlist(said);
	if (fits)
		return said;
	said_free(said);
	return NULL;
}
