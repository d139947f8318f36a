/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotas against what there is.  Where Service Quotas is denied, AWS's defaults are what is known:
 * an account may well have more, so such a one that is too small is "unknown".
 *   source  AWS General Reference, "Service endpoints and quotas" of each service
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight_check.h"
#include "runbook/ui/lang.h"

/* What is used of it, and the quota where the same answer has it (else it stays -1). */
typedef struct rb_error *use_fn(struct preflight_check *l, const struct need *need,
				struct usage *ret, double *ret_quota);

static struct rb_error *use_groups(struct preflight_check *l, const struct need *need,
				   struct usage *ret, double *ret_quota)
{
	(void)ret_quota;
	return usage_groups(preflight_client(l, need), ret);
}

static struct rb_error *use_connect_endpoints(struct preflight_check *l, const struct need *need,
					      struct usage *ret, double *ret_quota)
{
	(void)ret_quota;
	return usage_connect_endpoints(preflight_client(l, need), ret);
}

static struct rb_error *use_vcpus(struct preflight_check *l, const struct need *need,
				  struct usage *ret, double *ret_quota)
{
	(void)ret_quota;
	return usage_vcpus(preflight_client(l, need), ret);
}

static struct rb_error *use_requests(struct preflight_check *l, const struct need *need,
				     struct usage *ret, double *ret_quota)
{
	(void)ret_quota;
	return usage_peering_requests(preflight_client(l, need), ret);
}

static struct rb_error *use_buckets(struct preflight_check *l, const struct need *need,
				    struct usage *ret, double *ret_quota)
{
	(void)ret_quota;
	return usage_buckets(preflight_client(l, need), ret);
}

static struct rb_error *use_iam(struct preflight_check *l, const struct need *need,
				struct usage *ret, double *ret_quota)
{
	bool roles = need->quota == QUOTA_ROLES;

	if (!l->has_iam) {
		struct rb_error *err = iam_get_usage(l->sides[0].client, &l->iam);

		if (err && preflight_is_ended_by(err))
			return err;
		l->has_iam = true;
		if (err)
			l->why_no_iam = xstrdup(err->why ? err->why : err->what);
		(void)rb_error_free(err);
	}
	if (l->why_no_iam)
		return rb_error_why(rb_error_new(RB_DENIED, "cannot read what IAM counts"), "%s",
				    l->why_no_iam);
	ret->n = roles ? l->iam.roles : l->iam.profiles;
	*ret_quota = (double)(roles ? l->iam.roles_quota : l->iam.profiles_quota);
	return NULL;
}

/* Without a service it is not in Service Quotas. */
static const struct {
	const char *name, *service, *code;
	double usual;
	use_fn *use;	/* NULL: VPCs, which are listed for more than this */
	bool is_global; /* the account's, not a region's */
} quotas[] = {
	[QUOTA_VPCS] = { N_("VPCs"), "vpc", "L-F678F1CE", 5, NULL, false },
	[QUOTA_GROUPS] = { N_("security groups"), "vpc", "L-E79EC296", 2500, use_groups, false },
	[QUOTA_CONNECT_ENDPOINTS] = { N_("EC2 Instance Connect Endpoints"), NULL, NULL, 5,
				      use_connect_endpoints, false },
	[QUOTA_VCPUS] = { N_("vCPUs of on-demand Standard instances"), "ec2", "L-1216C47A", 5,
			  use_vcpus, false },
	[QUOTA_PEERING_REQUESTS] = { N_("outstanding peering requests"), "vpc", "L-DC9F7029", 25,
				     use_requests, false },
	[QUOTA_ROLES] = { N_("IAM roles"), NULL, NULL, 1000, use_iam, true },
	[QUOTA_PROFILES] = { N_("instance profiles"), NULL, NULL, 1000, use_iam, true },
	[QUOTA_BUCKETS] = { N_("buckets"), "s3", "L-DC2B2D3D", 10000, use_buckets, true },
};

static const char what[] = "quota";

/* ---- the quota ------------------------------------------------------------------- */

/* All of a service's are one call, which is made once a region. */
static struct rb_error *listed(struct preflight_check *l, const struct need *need, double *ret)
{
	struct preflight_side *side = &l->sides[need->side];

	if (!side->has_quotas) {
		side->has_quotas = true;
		TRY(quotas_list(side->client, "vpc", &side->vpc_quotas));
	}
	for (size_t i = 0; i < side->vpc_quotas.n; i++)
		if (text_eq(side->vpc_quotas.v[i].code, quotas[need->quota].code))
			*ret = side->vpc_quotas.v[i].value;
	return NULL;
}

/* -1: it cannot be read. */
static struct rb_error *read_quota(struct preflight_check *l, const struct need *need, double *ret)
{
	const char *service = quotas[need->quota].service;
	struct rb_error *err = NULL;

