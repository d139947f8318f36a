/* SPDX-License-Identifier: Apache-2.0 */
/* Hops: who logs in, and whether the instance has credentials that may. */
#include "steps/common/path_int.h"

#include <string.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/policy.h"
#include "steps/common/role.h"

static char *login_policy(const struct path *p)
{
	const struct path_end *from = &p->ends[END_FROM], *to = &p->ends[END_TO];
	const char *region = aws_client_region(from->client);
	autofree char *instance = xasprintf("arn:%s:ec2:%s:%s:instance/%s", step_partition(p->ctx),
					    region, step_account(p->ctx), to->id);
	autofree char *endpoint =
		xasprintf("arn:%s:ec2:%s:%s:instance-connect-endpoint/%s", step_partition(p->ctx),
			  region, step_account(p->ctx), from->id);
	json_t *doc = json_pack("{s:s, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "Version",
				"2012-10-17", "Statement", "Effect", "Allow", "Action",
				"ec2-instance-connect:SendSSHPublicKey", "Resource", instance,
				"Effect", "Allow", "Action", "ec2-instance-connect:OpenTunnel",
				"Resource", endpoint);
	char *text = json_dumps(doc, JSON_COMPACT);

	json_decref(doc);
	return text;
}

static void mend_operator(const struct path *p, struct hop *hop)
{
	const char *principal = p->op.principal ? p->op.principal : "";
	const char *name = strrchr(principal, '/');
	bool user = strstr(principal, ":user/") != NULL;
	autofree char *policy = login_policy(p);

	if (p->op.by_organisation || !name) {
		hop->why = said_new("whoever governs the account has to allow it");
		return;
	}
	hop_mend_by_aws(hop, "iam", user ? "put-user-policy" : "put-role-policy",
			user ? "--user-name" : "--role-name", name + 1, "--policy-name",
			"runbook-connect", "--policy-document", policy);
}

void judge_operator(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	autofree char *refused = strv_join(&p->op.refused, ", ");

	(void)row;
	hop_is_of(hop, NULL, p->op.principal, N_("permissions"));
	if (!p->op.ask_look.made) {
		hop_hangs_on(hop, N_("the endpoint and the instance"));
		return;
	}
	if (hop_is_blind(hop, &p->op.ask_look, N_("the operator"), p->plan->ends[END_FROM].step))
		return;
	hop_saw(hop, said_new("SendSSHPublicKey and OpenTunnel are allowed"),
		!p->op.principal ? said_new("the account's own key, which may do all")
		: *refused	 ? said_new("not allowed: %s", refused)
				 : said_new("allowed"));
	if (!*refused)
		return;
	hop_break(hop, said_new("the operator: '%s' may not %s", p->op.principal, refused));
	mend_operator(p, hop);
}

static bool ec2_may_take_it(const struct path *p)
{
	autofree char *trust = policy_for_trust(step_partition(p->ctx));

	return policy_same(p->role.role.trust_policy, trust) ||
	       policy_trusts_ec2(p->role.role.trust_policy);
}

void judge_profile(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *from = &p->ends[row->end];
	const char *wanted = step_output_of(p->ctx, from->plan->step, "role_name");
	const struct path_role *r = &p->role;

	hop_is_of(hop, from->client, p->profile_name, N_("instance profile"));
	/* what has ended is listed for a while, without its profile */
	if (!from->thing.made || rb_error_is(from->thing.err, RB_GONE) ||
	    text_eq(from->state, "terminated") || text_eq(from->state, "shutting-down")) {
		hop_hangs_on(hop, N_("the instance"));
		return;
	}
	if (hop_is_blind(hop, &from->thing, N_("the instance"), from->plan->step))
		return;
	hop_mend_by_step(hop, from->plan->step);
	if (!from->profile_arn) {
		hop_saw(hop, said_new("%s", p->profile_name ? p->profile_name : "-"),
			said_new("no instance profile"));
		hop_break(hop,
			  said_new("the role: instance '%s' has no instance profile", from->id));
		return;
	}
	if (hop_is_blind(hop, &r->profile_look, N_("the instance profile"), from->plan->step))
		return;
	hop_saw(hop, said_new("%s", wanted ? wanted : "-"),
		said_new("%s", r->profile.role_names.n ? r->profile.role_names.v[0] : "none"));
	if (!r->profile.role_names.n) {
		hop_break(hop, said_new("the role: instance profile '%s' holds %s instead of '%s'",
					p->profile_name, "none", wanted ? wanted : "-"));
		return;
	}
	if (hop_is_blind(hop, &r->role_look, N_("the role"), from->plan->step))
		return;
	if (!ec2_may_take_it(p)) {
		hop->setting = N_("the role's trust policy");
		hop_saw(hop, said_new("lets EC2 take the role on"), said_new("does not"));
		hop_break(hop, said_new("the role: EC2 may not take on '%s'", p->role_name));
	}
}

