/* SPDX-License-Identifier: Apache-2.0 */
/* Private to a preflight: how the rows of a procedure's needs are checked. */
#ifndef RUNBOOK_CLI_PREFLIGHT_CHECK_H
#define RUNBOOK_CLI_PREFLIGHT_CHECK_H

#include "aws/account.h"
#include "aws/ec2/ec2.h"
#include "runbook/cli/preflight.h"
#include "runbook/record/state.h"

/* How something is known; static texts, in JSON as they are. */
#define HOW_READ N_("read")
#define HOW_USUAL N_("AWS's default")
#define HOW_SELF N_("by itself")
#define HOW_OPEN N_("not known beforehand")

/* What several rows need is read once. */
struct preflight_side {
	struct aws_client *client;
	bool has_vpcs; /* tried already; an error then stands in `why_no_vpcs` */
	struct ec2_vpcs vpcs;
	char *why_no_vpcs;
	bool has_quotas;
	struct quotas vpc_quotas; /* empty: they could not be read */
	char *region_status;	  /* "opted-in", ...; NULL: not known */
};
/* What the rows of one quota in one region have in common. */
struct preflight_pool {
	bool tried, counted;
	struct usage used;
	double quota; /* -1: not known */
};
struct preflight_check {
	const struct policy_subject *subject;
	const struct run_state *state;
	struct preflight *preflight;
	struct preflight_side sides[SIDES_MAX];
	struct preflight_pool *pools; /* by the first row that takes from it */
	bool has_regions;
	bool has_iam;
	struct iam_usage iam;
	char *why_no_iam;
};

/* The step's state when nothing of it stands yet; what a row needs is needed then. */
bool preflight_is_to_do(const struct preflight_check *l, const struct need *need);
/* Something of the step stands already, so that a "no" is not sure. */
bool preflight_is_partial(const struct preflight_check *l, const struct need *need);

const char *preflight_param(const struct preflight_check *l, const struct need *need, size_t i);
/* The side's region. */
const char *preflight_region(const struct preflight_check *l, const struct need *need);
struct aws_client *preflight_client(const struct preflight_check *l, const struct need *need);

/* The VPCs of the need's side, read once; NULL: why not is among the findings then. */
struct ec2_vpcs *preflight_vpcs(struct preflight_check *l, const struct need *need,
				const char *what);

/* May one more call be made?  False: that there was no time for it is among the findings. */
NODISCARD bool preflight_may_check(struct preflight_check *l, const struct need *need,
				   const char *what);
/*
 * A read that failed: unknown, and why (taken).  Answers the error when it ends the preflight, as
 * credentials that have expired do.
 */
NODISCARD struct rb_error *preflight_failed(struct preflight_check *l, const struct need *need,
					    const char *what, struct rb_error *err);

/* A finding for a row's step. */
#define preflight_found(l, need, what, verdict, how, ...)                                          \
	findings_add(&(l)->preflight->findings, (need)->step, PERMIT_DO, what, verdict, how,       \
		     __VA_ARGS__)

/* One for each kind of need. */
typedef struct rb_error *preflight_check_fn(struct preflight_check *l, const struct need *need);
preflight_check_fn preflight_check_quota; /* preflight_quota.c */
preflight_check_fn preflight_check_region, preflight_check_zone, preflight_check_type,
	preflight_check_image; /* preflight_place.c */
preflight_check_fn preflight_check_service, preflight_check_far_service, preflight_check_network,
	preflight_check_peering; /* preflight_place.c */
preflight_check_fn preflight_check_metadata, preflight_check_volume,
	preflight_check_private;				   /* preflight_setting.c */
preflight_check_fn preflight_check_bucket, preflight_check_policy; /* preflight_setting.c */

#endif
