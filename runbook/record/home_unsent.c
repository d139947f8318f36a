/* SPDX-License-Identifier: Apache-2.0 */
/* What could not be written to the bucket: kept in a file here, and found by the next command. */
#include "runbook/record/home_store_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/* The checksum at the end of `n` bytes of whole lines. */
enum {
	SUM_HEX = 16,
	LINE_END = 3, /* of a record behind its sum: "} and the newline */
};

static const char *last_sum(const char *text, size_t n)
{
	return n < SUM_HEX + LINE_END ? "" : text + n - SUM_HEX - LINE_END;
}

/* Without a word when that fails, too: the error that led here says what matters. */
void home_unsent_keep(struct home_store *s)
{
	autofree char *path = home_store_path(s, "unsent.jsonl");
	auto_buf out = BUF_INIT;

	if (s->kept || (!s->flying.n && !s->pending.n))
		return;
	(void)buf_addf(&out, "{\"run\":\"%s\",\"behind\":%zu,\"sum\":\"%.16s\"}\n", s->run,
		       s->text.n, last_sum(s->text.p, s->text.n));
	(void)buf_add(&out, s->flying.p, s->flying.n);
	(void)buf_add(&out, s->pending.p, s->pending.n);
	s->kept = true;
	(void)rb_error_free(file_write_atomic(path, out.p, out.n, 0600));
}

/* The lines of `unsent` that are not in the log yet; false when the log went on without them. */
static bool rest_of(const struct home_store *s, const struct buf *unsent, struct buf *ret)
{
	const char *end = memchr(unsent->p, '\n', unsent->n);
	json_t *head = end ? json_loadb(unsent->p, (size_t)(end - unsent->p), 0, NULL) : NULL;
	const char *sum = json_string_value(json_object_get(head, "sum"));
	size_t behind = (size_t)json_integer_value(json_object_get(head, "behind"));
	size_t written = s->text.n >= behind ? s->text.n - behind : 0;
	size_t n = end ? unsent->n - (size_t)(end + 1 - unsent->p) : 0;
	bool fits = end && sum &&
		    text_eq(json_string_value(json_object_get(head, "run")), s->run) &&
		    s->text.n >= behind && written <= n &&
		    strncmp(sum, last_sum(s->text.p, behind), strlen(sum)) == 0 &&
		    memcmp(s->text.p + behind, end + 1, written) == 0;

	if (fits)
		(void)buf_add(ret, end + 1 + written, n - written);
	json_decref(head);
	return fits;
}

/* *ret: what the first batch is to hold, because an earlier command could not write it. */
struct rb_error *home_unsent_find(struct home_store *s, struct buf *ret)
{
	autofree char *path = home_store_path(s, "unsent.jsonl"), *aside = NULL;
	auto_buf unsent = BUF_INIT;
	struct rb_error *err = file_read(path, HOME_OBJECT_MAX, &unsent);

	buf_reset(ret);
	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	if (rest_of(s, &unsent, ret))
		return NULL;
	aside = xasprintf("%s/unsent-%lld.jsonl", s->dir, (long long)clock_utc_ms());
	if (rename(path, aside))
		return rb_error_sys(errno, "cannot put '%s' aside", path);
	set_str(s->set_aside, aside);
	return NULL;
}

struct rb_error *home_unsent_remove(const struct home_store *s)
{
	autofree char *path = home_store_path(s, "unsent.jsonl");

	if (unlink(path) && errno != ENOENT)
		return rb_error_sys(errno, "cannot remove '%s'", path);
	return NULL;
}
