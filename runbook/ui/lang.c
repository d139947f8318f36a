/* The choice of language, and the table of messages (lang.def). */
#include "runbook/ui/lang.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool japanese;

const struct lang_row lang_rows[] = {
#define LANG(en, ja) { en, ja },
#include "runbook/ui/lang.def"
#undef LANG
	{ NULL, NULL },
};

static const char *locale_name(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

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

bool lang_choose(const char *name)
{
	if (!name) {
		const char *l = locale_name();

		japanese = text_starts_with(l, "ja") && (!l[2] || strchr("_.@", l[2]));
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

const char *step_title(const struct step *step)
{
	return lang_is_japanese() && step->title_ja ? step->title_ja : step->title;
}
