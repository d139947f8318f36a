/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges who may: whoever logs in, the endpoint's policy, the instance's role, the bucket.
 *
 * Inside one account either the role's own policies or the bucket's have to allow an upload, and
 * none of them may refuse it; so a role that is allowed nothing is no break where the bucket
 * admits whoever comes through the endpoint.
 */
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"
#include "steps/common/policy.h"

/* ---- the request -------------------------------------------------------------------- */

void path_request_of(const struct path *p, struct path_request *ret)
{
	const struct path_end *from = &p->ends[END_FROM], *to = &p->ends[END_TO];
	const struct policy_fact keys[] = {
		{ "aws:SourceVpce", to->id },
		{ "aws:SourceVpc", to->vpc },
		{ "aws:VpcSourceIp", from->address },
		{ "aws:SecureTransport", "true" },
		{ "aws:PrincipalArn", p->role.role.arn },
		{ "aws:PrincipalAccount", step_account(p->ctx) },
		{ "aws:PrincipalType", "AssumedRole" },
		{ "aws:ResourceAccount", step_account(p->ctx) },
		{ "s3:ResourceAccount", step_account(p->ctx) },
		{ "aws:RequestedRegion", aws_client_region(p->s3) },
		{ "s3:authType", "REST-HEADER" },
		{ "s3:signatureversion", "AWS4-HMAC-SHA256" },
	};

	*ret = (struct path_request){ .action = "s3:PutObject", .resource = p->object_arn };
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].value)
			ret->keys[ret->n++] = keys[i];
}

static enum policy_says ask(const struct path *p, const char *policy)
{
	/* what `aws s3 cp` does not send, and what a request through an endpoint does not have */
	static const char *const absent[] = { "aws:SourceIp",
					      "s3:x-amz-acl",
					      "s3:x-amz-copy-source",
					      "s3:x-amz-grant-full-control",
					      "s3:x-amz-server-side-encryption",
					      "s3:x-amz-server-side-encryption-aws-kms-key-id",
					      "s3:x-amz-storage-class",
					      "aws:Referer" };
	struct policy_fact facts[ARRAY_LEN(absent) + 16];
	struct path_request r;
	autofree char *session = NULL;
	struct policy_question q = { .role_arn = p->role.role.arn,
				     .account = step_account(p->ctx),
				     .facts = facts };

	path_request_of(p, &r);
	if (p->role_name && p->ends[END_FROM].id)
		session = xasprintf("arn:%s:sts::%s:assumed-role/%s/%s", step_partition(p->ctx),
				    step_account(p->ctx), p->role_name, p->ends[END_FROM].id);
	q.session_arn = session;
	q.action = r.action;
	q.resource = r.resource;
	for (size_t i = 0; i < r.n; i++)
		facts[q.n_facts++] = r.keys[i];
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		facts[q.n_facts++] = (struct policy_fact){ absent[i], NULL };
	return policy_says_of(policy, &q);
}

/* What the role's own policies say, with its boundary and the organisation's. */
static enum policy_says role_says(const struct path *p)
{
	const struct path_role *r = &p->role;
	autofree char *full = policy_arn(step_partition(p->ctx), "AmazonS3FullAccess");

	if (r->decision)
		return text_eq(r->decision, "allowed")	      ? POLICY_ALLOWS
		       : text_eq(r->decision, "explicitDeny") ? POLICY_DENIES
							      : POLICY_SAYS_NOTHING;
	/* IAM could not be asked: read, one case is plain */
	if (!r->role_look.made || r->role_look.err || r->attached_look.err || r->inline_look.err ||
	    r->role.boundary || r->inlined.n)
		return POLICY_UNKNOWN;
	if (!r->attached.n)
		return POLICY_SAYS_NOTHING;
	return r->attached.n == 1 && text_eq(r->attached.v[0], full) ? POLICY_ALLOWS
								     : POLICY_UNKNOWN;
}

static const char *word_of(enum policy_says says)
{
	static const char *const words[] = {
		[POLICY_SAYS_NOTHING] = N_("does not allow it"),
		[POLICY_DELEGATES] = N_("leaves it to the account's policies"),
		[POLICY_ALLOWS] = N_("allows it"),
		[POLICY_DENIES] = N_("denies it"),
		[POLICY_UNKNOWN] = N_("hangs on what is not known of the request"),
	};

	return words[says];
}

static enum policy_says bucket_says(const struct path *p)
{
	return p->bucket.policy_look.made && !p->bucket.policy_look.err ? ask(p, p->bucket.policy)
									: POLICY_UNKNOWN;
}

/* ---- who logs in -------------------------------------------------------------------- */

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

/* ---- the endpoint's policy ---------------------------------------------------------- */

void judge_endpoint_policy(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = &p->ends[row->end];
	enum policy_says says;

	hop_is_of(hop, end->client, end->id, N_("policy"));
	if (!end->thing.made || rb_error_is(end->thing.err, RB_GONE) ||
	    (!end->thing.err && !path_end_serves(end))) {
		hop_hangs_on(hop, N_("the endpoint"));
		return;
	}
	if (hop_is_blind(hop, &end->thing, N_("the endpoint"), end->plan->step))
		return;
	says = !end->policy || policy_is_full_access(end->policy) ? POLICY_ALLOWS
								  : ask(p, end->policy);
	hop_saw(hop, said_new("allows s3:PutObject on %s", p->object_arn),
		said_new("%-s", word_of(says)));
	if (says == POLICY_UNKNOWN) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", word_of(says));
	} else if (says != POLICY_ALLOWS) {
		hop_break(hop, said_new("the endpoint's policy: that of '%s' is no longer the "
					"default, which allows all",
					end->id));
		hop_mend_by_step(hop, end->plan->step);
	}
}

