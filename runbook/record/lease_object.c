/* SPDX-License-Identifier: Apache-2.0 */
/* The object that a lease is: read, told and written. */
#include "runbook/record/lease_object.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/home_lease.h"

enum { SLACK_S = 2 }; /* S3's dates have whole seconds */

void lease_seen_clear(struct lease_seen *s)
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
/* A text of the object's, for people: it came from outside. */
static char *shown(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text_printable(text, strlen(text), 80) : xstrdup("?");
}

struct rb_error *lease_understand(const struct home_s3 *h, const char *key,
				  const struct s3_content *content, struct lease_seen *ret)
{
	json_t *o;

	lease_seen_clear(ret);
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

struct rb_error *lease_read(struct home_s3 *h, const char *key, int64_t *ret_now_utc_s,
			    struct lease_seen *ret)
{
	auto_s3_content content = S3_CONTENT_INIT;
	struct rb_error *err =
		s3_get_content(h->client, h->place.bucket, key, HOME_OBJECT_MAX, &content);

	if (rb_error_is(err, RB_GONE) && !rb_error_is_aws(err, "NoSuchBucket"))
		err = rb_error_free(err);
	TRY(home_s3_missing(h, err));
	if (content.now_utc_s)
		*ret_now_utc_s = content.now_utc_s;
	return lease_understand(h, key, &content, ret);
}

struct said *lease_holder(const struct lease_seen *s)
{
	return said_new("%s on %s, process %lld, since %s", s->who, s->host, (long long)s->pid,
			s->since);
}

char *lease_holder_text(const struct lease_seen *s)
{
	auto_said *said = lease_holder(s);

	return xstrdup(said_english(said));
}

bool lease_ran_out(const struct lease_seen *s)
{
	return s->age_s > s->length_s + SLACK_S;
}

struct rb_error *lease_is_held(const char *stack, const struct lease_seen *s)
{
	auto_said *who = lease_holder(s);
	int64_t left_s = s->length_s + SLACK_S - s->age_s;
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' is in use", stack);

	err = rb_error_why(err, "it is held by %s", said_english(who));
	if (s->age_s < 0)
		return rb_error_hint(err, "wait for it; --take-over takes it at once, and whoever "
					  "holds it can change nothing any more");
	return rb_error_hint(err,
			     "wait for it; unless it is renewed its lease runs out in %lld s; "
			     "--take-over takes it at once, and whoever holds it can change "
			     "nothing any more",
			     (long long)(left_s > 0 ? left_s : 0));
}

char *lease_host_name(void)
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

void lease_make_text(const struct home_lease *l, const char *state, struct buf *ret)
{
	autofree char *host = lease_host_name(), *who = operator_name();
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
