/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking, renewing and giving back the lease of a stack.  The steps have the names that the model
 * of the protocol (tests/model/lease.pml) gives them: take, renew, fence (home_log.c), release.
 */
#include "runbook/record/home_lease.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

enum {
	TRIES = 8,
	SLACK_S = 2, /* S3's dates have whole seconds */
	/* A call to AWS is given up after a minute (net/http.h): one that is sent while so much of
	 * the lease is left has ended when somebody else may take it. */
	CALL_S = 60,
	PROVED_MS = 2000,
	PROVED_PART = 20, /* of a shorter lease */
};

/* What the object says. */
struct lease_seen {
	bool there, held;
	char *moved_to; /* NULL: it was not */
	char *etag, *who, *host, *place, *writer, *since;
	int64_t pid, epoch, length_s;
	int64_t age_s; /* since it was written, by S3's clock; -1: S3 does not say */
};

static void seen_clear(struct lease_seen *s)
{
	free(s->etag);
	free(s->moved_to);
	free(s->who);
	free(s->host);
	free(s->place);
	free(s->writer);
	free(s->since);
	*s = (struct lease_seen){ 0 };
}
#define auto_seen CLEANUP(seen_clear) struct lease_seen

/* A text of the object's, for people: it came from outside. */
static char *shown(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text_printable(text, strlen(text), 80) : xstrdup("?");
}

static struct rb_error *understand(const struct home_s3 *h, const char *key,
				   const struct s3_content *content, struct lease_seen *ret)
{
	json_t *o;

	seen_clear(ret);
	ret->there = content->etag != NULL;
	if (!ret->there)
		return NULL;
	o = json_loadb(content->body.p, content->body.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_integer(json_object_get(o, "epoch"))) {
		json_decref(o);
		return rb_error_why(
			rb_error_new(RB_DAMAGED, "the lease '%s' of '%s' is damaged", key, h->url),
			"it is no record of who holds the stack");
	}
	*ret = (struct lease_seen){
		.there = true,
		.held = text_eq(json_string_value(json_object_get(o, "state")), "held"),
		.etag = xstrdup(content->etag),
		.moved_to = xstrdup_or_null(json_string_value(json_object_get(o, "to"))),
		.who = shown(o, "operator"),
		.host = shown(o, "host"),
		.place = shown(o, "place"),
		.writer = shown(o, "writer"),
		.since = shown(o, "since"),
		.pid = json_integer_value(json_object_get(o, "pid")),
		.epoch = json_integer_value(json_object_get(o, "epoch")),
		.length_s = json_integer_value(json_object_get(o, "length_s")),
		.age_s = content->now_utc_s && content->modified_utc_s
				 ? content->now_utc_s - content->modified_utc_s
				 : -1,
	};
	json_decref(o);
	return NULL;
}

static struct rb_error *look(struct home_s3 *h, const char *key, int64_t *ret_now_utc_s,
			     struct lease_seen *ret)
{
	auto_s3_content content = S3_CONTENT_INIT;
	struct rb_error *err =
		s3_get_content(h->client, h->place.bucket, key, HOME_OBJECT_MAX, &content);

	if (rb_error_is(err, RB_GONE) && !rb_error_is_aws(err, "NoSuchBucket"))
		err = rb_error_free(err);
	TRY(err);
	if (content.now_utc_s)
		*ret_now_utc_s = content.now_utc_s;
	return understand(h, key, &content, ret);
}

static char *who_of(const struct lease_seen *s)
{
	return xasprintf("%s on %s, process %lld, since %s", s->who, s->host, (long long)s->pid,
			 s->since);
}

static bool ran_out(const struct lease_seen *s)
{
	return s->age_s > s->length_s + SLACK_S;
}

static struct rb_error *is_held(const char *stack, const struct lease_seen *s)
{
	autofree char *who = who_of(s);
	int64_t left_s = s->length_s + SLACK_S - s->age_s;
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' is in use", stack);

	err = rb_error_why(err, "it is held by %s", who);
	if (s->age_s < 0)
		return rb_error_hint(err, "wait for it; --take-over takes it at once, and whoever "
					  "holds it can change nothing any more");
	return rb_error_hint(err,
			     "wait for it; unless it is renewed its lease runs out in %lld s; "
			     "--take-over takes it at once, and whoever holds it can change "
			     "nothing any more",
			     (long long)(left_s > 0 ? left_s : 0));
}

/* ---- the object ----------------------------------------------------------- */

