/* SPDX-License-Identifier: Apache-2.0 */
/* Reads who may: the bucket with its settings, the instance's role, and whoever asks. */
#include "steps/common/path_int.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/text.h"

static void look_clear(struct look *look)
{
	look->err = rb_error_free(look->err);
}

void path_rules_add(struct ec2_rules *rules, struct ec2_rules *from)
{
	if (!from->n)
		return;
	rules->v = xreallocarray(rules->v, rules->n + from->n, sizeof(*rules->v));
	memcpy(rules->v + rules->n, from->v, from->n * sizeof(*from->v));
	rules->n += from->n;
	free(from->v);
	*from = (struct ec2_rules){ 0 };
}

char *path_example_address(const char *cidr)
{
	uint32_t base;
	int prefix;

	if (!text_parse_cidr(cidr, &base, &prefix))
		return NULL;
	base += 4; /* the network, the router, DNS and one more are AWS's own */
	return xasprintf("%u.%u.%u.%u", base >> 24, base >> 16 & 255, base >> 8 & 255, base & 255);
}

/* ---- the bucket --------------------------------------------------------------------- */

static struct rb_error *read_policy(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;
	struct rb_error *err =
		s3_get_bucket_policy(step_aws_of(ctx, p->plan->bucket_side), p->bucket_name,
				     step_account(ctx), &p->bucket.policy);

	if (rb_error_is_aws(err, "NoSuchBucketPolicy"))
		err = rb_error_free(err);
	return path_looked(&p->bucket.policy_look, err);
}

static struct rb_error *read_block(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;

	return path_looked(&p->bucket.block_look,
			   s3_get_public_access_block(step_aws_of(ctx, p->plan->bucket_side),
						      p->bucket_name, step_account(ctx),
						      &p->bucket.block));
}

static struct rb_error *read_encryption(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;

	return path_looked(&p->bucket.key_look,
			   s3_get_bucket_key(step_aws_of(ctx, p->plan->bucket_side), p->bucket_name,
					     step_account(ctx), &p->bucket.algorithm,
					     &p->bucket.key));
}

struct rb_error *path_read_bucket(struct step_ctx *ctx, void *arg)
{
	static const struct {
		struct rb_error *(*fn)(struct step_ctx *ctx, void *arg);
	} settings[] = { { read_policy }, { read_block }, { read_encryption } };
	struct path *p = arg;
	struct step_branch all[ARRAY_LEN(settings) + 1] = { { 0 } };

	if (!p->bucket_name)
		return NULL;
	TRY(path_looked(&p->bucket.head,
			s3_head_bucket(step_aws_of(ctx, p->plan->bucket_side), p->bucket_name,
				       step_account(ctx), &p->bucket.region)));
	if (rb_error_is(p->bucket.head.err, RB_GONE))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		all[i] = (struct step_branch){ settings[i].fn, p };
	return step_together(ctx, all);
}

/* ---- the role ----------------------------------------------------------------------- */

static struct rb_error *read_role(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;

	return path_looked(&p->role.role_look,
			   iam_get_role(step_aws_of(ctx, 0), p->role_name, &p->role.role));
}

static struct rb_error *read_attached(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;

	return path_looked(&p->role.attached_look,
			   iam_list_attached_role_policies(step_aws_of(ctx, 0), p->role_name,
							   &p->role.attached));
}

static struct rb_error *read_inlined(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;

	return path_looked(
		&p->role.inline_look,
		iam_list_role_policies(step_aws_of(ctx, 0), p->role_name, &p->role.inlined));
}

static void add_context(const struct path_request *r, struct iam_question *q)
{
	for (size_t i = 0; i < r->n; i++)
		iam_question_add(q, r->keys[i].name, "string", r->keys[i].value);
}

/* What IAM itself says of the role's policies, boundary and organisation. */
static struct rb_error *ask_of_role(struct step_ctx *ctx, struct path *p)
{
	struct iam_question q = { .principal = p->role.role.arn };
	auto_iam_decisions found = { 0 };
	struct path_request request;
	struct rb_error *err;

	path_request_of(p, &request);
	strv_add(&q.actions, request.action);
	strv_add(&q.resources, request.resource);
	add_context(&request, &q);
	err = path_looked(&p->role.ask_look, iam_simulate(step_aws_of(ctx, 0), &q, &found));
	iam_question_clear(&q);
	TRY(err);
	if (found.n) {
		set_str(&p->role.decision, found.v[0].decision);
		p->role.by_organisation = found.v[0].by_organisation;
		p->role.by_boundary = found.v[0].by_boundary;
	}
	return NULL;
}

