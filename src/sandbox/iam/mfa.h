/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one MFA device of the account: a virtual one, whose secret everybody knows.
 * Its codes are those of RFC 6238 (SHA-1, 30 seconds, six digits); each is taken once.
 */
#ifndef SANDBOX_SBX_MFA_H
#define SANDBOX_SBX_MFA_H

#include "sandbox/core/sbx.h"

#define SBX_MFA_SERIAL "arn:aws:iam::" SBX_ACCOUNT ":mfa/sandbox"
#define SBX_MFA_SECRET "RUNBOOKSANDBOXMFADEVICE2" /* base32, as an authenticator takes it */

enum sbx_mfa {
	SBX_MFA_NONE,	 /* the request brings no code */
	SBX_MFA_PASSED,	 /* a right one, which is used up now */
	SBX_MFA_REFUSED, /* the call has failed */
};
/* Of SerialNumber and TokenCode; in a transaction of the store, like any change. */
NODISCARD enum sbx_mfa sbx_mfa_check(struct sbx *sbx, const struct sbx_request *req,
				     struct sbx_reply *rep, const char *serial, const char *code);

#endif
