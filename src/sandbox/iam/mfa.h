/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one MFA device of the account: a virtual one, whose secret everybody knows.
 * Its codes are those of RFC 6238 (SHA-1, 30 seconds, six digits); each is taken once.
 */
#ifndef SANDBOX_SBX_MFA_H
#define SANDBOX_SBX_MFA_H

#include "sandbox/core/sbx.h"

#define MFA_SERIAL "arn:aws:iam::" SANDBOX_ACCOUNT ":mfa/sandbox"
#define MFA_SECRET "RUNBOOKSANDBOXMFADEVICE2" /* base32, as an authenticator takes it */

enum mfa_result {
	MFA_NONE,    /* the request brings no code */
	MFA_PASSED,  /* a right one, which is used up now */
	MFA_REFUSED, /* the call has failed */
};
/* Of SerialNumber and TokenCode; in a transaction of the store, like any change. */
NODISCARD enum mfa_result mfa_check(struct sbx *sbx, const struct sbx_request *req,
				    struct sbx_reply *rep, const char *serial, const char *code);

#endif
