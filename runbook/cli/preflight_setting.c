/* SPDX-License-Identifier: Apache-2.0 */
/* What the account or its organisation declares, and names that all of AWS shares. */
#include <stdlib.h>
#include <string.h>

#include "aws/s3.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight_check.h"
#include "runbook/ui/lang.h"

static const char *manager_of(const struct ec2_account_setting *s)
{
	return s->managed_by ? s->managed_by : "account";
}

/* Instances are launched with tokens, whatever the account's default is. */
struct rb_error *preflight_check_metadata(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "instance metadata";
	auto_ec2_account_setting enforced = { 0 };
	struct rb_error *err;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_get_metadata_enforcement(preflight_client(l, need), &enforced);
	if (err)
		return preflight_failed(l, need, what, err);
	if (text_eq(enforced.value, "enabled"))
		preflight_found(
			l, need, what, PREFLIGHT_YES, HOW_READ,
			N_("the account (%s) lets no instance be without metadata tokens: this "
			   "one has them"),
			manager_of(&enforced));
	else
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("the account demands nothing of an instance's metadata"));
	return NULL;
}

/* EBS's own key may be used by whoever may use EBS; another one has a policy of its own. */
static bool is_ebs_own(const char *key)
{
	return !*key || strstr(key, "alias/aws/ebs");
}

static void tell_key(struct preflight_check *l, const struct need *need, const char *what,
		     const char *key, const char *state)
{
	if (text_eq(state, "Enabled"))
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
				N_("new volumes are encrypted with %s, which is enabled; whether "
				   "its policy lets a launch use it shows at the launch alone"),
				key),
			N_("its policy has to allow kms:CreateGrant, kms:Decrypt, kms:DescribeKey, "
			   "kms:GenerateDataKeyWithoutPlainText and kms:ReEncrypt*"));
	else
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("new volumes are encrypted with %s, which is '%s': an instance would "
				   "end as soon as it began"),
				key, state),
			N_("enable %s, or choose another default key: aws ec2 "
			   "modify-ebs-default-kms-key-id"),
			key);
}

struct rb_error *preflight_check_volume(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "volume encryption";
	autofree char *key = NULL, *state = NULL;
	struct rb_error *err;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_get_volume_key(preflight_client(l, need), &key);
	if (err)
		return preflight_failed(l, need, what, err);
	if (!key || is_ebs_own(key)) {
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				key ? N_("new volumes are encrypted with EBS's own key")
				    : N_("the account demands no encryption of new volumes"));
		return NULL;
	}
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = kms_key_state(preflight_client(l, need), key, &state);
	if (err)
		return preflight_failed(l, need, what, err);
	tell_key(l, need, what, key, state);
	return NULL;
}

/* No gateway is made, so that nothing of this can be missed. */
struct rb_error *preflight_check_private(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "block public access";
	auto_ec2_account_setting block = { 0 };
	struct rb_error *err;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_get_vpc_block(preflight_client(l, need), &block);
	if (err)
		return preflight_failed(l, need, what, err);
	if (!block.value || text_eq(block.value, "off"))
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("VPCs of %s are not blocked from the internet, and none of this "
				   "needs it"),
				preflight_region(l, need));
	else
		preflight_found(
			l, need, what, PREFLIGHT_YES, HOW_READ,
			N_("VPCs of %s are blocked from the internet (%s, %s): none of this "
			   "needs it"),
			preflight_region(l, need), block.value, manager_of(&block));
	return NULL;
}

/* ---- the bucket ------------------------------------------------------------------- */

/* A bucket that may not be read is somebody else's only when we may read ours. */
static bool may_read_buckets(const struct preflight_check *l, const struct need *need)
{
	const struct preflight *p = l->preflight;

	for (size_t i = 0; i < p->n; i++)
		if (text_eq(p->v[i].grant->permit->action, "s3:ListBucket") &&
		    text_eq(p->v[i].grant->permit->step, need->step))
			return p->v[i].verdict == PREFLIGHT_YES;
	return false;
}

static void tell_taken(struct preflight_check *l, const struct need *need, const char *what,
		       const char *name, bool ours)
{
	bool sure = ours ? !preflight_is_partial(l, need) : may_read_buckets(l, need);

	finding_advise(
		preflight_found(
			l, need, what, sure ? PREFLIGHT_NO : PREFLIGHT_UNKNOWN, HOW_READ,
			ours ? N_("bucket %s is there already, in this account")
			     : N_("bucket %s is there already, in another account or out of sight"),
			name),
		N_("'destination.bucket' gives another name"));
}

struct rb_error *preflight_check_bucket(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "bucket";
	const char *name = preflight_param(l, need, 0);
	autofree char *region = NULL;
	struct rb_error *err;

	if (!*name || strchr(name, '?')) {
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_SELF,
				N_("each run gives its bucket a name of its own"));
		return NULL;
	}
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = s3_head_bucket(preflight_client(l, need), name, NULL, &region);
	if (!err || err->kind == RB_DENIED) {
		tell_taken(l, need, what, name, !err);
		return rb_error_free(err);
	}
	if (err->kind != RB_GONE)
		return preflight_failed(l, need, what, err);
	(void)rb_error_free(err);
	preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("nobody has a bucket %s now"),
			name);
	return NULL;
}

/* The bucket's policy admits one endpoint alone, which S3 does not call public. */
struct rb_error *preflight_check_policy(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "public policy";
	struct s3_public_access_block block = { 0 };
	struct rb_error *err;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = s3_get_account_public_access_block(preflight_client(l, need), l->subject->account,
						 &block);
	if (err && err->kind != RB_GONE)
		return preflight_failed(l, need, what, err);
	(void)rb_error_free(err);
	preflight_found(
		l, need, what, PREFLIGHT_YES, HOW_READ,
		block.block_public_policy
			? N_("the account lets no bucket's policy be public: this one is not")
			: N_("the account lets a bucket's policy be public; this one is not"));
	return NULL;
}
