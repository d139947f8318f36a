/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to a bucket that holds stacks.
 *
 * (1) Every write has a condition, so nobody overwrites what he has not seen.
 * (2) "The condition does not hold" (412) is not believed before the object was looked at: a
 *     request that is sent again because its answer was lost meets what it wrote itself.  Each
 *     object has a text that no other has, so its bytes tell.
 * (3) An interrupt does not end these requests: what was done must still be written down.
 */
#include "runbook/record/home_s3.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/core/config.h"
#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/percent.h"
#include "base/text.h"
#include "net/curl_late.h"
#include "net/http.h"

enum { READERS = 16, NUMBER_DIGITS = 10 };

static struct home_settings settings;
static struct home_s3 *opened; /* all of them, the last one first */

void home_configure(const struct home_settings *given)
{
	settings = *given;
}

const struct home_settings *home_configured(void)
{
	return &settings;
}

void home_s3_uuid(char out[37])
{
	autofree char *hex = text_random_hex(16);

	hex[12] = '4';
	(void)snprintf(out, 37, "%.8s-%.4s-%.4s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 17,
		       hex + 20);
}

/* ---- the folder on this machine ------------------------------------------- */

/* $XDG_STATE_HOME/runbook, else ~/.local/state/runbook. */
static struct rb_error *state_folder(char **ret)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *user;

	if (xdg && xdg[0] == '/') {
		*ret = file_join(xdg, "runbook");
		return NULL;
	}
	user = home && home[0] == '/' ? NULL : getpwuid(geteuid());
	if (user)
		home = user->pw_dir;
	if (!home || home[0] != '/')
		return rb_error_hint(rb_error_new(RB_USAGE,
						  "there is no folder for what stays on this "
						  "machine"),
				     "set XDG_STATE_HOME or HOME");
	*ret = file_join(home, ".local/state/runbook");
	return NULL;
}

/* BUCKET%2FPREFIX: one folder for one home, whatever its prefix. */
static struct rb_error *local_folder(const struct home_place *place, char **ret)
{
	autofree char *state = NULL, *whole = NULL;
	auto_buf name = BUF_INIT;

	TRY(state_folder(&state));
	whole = xasprintf("%s%s%s", place->bucket, *place->prefix ? "/" : "", place->prefix);
	percent_encode(&name, whole, strlen(whole), /* keep_slash= */ false);
	*ret = file_join(state, name.p);
	return NULL;
}

struct rb_error *home_s3_local(const char *home, const char *stack, char **ret)
{
	auto_home_place place = { 0 };
	autofree char *folder = NULL;

	TRY(home_place_parse(home, &place));
	TRY(local_folder(&place, &folder));
	*ret = file_join(folder, stack);
	return NULL;
}

/* ---- opening ------------------------------------------------------------- */

static void close_home(struct home_s3 *h)
{
	aws_client_free(h->client);
	aws_session_free(h->session);
	http_free(h->http);
	loop_free(h->loop);
	for (size_t i = 0; i < h->seen_keys.n; i++)
		buf_clear(&h->seen_contents[i]);
	free(h->seen_contents);
	strv_clear(&h->seen_keys);
	home_place_clear(&h->place);
	free(h->given);
	free(h->url);
	free(h->local);
	free(h);
}

void home_s3_close_all(void)
{
	while (opened) {
		struct home_s3 *next = opened->next;

		close_home(opened);
		opened = next;
	}
}

static struct rb_error *not_there(const struct home_s3 *h, struct rb_error *err)
{
	(void)rb_error_free(err);
	err = rb_error_new(RB_USAGE, "the home '%s' is not there", h->url);
	err = rb_error_why(err, "there is no bucket '%s'", h->place.bucket);
	err = rb_error_hint(err, "look at --home and RUNBOOK_HOME; to make it:");
	return rb_error_next(err, RB_NEXT_HOME_INIT, h->given);
}

struct rb_error *home_s3_missing(const struct home_s3 *h, struct rb_error *err)
{
	return rb_error_is_aws(err, "NoSuchBucket") ? not_there(h, err) : err;
}

