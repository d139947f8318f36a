/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS reports in prose alone, read into types.  Error codes, and messages that belong to a
 * code, are in the table of advice.c; nothing else of the program reads AWS's sentences.
 */
#ifndef AWS_PROSE_H
#define AWS_PROSE_H

#include <stdbool.h>

#include "base/attr.h"

/* Whose policy the message of a denial names as the one that refuses. */
enum prose_denial {
	PROSE_DENIAL_UNSTATED, /* none: the resource's own, as far as the message shows */
	PROSE_DENIAL_IDENTITY, /* no policy of the caller's allows it */
	PROSE_DENIAL_OTHER,    /* one that denies it, or that bounds what others allow */
};
/*
 *   source  IAM User Guide, "Troubleshoot access denied error messages"
 */
enum prose_denial prose_denial(const char *message);

/* A denial, taken apart.  NULL: the message does not say it. */
struct prose_refusal {
	char *principal;    /* ARN of who asked */
	char *action;	    /* "ec2:CreateVpc" */
	char *resource;	    /* its ARN, or "*" */
	const char *policy; /* static: the kind, "service control policy" */
	char *policy_arn;   /* of the policy that denies, where AWS names it */
	bool explicit_deny; /* a statement denies it; else none allows it */
	char *encoded;	    /* the encoded authorisation message */
};
/*
 * All fields are filled, or NULL.
 *   source  IAM User Guide, "Troubleshoot access denied error messages"; EC2 User Guide, "Decoding
 * an authorization failure message"
 */
void prose_read_denial(const char *message, struct prose_refusal *ret);
/* What sts:DecodeAuthorizationMessage answered fills what is still NULL; false when it is no such
 * document. */
bool prose_read_decoded(const char *json, struct prose_refusal *refusal);
/* The message without its encoded part, which nobody can read.  Caller frees. */
NODISCARD char *prose_without_encoded(const char *message);
void prose_refusal_clear(struct prose_refusal *r);
#define auto_prose_refusal CLEANUP(prose_refusal_clear) struct prose_refusal

/*
 * What the AWS CLI on an instance wrote to stderr may be for want of a role in effect.
 *   source  AWS CLI User Guide, "Troubleshooting errors"
 */
bool prose_cli_lacks_role(const char *stderr_text);

#endif
