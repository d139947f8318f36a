/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of SSO share: the token (sso_token.c), the keys that it buys (sso.c). */
#ifndef AWS_CRED_SSO_INT_H
#define AWS_CRED_SSO_INT_H

#include "aws/core/endpoint.h"
#include "aws/cred/source.h"

enum { SSO_TIMEOUT_MS = 30000 };

struct sso {
	const char *session; /* NULL: old form */
	const char *start_url, *region, *account_id, *role_name;
	char *cache_path;
};

/* `err`, with the hint to log in anew; NULL stays NULL. */
NODISCARD struct rb_error *sso_log_in_again(const struct cred_query *q, struct rb_error *err);
/* Caller frees. */
NODISCARD char *sso_url(const struct aws_endpoint *ep, const char *path);
/* A token that is good now: "accessToken" of *ret, which the caller decrefs, after an error too. */
NODISCARD struct rb_error *sso_get_token(struct cred_ctx *ctx, const struct cred_query *q,
					 const struct sso *sso, json_t **ret);

#endif
