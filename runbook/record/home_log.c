/* SPDX-License-Identifier: Apache-2.0 */
/* The batches of a run's log: read and checked, written, and made one when the run is over. */
#include "runbook/record/home_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { FORMAT = 2 };

static const char no_sum[] = "0000000000000000000000000000000000000000000000000000000000000000";

char *home_log_name(const struct home_s3 *h, const char *stack, const char *run)
{
	return xasprintf("%s/%s/%s/log", h->url, stack, run);
}

static struct rb_error *damaged(const struct home_s3 *h, const char *key, const char *why)
{
	struct rb_error *err =
		rb_error_new(RB_DAMAGED, "the journal in '%s' is damaged at '%s'", h->url, key);

	err = rb_error_why(err, "%-s", why);
	return rb_error_hint(err, "nothing was touched; the bucket's versions have what was there: "
				  "restore the object (aws s3api list-object-versions)");
}

/* ---- reading -------------------------------------------------------------- */

/* The first line of an object of ours; *ret_lines: what follows it. */
static json_t *head_of(const struct buf *content, const char **ret_lines)
{
	const char *end = memchr(content->p, '\n', content->n);
	json_t *head = end ? json_loadb(content->p, (size_t)(end - content->p),
					JSON_REJECT_DUPLICATES, NULL)
			   : NULL;

	*ret_lines = end ? end + 1 : NULL;
	return head;
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static const char *batch_fault(const json_t *head, int64_t number, const struct home_log_end *end)
{
	if (!head)
		return N_("it is no batch of records");
	if (json_integer_value(json_object_get(head, "format")) != FORMAT)
		return N_("it has a format that this runbook does not know");
	if (json_integer_value(json_object_get(head, "batch")) != number)
		return N_("its number is not the object's");
	if (number != end->batch + 1)
		return N_("the batch before it is missing");
	if (strcmp(text_of(head, "prev"), end->prev) != 0)
		return N_("it does not follow the batch before it");
	if (json_integer_value(json_object_get(head, "epoch")) < end->epoch)
		return N_("its writer had lost the stack before");
	return NULL;
}

static struct rb_error *take_batch(const struct home_s3 *h, const char *key,
				   const struct buf *content, struct buf *ret,
				   struct home_log_end *end)
{
	const char *lines;
	json_t *head = head_of(content, &lines);
	const char *fault = batch_fault(head, home_s3_number(key), end);
	struct rb_error *err = fault ? damaged(h, key, fault) : NULL;

	if (!err) {
		(void)buf_add(ret, lines, content->n - (size_t)(lines - content->p));
		end->batch++;
		end->epoch = json_integer_value(json_object_get(head, "epoch"));
		(void)snprintf(end->nonce, sizeof(end->nonce), "%s", text_of(head, "nonce"));
		text_sha256_hex(content->p, content->n, end->prev);
	}
	json_decref(head);
	return err;
}

/* A whole log: what its head says of its last batch is where the rest goes on. */
static struct rb_error *take_whole(const struct home_s3 *h, const char *key,
				   const struct buf *content, struct buf *ret,
				   struct home_log_end *end)
{
	const char *lines;
	json_t *head = head_of(content, &lines);
	const char *fault = NULL;
	char sum[65];

	if (!head || json_integer_value(json_object_get(head, "format")) != FORMAT ||
	    json_integer_value(json_object_get(head, "through")) != home_s3_number(key)) {
		fault = N_("it is no whole log");
	} else {
		text_sha256_hex(lines, content->n - (size_t)(lines - content->p), sum);
		if (strcmp(sum, text_of(head, "sha256")) != 0)
			fault = N_("its checksum does not agree");
	}
	if (!fault) {
		(void)buf_add(ret, lines, content->n - (size_t)(lines - content->p));
		end->batch = home_s3_number(key);
		end->epoch = json_integer_value(json_object_get(head, "epoch"));
		(void)snprintf(end->prev, sizeof(end->prev), "%.64s", text_of(head, "prev"));
	}
	json_decref(head);
	return fault ? damaged(h, key, fault) : NULL;
}

/* Every key of the run, sorted: log/... before whole/... . */
static struct rb_error *list_run(struct home_s3 *h, const char *stack, const char *run,
				 struct strv *ret_batches, char **ret_whole)
{
	autofree char *prefix = home_s3_key(h, stack, "%s/", run);
	auto_strv keys = { 0 };
	size_t n = strlen(prefix);

	TRY(s3_list_keys(h->client, h->place.bucket, prefix, NULL, NULL, &keys));
	for (size_t i = 0; i < keys.n; i++) {
		if (!home_s3_number(keys.v[i]))
			continue;
		if (text_starts_with(keys.v[i] + n, "log/"))
			strv_add(ret_batches, keys.v[i]);
		else if (text_starts_with(keys.v[i] + n, "whole/"))
			set_str(ret_whole, keys.v[i]);
	}
	return NULL;
}

static void drop_up_to(struct strv *batches, int64_t through)
{
	struct strv rest = { 0 };

	for (size_t i = 0; i < batches->n; i++)
		if (home_s3_number(batches->v[i]) > through)
			strv_add(&rest, batches->v[i]);
	strv_clear(batches);
	*batches = rest;
}

static struct rb_error *take_all(struct home_s3 *h, const struct strv *keys, const char *whole,
				 const struct buf *contents, struct buf *ret,
				 struct home_log_end *end)
{
	size_t first = 0;

	if (whole)
		TRY(take_whole(h, keys->v[first++], &contents[0], ret, end));
	end->from = end->batch + 1;
	for (size_t i = first; i < keys->n; i++)
		TRY(take_batch(h, keys->v[i], &contents[i], ret, end));
	return NULL;
}

struct rb_error *home_log_read(struct home_s3 *h, const char *stack, const char *run,
			       struct buf *ret, struct home_log_end *ret_end)
{
	auto_strv batches = { 0 }, keys = { 0 };
	autofree char *whole = NULL;
	struct rb_error *err;
	struct buf *contents;
	size_t covered = 0;

	memset(ret_end, 0, sizeof(*ret_end));
	memcpy(ret_end->prev, no_sum, sizeof(no_sum));
	buf_reset(ret);
	TRY(list_run(h, stack, run, &batches, &whole));
	if (whole) {
		covered = batches.n;
		drop_up_to(&batches, home_s3_number(whole));
		covered -= batches.n;
		strv_add(&keys, whole);
	}
	for (size_t i = 0; i < batches.n; i++)
		strv_add(&keys, batches.v[i]);
	ret_end->covered = covered;
	contents = xcalloc(keys.n + 1, sizeof(*contents));
	for (size_t i = 0; i < keys.n; i++)
		buf_init(&contents[i]);
	err = home_s3_read_all(h, &keys, contents);
	if (!err)
		err = take_all(h, &keys, whole, contents, ret, ret_end);
	for (size_t i = 0; i < keys.n; i++)
		buf_clear(&contents[i]);
	free(contents);
	return err;
}

/* ---- writing -------------------------------------------------------------- */

static struct rb_error *number_taken(struct home_lease *lease, const char *key,
				     const struct s3_content *other, bool *ret_stale)
{
	const char *lines;
	json_t *head = head_of(&other->body, &lines);
	int64_t epoch = json_integer_value(json_object_get(head, "epoch"));
	bool readable = head != NULL;

	json_decref(head);
	if (!readable && other->etag)
		return damaged(lease->home, key, N_("it is no batch of records"));
	if (ret_stale && epoch < lease->epoch) {
		*ret_stale = true;
		return NULL;
	}
	return home_lease_lost(lease);
}

struct rb_error *home_log_append(struct home_lease *lease, const char *run,
				 struct home_log_end *end, const struct buf *lines, bool *ret_stale)
{
	autofree char *key = home_s3_key(lease->home, lease->stack, "%s/log/%010lld", run,
					 (long long)end->batch + 1);
	auto_s3_content other = S3_CONTENT_INIT;
	auto_buf text = BUF_INIT;
	int64_t sent_ms = clock_boot_ms();
	char nonce[37];
	bool ours = false;

	home_s3_uuid(nonce);
	(void)buf_addf(&text,
		       "{\"format\":%d,\"batch\":%lld,\"epoch\":%lld,\"writer\":\"%s\","
		       "\"nonce\":\"%s\",\"prev\":\"%s\"}\n",
		       FORMAT, (long long)end->batch + 1, (long long)lease->epoch, lease->writer,
		       nonce, end->prev);
	(void)buf_add(&text, lines->p, lines->n);
	TRY(home_s3_create(lease->home, key, &text, NULL, &ours, &other));
	if (!ours)
		return number_taken(lease, key, &other, ret_stale);
	lease->proved_ms = sent_ms;
	end->batch++;
	end->epoch = lease->epoch;
	text_sha256_hex(text.p, text.n, end->prev);
	memcpy(end->nonce, nonce, sizeof(nonce));
	return NULL;
}

/* ---- a run that is over --------------------------------------------------- */

struct rb_error *home_log_make_whole(struct home_lease *lease, const char *run,
				     const struct home_log_end *end, const struct buf *text)
{
	autofree char *key = home_s3_key(lease->home, lease->stack, "%s/whole/%010lld", run,
					 (long long)end->batch);
	auto_s3_content other = S3_CONTENT_INIT;
	auto_buf whole = BUF_INIT;
	bool ours = false;
	char sum[65];

	text_sha256_hex(text->p, text->n, sum);
	(void)buf_addf(&whole,
		       "{\"format\":%d,\"through\":%lld,\"epoch\":%lld,\"writer\":\"%s\","
		       "\"prev\":\"%s\",\"sha256\":\"%s\"}\n",
		       FORMAT, (long long)end->batch, (long long)end->epoch, lease->writer,
		       end->prev, sum);
	(void)buf_add(&whole, text->p, text->n);
	return home_s3_create(lease->home, key, &whole, NULL, &ours, &other);
}

struct rb_error *home_log_compact(struct home_s3 *h, const char *stack, const char *run,
				  int64_t age_s)
{
	autofree char *whole = NULL;
	auto_strv batches = { 0 };
	auto_s3_content content = S3_CONTENT_INIT;
	struct home_log_end end = { 0 };
	auto_buf text = BUF_INIT;

	TRY(list_run(h, stack, run, &batches, &whole));
	if (!whole || !batches.n)
		return NULL;
	TRY(s3_get_content(h->client, h->place.bucket, whole, HOME_OBJECT_MAX, &content));
	if (!content.now_utc_s || content.now_utc_s - content.modified_utc_s < age_s)
		return NULL;
	TRY(take_whole(h, whole, &content.body, &text, &end)); /* nothing goes before it is read */
	for (size_t i = 0; i < batches.n; i++)
		if (home_s3_number(batches.v[i]) <= end.batch)
			TRY(s3_delete_object(h->client, h->place.bucket, NULL, batches.v[i], NULL));
	return NULL;
}
