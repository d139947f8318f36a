/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that are known to exist, so that one NotFound for them is not believed at once. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/client.h"
#include "aws/core/session.h"
#include "base/alloc.h"
#include "base/clock.h"

static bool is_recent(const struct aws_session *s, const struct known_id *k)
{
	return (double)(clock_mono_ms() - k->born_ms) * s->speed < SETTLE_MS;
}

static void forget_at(struct aws_session *s, size_t i)
{
	free(s->known[i].id);
	s->known[i] = s->known[--s->n_known];
}

static struct known_id *find_known(const struct aws_session *s, const char *id)
{
	for (size_t i = 0; i < s->n_known; i++)
		if (strcmp(s->known[i].id, id) == 0)
			return &s->known[i];
	return NULL;
}

void aws_session_forget_id(struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	if (k)
		forget_at(s, (size_t)(k - s->known));
}

static struct known_id *know(struct aws_session *s, const char *id)
{
	struct known_id *k = find_known(s, id);

	if (k)
		return k;
	s->known = xreallocarray(s->known, s->n_known + 1, sizeof(*s->known));
	k = &s->known[s->n_known++];
	*k = (struct known_id){ .id = xstrdup(id), .born_ms = INT64_MIN / 2 };
	return k;
}

static void drop_settled(struct aws_session *s)
{
	for (size_t i = s->n_known; i-- > 0;)
		if (!is_recent(s, &s->known[i]) && !s->known[i].expected)
			forget_at(s, i);
}

void aws_session_note_id(struct aws_session *s, const char *id, int64_t age_s)
{
	know(s, id)->born_ms = clock_mono_ms() - age_s * 1000;
	drop_settled(s);
}

void aws_session_expect_id(struct aws_session *s, const char *id)
{
	know(s, id)->expected = true;
}

bool session_id_is_recent(struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	return k && is_recent(s, k);
}

bool session_id_is_expected(const struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	return k && k->expected;
}

static bool is_id_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool names_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; n && (at = strstr(at, word)); at++)
		if ((at == text || !is_id_char(at[-1])) && !is_id_char(at[n]))
			return true;
	return false;
}

const char *session_recent_id_in(struct aws_session *s, const char *text)
{
	drop_settled(s);
	for (size_t i = 0; text && i < s->n_known; i++)
		if (is_recent(s, &s->known[i]) && names_word(text, s->known[i].id))
			return s->known[i].id;
	return NULL;
}

const char *session_expected_id_in(struct aws_session *s, const char *text)
{
	for (size_t i = 0; text && i < s->n_known; i++)
		if (s->known[i].expected && names_word(text, s->known[i].id))
			return s->known[i].id;
	return NULL;
}