/* "arn:aws:iam::123456789012:instance-profile/path/NAME": NAME. */
static const char *last_part(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

/* Only where it carries a profile that the run did not give it; not seen, it stays unknown. */
static struct rb_error *read_association(struct step_ctx *ctx, struct path *p)
{
	const struct path_end *from = &p->ends[END_FROM];
	const char *ours = step_output_of(ctx, from->plan->step, "instance_profile_name");
	CLEANUP(look_clear) struct look look = { 0 };

	if (!from->profile_arn || !ours || text_eq(ours, p->profile_name))
		return NULL;
	p->named_profile = xasprintf("Name=%s", ours);
	return path_looked(&look, ec2_find_profile_association(step_aws_of(ctx, from->plan->side),
							       from->id, &p->association_id));
}

struct rb_error *path_read_role(struct step_ctx *ctx, void *arg)
{
	struct path *p = arg;
	const struct path_end *from = &p->ends[END_FROM];
	const struct step_branch reads[] = {
		{ read_role, p }, { read_attached, p }, { read_inlined, p }, { 0 }
	};

	set_str(&p->profile_name, last_part(from->profile_arn));
	if (!p->profile_name)
		set_str(&p->profile_name,
			step_output_of(ctx, from->plan->step, "instance_profile_name"));
	if (!p->profile_name)
		return NULL;
	TRY(path_looked(
		&p->role.profile_look,
		iam_get_instance_profile(step_aws_of(ctx, 0), p->profile_name, &p->role.profile)));
	/* the one that it has, and of one that has none the one that it should have */
	set_str(&p->role_name, p->role.profile.role_names.n
				       ? p->role.profile.role_names.v[0]
				       : step_output_of(ctx, from->plan->step, "role_name"));
	if (!p->role_name)
		return NULL;
	TRY(step_together(ctx, reads));
	TRY(read_association(ctx, p));
	if (p->role.role.arn)
		TRY(ask_of_role(ctx, p));
	return path_read_key(ctx, p);
}

/* ---- who logs in -------------------------------------------------------------------- */

static void add_tags(const struct aws_tags *tags, struct iam_question *q)
{
	for (size_t i = 0; i < tags->n; i++) {
		autofree char *key = xasprintf("aws:ResourceTag/%s", tags->v[i].key);

		iam_question_add(q, key, "string", tags->v[i].value);
	}
}

static struct rb_error *ask_one(struct aws_client *c, struct path_operator *op,
				struct iam_question *q)
{
	auto_iam_decisions found = { 0 };

	TRY(path_looked(&op->ask_look, iam_simulate(c, q, &found)));
	for (size_t i = 0; i < found.n; i++) {
		if (text_eq(found.v[i].decision, "allowed"))
			continue;
		strv_add(&op->refused, found.v[i].action);
		op->by_organisation |= found.v[i].by_organisation;
	}
	return NULL;
}

static struct rb_error *ask_of_caller(struct step_ctx *ctx, struct path *p)
{
	const struct path_end *from = &p->ends[END_FROM], *to = &p->ends[END_TO];
	const char *region = aws_client_region(from->client);
	struct iam_question push = { .principal = p->op.principal };
	struct iam_question open = { .principal = p->op.principal };
	struct rb_error *err;

	strv_add(&push.actions, "ec2-instance-connect:SendSSHPublicKey");
	strv_addf(&push.resources, "arn:%s:ec2:%s:%s:instance/%s", step_partition(ctx), region,
		  step_account(ctx), to->id);
	iam_question_add(&push, "ec2:osuser", "string", step_param(ctx, p->plan->os_user_param));
	iam_question_add(&push, "aws:RequestedRegion", "string", region);
	add_tags(&to->tags, &push);
	strv_add(&open.actions, "ec2-instance-connect:OpenTunnel");
	strv_addf(&open.resources, "arn:%s:ec2:%s:%s:instance-connect-endpoint/%s",
		  step_partition(ctx), region, step_account(ctx), from->id);
	iam_question_add(&open, "ec2-instance-connect:remotePort", "numeric", "22");
	iam_question_add(&open, "ec2-instance-connect:privateIpAddress", "ip", to->address);
	iam_question_add(&open, "aws:RequestedRegion", "string", region);
	add_tags(&from->tags, &open);
	err = ask_one(step_aws_of(ctx, 0), &p->op, &push);
	if (!err && !p->op.ask_look.err)
		err = ask_one(step_aws_of(ctx, 0), &p->op, &open);
	iam_question_clear(&push);
	iam_question_clear(&open);
	return err;
}

struct rb_error *path_read_operator(struct step_ctx *ctx, void *arg)
{
	const struct path_caller *asks = arg;
	struct path *p = asks->p;

	if (!asks->arn || !p->ends[END_FROM].id || !p->ends[END_TO].id)
		return NULL;
	TRY(path_looked(&p->op.ask_look,
			iam_principal_of(step_aws_of(ctx, 0), asks->arn, &p->op.principal)));
	return p->op.ask_look.err || !p->op.principal ? NULL : ask_of_caller(ctx, p);
}

void path_access_clear(struct path *p)
{
	struct path_role *r = &p->role;
	struct path_bucket *b = &p->bucket;

	look_clear(&r->profile_look);
	look_clear(&r->role_look);
	look_clear(&r->attached_look);
	look_clear(&r->inline_look);
	look_clear(&r->ask_look);
	iam_profile_clear(&r->profile);
	iam_role_clear(&r->role);
	strv_clear(&r->attached);
	strv_clear(&r->inlined);
	free(r->decision);
	look_clear(&b->head);
	look_clear(&b->policy_look);
	look_clear(&b->block_look);
	look_clear(&b->key_look);
	free(b->region);
	free(b->policy);
	free(b->algorithm);
	free(b->key);
	look_clear(&p->op.ask_look);
	free(p->op.principal);
	strv_clear(&p->op.refused);
	free(p->profile_name);
	free(p->role_name);
	free(p->object_arn);
	free(p->association_id);
	free(p->named_profile);
	look_clear(&b->use_look);
	free(b->use);
}
