/* SPDX-License-Identifier: Apache-2.0 */
/* Typed calls of IAM (API 2010-05-08).  Conventions as in ec2.h.  IAM is global: the client's
 * region only gives the partition. */
#ifndef AWS_IAM_H
#define AWS_IAM_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

struct iam_role {
	char *name;
	char *id; /* AROA... */
	char *arn;
	char *path;
	char *max_session_s; /* digits; NULL: AWS did not say */
	char *description;   /* NULL: it has none */
	char *trust_policy;  /* JSON text, decoded */
	char *boundary;	     /* ARN of its permissions boundary; NULL: it has none */
	struct aws_tags tags;
};
void iam_role_clear(struct iam_role *r);
#define auto_iam_role CLEANUP(iam_role_clear) struct iam_role

/* `boundary`: ARN of the policy that is its permissions boundary; NULL: none. */
NODISCARD struct rb_error *iam_create_role(struct aws_client *c, const char *name, const char *path,
					   const char *trust_policy, const char *description,
					   const char *boundary, const struct aws_tags *tags,
					   char **ret_role_id);
NODISCARD struct rb_error *iam_get_role(struct aws_client *c, const char *name,
					struct iam_role *ret);
NODISCARD struct rb_error *iam_delete_role(struct aws_client *c, const char *name);
NODISCARD struct rb_error *iam_attach_role_policy(struct aws_client *c, const char *role,
						  const char *policy_arn);
NODISCARD struct rb_error *iam_detach_role_policy(struct aws_client *c, const char *role,
						  const char *policy_arn);
/* ARNs of the attached managed policies. */
NODISCARD struct rb_error *iam_list_attached_role_policies(struct aws_client *c, const char *role,
							   struct strv *ret);
/* Names of the inline policies. */
NODISCARD struct rb_error *iam_list_role_policies(struct aws_client *c, const char *role,
						  struct strv *ret);
NODISCARD struct rb_error *iam_delete_role_policy(struct aws_client *c, const char *role,
						  const char *policy_name);

NODISCARD struct rb_error *iam_update_trust_policy(struct aws_client *c, const char *role,
						   const char *trust_policy);
NODISCARD struct rb_error *iam_put_role_boundary(struct aws_client *c, const char *role,
						 const char *boundary);
/* Adds or replaces; others stay. */
NODISCARD struct rb_error *iam_tag_role(struct aws_client *c, const char *role,
					const struct aws_tags *tags);

struct iam_profile {
	char *name;
	char *id; /* AIPA... */
	char *arn;
	char *path;
	struct strv role_names;
	struct aws_tags tags;
};
void iam_profile_clear(struct iam_profile *p);
#define auto_iam_profile CLEANUP(iam_profile_clear) struct iam_profile

NODISCARD struct rb_error *iam_create_instance_profile(struct aws_client *c, const char *name,
						       const char *path,
						       const struct aws_tags *tags,
						       char **ret_profile_id);
NODISCARD struct rb_error *iam_get_instance_profile(struct aws_client *c, const char *name,
						    struct iam_profile *ret);
NODISCARD struct rb_error *iam_delete_instance_profile(struct aws_client *c, const char *name);
NODISCARD struct rb_error *iam_add_role_to_instance_profile(struct aws_client *c,
							    const char *profile, const char *role);
NODISCARD struct rb_error *
iam_remove_role_from_instance_profile(struct aws_client *c, const char *profile, const char *role);
/* Adds or replaces; others stay. */
NODISCARD struct rb_error *iam_tag_instance_profile(struct aws_client *c, const char *profile,
						    const struct aws_tags *tags);
/* The name that the account has beside its number: one at most. */
NODISCARD struct rb_error *iam_list_account_aliases(struct aws_client *c, struct strv *ret);
/* A role as a list shows it: without its tags. */
struct iam_listed {
	char *name;
	char *path;
	char *created; /* "2026-11-23T10:00:00Z" */
};
struct iam_listing {
	struct iam_listed *v;
	size_t n;
};
void iam_listing_clear(struct iam_listing *l);
#define auto_iam_listing CLEANUP(iam_listing_clear) struct iam_listing
NODISCARD struct rb_error *iam_list_roles_of_path(struct aws_client *c, const char *path_prefix,
						  struct iam_listing *ret);
/* Names under a path prefix such as "/runbook/RUN/". */
NODISCARD struct rb_error *iam_list_roles(struct aws_client *c, const char *path_prefix,
					  struct strv *ret_names);
NODISCARD struct rb_error *iam_list_instance_profiles(struct aws_client *c, const char *path_prefix,
						      struct strv *ret_names);

#endif
