/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials kept fresh: when their source is asked again.
 *
 *   left of their time     asked again     when that fails
 *   15 minutes and more    no
 *   10 to 15 minutes       yes             the old ones serve on (advisory)
 *   less than 10           yes             an error (mandatory)
 *
 * Some sources give only short-lived keys: inside the windows they are asked at
 * most once a minute.  Keys for which a person typed a code are used to their
 * end and never asked for again by themselves.
 */
#include "aws/cred/cred.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "aws/cred/source.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/loop.h"

#define ADVISORY_S (15 * 60)
#define MANDATORY_S (10 * 60)
#define AGAIN_S 60	  /* between tries inside a window */
#define LATE_AGAIN_S 120  /* for a source that is late with new ones: at least ... */
#define LATE_SPREAD_S 480 /* ... and so much more by chance */
#define JUST_FETCHED_S 5
#define BUSY_POLL_MS 10
#define PROCESS_LIMIT_MS (10 * 60 * 1000) /* a login in a browser, with a second factor */

struct cred_chain {
	struct cred_ctx ctx;
	struct cred now; /* no access_key_id: none yet */
	const struct cred_source *from;
	bool asked; /* a person gave a code for them, here or where they come from */
	bool busy;  /* a task is fetching; others wait for what it brings */
	int64_t fetched_utc_s;
	int64_t again_utc_s; /* not before, inside the windows */
};

/* ---- one set of credentials ------------------------------------------------- */

void cred_clear(struct cred *c)
{
	free(c->access_key_id);
	secret_clear(&c->secret_key);
	secret_clear(&c->session_token);
	free(c->source);
	free(c->account_id);
	*c = (struct cred){ 0 };
}

void cred_copy(struct cred *dst, const struct cred *src)
{
	if (dst == src)
		return;
	set_str(&dst->access_key_id, src->access_key_id);
	secret_copy(&dst->secret_key, &src->secret_key);
	secret_copy(&dst->session_token, &src->session_token);
	dst->expires_utc_s = src->expires_utc_s;
	dst->keep_when_expired = src->keep_when_expired;
	set_str(&dst->source, src->source);
	set_str(&dst->account_id, src->account_id);
}

/* ---- the chain -------------------------------------------------------------- */

struct cred_chain *cred_chain_new(const struct aws_config *config, struct http *http)
{
	struct cred_chain *chain = xcalloc(1, sizeof(*chain));

	secret_no_core_dumps();
	cred_parsers_wipe();
	chain->ctx = (struct cred_ctx){ .config = config,
					.http = http,
					.utc_s = clock_utc_s,
					.retry_pause_ms = 1000,
					.process_limit_ms = PROCESS_LIMIT_MS,
					.tty_path = "/dev/tty" };
	return chain;
}

void cred_chain_free(struct cred_chain *chain)
{
	if (!chain)
		return;
	cred_clear(&chain->now);
	secret_clear(&chain->ctx.imds_token);
	strv_clear(&chain->ctx.visited);
	free(chain);
}

struct cred_ctx *cred_chain_ctx(struct cred_chain *chain)
{
	return &chain->ctx;
}

const char *cred_chain_source(const struct cred_chain *chain)
{
	return chain->now.source ? chain->now.source : "";
}

/* ---- keeping them fresh ----------------------------------------------------- */

enum need { NEED_NOTHING, NEED_ADVISORY, NEED_MANDATORY };

static int64_t aws_utc_s(const struct cred_chain *chain)
{
	return chain->ctx.utc_s() + chain->ctx.skew_s;
}

static enum need need_of(const struct cred_chain *chain)
{
	int64_t left_s = chain->now.expires_utc_s - aws_utc_s(chain);
	bool usable = left_s > 0 || chain->now.keep_when_expired;

	if (!chain->now.access_key_id)
		return NEED_MANDATORY;
	if (!chain->now.expires_utc_s || left_s >= ADVISORY_S)
		return NEED_NOTHING;
	if (usable && (chain->asked || !chain->from->renews))
		return NEED_NOTHING;
	if (usable && chain->ctx.utc_s() < chain->again_utc_s)
		return NEED_NOTHING;
	return left_s < MANDATORY_S && !chain->now.keep_when_expired ? NEED_MANDATORY
								     : NEED_ADVISORY;
}