static char *host_name(void)
{
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	return text_printable(host, strlen(host), 64);
}

static char *operator_name(void)
{
	const struct passwd *user;
	const char *name = home_configured()->operator_name;

	if (!name)
		name = getenv("LOGNAME");
	if (!name || !*name) {
		user = getpwuid(geteuid());
		name = user ? user->pw_name : "?";
	}
	return text_printable(name, strlen(name), 200);
}

static void make_text(const struct home_lease *l, const char *state, struct buf *ret)
{
	autofree char *host = host_name(), *who = operator_name();
	const char *command = home_configured()->command;
	char nonce[37];
	json_t *o;
	char *text;

	home_s3_uuid(nonce);
	o = json_pack("{s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:s*, s:s, s:I}", "format", 1,
		      "state", state, "epoch", (json_int_t)l->epoch, "writer", l->writer, "nonce",
		      nonce, "operator", who, "host", host, "place", l->place, "pid",
		      (json_int_t)getpid(), "command", command, "since", l->since, "length_s",
		      (json_int_t)l->home->place.lease_s);
	if (l->moved_to)
		json_object_set_new(o, "to", json_string(l->moved_to));
	text = json_dumps(o, JSON_INDENT(1));
	if (!text)
		abort();
	(void)buf_adds(ret, text);
	free(text);
	json_decref(o);
}

/* A name for the stack's folder on this machine, made once. */
static struct rb_error *place_of(const char *local, char **ret)
{
	autofree char *path = file_join(local, "place");
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(path, 64, &text);
	char uuid[37];

	if (!err && text.n == 36) {
		*ret = xstrdup(text.p);
		return NULL;
	}
	(void)rb_error_free(err);
	home_s3_uuid(uuid);
	TRY(file_write_atomic(path, uuid, 36, 0600));
	*ret = xstrdup(uuid);
	return NULL;
}

/* ---- take ----------------------------------------------------------------- */

/*
 * The holder is not alive: it worked in this very folder, whose lock we have now.
 */
static bool ended_here(const struct home_lease *l, const struct lease_seen *s)
{
	autofree char *host = host_name();

	return text_eq(s->place, l->place) && text_eq(s->host, host);
}

/* It is this holder's after all: a renewal whose answer never came. */
static bool is_own(const struct home_lease *l, const struct s3_content *other)
{
	auto_seen s = { 0 };

	(void)rb_error_free(understand(l->home, l->key, other, &s));
	return s.there && s.held && text_eq(s.writer, l->writer);
}

static struct rb_error *write_lease(struct home_lease *l, const char *state, bool first,
				    bool *ret_ours, struct s3_content *ret_other)
{
	auto_buf text = BUF_INIT;
	int64_t sent_ms = clock_boot_ms();

	make_text(l, state, &text);
	if (first) {
		TRY(home_s3_create(l->home, l->key, &text, &l->etag, ret_ours, ret_other));
	} else {
		TRY(home_s3_replace(l->home, l->key, &text, &l->etag, ret_ours, ret_other));
		if (!*ret_ours && is_own(l, ret_other)) {
			set_str(&l->etag, ret_other->etag);
			TRY(home_s3_replace(l->home, l->key, &text, &l->etag, ret_ours, ret_other));
		}
	}
	if (*ret_ours)
		l->sent_ms = l->proved_ms = sent_ms;
	return NULL;
}

static struct rb_error *try_take(struct home_lease *l, bool *ret_taken, char **ret_from)
{
	auto_s3_content other = S3_CONTENT_INIT;
	auto_seen s = { 0 };
	int64_t now_utc_s = clock_utc_s();

	TRY(look(l->home, l->key, &now_utc_s, &s));
	if (s.moved_to) {
		set_str(&l->moved_to, s.moved_to);
		return rb_error_new(RB_USAGE, "stack '%s' was moved", l->stack);
	}
	if (s.held && !ran_out(&s) && !ended_here(l, &s) && !home_configured()->take_over)
		return is_held(l->stack, &s);
	l->epoch = s.epoch + 1;
	clock_iso8601(now_utc_s, l->since);
	set_str(&l->etag, s.etag);
	TRY(write_lease(l, "held", !s.there, ret_taken, &other));
	free(*ret_from);
	*ret_from = *ret_taken && s.held && !ended_here(l, &s) ? who_of(&s) : NULL;
	return NULL;
}