/* ---- the instance's credentials ----------------------------------------------------- */

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
	autofree char *full = policy_arn(step_partition(p->ctx), "AmazonS3FullAccess");

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
	enum policy_says says = role_says(p), bucket = bucket_says(p);

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
			: said_new("%-s", word_of(says)));
	if (says == POLICY_ALLOWS || (says == POLICY_SAYS_NOTHING && bucket == POLICY_ALLOWS))
		return;
	if (says == POLICY_UNKNOWN || (says == POLICY_SAYS_NOTHING && bucket == POLICY_UNKNOWN)) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", word_of(POLICY_UNKNOWN));
		return;
	}
	hop_break(hop,
		  says == POLICY_DENIES
			  ? said_new("the role: a policy of '%s' denies s3:PutObject", p->role_name)
			  : said_new("the role: '%s' lacks AmazonS3FullAccess", p->role_name));
	mend_role(p, from, hop);
}

/* ---- the bucket --------------------------------------------------------------------- */

void judge_bucket(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	(void)row;
	hop_is_of(hop, p->s3, p->bucket_name, N_("owner"));
	if (hop_is_blind(hop, &p->bucket.head, N_("the bucket"), p->plan->bucket_step))
		return;
	/* S3 answers for this account's bucket alone, since the call names the account */
	hop_saw(hop, said_new("%s", step_account(p->ctx)), said_new("%s", step_account(p->ctx)));
}

/* The bucket is there to be judged. */
static bool has_bucket(const struct path *p, struct hop *hop)
{
	if (p->bucket.head.made && !p->bucket.head.err)
		return true;
	hop_hangs_on(hop, N_("the bucket"));
	return false;
}

void judge_region(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const char *signs = aws_client_region(p->s3), *is = p->bucket.region;

	(void)row;
	hop_is_of(hop, p->s3, p->bucket_name, N_("region, which the signature names"));
	if (!has_bucket(p, hop))
		return;
	hop_saw(hop, said_new("%s", signs), said_new("%s", is ? is : "-"));
	if (!is || text_eq(is, signs))
		return;
	hop_break(hop, said_new("the region: bucket '%s' is in %s", p->bucket_name, is));
	set_str(&hop->region, is);
	hop_mend_by_aws(hop, "s3api", "delete-bucket", "--bucket", p->bucket_name);
}

static struct said *bucket_problem(const struct path *p)
{
	const char *endpoint = p->ends[END_TO].id;

	if (endpoint && p->bucket.policy && !strstr(p->bucket.policy, endpoint))
		return said_new("the bucket policy: that of '%s' does not name endpoint '%s'",
				p->bucket_name, endpoint);
	return said_new("the bucket policy: that of '%s' is not the one that step %s writes",
			p->bucket_name, p->plan->bucket_step);
}

void judge_bucket_policy(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_end *end = &p->ends[row->end];
	enum policy_says says = bucket_says(p), role = role_says(p);
	bool enough = role == POLICY_ALLOWS;

	hop_is_of(hop, p->s3, p->bucket_name, N_("bucket policy"));
	if (!has_bucket(p, hop) || hop_is_blind(hop, &p->bucket.policy_look,
						N_("the bucket policy"), p->plan->bucket_step))
		return;
	hop_saw(hop, said_new("allows s3:PutObject through %s", end->id ? end->id : "-"),
		p->bucket.policy ? said_new("%-s", word_of(says)) : said_new("there is none"));
	if (says == POLICY_ALLOWS)
		return;
	if ((says == POLICY_SAYS_NOTHING || says == POLICY_DELEGATES) && role != POLICY_UNKNOWN) {
		if (enough)
			return;
	} else if (says != POLICY_DENIES) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", word_of(POLICY_UNKNOWN));
		return;
	}
	hop_break(hop, bucket_problem(p));
	hop_mend_by_step(hop, p->plan->bucket_step);
}

/* Blocking public access never stops a role of the bucket's own account; it is told all the same,
 * for it is what people suspect first. */
void judge_public_access(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct s3_public_access_block *b = &p->bucket.block;
	bool all = b->block_public_acls && b->ignore_public_acls && b->block_public_policy &&
		   b->restrict_public_buckets;

	(void)row;
	hop_is_of(hop, p->s3, p->bucket_name, N_("block public access"));
	if (!has_bucket(p, hop) ||
	    hop_is_blind(hop, &p->bucket.block_look, N_("the bucket"), p->plan->bucket_step))
		return;
	hop_saw(hop, said_new("on; it does not stop the account's own role"),
		all ? said_new("on") : said_new("not wholly on"));
}

void judge_encryption(const struct path *p, const struct hop_row *row, struct hop *hop)
{
	const struct path_bucket *b = &p->bucket;

	(void)row;
	hop_is_of(hop, p->s3, b->key ? b->key : p->bucket_name, N_("encryption"));
	if (!has_bucket(p, hop))
		return;
	if (!rb_error_is(b->key_look.err, RB_GONE) && /* none of its own is S3's default */
	    hop_is_blind(hop, &b->key_look, N_("the bucket"), p->plan->bucket_step))
		return;
	hop_saw(hop, said_new("a key that the role may use"),
		said_new("%s%s%s", b->algorithm ? b->algorithm : "AES256", b->key ? " " : "",
			 b->key ? b->key : ""));
	path_judge_key(p, hop);
}
