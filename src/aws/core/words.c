/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass, one state: outside words, in a word, in '...' or in "...".
 * Within double quotes a backslash escapes only '"' and itself, as in a shell
 * without variables.
 */
#include "aws/core/words.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word from *s on, up to a blank or the end. */
static bool take_word(const char **s, struct buf *word)
{
	const char *p = *s;
	char quote = '\0';

	for (; *p && (quote || !is_blank(*p)); p++) {
		if (quote && *p == quote) {
			quote = '\0';
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == '\\' && quote != '\'') {
			if (!p[1])
				return false;
			if (!quote || p[1] == '"' || p[1] == '\\')
				p++;
			(void)buf_addc(word, *p);
		} else {
			(void)buf_addc(word, *p);
		}
	}
	*s = p;
	return !quote;
}

bool words_split(const char *s, struct strv *ret)
{
	auto_strv words = { 0 };

	for (;;) {
		auto_buf word = BUF_INIT;

		while (is_blank(*s))
			s++;
		if (!*s)
			break;
		if (!take_word(&s, &word))
			return false;
		strv_add_owned(&words, buf_steal(&word));
	}
	for (size_t i = 0; i < words.n; i++)
		strv_add(ret, words.v[i]);
	return true;
}
