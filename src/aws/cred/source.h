/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the chain (chain.c), its cache (cred.c) and the sources (the other files here); nobody
 * else includes this but tests.
 *
 * A source leaves `what` of its errors empty: the chain says what was tried.  What
 * it has no configuration for is no error; then it leaves `ret` alone and notes
 * in ctx->tried what a person would have to set, where that helps.
 */
#ifndef AWS_CRED_SOURCE_H
#define AWS_CRED_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "aws/core/config.h"
#include "aws/cred/cred.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "base/strv.h"
#include "net/http.h"

struct cred_ctx {
	const struct aws_config *config;
	struct http *http;
	int64_t (*utc_s)(void);	  /* the clock */
	int64_t retry_pause_ms;	  /* between tries of one fetch */
	int64_t process_limit_ms; /* for credential_process */
	bool leave_stdin;	  /* what stands there is not for it */
	const char *tty_path;	  /* where an MFA code is asked for */
	const char **tried;	  /* during a fetch: what cred_note() was told, as one sentence */
	struct strv visited;	  /* during a fetch: profiles of this assume-role chain */
	bool asked;		  /* this fetch cost a person an MFA code */
	int64_t skew_s;		  /* AWS's clock less ours, as STS answered */
	struct secret imds_token; /* empty: none yet */
	int64_t imds_token_until_utc_s;
	int64_t sso_tried_utc_s; /* last try to refresh the SSO token; 0: none */
};

struct cred_query {
	const char *profile;
	bool use_env; /* the active profile, and not by --profile: variables count */
};

typedef struct rb_error *cred_fetch_fn(struct cred_ctx *ctx, const struct cred_query *q,
				       bool *ret_found, struct cred *ret);

cred_fetch_fn cred_env_fetch;
cred_fetch_fn cred_assume_fetch;
cred_fetch_fn cred_web_fetch;
cred_fetch_fn cred_sso_fetch;
cred_fetch_fn cred_profile_fetch_credentials; /* static keys of the credentials file */
cred_fetch_fn cred_login_fetch;
cred_fetch_fn cred_process_fetch;
cred_fetch_fn cred_profile_fetch_config; /* static keys of the config file */
cred_fetch_fn cred_container_fetch;
cred_fetch_fn cred_imds_fetch;

struct cred_source {
	cred_fetch_fn *fetch;
	const char *how; /* of a profile: in brackets behind its name; else the whole label */
	bool of_profile; /* also asked for a source profile */
	bool renews;	 /* asked again, it may answer something else */
};

/* The first that has any: *ret_from is it.  CREDENTIALS with cred_none_found when none has. */
NODISCARD struct rb_error *
cred_fetch_in_order(struct cred_ctx *ctx, const struct cred_source **ret_from, struct cred *ret);
/* Of a source profile: no environment, no roles, no machine (chain.c goes through its table). */
NODISCARD struct rb_error *cred_fetch_source_profile(struct cred_ctx *ctx, const char *profile,
						     bool *ret_found, struct cred *ret);

/* The context of a chain, for tests to bend. */
struct cred_ctx *cred_chain_ctx(struct cred_chain *chain);

/* ---- common to sources (cred/common.c) -------------------------------------- */

