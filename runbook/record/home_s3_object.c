/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of a home in a bucket.
 *
 * (1) Every write has a condition, so nobody overwrites what he has not seen.
 * (2) "The condition does not hold" (412) is not believed before the object was looked at: a
 *     request that is sent again because its answer was lost meets what it wrote itself.  Each
 *     object has a text that no other has, so its bytes tell.
 */
#include "runbook/record/home_s3.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/text.h"

enum { READERS = 16, NUMBER_DIGITS = 10 };

void home_s3_uuid(char out[37])
{
	autofree char *hex = text_random_hex(16);

	hex[12] = '4';
	(void)snprintf(out, 37, "%.8s-%.4s-%.4s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 17,
		       hex + 20);
}

char *home_s3_key(const struct home_s3 *h, const char *stack, const char *fmt, ...)
{
	auto_buf key = BUF_INIT;
	va_list ap;

	(void)buf_addf(&key, "%s%s%s/", h->place.prefix, *h->place.prefix ? "/" : "", stack);
	va_start(ap, fmt);
	(void)buf_vaddf(&key, fmt, ap);
	va_end(ap);
	return buf_steal(&key);
}

int64_t home_s3_number(const char *key)
{
	const char *slash = strrchr(key, '/');
	const char *name = slash ? slash + 1 : key;
	int64_t n = 0;

	if (strlen(name) != NUMBER_DIGITS || !text_parse_i64(name, 1, INT64_MAX, &n))
		return 0;
	return n;
}

/* ---- writing ------------------------------------------------------------- */

/* (2) Is what is there what this process wrote? */
static struct rb_error *read_whose(struct home_s3 *h, const char *key, const struct buf *text,
				   bool *ret_ours, struct s3_content *ret_other)
{
	struct rb_error *err =
		s3_get_content(h->client, h->place.bucket, key, HOME_OBJECT_MAX, ret_other);

	*ret_ours = false;
	if (rb_error_is(err, RB_GONE)) {
		s3_content_clear(ret_other);
		return rb_error_is_aws(err, "NoSuchBucket") ? err : rb_error_free(err);
	}
	TRY(err);
	*ret_ours =
		ret_other->body.n == text->n && memcmp(ret_other->body.p, text->p, text->n) == 0;
	return NULL;
}

struct rb_error *home_s3_create(struct home_s3 *h, const char *key, const struct buf *text,
				char **etag, bool *ret_ours, struct s3_content *ret_other)
{
	autofree char *now = NULL;
	struct rb_error *err;

	fault_crash_point("home.create");
	err = s3_put_object_if(h->client, h->place.bucket, key, NULL, text->p, text->n, &now);
	fault_crash_point("home.created");
	if (rb_error_is(err, RB_EXISTS)) {
		(void)rb_error_free(err);
		TRY(read_whose(h, key, text, ret_ours, ret_other));
		if (*ret_ours && etag)
			set_str(etag, ret_other->etag);
		return NULL;
	}
	*ret_ours = !err;
	if (!err && etag)
		set_str(etag, now);
	return err;
}

struct rb_error *home_s3_replace(struct home_s3 *h, const char *key, const struct buf *text,
				 char **etag, bool *ret_ours, struct s3_content *ret_other)
{
	autofree char *now = NULL;
	struct rb_error *err;

	fault_crash_point("home.replace");
	err = s3_put_object_if(h->client, h->place.bucket, key, *etag, text->p, text->n, &now);
	fault_crash_point("home.replaced");
	if (rb_error_is(err, RB_EXISTS) ||
	    (rb_error_is(err, RB_GONE) && !rb_error_is_aws(err, "NoSuchBucket"))) {
		(void)rb_error_free(err);
		TRY(read_whose(h, key, text, ret_ours, ret_other));
		if (*ret_ours)
			set_str(etag, ret_other->etag);
		return NULL;
	}
	*ret_ours = !err;
	if (!err)
		set_str(etag, now);
	return err;
}

/* ---- reading side by side ------------------------------------------------ */

struct reading {
	struct home_s3 *home;
	const struct strv *keys;
	struct buf *ret;
	size_t next;
	struct rb_error *failed;
};

static const struct buf *seen(const struct home_s3 *h, const char *key)
{
	for (size_t i = h->seen_keys.n; i > 0; i--)
		if (strcmp(h->seen_keys.v[i - 1], key) == 0)
			return &h->seen_contents[i - 1];
	return NULL;
}

static void remember(struct home_s3 *h, const char *key, const struct buf *content)
{
	h->seen_contents =
		xreallocarray(h->seen_contents, h->seen_keys.n + 1, sizeof(*h->seen_contents));
	buf_init(&h->seen_contents[h->seen_keys.n]);
	(void)buf_add(&h->seen_contents[h->seen_keys.n], content->p, content->n);
	strv_add(&h->seen_keys, key);
}

static void read_some(void *arg)
{
	struct reading *r = arg;

	while (!r->failed && r->next < r->keys->n) {
		size_t i = r->next++;
		const struct buf *known = seen(r->home, r->keys->v[i]);
		auto_s3_content content = S3_CONTENT_INIT;
		struct rb_error *err;

		if (known) {
			(void)buf_add(&r->ret[i], known->p, known->n);
			continue;
		}
		err = s3_get_content(r->home->client, r->home->place.bucket, r->keys->v[i],
				     HOME_OBJECT_MAX, &content);
		if (err && r->failed)
			(void)rb_error_free(err);
		else if (err)
			r->failed = err;
		else
			(void)buf_add(&r->ret[i], content.body.p, content.body.n);
	}
}

struct rb_error *home_s3_read_all(struct home_s3 *h, const struct strv *keys, struct buf *ret)
{
	struct reading r = { .home = h, .keys = keys, .ret = ret };
	struct task *tasks[READERS] = { NULL };
	size_t n = keys->n < READERS ? keys->n : READERS;

	if (n <= 1) {
		read_some(&r);
	} else {
		for (size_t i = 0; i < n; i++)
			tasks[i] = loop_spawn(h->loop, read_some, &r);
		for (size_t i = 0; i < n; i++) {
			loop_join(h->loop, tasks[i]);
			task_free(tasks[i]);
		}
	}
	for (size_t i = 0; i < keys->n && !r.failed; i++)
		if (!seen(h, keys->v[i]))
			remember(h, keys->v[i], &ret[i]);
	return r.failed;
}
