/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iam:SimulatePrincipalPolicy: would these actions be allowed on these resources?  It reads
 * identity policies, the permissions boundary and the organisation's policies, and changes nothing.
 *   source  IAM API Reference, SimulatePrincipalPolicy
 */
#ifndef AWS_SIMULATE_H
#define AWS_SIMULATE_H

#include <stdbool.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/strv.h"

/* One thing that is known of the requests. */
struct iam_context {
	char *key;
	const char *type; /* static: "string", "stringList", "numeric", "ip" */
	struct strv values;
};
struct iam_question {
	const char *principal; /* ARN of a user, group or role */
	struct strv actions, resources;
	struct iam_context *context;
	size_t n_context;
};
/* A list gets one more, each once; of any other key the first value stays. */
void iam_question_add(struct iam_question *q, const char *key, const char *type, const char *value);
void iam_question_clear(struct iam_question *q);

/* One action on one resource. */
struct iam_decision {
	char *action, *resource;
	char *decision;	      /* "allowed", "explicitDeny", "implicitDeny" */
	bool by_organisation; /* its policies do not allow it, whatever the principal's own say */
	bool by_boundary;
	struct strv missing; /* context keys that some policy asks for and the question lacks */
};
struct iam_decisions {
	struct iam_decision *v;
	size_t n;
};
void iam_decisions_clear(struct iam_decisions *d);
#define auto_iam_decisions CLEANUP(iam_decisions_clear) struct iam_decisions

/*
 * Whose policies they are that a caller (its ARN, as STS has it) goes by: of a session, the role's.
 * *ret: caller frees; NULL: the account's own key, of which IAM says nothing.
 */
NODISCARD struct rb_error *iam_principal_of(struct aws_client *c, const char *caller, char **ret);

NODISCARD struct rb_error *iam_simulate(struct aws_client *c, const struct iam_question *q,
					struct iam_decisions *ret);

#endif
