/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking, renewing and giving back the lease of a stack.  The steps have the names that the model
 * of the protocol (tests/model/lease.pml) gives them: take, renew, fence (home_log.c), release.
 */
#include "runbook/record/home_lease.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/lease_object.h"

enum {
	TRIES = 8,
	/* A call to AWS is given up after a minute (net/http.h): one that is sent while so much of
	 * the lease is left has ended when somebody else may take it. */
	CALL_S = 60,
	PROVED_MS = 2000,
	PROVED_PART = 20, /* of a shorter lease */
};

/* ---- the object ----------------------------------------------------------- */

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
	autofree char *host = lease_host_name();

	return text_eq(s->place, l->place) && text_eq(s->host, host);
}

/* It is this holder's after all: a renewal whose answer never came. */
static bool is_own(const struct home_lease *l, const struct s3_content *other)
{
	auto_lease_seen s = { 0 };

	(void)rb_error_free(lease_understand(l->home, l->key, other, &s));
	return s.there && s.held && text_eq(s.writer, l->writer);
}

static struct rb_error *write_lease(struct home_lease *l, const char *state, bool first,
				    bool *ret_ours, struct s3_content *ret_other)
{
	auto_buf text = BUF_INIT;
	int64_t sent_ms = clock_boot_ms();

	lease_make_text(l, state, &text);
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
	auto_lease_seen s = { 0 };
	int64_t now_utc_s = clock_utc_s();

	TRY(lease_read(l->home, l->key, &now_utc_s, &s));
	if (s.moved_to) {
		set_str(&l->moved_to, s.moved_to);
		return rb_error_new(RB_USAGE, "stack '%s' was moved", l->stack);
	}
	if (s.held && !lease_ran_out(&s) && !ended_here(l, &s) && !home_configured()->take_over)
		return lease_is_held(l->stack, &s);
	l->epoch = s.epoch + 1;
	clock_iso8601(now_utc_s, l->since);
	set_str(&l->etag, s.etag);
	TRY(write_lease(l, "held", !s.there, ret_taken, &other));
	free(*ret_from);
	*ret_from = *ret_taken && s.held && !ended_here(l, &s) ? lease_holder_text(&s) : NULL;
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
	auto_lease_seen s = { 0 };
	int64_t now_utc_s = 0;
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' was taken over", l->stack);

	l->lost = true;
	l->held = false;
	(void)rb_error_free(lease_read(l->home, l->key, &now_utc_s, &s));
	if (s.there && !text_eq(s.writer, l->writer)) {
		auto_said *who = lease_holder(&s);

		err = rb_error_why(err, "its lease ran out here, and it is held by %s",
				   said_english(who));
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
	auto_lease_seen s = { 0 };
	int64_t now_utc_s = 0;

	(void)rb_error_free(lease_read(h, key, &now_utc_s, &s));
	if (!s.there || !s.held || lease_ran_out(&s))
		return NULL;
	if (ret_pid)
		*ret_pid = xasprintf("%lld", (long long)s.pid);
	return lease_holder_text(&s);
}

struct rb_error *home_lease_find_moved(struct home_s3 *h, const char *stack, char **ret_to)
{
	autofree char *key = home_s3_key(h, stack, "lease");
	auto_lease_seen s = { 0 };
	int64_t now_utc_s = 0;

	TRY(lease_read(h, key, &now_utc_s, &s));
	*ret_to = steal_str(&s.moved_to);
	return NULL;
}