static int64_t late_again_s(void)
{
	unsigned char random[2] = { 0 };

	(void)RAND_bytes(random, sizeof(random));
	return LATE_AGAIN_S + (random[0] << 8 | random[1]) % LATE_SPREAD_S;
}

static struct rb_error *past_their_time(const struct cred *c)
{
	char when[CLOCK_ISO_SIZE];

	clock_iso8601(c->expires_utc_s, when);
	return rb_error_why(
		rb_error_new(RB_CREDENTIALS, "cannot use the AWS credentials of %-s", c->source),
		"they expired at %s", when);
}

static void keep_old(struct cred_chain *chain)
{
	chain->again_utc_s =
		chain->ctx.utc_s() + (chain->now.keep_when_expired ? late_again_s() : AGAIN_S);
}

static struct rb_error *refresh(struct cred_chain *chain, enum need need)
{
	const struct cred_source *from = NULL;
	auto_cred fresh = { 0 };
	struct rb_error *err;

	if (chain->asked && chain->now.access_key_id)
		return rb_error_next(rb_error_hint(past_their_time(&chain->now),
						   "enter a new MFA code when it asks"),
				     RB_NEXT_AGAIN, NULL);
	chain->ctx.asked = false;
	err = cred_fetch_in_order(&chain->ctx, &from, &fresh);
	if (err && need == NEED_ADVISORY && !rb_error_is(err, RB_INTERRUPTED)) {
		log_debug("AWS credentials are not renewed: %s", err->why ? err->why : err->what);
		keep_old(chain);
		return rb_error_free(err);
	}
	if (err)
		return err;
	if (fresh.expires_utc_s && fresh.expires_utc_s <= aws_utc_s(chain) &&
	    !fresh.keep_when_expired)
		return rb_error_hint(past_their_time(&fresh),
				     "get new ones, and check this machine's "
				     "clock");
	cred_copy(&chain->now, &fresh);
	chain->from = from;
	chain->asked = chain->ctx.asked;
	chain->fetched_utc_s = chain->ctx.utc_s();
	keep_old(chain); /* new ones may be inside a window, too */
	log_debug("AWS credentials: %s", chain->now.source);
	return NULL;
}

struct rb_error *cred_chain_get(struct cred_chain *chain, struct cred *ret)
{
	struct rb_error *err = NULL;
	enum need need;

	while (chain->busy)
		TRY(loop_sleep(http_loop(chain->ctx.http), BUSY_POLL_MS));
	need = need_of(chain);
	if (need != NEED_NOTHING) {
		chain->busy = true;
		err = refresh(chain, need);
		chain->busy = false;
	}
	if (err)
		return err;
	cred_copy(ret, &chain->now);
	return NULL;
}

void cred_chain_use(struct cred_chain *chain, const struct cred *given)
{
	cred_copy(&chain->now, given);
	chain->asked = true;
	log_debug("AWS credentials: %s, handed over", chain->now.source);
}

void cred_chain_leave_stdin(struct cred_chain *chain)
{
	chain->ctx.leave_stdin = true;
}

bool cred_chain_expire(struct cred_chain *chain)
{
	if (!chain->now.access_key_id)
		return true;
	if (chain->asked || !chain->from->renews)
		return false;
	/* Several calls were signed with the old ones; the first to complain did this already. */
	if (chain->ctx.utc_s() - chain->fetched_utc_s < JUST_FETCHED_S)
		return true;
	cred_clear(&chain->now);
	return true;
}

bool cred_chain_refused(struct cred_chain *chain, const char *access_key_id)
{
	if (!chain->now.access_key_id || strcmp(chain->now.access_key_id, access_key_id) != 0)
		return true;
	if (chain->asked || !chain->from->renews)
		return false;
	cred_clear(&chain->now);
	return true;
}
