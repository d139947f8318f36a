/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an account may have and what it declares: quotas, what of them is used, and settings.  All
 * of it is read only.  Conventions as in ec2/ec2.h; a missing string is NULL.
 *   source  API References of Service Quotas, EC2, IAM, KMS and S3 Control
 */
#ifndef AWS_ACCOUNT_H
#define AWS_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "aws/s3.h"
#include "base/attr.h"
#include "base/strv.h"

/* ---- quotas ---------------------------------------------------------------- */

struct quota {
	char *code; /* "L-F678F1CE" */
	double value;
};
struct quotas {
	struct quota *v;
	size_t n;
};
void quotas_clear(struct quotas *l);
#define auto_quotas CLEANUP(quotas_clear) struct quotas

/* All of a service in the client's region ("vpc"); what has no value of its own is not listed. */
NODISCARD struct rb_error *quotas_list(struct aws_client *c, const char *service,
				       struct quotas *ret);
NODISCARD struct rb_error *quota_get(struct aws_client *c, const char *service, const char *code,
				     double *ret);

/* ---- use ------------------------------------------------------------------- */

/* One page, so that the number of calls is known: `more` is true when there are others. */
struct usage {
	int64_t n;
	bool more;
};
/* Of the region, the default groups included. */
NODISCARD struct rb_error *usage_groups(struct aws_client *c, struct usage *ret);
NODISCARD struct rb_error *usage_connect_endpoints(struct aws_client *c, struct usage *ret);
/* Requests of this account's that nobody has accepted yet. */
NODISCARD struct rb_error *usage_peering_requests(struct aws_client *c, struct usage *ret);
/* vCPUs of on-demand instances of the Standard families that run or are about to. */
NODISCARD struct rb_error *usage_vcpus(struct aws_client *c, struct usage *ret);
/* General purpose buckets of the account, in all regions. */
NODISCARD struct rb_error *usage_buckets(struct aws_client *c, struct usage *ret);

struct iam_usage {
	int64_t roles, roles_quota;
	int64_t profiles, profiles_quota;
	int64_t attached_quota; /* managed policies a role */
};
NODISCARD struct rb_error *iam_get_usage(struct aws_client *c, struct iam_usage *ret);

/* vCPUs of an instance type; 0: the answer does not say. */
NODISCARD struct rb_error *ec2_type_vcpus(struct aws_client *c, const char *type, int64_t *ret);
/* Is it of the families A, C, D, H, I, M, R, T, Z, whose vCPUs have one quota? */
bool ec2_type_is_standard(const char *type);

/* ---- settings --------------------------------------------------------------- */

/* A setting is the account's own or comes from its organisation: "account", "declarative-policy".
 */
struct ec2_account_setting {
	char *value;
	char *managed_by;
};
void ec2_account_setting_clear(struct ec2_account_setting *s);
#define auto_ec2_account_setting CLEANUP(ec2_account_setting_clear) struct ec2_account_setting

/* "disabled", "audit-mode", "enabled". */
NODISCARD struct rb_error *ec2_get_allowed_images(struct aws_client *c,
						  struct ec2_account_setting *ret);
/* "off", "block-bidirectional", "block-ingress". */
NODISCARD struct rb_error *ec2_get_vpc_block(struct aws_client *c, struct ec2_account_setting *ret);
/* "unmanaged", "attempt-monitor", "attempt-enforce". */
NODISCARD struct rb_error *ec2_get_vpc_encryption(struct aws_client *c,
						  struct ec2_account_setting *ret);
/* "enabled": no instance without metadata tokens; "disabled", or NULL where it was never set. */
NODISCARD struct rb_error *ec2_get_metadata_enforcement(struct aws_client *c,
							struct ec2_account_setting *ret);
/* The key that new volumes are encrypted with; NULL: they are not by default. */
NODISCARD struct rb_error *ec2_get_volume_key(struct aws_client *c, char **ret);
/* "Enabled", "Disabled", "PendingDeletion", ... */
NODISCARD struct rb_error *kms_key_state(struct aws_client *c, const char *key, char **ret);
/* The names of the regions that the account can use. */
NODISCARD struct rb_error *ec2_list_regions(struct aws_client *c, struct strv *ret);
/* "opt-in-not-required", "opted-in", "not-opted-in" of regions; NULL in *ret for one that AWS does
 * not know. `regions` ends with NULL; *ret has as many, caller frees each. */
NODISCARD struct rb_error *ec2_region_status(struct aws_client *c, const char *const *regions,
					     char **ret);
/* GONE: the account has none. */
NODISCARD struct rb_error *s3_get_account_public_access_block(struct aws_client *c,
							      const char *account,
							      struct s3_public_access_block *ret);

#endif
