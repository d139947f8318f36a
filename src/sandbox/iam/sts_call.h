/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of STS's calls share. */
#ifndef SANDBOX_IAM_STS_CALL_H
#define SANDBOX_IAM_STS_CALL_H

#include <stdint.h>

#include "base/buf.h"
#include "sandbox/core/sbx.h"
#include "sandbox/iam/mfa.h"
#include "sandbox/iam/sts.h"

#define STS_XMLNS "https://sts.amazonaws.com/doc/2011-06-15/"

/* NULL: the call does not have it. */
const char *sts_param(const struct sbx_request *req, const char *name);
int64_t sts_duration_s(const struct sbx_request *req, int64_t otherwise);
enum mfa_result sts_check_mfa(struct sbx *sbx, const struct sbx_request *req,
			      struct sbx_reply *rep);

/* Fills in the rest of `ret`, whose arn and user_id say for whom; role and policy may be NULL. */
void sts_issue(struct sbx *sbx, const char *role, const char *policy, int64_t duration_s,
	       int64_t now_ms, struct sts_session *ret);
/* Issues for a session of `role`. */
void sts_issue_for_role(struct sbx *sbx, const json_t *role, const char *session,
			const char *policy, int64_t duration_s, int64_t now_ms,
			struct sts_session *ret);

void sts_add_credentials(struct buf *out, const struct sts_session *cred);
void sts_add_role_user(struct buf *out, const struct sts_session *cred);

/* Actions. */
void sts_assume_role(struct sbx *sbx, const struct sbx_request *req, struct sbx_reply *rep);
void sts_assume_with_web_identity(struct sbx *sbx, const struct sbx_request *req,
				  struct sbx_reply *rep);

#endif
