/* SPDX-License-Identifier: Apache-2.0 */
/* The checks on a shared file as a whole: its encoding, names that come twice. */
#include "aws/core/ini_int.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/said.h"
#include "base/text.h"
#include "base/utf8.h"

struct rb_error *ini_broken_at(const char *path, unsigned line, const char *reason)
{
	return rb_error_why(rb_error_new(RB_USAGE, "cannot read the AWS settings"), "%s:%u: %-s",
			    path, line, reason);
}

struct rb_error *ini_check_text(struct span text, const char *path)
{
	unsigned line = 1;
	uint32_t c = 0;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		return ini_broken_at(path, line, N_("a byte order mark: save it as plain UTF-8"));
	for (size_t n; text.n; text.p += n, text.n -= n) {
		n = utf8_decode(text.p, text.n, &c);
		if (!n)
			return ini_broken_at(path, line, N_("not UTF-8"));
		if (!c)
			return ini_broken_at(path, line, N_("a NUL byte"));
		if (c == '\n' || (c == '\r' && (text.n == 1 || text.p[1] != '\n')))
			line++;
	}
	return NULL;
}

struct named {
	const char *name;
	unsigned line;
};

static int by_name_and_line(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The first line that repeats a name; sorted, for a hostile file may have 100000 of them. */
static struct rb_error *check_unique(const char *path, struct named *v, size_t n, const char *what)
{
	const struct named *second = NULL, *first = NULL;

	if (n < 2)
		return NULL;
	qsort(v, n, sizeof(*v), by_name_and_line);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(v[i - 1].name, v[i].name) == 0 &&
		    (!second || v[i].line < second->line)) {
			first = &v[i - 1];
			second = &v[i];
		}
	}
	if (!second)
		return NULL;
	autofree char *shown = text_printable(second->name, strlen(second->name), 80);
	auto_said *reason = said_new("%-s '%s' was already on line %u", what, shown, first->line);

	return ini_broken_at(path, second->line, said_english(reason));
}

struct rb_error *ini_check_names(struct ini *ini)
{
	struct named *sections = xcalloc(ini->n_sections + 1, sizeof(*sections));
	struct rb_error *err = NULL;
	size_t n = 0;

	for (size_t i = 0; !err && i < ini->n_sections; i++) {
		const struct ini_section *section = &ini->sections[i];
		struct named *keys = xcalloc(section->n_keys + 1, sizeof(*keys));

		for (size_t k = 0; k < section->n_keys; k++)
			keys[k] = (struct named){ section->keys[k].name, section->keys[k].line };
		err = check_unique(ini->path, keys, section->n_keys, "key");
		free(keys);
		sections[n++] = (struct named){ section->name, section->line };
		if (strcmp(section->name, "DEFAULT") == 0)
			ini->inherited = section;
	}
	if (!err)
		err = check_unique(ini->path, sections, n, "section");
	free(sections);
	return err;
}
