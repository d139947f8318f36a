/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of language, and the messages in it. */
#include "runbook/ui/lang.h"

#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/program.h"
#include "base/text.h"
#include "runbook/ui/catalogue.h"

/* Beside the folder of the program, where it was built as where it was installed. */
#define CATALOGUE "share/locale/ja/LC_MESSAGES/runbook.mo"
enum {
	CATALOGUE_MAX = 8 << 20,
	RECORDED_LETTERS_MIN = 8,
};

static bool japanese;
static struct catalogue *catalogue; /* read once, when Japanese is chosen; kept to the end */

/* The first of LC_ALL, `category` and LANG that is set, as setlocale(3) has it. */
static const char *locale_name(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return v;
	}
	return "C";
}

bool lang_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	if (japanese)
		return true; /* our Japanese is UTF-8, whatever the locale says */
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
	}
	return false;
}

/* "ja_JP.eucJP@x": nothing says that its character set is another one than UTF-8. */
static bool can_show_utf8(const char *locale)
{
	const char *set = strchr(locale, '.');
	locale_t known = newlocale(LC_CTYPE_MASK, locale, (locale_t)0);
	bool yes;

	if (known) { /* it is installed: "ja_JP" alone is EUC-JP with the GNU C library */
		yes = text_eq_nocase(nl_langinfo_l(CODESET, known), "UTF-8");
		freelocale(known);
		/* No language, so no word about the terminal: LC_ALL unset,
		 * LC_MESSAGES=ja_JP.UTF-8. */
		return yes || !strcmp(locale, "C") || !strcmp(locale, "POSIX");
	}
	if (!set)
		return true;
	set++;
	return (text_eq_nocase(set, "utf8") || text_eq_nocase(set, "utf-8")) ||
	       ((strncasecmp(set, "utf8@", 5) == 0) || strncasecmp(set, "utf-8@", 6) == 0);
}

/* The messages are UTF-8: a terminal with another character set would show none of them. */
static bool is_japanese_utf8(void)
{
	const char *l = locale_name("LC_MESSAGES");

	return text_starts_with(l, "ja") && (!l[2] || strchr("_.@", l[2])) && can_show_utf8(l) &&
	       can_show_utf8(locale_name("LC_CTYPE"));
}

struct rb_error *lang_load(const char *path)
{
	auto_buf bytes = BUF_INIT;
	struct catalogue *c;

	TRY(file_read(path, CATALOGUE_MAX, &bytes));
	TRY(rb_error_what(catalogue_read(&bytes, &c), "cannot use '%s'", path));
	catalogue_free(catalogue);
	catalogue = c;
	return NULL;
}

/* The program is PREFIX/bin/NAME. */
static struct rb_error *load_ours(void)
{
	autofree char *program = NULL;
	autofree char *path = NULL;
	char *end;

	TRY(program_path(&program));
	for (int i = 0; i < 2 && (end = strrchr(program, '/')); i++)
		*end = '\0';
	path = file_join(program, CATALOGUE);
	return lang_load(path);
}

struct rb_error *lang_choose(enum lang lang)
{
	bool asked = lang == LANG_JA;

	japanese = asked || (lang == LANG_OF_LOCALE && is_japanese_utf8());
	if (japanese && !catalogue) {
		struct rb_error *err = load_ours();

		japanese = !err;
		if (asked)
			return err;
		(void)rb_error_free(err);
	}
	return NULL;
}

bool lang_named(const char *name, enum lang *ret)
{
	*ret = text_eq(name, "ja") ? LANG_JA : LANG_EN;
	return text_eq(name, "ja") || text_eq(name, "en");
}

bool lang_is_japanese(void)
{
	return japanese;
}

const char *tr(const char *en)
{
	const char *ja = japanese && *en ? catalogue_find(catalogue, en) : NULL;

	return ja ? ja : en;
}

const char *tr_n(size_t n, const char *one, const char *many)
{
	const char *ja = japanese ? catalogue_find(catalogue, one) : NULL;

	if (ja)
		return ja; /* no plural in Japanese */
	return n == 1 ? one : many;
}

char *tr_said(const struct said *said)
{
	return said_in(said, tr);
}

char *tr_text(const char *text)
{
	const struct said *said = text ? said_of(text) : NULL;

	return said ? tr_said(said) : xstrdup(text ? text : "");
}

/* Letters that are the format's own: a format with few of them would fit anything. */
static size_t letters_of(const char *fmt)
{
	size_t n = 0;

	for (; *fmt; fmt++) {
		if (*fmt == '%')
			fmt += strcspn(fmt + 1, "%sdiuxgfc") + 1;
		else
			n += isalpha((unsigned char)*fmt) != 0;
		if (!*fmt)
			break;
	}
	return n;
}

/* A value of a recorded sentence: one with blanks may be a sentence itself, others are codes. */
static char *recorded_value(const char *value)
{
	return strchr(value, ' ') ? tr_recorded(value) : xstrdup(value);
}

/* Of the formats that fit, the one that says most itself; NULL: none does. */
static struct said *recorded_sentence(const char *text)
{
	struct said *best = NULL;
	size_t letters, most = RECORDED_LETTERS_MIN - 1;
	const char *fmt;

	for (size_t i = 0; (fmt = catalogue_message(catalogue, i)); i++) {
		if ((*fmt != '%' && *fmt != *text) || !strchr(fmt, '%'))
			continue;
		letters = letters_of(fmt);
		if (letters > most) {
			struct said *said = said_parse(fmt, text);

			if (!said)
				continue;
			said_free(best);
			best = said;
			most = letters;
		}
	}
	return best;
}

char *tr_recorded(const char *text)
{
	auto_said *said = NULL, *values = NULL;

	if (!japanese || !text || !*text)
		return xstrdup(text ? text : "");
	if (catalogue_find(catalogue, text))
		return xstrdup(tr(text));
	said = recorded_sentence(text);
	if (!said)
		return xstrdup(text);
	values = said_mapped(said, recorded_value);
	return tr_said(values);
}

struct said *lang_recorded_said(const char *text)
{
	struct said *said = japanese && text && *text && !catalogue_find(catalogue, text)
				    ? recorded_sentence(text)
				    : NULL;

	return said ? said : said_new("%-s", text ? text : "");
}

char *tr_error(const struct rb_error *err, enum rb_field field)
{
	return tr_said(err->said[field]);
}

char *tr_reason(const struct rb_error *err)
{
	autofree char *what = tr_error(err, RB_WHAT);
	autofree char *why = tr_error(err, RB_WHY);

	return xasprintf("%s%s%s", what ? what : "", what && why ? ": " : "", why ? why : "");
}

const char *step_title(const struct step *step)
{
	return tr(step->title);
}
