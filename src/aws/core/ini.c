/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the lines.  What is open, and how far it is indented, decides
 * what a line is.  Blanks are Unicode's.
 */
#include "aws/core/ini_int.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"

struct parser {
	struct ini *ini;
	struct strv *warnings;
	struct span rest;
	unsigned line;
	bool in_section;
	bool in_key;	  /* continuation lines belong to the last key of the last section */
	struct buf value; /* that key's, so far */
	unsigned blanks;  /* empty lines since its last text: they join it if more comes */
	size_t indent;	  /* of the line that opened the section or key */
};

/* ---- errors and warnings ---------------------------------------------------- */

static struct rb_error *broken(const struct parser *ps, const char *reason)
{
	return ini_broken_at(ps->ini->path, ps->line, reason);
}

static void warn_of_comment(const struct parser *ps, const char *key, struct span value)
{
	for (size_t i = 1; i < value.n; i++) {
		if ((value.p[i] != '#' && value.p[i] != ';') ||
		    (value.p[i - 1] != ' ' && value.p[i - 1] != '\t'))
			continue;
		strv_addf(ps->warnings,
			  N_("%s:%u: the text from ' %c' on is part of the value of '%s', not a "
			     "comment"),
			  ps->ini->path, ps->line, value.p[i], key);
		return;
	}
}

/* ---- growing ---------------------------------------------------------------- */

/* Room for one more thing in an array of `n`: capacities are powers of two. */
static void *grow(void *v, size_t n, size_t size)
{
	if (n & (n - 1)) /* between powers: there is room */
		return v;
	return xreallocarray(v, n ? 2 * n : 1, size);
}

static struct ini_section *last_section(const struct parser *ps)
{
	return &ps->ini->sections[ps->ini->n_sections - 1];
}

static struct ini_key *last_key(const struct parser *ps)
{
	struct ini_section *section = last_section(ps);

	return &section->keys[section->n_keys - 1];
}

/* No more lines can continue the open key. */
static void close_key(struct parser *ps)
{
	if (ps->in_key && !last_key(ps)->n_pairs)
		last_key(ps)->value = xstrdup(ps->value.p);
	buf_cleanse(&ps->value);
	ps->in_key = false;
	ps->blanks = 0;
}

static void open_section(struct parser *ps, struct span name)
{
	struct ini *ini = ps->ini;

	close_key(ps);
	ini->sections = grow(ini->sections, ini->n_sections, sizeof(*ini->sections));
	ini->sections[ini->n_sections++] =
		(struct ini_section){ .name = xstrndup(name.p, name.n), .line = ps->line };
	ps->in_section = true;
}

static void open_key(struct parser *ps, struct span name, struct span value)
{
	struct ini_section *section = last_section(ps);
	struct ini_key key = { .name = xstrndup(name.p, name.n), .line = ps->line };

	close_key(ps);
	for (char *c = key.name; *c; c++)
		*c = text_lower(*c);
	section->keys = grow(section->keys, section->n_keys, sizeof(*section->keys));
	section->keys[section->n_keys++] = key;
	ps->in_key = true;
	(void)buf_add(&ps->value, value.p, value.n);
	warn_of_comment(ps, key.name, value);
}

static void wipe(char *s)
{
	if (s)
		OPENSSL_cleanse(s, strlen(s));
	free(s);
}

/* ---- lines ------------------------------------------------------------------ */

/* "\n", "\r" and "\r\n" end lines. */
static bool next_line(struct parser *ps, struct span *ret)
{
	struct span *rest = &ps->rest;
	size_t n = 0;

	if (!rest->n)
		return false;
	while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
		n++;
	*ret = (struct span){ rest->p, n };
	if (n < rest->n)
		n += rest->p[n] == '\r' && n + 1 < rest->n && rest->p[n + 1] == '\n' ? 2 : 1;
	rest->p += n;
	rest->n -= n;
	ps->line++;
	return true;
}

static size_t find_char(struct span s, const char *any)
{
	size_t i = 0;

	while (i < s.n && !(s.p[i] && strchr(any, s.p[i])))
		i++;
	return i;
}

static struct rb_error *add_pair(struct parser *ps, struct ini_key *key, struct span text)
{
	size_t eq = find_char(text, "=");
	struct span name = utf8_trim((struct span){ text.p, eq }, NULL);
	struct span value;

