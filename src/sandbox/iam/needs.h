/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request needs permission for: one action on one resource each, with what
 * a condition may ask of that resource.  A create is checked against everything it
 * touches, and each thing has its own context: the tags of the request belong to
 * what is new, a thing's own tags to what is there.
 *   source  Service Authorization Reference, "Actions, resources, and condition
 *           keys for Amazon EC2", for IAM and for Systems Manager
 */
#ifndef SANDBOX_IAM_NEEDS_H
#define SANDBOX_IAM_NEEDS_H

#include "sandbox/core/sbx.h"

struct required_permission {
	char *action;		/* "ec2:CreateVpc" */
	char *resource;		/* an ARN, or "*" for what has none; NULL: not known here */
	const char *outer;	/* the action that a denial of this one names; NULL: itself */
	struct sbx_pairs facts; /* beside what every request has */
};

struct required_permissions {
	struct required_permission *v;
	size_t n;
};
void required_permissions_clear(struct required_permissions *needs);

/* The new need; `action` is copied, `resource` is taken.  Good until the next one is added. */
struct required_permission *required_permissions_add(struct required_permissions *needs,
						     const char *action, char *resource);
void required_permission_fact(struct required_permission *need, const char *key, const char *value);

/* EC2's (ec2/needs.c), and IAM's and Systems Manager's (iam/needs.c); with the world's lock taken.
 */
void sec2_required_permissions(struct sbx *sbx, const struct sbx_request *req,
			       struct required_permissions *ret);
void siam_required_permissions(struct sbx *sbx, const struct sbx_request *req,
			       struct required_permissions *ret);
/* A thing of EC2's by its id, with its tags; nothing when there is none. */
void sec2_require_thing(struct sbx *sbx, const struct sbx_request *req, const char *action,
			const char *id, struct required_permissions *ret);
/* The role of an instance profile that EC2 is to take on; nothing when there is no such profile. */
void siam_require_pass_role(struct sbx *sbx, const struct sbx_request *req,
			    const char *profile_name, struct required_permissions *ret);

#endif