	if (!service || !preflight_may_ask(l->preflight))
		return NULL;
	err = text_eq(service, "vpc") ? listed(l, need, ret)
				      : quota_get(preflight_client(l, need), service,
						  quotas[need->quota].code, ret);
	return err && preflight_is_ended_by(err) ? err : rb_error_free(err);
}

/* ---- what is needed --------------------------------------------------------------- */

static bool is_same_pool(const struct preflight_check *l, const struct need *a,
			 const struct need *b)
{
	return b->kind == NEED_QUOTA && a->quota == b->quota &&
	       (quotas[a->quota].is_global ||
		text_eq(preflight_region(l, a), preflight_region(l, b)));
}

/* Of this pool, by the steps up to this one that have nothing yet. */
static int64_t needed_so_far(const struct preflight_check *l, const struct need *need)
{
	int64_t sum = 0;

	for (const struct need *n = l->subject->procedure->needs; n <= need; n++)
		if (is_same_pool(l, need, n) && preflight_is_to_do(l, n))
			sum += n->amount;
	return sum;
}

static struct rb_error *count(struct preflight_check *l, const struct need *need, struct usage *ret,
			      double *ret_quota, bool *ret_known)
{
	struct ec2_vpcs *vpcs;
	struct rb_error *err;

	*ret_known = false;
	if (!quotas[need->quota].use) {
		vpcs = preflight_vpcs(l, need, what);
		*ret_known = vpcs;
		ret->n = vpcs ? (int64_t)vpcs->n : 0;
		return NULL;
	}
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = quotas[need->quota].use(l, need, ret, ret_quota);
	if (err)
		return preflight_failed(l, need, what, err);
	*ret_known = true;
	return NULL;
}

static void tell(struct preflight_check *l, const struct need *need, const struct usage *used,
		 int64_t more, double quota)
{
	bool read = quota >= 0, usual = !read;
	double limit = read ? quota : quotas[need->quota].usual;
	bool fits = (double)(used->n + more) <= limit;
	autofree char *n = xasprintf("%lld%s", (long long)used->n, used->more ? "+" : "");
	autofree char *most = xasprintf("%lld", (long long)limit);
	autofree char *wanted = xasprintf("%lld", (long long)more);
	enum preflight_verdict verdict = fits && !used->more ? PREFLIGHT_YES
					 : fits || usual || preflight_is_partial(l, need)
						 ? PREFLIGHT_UNKNOWN
						 : PREFLIGHT_NO;
	struct finding *f = preflight_found(
		l, need, what, verdict, usual ? HOW_USUAL : HOW_READ,
		N_("%-s in %-s: %s of %s used, %s more needed"), quotas[need->quota].name,
		quotas[need->quota].is_global ? N_("the account") : preflight_region(l, need), n,
		most, wanted);

	if (!fits)
		finding_advise(f,
			       N_("delete some that nobody needs, ask for a higher quota, or take "
				  "another region"));
}

/* Several steps take from one pool: what is used is counted once, by the first. */
static const struct need *first_of_pool(const struct preflight_check *l, const struct need *need)
{
	const struct need *n = l->subject->procedure->needs;

	while (n < need && !(is_same_pool(l, need, n) && preflight_is_to_do(l, n)))
		n++;
	return n;
}

struct rb_error *preflight_check_quota(struct preflight_check *l, const struct need *need)
{
	struct preflight_pool *pool =
		&l->pools[first_of_pool(l, need) - l->subject->procedure->needs];
	const char *type = preflight_param(l, need, 0);
	bool known = true;

	if (need->quota == QUOTA_VCPUS && !ec2_type_is_standard(type)) {
		preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
				N_("the quota of instance type %s is not looked at"), type);
		return NULL;
	}
	if (!pool->tried) {
		pool->tried = true;
		pool->quota = -1;
		TRY(count(l, need, &pool->used, &pool->quota, &known));
		if (!known)
			return NULL;
		if (pool->quota < 0)
			TRY(read_quota(l, need, &pool->quota));
		pool->counted = true;
	} else if (!pool->counted) {
		preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
				N_("%-s: what is used of this quota is not known"),
				quotas[need->quota].name);
		return NULL;
	}
	if (need->quota == QUOTA_VCPUS) {
		int64_t vcpus = 0;
		struct rb_error *err;

		if (!preflight_may_check(l, need, what))
			return NULL;
		err = ec2_type_vcpus(preflight_client(l, need), type, &vcpus);
		if (err)
			return preflight_failed(l, need, what, err);
		tell(l, need, &pool->used, vcpus * needed_so_far(l, need), pool->quota);
		return NULL;
	}
	tell(l, need, &pool->used, needed_so_far(l, need), pool->quota);
	return NULL;
}
