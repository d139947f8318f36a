/* SPDX-License-Identifier: Apache-2.0 */
/* The .mo file: a header, two tables of lengths and places, and the texts, each with a NUL. */
#include "runbook/ui/catalogue.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum {
	MAGIC_AT = 0, /* places in the file, in bytes */
	REVISION_AT = 4,
	COUNT_AT = 8,
	MESSAGES_AT = 12,
	TRANSLATIONS_AT = 16,
	HEADER_SIZE = 20,
	ROW_SIZE = 8, /* a length and a place */
};
static const uint32_t magic = 0x950412de;

struct catalogue {
	struct buf bytes;
	bool big_endian;
	uint32_t n;
	uint32_t messages, translations; /* where their tables begin */
};

static uint32_t number_at(const struct catalogue *c, size_t at)
{
	const unsigned char *p = (const unsigned char *)c->bytes.p + at;

	if (c->big_endian)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static const char *text_of(const struct catalogue *c, uint32_t table, uint32_t row)
{
	return c->bytes.p + number_at(c, table + (size_t)row * ROW_SIZE + 4);
}

/* Every text of the table is inside the file, and so is the NUL after it. */
static bool is_whole(const struct catalogue *c, uint32_t table)
{
	if (table > c->bytes.n || c->n > (c->bytes.n - table) / ROW_SIZE)
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		size_t row = table + (size_t)i * ROW_SIZE;
		size_t length = number_at(c, row), at = number_at(c, row + 4);

		if (at >= c->bytes.n || length >= c->bytes.n - at || c->bytes.p[at + length])
			return false;
	}
	return true;
}

static struct rb_error *check(struct catalogue *c)
{
	const char *header;

	if (c->bytes.n < HEADER_SIZE)
		return rb_error_because(RB_USAGE, "it is no catalogue of messages");
	if (number_at(c, MAGIC_AT) != magic)
		c->big_endian = true;
	if (number_at(c, MAGIC_AT) != magic || number_at(c, REVISION_AT) >> 16 != 0)
		return rb_error_because(RB_USAGE, "it is no catalogue of messages");
	c->n = number_at(c, COUNT_AT);
	c->messages = number_at(c, MESSAGES_AT);
	c->translations = number_at(c, TRANSLATIONS_AT);
	if (!is_whole(c, c->messages) || !is_whole(c, c->translations))
		return rb_error_because(RB_USAGE, "it is cut short");
	header = catalogue_find(c, "");
	if (!header || !strstr(header, "charset=UTF-8") || !strstr(header, "nplurals=1;"))
		return rb_error_because(
			RB_USAGE, "it is not UTF-8, or its language has several plural forms");
	return NULL;
}

struct rb_error *catalogue_read(struct buf *bytes, struct catalogue **ret)
{
	struct catalogue *c = xcalloc(1, sizeof(*c));
	struct rb_error *err;

	c->bytes = *bytes;
	*bytes = (struct buf)BUF_INIT;
	err = check(c);
	if (err) {
		catalogue_free(c);
		return err;
	}
	*ret = c;
	return NULL;
}

const char *catalogue_find(const struct catalogue *c, const char *message)
{
	uint32_t from = 0, to = c->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		int order = strcmp(message, text_of(c, c->messages, middle));

		if (order == 0)
			return text_of(c, c->translations, middle);
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

const char *catalogue_message(const struct catalogue *c, size_t row)
{
	return row < c->n ? text_of(c, c->messages, (uint32_t)row) : NULL;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	buf_clear(&c->bytes);
	free(c);
}
