/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to a bucket that holds stacks.
 *
 * An interrupt does not end its requests: what was done must still be written down.
 */
#include "runbook/record/home_s3.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/core/config.h"
#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/percent.h"
#include "net/curl_late.h"
#include "net/http.h"

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
