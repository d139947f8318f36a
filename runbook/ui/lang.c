/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of language, and the table of messages (lang.def). */
#include "runbook/ui/lang.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool japanese;

const struct lang_row lang_rows[] = {
#define LANG(en, ja) { en, ja },
#include "runbook/ui/lang.def"
#undef LANG
	{ NULL, NULL },
};

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

bool lang_choose(const char *name)
{
	if (!name) {
		japanese = is_japanese_utf8();
		return true;
	}
	if (!text_eq(name, "en") && !text_eq(name, "ja"))
		return false;
	japanese = text_eq(name, "ja");
	return true;
}

bool lang_is_japanese(void)
{
	return japanese;
}

const char *tr(const char *en)
{
	if (!japanese)
		return en;
	for (const struct lang_row *r = lang_rows; r->en; r++)
		if (strcmp(r->en, en) == 0)
			return r->ja;
	return en;
}

const char *tr_n(size_t n, const char *one, const char *many)
{
	return tr(n == 1 ? one : many);
}

const char *step_title(const struct step *step)
{
	return lang_is_japanese() && step->title_ja ? step->title_ja : step->title;
}