/* Kind CREDENTIALS; `fmt` is the why. */
NODISCARD struct rb_error *cred_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Of a source that has nothing: why. */
void cred_note(struct cred_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A key of `q`'s profile; NULL when absent or empty. */
const char *cred_key(const struct cred_ctx *ctx, const struct cred_query *q, const char *key);

/* "profile 'work' (assume role)".  Caller frees. */
NODISCARD char *cred_label(const struct cred_query *q, const char *how);

/* A time with an offset, in ISO 8601 or as programs write it (time.c). */
NODISCARD bool cred_parse_time(const char *s, int64_t *ret_utc_s);

/* Where a JSON object holds credentials; NULL members are not read. */
struct cred_fields {
	const char *id, *secret, *token, *expiry, *account;
	bool expiry_in_ms; /* a number: milliseconds since 1970; else text, ISO 8601 */
};
/* Fills all of *ret but source; `whence` names the object in errors. */
NODISCARD struct rb_error *cred_from_json(const json_t *object, const struct cred_fields *fields,
					  const char *whence, struct cred *ret);
/* An object, or an error that shows nothing of the text; json_decref by the caller. */
NODISCARD struct rb_error *cred_parse_json(struct span text, const char *whence, json_t **ret);
/* From now on jansson and libxml2 wipe what they free: answers hold keys. */
void cred_parsers_wipe(void);
/* Takes NULL. */
void cred_wipe_str(char *s);
/* A string member that is not empty, else NULL.  Borrowed. */
const char *cred_json_text(const json_t *object, const char *name);

/* What `fetch` answers, unless it is what no header, and no key, may hold. */
NODISCARD struct rb_error *cred_ask(cred_fetch_fn *fetch, struct cred_ctx *ctx,
				    const struct cred_query *q, bool *ret_found, struct cred *ret);

/* At most 64 KiB, trailing newlines cut; `what_file` for messages ("web identity token"). */
NODISCARD struct rb_error *cred_read_token_file(const char *path, const char *what_file,
						struct secret *ret);

#define CRED_SHA1_HEX_SIZE 41 /* with the NUL */
/* The AWS CLI names its cache files so. */
void cred_sha1_hex(const char *text, char out[CRED_SHA1_HEX_SIZE]);

#define CRED_ANSWER_MAX ((size_t)256 << 10) /* bytes; keys take two or three thousand */

/* One exchange with a URL of configuration, not retried.  `headers` and `body` may be NULL. */
struct cred_http {
	const char *method;
	const char *url;
	const struct http_headers *headers;
	const char *body;
	int64_t timeout_ms;
	bool no_proxy;
};
NODISCARD struct rb_error *cred_http_perform(struct cred_ctx *ctx, const struct cred_http *call,
					     struct http_response *ret);
/* Wait before the next try, as `res` asks or as tries grow. */
NODISCARD struct rb_error *cred_pause_after(struct cred_ctx *ctx, int tries,
					    const struct http_response *res);
/* Both wipe: what they hold may be secret. */
void cred_headers_clear(struct http_headers *headers);
void cred_response_clear(struct http_response *res);
#define auto_cred_response CLEANUP(cred_response_clear) struct http_response

/* ---- STS (cred/sts.c) ------------------------------------------------------- */

struct cred_assume_role {
	const char *role_arn;
	const char *session_name;
	const char *external_id; /* NULL: none */
	const char *mfa_serial;	 /* NULL: none */
	const char *mfa_code;
	const char *web_token; /* not NULL: AssumeRoleWithWebIdentity, unsigned */
	int64_t duration_s;    /* 0: the service's own */
};
/* `with`: who asks; NULL with a web token.  Fills all of *ret but source. */
NODISCARD struct rb_error *cred_sts_assume_role(struct cred_ctx *ctx, const struct cred *with,
						const struct cred_assume_role *role,
						struct cred *ret);
/* "runbook-1764000000".  Caller frees. */
NODISCARD char *cred_session_name(const struct cred_ctx *ctx);

/* What the AWS CLI has in its cache for the same question, with a quarter of an hour left at
 * least.  `name_is_made`: the session name is ours, not the profile's. */
NODISCARD bool cred_cli_cache(const struct cred_ctx *ctx, const struct cred_assume_role *role,
			      bool name_is_made, struct cred *ret);

/* ---- pieces that tests call alone ------------------------------------------- */

/* The URL to ask, from the two variables (either NULL); an error when a rule forbids it. */
NODISCARD struct rb_error *cred_container_url(const char *relative, const char *full, char **ret);
/* Ask on a terminal without echo.  Caller cleanses. */
NODISCARD struct rb_error *cred_ask_code(struct cred_ctx *ctx, const char *serial, struct buf *ret);

#endif
