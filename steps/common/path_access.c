/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hops: what policies say of the request, and whether the endpoint and the bucket admit it.
 *
 * Inside one account either the role's own policies or the bucket's have to allow an upload, and
 * none of them may refuse it; so a role that is allowed nothing is no break where the bucket
 * admits whoever comes through the endpoint.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "steps/common/path_int.h"
#include "steps/common/policy.h"
#include "steps/common/role.h"

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
enum policy_says path_role_says(const struct path *p)
{
	const struct path_role *r = &p->role;
	autofree char *full = policy_arn(step_partition(p->ctx), ROLE_POLICY_NAME);

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

const char *path_policy_word(enum policy_says says)
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

enum policy_says path_bucket_says(const struct path *p)
{
	return p->bucket.policy_look.made && !p->bucket.policy_look.err ? ask(p, p->bucket.policy)
									: POLICY_UNKNOWN;
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
		said_new("%-s", path_policy_word(says)));
	if (says == POLICY_UNKNOWN) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", path_policy_word(says));
	} else if (says != POLICY_ALLOWS) {
		hop_break(hop, said_new("the endpoint's policy: that of '%s' is no longer the "
					"default, which allows all",
					end->id));
		hop_mend_by_step(hop, end->plan->step);
	}
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
	enum policy_says says = path_bucket_says(p), role = path_role_says(p);
	bool enough = role == POLICY_ALLOWS;

	hop_is_of(hop, p->s3, p->bucket_name, N_("bucket policy"));
	if (!has_bucket(p, hop) || hop_is_blind(hop, &p->bucket.policy_look,
						N_("the bucket policy"), p->plan->bucket_step))
		return;
	hop_saw(hop, said_new("allows s3:PutObject through %s", end->id ? end->id : "-"),
		p->bucket.policy ? said_new("%-s", path_policy_word(says))
				 : said_new("there is none"));
	if (says == POLICY_ALLOWS)
		return;
	if ((says == POLICY_SAYS_NOTHING || says == POLICY_DELEGATES) && role != POLICY_UNKNOWN) {
		if (enough)
			return;
	} else if (says != POLICY_DENIES) {
		hop->state = HOP_UNKNOWN;
		hop->why = said_new("%-s", path_policy_word(POLICY_UNKNOWN));
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