static struct rb_error *find_region(struct home_s3 *h, const char *configured, bool may_lack,
				    char **ret)
{
	struct aws_client *c;
	struct rb_error *err;

	if (h->place.region) {
		*ret = xstrdup(h->place.region);
		return NULL;
	}
	c = aws_client_new(h->session, configured ? configured : "us-east-1");
	err = s3_head_bucket(c, h->place.bucket, NULL, ret);
	aws_client_free(c);
	if (rb_error_is(err, RB_GONE) && may_lack) {
		(void)rb_error_free(err);
		if (!configured)
			return rb_error_hint(rb_error_new(RB_USAGE,
							  "nothing says in which region bucket "
							  "'%s' is to be",
							  h->place.bucket),
					     "say it behind the name: ?region=eu-west-1");
		*ret = xstrdup(configured);
		return NULL;
	}
	if (rb_error_is(err, RB_GONE)) /* the answer to HEAD has no code */
		return not_there(h, err);
	/* It takes s3:ListBucket, and whoever reads a home has that. */
	return rb_error_what(err, "cannot open the home '%s'", h->url);
}

/* A rehearsal needs none, and its home in a bucket does. */
static struct rb_error *check_credentials(const struct home_s3 *h)
{
	auto_cred cred = { 0 };
	struct rb_error *err = cred_chain_get(aws_session_creds(h->session), &cred);

	if (!cred_none_found(err))
		return err;
	rb_error_replace(err, RB_WHAT, "cannot find AWS credentials for the home '%s'", h->url);
	rb_error_replace(
		err, RB_HINT,
		"a home in a bucket needs them, with --sandbox too: run 'aws configure' or "
		"'aws configure sso', or name a profile (--profile, AWS_PROFILE, or "
		"?profile=NAME behind the home); a rehearsal without an account has a "
		"folder as its home (--home DIR)");
	return err;
}

static struct rb_error *connect_home(struct home_s3 *h, bool may_lack)
{
	struct aws_config_options options = {
		.profile = h->place.profile ? h->place.profile : settings.profile,
		.region = h->place.region,
	};
	struct http_options http = { .user_agent = "runbook-home/" RUNBOOK_VERSION,
				     .steady = true };
	struct aws_config *config = NULL;
	autofree char *region = NULL;

	TRY(limits_files());
	TRY(curl_late_load());
	TRY(aws_config_load(&options, &config));
	h->loop = loop_new();
	http.ca_bundle = config->ca_bundle;
	http.ca_pem = config->ca_pem;
	h->http = http_new(h->loop, &http);
	h->session = aws_session_new(config, h->http);
	aws_session_set_program(h->session, "runbook-home/" RUNBOOK_VERSION);
	TRY(check_credentials(h));
	TRY(find_region(h, config->region, may_lack, &region));
	h->client = aws_client_new(h->session, region);
	return NULL;
}

static struct rb_error *open_home(const char *home, bool may_lack, struct home_s3 **ret)
{
	struct home_s3 *h;
	struct rb_error *err;

	for (h = opened; h; h = h->next) {
		if (strcmp(h->given, home) == 0) {
			*ret = h;
			return NULL;
		}
	}
	h = xcalloc(1, sizeof(*h));
	h->given = xstrdup(home);
	err = home_place_parse(home, &h->place);
	if (!err) {
		h->url = home_place_url(&h->place);
		err = local_folder(&h->place, &h->local);
	}
	if (!err)
		err = connect_home(h, may_lack);
	if (err) {
		close_home(h);
		return err;
	}
	h->next = opened;
	opened = *ret = h;
	return NULL;
}

struct rb_error *home_s3_open(const char *home, struct home_s3 **ret)
{
	return open_home(home, /* may_lack= */ false, ret);
}

struct rb_error *home_s3_open_new(const char *home, struct home_s3 **ret)
{
	return open_home(home, /* may_lack= */ true, ret);
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