struct rb_error *home_lease_take(struct home_s3 *h, const char *stack, const char *local,
				 struct home_lease *ret, char **ret_from)
{
	bool taken = false;

	*ret = (struct home_lease){ .home = h, .stack = xstrdup(stack) };
	ret->key = home_s3_key(h, stack, "lease");
	home_s3_uuid(ret->writer);
	TRY(place_of(local, &ret->place));
	for (int i = 0; i < TRIES && !taken; i++) /* whoever was faster is looked at */
		TRY(try_take(ret, &taken, ret_from));
	if (!taken)
		return rb_error_hint(
			rb_error_why(rb_error_new(RB_LOCKED, "stack '%s' is in use", stack),
				     "several try to take it at once"),
			"wait a moment");
	ret->held = true;
	return NULL;
}

/* ---- renew ---------------------------------------------------------------- */

static int64_t left_ms(const struct home_lease *l)
{
	return l->home->place.lease_s * 1000 - (clock_boot_ms() - l->sent_ms);
}

bool home_lease_is_due(const struct home_lease *l)
{
	return left_ms(l) < l->home->place.lease_s * 1000 * 2 / 3;
}

bool home_lease_covers_a_call(const struct home_lease *l)
{
	int64_t half_ms = l->home->place.lease_s * 500;

	return left_ms(l) >= (half_ms < CALL_S * 1000 ? half_ms : CALL_S * 1000);
}

bool home_lease_is_proved(const struct home_lease *l)
{
	int64_t part_ms = l->home->place.lease_s * 1000 / PROVED_PART;

	return clock_boot_ms() - l->proved_ms <= (part_ms < PROVED_MS ? part_ms : PROVED_MS);
}

struct rb_error *home_lease_lost(struct home_lease *l)
{
	auto_seen s = { 0 };
	int64_t now_utc_s = 0;
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' was taken over", l->stack);

	l->lost = true;
	l->held = false;
	(void)rb_error_free(look(l->home, l->key, &now_utc_s, &s));
	if (s.there && !text_eq(s.writer, l->writer)) {
		autofree char *who = who_of(&s);

		err = rb_error_why(err, "its lease ran out here, and it is held by %s", who);
	} else {
		err = rb_error_why(err, "another runbook has written to its log");
	}
	return rb_error_hint(err, "nothing more is changed from here; what comes next is up to "
				  "who holds it");
}

struct rb_error *home_lease_renew(struct home_lease *l)
{
	auto_s3_content other = S3_CONTENT_INIT;
	struct rb_error *err;
	bool ours = false;

	while (l->renewing) /* by another task, which is not waited for long */
		loop_sleep_steadily(l->home->loop, 5);
	if (l->lost)
		return home_lease_lost(l);
	l->renewing = true;
	err = write_lease(l, "held", /* first= */ false, &ours, &other);
	l->renewing = false;
	return err || ours ? err : home_lease_lost(l);
}

struct rb_error *home_lease_raise(struct home_lease *l, int64_t epoch)
{
	if (l->epoch > epoch)
		return NULL;
	l->epoch = epoch + 1;
	return home_lease_renew(l);
}

struct rb_error *home_lease_mark_moved(struct home_lease *l, const char *to)
{
	auto_s3_content other = S3_CONTENT_INIT;
	bool ours = false;

	set_str(&l->moved_to, to);
	TRY(write_lease(l, "moved", /* first= */ false, &ours, &other));
	if (!ours)
		return home_lease_lost(l);
	l->held = false;
	return NULL;
}

/* ---- release -------------------------------------------------------------- */

void home_lease_close(struct home_lease *l)
{
	auto_s3_content other = S3_CONTENT_INIT;
	bool ours = false;

	if (l->held)
		(void)rb_error_free(write_lease(l, "released", /* first= */ false, &ours, &other));
	free(l->stack);
	free(l->key);
	free(l->etag);
	free(l->place);
	free(l->moved_to);
	*l = (struct home_lease){ 0 };
}

char *home_lease_holder(struct home_s3 *h, const char *stack, char **ret_pid)
{
	autofree char *key = home_s3_key(h, stack, "lease");
	auto_seen s = { 0 };
	int64_t now_utc_s = 0;

	(void)rb_error_free(look(h, key, &now_utc_s, &s));
	if (!s.there || !s.held || ran_out(&s))
		return NULL;
	if (ret_pid)
		*ret_pid = xasprintf("%lld", (long long)s.pid);
	return who_of(&s);
}