/* What of the role is not as its step makes it, so that this step puts it right. */
static bool step_mends_role(const struct path *p)
{
	autofree char *full = policy_arn(step_partition(p->ctx), ROLE_POLICY_NAME);

	return p->role.inlined.n || p->role.attached.n != 1 ||
	       !text_eq(p->role.attached.v[0], full);
}

static void mend_role(const struct path *p, const struct path_end *from, struct hop *hop)
{
	const char *ours = step_output_of(p->ctx, from->plan->step, "role_name");
	const char *profile = step_output_of(p->ctx, from->plan->step, "instance_profile_name");

	if (!text_eq(p->role_name, ours) && profile && p->association_id)
		hop_mend_by_aws(hop, "ec2", "replace-iam-instance-profile-association",
				"--association-id", p->association_id, "--iam-instance-profile",
				p->named_profile);
	else if (!p->role.by_organisation && step_mends_role(p))
		hop_mend_by_step(hop, from->plan->step);
	else if (p->role.role.boundary && !*step_param(p->ctx, "iam.permissions_boundary"))
		hop_mend_by_aws(hop, "iam", "delete-role-permissions-boundary", "--role-name",
				p->role_name);
	else
		hop->why = said_new("whoever governs the account has to allow it");
}

void judge_role(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *from = &p->ends[row->end];
	enum policy_says says = path_role_says(p), bucket = path_bucket_says(p);

	hop_is_of(hop, NULL, p->role_name, N_("policies"));
	if (!p->role.profile_look.made || rb_error_is(p->role.profile_look.err, RB_GONE) ||
	    rb_error_is(p->role.role_look.err, RB_GONE) || !p->role_name) {
		hop_hangs_on(hop, N_("the instance profile"));
		return;
	}
	if (says == POLICY_UNKNOWN && p->role.ask_look.err) {
		(void)hop_is_blind(hop, &p->role.ask_look, N_("the role"), from->plan->step);
		return;
	}
	if (says == POLICY_UNKNOWN &&
	    (hop_is_blind(hop, &p->role.role_look, N_("the role"), from->plan->step) ||
	     hop_is_blind(hop, &p->role.attached_look, N_("the role"), from->plan->step) ||
	     hop_is_blind(hop, &p->role.inline_look, N_("the role"), from->plan->step)))
		return;
	hop_saw(hop, said_new("allow s3:PutObject, or the bucket policy does"),
		says == POLICY_SAYS_NOTHING && bucket == POLICY_ALLOWS
			? said_new("do not allow it; the bucket policy does")
			: said_new("%-s", path_policy_word(says)));
	if (says == POLICY_ALLOWS || (says == POLICY_SAYS_NOTHING && bucket == POLICY_ALLOWS))
		return;
	if (says == POLICY_UNKNOWN || (says == POLICY_SAYS_NOTHING && bucket == POLICY_UNKNOWN)) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", path_policy_word(POLICY_UNKNOWN));
		return;
	}
	hop_break(hop,
		  says == POLICY_DENIES
			  ? said_new("the role: a policy of '%s' denies s3:PutObject", p->role_name)
			  : said_new("the role: '%s' lacks AmazonS3FullAccess", p->role_name));
	mend_role(p, from, hop);
}
