/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary credentials, for STS's own answers and for an instance's metadata. */
#ifndef SANDBOX_SBX_STS_H
#define SANDBOX_SBX_STS_H

#include <stdint.h>

#include "base/attr.h"
#include "sandbox/core/sbx.h"

/*
 * Kind "credential", region "", id the access key id:
 *   secret, token   what the client signs with
 *   arn, user_id    who it then is
 *   role            the role's name; absent for GetSessionToken
 *   policy          a session policy's text, when one was given
 *   expires_ms      world time after which it is ExpiredToken
 */
#define SBX_CREDENTIAL "credential"

struct sts_session {
	char *access_key_id; /* "ASIA..." */
	char *secret_key;
	char *token;
	char *arn;     /* "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION" */
	char *user_id; /* "AROA...:SESSION" */
	int64_t expires_ms;
};
void sts_session_clear(struct sts_session *cred);
#define auto_sts_session CLEANUP(sts_session_clear) struct sts_session

/*
 * Credentials of the role `role_name` for `duration_s` seconds, as the session
 * `session` ("i-0123..." for an instance).  Kept in the world, so auth.c finds
 * them; the world's lock is held by the caller.  False when there is no such role.
 */
NODISCARD bool sts_role_credentials(struct sbx *sbx, const char *role_name, const char *session,
				    int64_t duration_s, int64_t now_ms, struct sts_session *ret);

#endif