	if (eq == text.n)
		return broken(ps, N_("a line of a nested block without '='"));
	value = utf8_trim((struct span){ text.p + eq + 1, text.n - eq - 1 }, NULL);
	key->pairs = grow(key->pairs, key->n_pairs, sizeof(*key->pairs));
	key->pairs[key->n_pairs++] = (struct ini_pair){ .name = xstrndup(name.p, name.n),
							.value = xstrndup(value.p, value.n) };
	warn_of_comment(ps, key->pairs[key->n_pairs - 1].name, value);
	return NULL;
}

static struct rb_error *continue_key(struct parser *ps, struct span text)
{
	struct ini_key *key = last_key(ps);

	if (!ps->value.n) /* nothing on the key's own line: a block */
		return add_pair(ps, key, text);
	for (unsigned i = 0; i <= ps->blanks; i++)
		(void)buf_addc(&ps->value, '\n');
	(void)buf_add(&ps->value, text.p, text.n);
	ps->blanks = 0;
	warn_of_comment(ps, key->name, text);
	return NULL;
}

static struct rb_error *read_line(struct parser *ps, struct span line)
{
	size_t indent;
	struct span text = utf8_trim(line, &indent);
	size_t end = text.n;

	if (!text.n) {
		ps->blanks++;
		return NULL;
	}
	if (text.p[0] == '#' || text.p[0] == ';')
		return NULL;
	if (ps->in_key && indent > ps->indent)
		return continue_key(ps, text);
	ps->indent = indent;
	if (text.p[0] == '[') {
		while (end && text.p[end - 1] != ']')
			end--;
		if (end > 2) { /* what follows the last ']' does not matter */
			open_section(ps, (struct span){ text.p + 1, end - 2 });
			return NULL;
		}
	}
	end = find_char(text, "=:");
	if (!ps->in_section)
		return broken(ps, end == text.n ? N_("no section header comes before this line")
						: N_("a key before the first section header"));
	if (end == text.n)
		return broken(ps, text.p[0] == '['
					  ? N_("a section header without ']'")
					  : N_("neither a section header nor 'key = value'"));
	if (!end)
		return broken(ps, N_("a value without a key"));
	open_key(ps, utf8_trim((struct span){ text.p, end }, NULL),
		 utf8_trim((struct span){ text.p + end + 1, text.n - end - 1 }, NULL));
	return NULL;
}

/* ---- the whole -------------------------------------------------------------- */

struct rb_error *ini_parse(struct span text, const char *path, struct strv *warnings,
			   struct ini *ret)
{
	struct ini ini = { .path = xstrdup(path) };
	struct parser ps = { .ini = &ini, .warnings = warnings, .rest = text, .value = BUF_INIT };
	struct rb_error *err = ini_check_text(text, path);
	struct span line;

	while (!err && next_line(&ps, &line))
		err = read_line(&ps, line);
	close_key(&ps);
	if (!err)
		err = ini_check_names(&ini);
	if (err)
		ini_clear(&ini);
	*ret = ini;
	return err;
}

void ini_clear(struct ini *ini)
{
	for (size_t i = 0; i < ini->n_sections; i++) {
		struct ini_section *section = &ini->sections[i];

		for (size_t k = 0; k < section->n_keys; k++) {
			struct ini_key *key = &section->keys[k];

			for (size_t j = 0; j < key->n_pairs; j++) {
				free(key->pairs[j].name);
				wipe(key->pairs[j].value);
			}
			free(key->pairs);
			free(key->name);
			wipe(key->value);
		}
		free(section->keys);
		free(section->name);
	}
	free(ini->sections);
	free(ini->path);
	*ini = (struct ini){ 0 };
}

static const struct ini_key *find_in(const struct ini_section *section, const char *key)
{
	for (size_t i = 0; section && i < section->n_keys; i++)
		if (strcmp(section->keys[i].name, key) == 0)
			return &section->keys[i];
	return NULL;
}

const struct ini_key *ini_find(const struct ini *ini, const struct ini_section *section,
			       const char *key)
{
	const struct ini_key *own = find_in(section, key);

	return own || !section ? own : find_in(ini->inherited, key);
}

const char *ini_pair_value(const struct ini_key *key, const char *name)
{
	for (size_t i = key ? key->n_pairs : 0; i > 0; i--)
		if (strcmp(key->pairs[i - 1].name, name) == 0)
			return key->pairs[i - 1].value;
	return NULL;
}
