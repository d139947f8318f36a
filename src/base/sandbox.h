/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runbook and runbook-sandbox know of each other: whose account a rehearsal is in, and the
 * keys that the sandbox takes without a word.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

/* The account of AWS's own examples: nobody's. */
#define SANDBOX_ACCOUNT "123456789012"
#define SANDBOX_ACCESS_KEY "AKIASANDBOX000000000"
#define SANDBOX_SECRET_KEY "sandbox"

#endif
