/* SPDX-License-Identifier: Apache-2.0 */
/* Typed calls of STS (API 2011-06-15).  Conventions as in ec2.h. */
#ifndef AWS_STS_H
#define AWS_STS_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"

struct sts_identity {
	char *account;
	char *arn;
	char *user_id;
};
void sts_identity_clear(struct sts_identity *id);
#define auto_sts_identity CLEANUP(sts_identity_clear) struct sts_identity

/* Needs no permission: proves the credentials and returns the account. */
NODISCARD struct rb_error *sts_get_caller_identity(struct aws_client *c, struct sts_identity *ret);

/* The JSON behind an "Encoded authorization failure message"; itself needs a permission. */
NODISCARD struct rb_error *sts_decode_authorization_message(struct aws_client *c,
							    const char *encoded, char **ret_json);

#endif
