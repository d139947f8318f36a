/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials: where they come from, and keeping them fresh.
 *
 * The chain is a table in chain.c, one file a source.  Sources answer NULL error
 * and nothing found (`found` false) when they are not configured, an error when
 * they are and fail: then the chain stops, as in the AWS CLI.
 */
#ifndef AWS_CRED_H
#define AWS_CRED_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/core/config.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/secret.h"
#include "net/http.h"

struct cred {
	char *access_key_id;
	struct secret secret_key;
	struct secret session_token; /* empty for long-term keys */
	int64_t expires_utc_s;	     /* 0: never */
	bool keep_when_expired;	     /* IMDS: may be late with new ones */
	char *source;		     /* "profile 'work' (assume role)" for messages */
	char *account_id;	     /* when the source names it; else NULL */
};
void cred_clear(struct cred *c);
void cred_copy(struct cred *dst, const struct cred *src);
#define auto_cred CLEANUP(cred_clear) struct cred

struct cred_chain; /* caches, refreshes */

/* `config` and `http` are borrowed for the chain's life. */
NODISCARD struct cred_chain *cred_chain_new(const struct aws_config *config, struct http *http);
void cred_chain_free(struct cred_chain *chain);

/*
 * Valid credentials as of now, from cache when fresh enough; a copy that the
 * caller clears.
 *   fails  CREDENTIALS  none found (why lists the sources that were tried and
 *                       hint what to do), a source failed, or expired
 *          DENIED       STS or SSO say that this role is not for us
 *          NETWORK      whoever gives them cannot be reached now
 *          CLOCK, INTERRUPTED
 */
NODISCARD struct rb_error *cred_chain_get(struct cred_chain *chain, struct cred *ret);
/* True for cred_chain_get's error when no source has any. */
bool cred_none_found(const struct rb_error *err);

/* Use these, which somebody else has got, to their end, and never look for others. */
void cred_chain_use(struct cred_chain *chain, const struct cred *given);

/* Standard input carries data (a tunnel's): credential_process must not read it. */
void cred_chain_leave_stdin(struct cred_chain *chain);

/* Forget what is cached: the service answered that it has expired. True when a fetch may bring
 * others. */
bool cred_chain_expire(struct cred_chain *chain);
/* The same for a call that knows which key was refused: others that came meanwhile stay. */
bool cred_chain_refused(struct cred_chain *chain, const char *access_key_id);

/* The region in the instance's metadata; NULL in *ret when there is none to ask.  Costs a
 * timeout off EC2: only when nothing else names a region. */
NODISCARD struct rb_error *cred_imds_region(struct cred_chain *chain, char **ret);

/* Text for a person: which source answered; "" before the first get.  Borrowed. */
const char *cred_chain_source(const struct cred_chain *chain);

#endif
