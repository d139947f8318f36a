/* SPDX-License-Identifier: Apache-2.0 */
/* Preflight: whether networks fit beside those that are there. */
#include "runbook/cli/preflight_check.h"

#include "base/buf.h"
#include "base/text.h"

static bool is_of_run(const struct preflight_check *l, const struct ec2_vpc *vpc)
{
	const char *run = aws_tags_get(&vpc->tags, "runbook:run");

	return l->state->run_id && text_eq(run, l->state->run_id);
}

static bool vpc_overlaps(const struct ec2_vpc *vpc, const char *block)
{
	for (size_t i = 0; i < vpc->cidr_blocks.n; i++)
		if (text_cidrs_overlap(vpc->cidr_blocks.v[i], block))
			return true;
	return false;
}

/* AWS lets VPCs of one block stand side by side; they can never be peered with each other. */
struct rb_error *preflight_check_network(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "network";
	const char *block = preflight_param(l, need, 0);
	struct ec2_vpcs *vpcs = preflight_vpcs(l, need, what);
	auto_buf others = BUF_INIT;

	for (size_t i = 0; vpcs && i < vpcs->n; i++)
		if (!is_of_run(l, &vpcs->v[i]) && vpc_overlaps(&vpcs->v[i], block))
			(void)buf_addf(&others, "%s%s", others.n ? ", " : "", vpcs->v[i].vpc_id);
	if (vpcs && !others.n)
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("no other VPC in %s has addresses of %s"),
				preflight_region(l, need), block);
	else if (vpcs)
		preflight_found(
			l, need, what, PREFLIGHT_YES, HOW_READ,
			N_("%s has addresses of %s, too: both may stand, but nothing can ever "
			   "be routed between them"),
			others.p, block);
	return NULL;
}

/* A VPC of the run's that stands already may have got blocks that overlap the other side's. */
static const struct ec2_vpc *standing_overlap(const struct preflight_check *l, const char *block)
{
	for (size_t s = 0; s < SIDES_MAX; s++)
		for (size_t i = 0; i < l->sides[s].vpcs.n; i++) {
			const struct ec2_vpc *vpc = &l->sides[s].vpcs.v[i];

			if (is_of_run(l, vpc) && !text_eq(vpc->cidr_block, block) &&
			    vpc_overlaps(vpc, block))
				return vpc;
		}
	return NULL;
}

static struct rb_error *check_encryption_of(struct preflight_check *l, const struct need *need,
					    const char *what, size_t side, bool *ret_told)
{
	const char *region = l->subject->procedure->sides[side].region;
	auto_ec2_account_setting control = { 0 };
	struct rb_error *err = ec2_get_vpc_encryption(l->sides[side].client, &control);

	*ret_told = err || text_eq(control.value, "attempt-enforce");
	if (err)
		return preflight_failed(l, need, what, err);
	if (*ret_told)
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
				N_("the account enforces encryption in VPCs of %s (%s): what a "
				   "peering between regions needs then is not known beforehand"),
				params_get(l->subject->params, region),
				control.managed_by ? control.managed_by : "account"),
			N_("ask for an exclusion of VPC peering in the VPC encryption controls"));
	return NULL;
}

static struct rb_error *check_encryption(struct preflight_check *l, const struct need *need,
					 const char *what, bool *ret_told)
{
	const struct procedure_side *sides = l->subject->procedure->sides;

	*ret_told = false;
	for (size_t i = 0; sides[i].name && !*ret_told; i++) {
		if (text_eq(l->sides[i].region_status, "not-opted-in"))
			continue;
		*ret_told = !preflight_may_check(l, need, what);
		if (!*ret_told)
			TRY(check_encryption_of(l, need, what, i, ret_told));
	}
	return NULL;
}

struct rb_error *preflight_check_peering(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "peering";
	const char *ours = preflight_param(l, need, 0), *theirs = preflight_param(l, need, 1);
	const struct ec2_vpc *vpc = standing_overlap(l, theirs);
	bool told;

	if (!vpc)
		vpc = standing_overlap(l, ours);
	if (vpc) {
		finding_advise(
			preflight_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("%s has got a block that overlaps the other side's: AWS lets such a "
				   "peering fail"),
				vpc->vpc_id),
			N_("take the block away from %s"), vpc->vpc_id);
		return NULL;
	}
	TRY(check_encryption(l, need, what, &told));
	if (!told)
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("%s and %s do not overlap, and nothing forbids to join them"),
				ours, theirs);
	return NULL;
}
