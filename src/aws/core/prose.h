/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS tells in prose alone, read into types.  Error codes, and messages that belong to a code,
 * are in the table of advice.c; nothing else of the program reads AWS's sentences.
 */
#ifndef AWS_PROSE_H
#define AWS_PROSE_H

#include <stdbool.h>

/* Whose policy the message of a denial names as the one that refuses. */
enum prose_denial {
	PROSE_DENIAL_UNSTATED, /* none: the resource's own, as far as anybody can tell */
	PROSE_DENIAL_IDENTITY, /* no policy of the caller's allows it */
	PROSE_DENIAL_OTHER,    /* one that denies it, or that bounds what others allow */
};
/*
 *   source  IAM User Guide, "Troubleshoot access denied error messages"
 */
enum prose_denial prose_denial(const char *message);

/*
 * What the AWS CLI on an instance wrote to stderr may be for want of a role in effect.
 *   source  AWS CLI User Guide, "Troubleshooting errors"
 */
bool prose_cli_lacks_role(const char *stderr_text);

#endif
