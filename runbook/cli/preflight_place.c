/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are to stand: regions, zones, what is offered there, and the networks around. */
#include <stdlib.h>
#include <string.h>

#include "aws/core/advice.h"
#include "aws/ssm.h"
#include "aws/ec2/far_service.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/cli/preflight_look.h"
#include "runbook/ui/lang.h"

/* ---- region, zone --------------------------------------------------------------- */

/* One call for all sides, made by the first row; a region that is off knows nobody who asks it. */
struct rb_error *look_at_region(struct look *l, const struct need *need)
{
	static const char what[] = "region";
	const struct procedure_side *sides = l->subject->procedure->sides;
	const char *regions[SIDES_MAX + 1] = { NULL };
	char *status[SIDES_MAX] = { NULL };
	const char *its;

	if (!l->has_regions) {
		struct rb_error *err = NULL;

		for (size_t i = 0; sides[i].name; i++)
			regions[i] = params_get(l->subject->params, sides[i].region);
		for (size_t i = 0; sides[i].name && (!i || err); i++) {
			if (!look_may_ask(l, need, what))
				return rb_error_free(err);
			(void)rb_error_free(err);
			err = ec2_region_status(l->sides[i].client, regions, status);
		}
		if (err)
			return look_failed(l, need, what, err);
		for (size_t i = 0; sides[i].name; i++)
			l->sides[i].region_status = status[i];
		l->has_regions = true;
	}
	its = l->sides[need->side].region_status;
	if (text_eq(its, "not-opted-in"))
		finding_advise(look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					  N_("this account has not opted in to region %s"),
					  look_region(l, need)),
			       N_("opt in to %s in the account's settings, or take another region"),
			       look_region(l, need));
	else if (its)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("region %s is on (%s)"),
			   look_region(l, need), its);
	else
		look_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ,
			   N_("AWS does not list region %s"), look_region(l, need));
	return NULL;
}

struct rb_error *look_at_zone(struct look *l, const struct need *need)
{
	static const char what[] = "zone";
	const char *zone = look_param(l, need, 0);
	const struct aws_filter filters[] = { { "zone-name", { zone } }, { 0 } };
	auto_ec2_zones found = { 0 };
	struct rb_error *err;

	if (!*zone)
		return NULL; /* the step takes one that offers all */
	if (!look_may_ask(l, need, what))
		return NULL;
	err = ec2_describe_zones(look_client(l, need), filters, &found);
	if (err)
		return look_failed(l, need, what, err);
	if (!found.n)
		finding_advise(look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					  N_("there is no zone %s"), zone),
			       N_("aws ec2 describe-availability-zones lists those of the "
				  "region"));
	else if (!text_eq(found.v[0].state, "available"))
		look_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ, N_("zone %s is '%s'"), zone,
			   found.v[0].state ? found.v[0].state : "");
	else
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("zone %s is there (%s)"),
			   zone, found.v[0].id ? found.v[0].id : "");
	return NULL;
}

/* ---- what is offered -------------------------------------------------------------- */

struct rb_error *look_at_type(struct look *l, const struct need *need)
{
	static const char what[] = "instance type";
	const char *type = look_param(l, need, 0), *zone = look_param(l, need, 1);
	struct rb_error *err;
	bool offered = false;

	if (!*zone)
		return NULL; /* the step takes one that it is offered in */
	if (!look_may_ask(l, need, what))
		return NULL;
	err = ec2_type_offered(look_client(l, need), type, zone, &offered);
	if (err)
		return look_failed(l, need, what, err);
	if (offered)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("zone %s offers instance type %s; whether it has capacity shows at "
			      "the launch alone"),
			   zone, type);
	else
		finding_advise(look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					  N_("zone %s offers no instance type %s"), zone, type),
			       N_("choose another type or zone"));
	return NULL;
}

struct rb_error *look_at_service(struct look *l, const struct need *need)
{
	static const char what[] = "endpoint service";
	const char *zone = look_param(l, need, 0);
	autofree char *service = ec2_s3_service_name(look_region(l, need), look_region(l, need));
	autofree char *all = NULL;
	auto_strv offered = { 0 };
	struct rb_error *err;

	if (!look_may_ask(l, need, what))
		return NULL;
	err = ec2_interface_service_zones(look_client(l, need), service, &offered);
	if (err)
		return look_failed(l, need, what, err);
	all = strv_join(&offered, ", ");
	if (!offered.n)
		look_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ,
			   N_("AWS does not say in which zones %s is"), service);
	else if (*zone && !strv_has(&offered, zone))
		finding_advise(look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					  N_("%s is not in zone %s, but in: %s"), service, zone,
					  all),
			       N_("choose another zone"));
	else
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("%s is in: %s"), service,
			   all);
	return NULL;
}

/* An endpoint in the zone reaches services of other regions. */
static struct rb_error *look_at_far_zone(struct look *l, const struct need *need, const char *what)
{
	const char *zone = look_param(l, need, 0);
	const struct aws_filter filters[] = { { "zone-name", { zone } }, { 0 } };
	auto_ec2_zones found = { 0 };
	struct rb_error *err = ec2_describe_zones(look_client(l, need), filters, &found);

	if (err)
		return look_failed(l, need, what, err);
	if (!found.n || !found.v[0].id)
		return NULL; /* that it is not there is said of the zone itself */
	if (ec2_zone_reaches_far(found.v[0].id))
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("from zone %s (%s) services of other regions are reached"), zone,
			   found.v[0].id);
	else
		finding_advise(look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					  N_("from zone %s (%s) no service of another region is "
					     "reached"),
					  zone, found.v[0].id),
			       N_("choose another zone"));
	return NULL;
}

struct rb_error *look_at_far_service(struct look *l, const struct need *need)
{
	static const char what[] = "endpoint service";
	const char *region = look_param(l, need, 1);
	autofree char *service = ec2_s3_service_name(look_region(l, need), region);
	struct rb_error *err;
	bool offered = false;

	if (!look_may_ask(l, need, what))
		return NULL;
	err = ec2_interface_service_offered(look_client(l, need), service, region, &offered);
	if (err)
		return look_failed(l, need, what, err);
	if (offered)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("%s is offered to %s"),
			   service, look_region(l, need));
	else
		finding_advise(
			look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
				   N_("%s is not offered to %s"), service, look_region(l, need)),
			N_("choose another region, or another procedure: runbook procedures lists them"));
	return *look_param(l, need, 0) ? look_at_far_zone(l, need, what) : NULL;
}

/* ---- the image --------------------------------------------------------------------- */

/* What the run would launch; NULL: not known, and why is among the findings. */
static struct rb_error *find_image(struct look *l, const struct need *need, const char *what,
				   char **ret)
{
	autofree char *name =
		xasprintf("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
			  look_param(l, need, 1));
	struct rb_error *err;

	*ret = NULL;
	if (*look_param(l, need, 0)) {
		*ret = xstrdup(look_param(l, need, 0));
		return NULL;
	}
	if (!look_may_ask(l, need, what))
		return NULL;
	err = ssm_get_parameter(look_client(l, need), name, ret);
	return err ? look_failed(l, need, what, err) : NULL;
}

static bool names_type(const struct strv *list, const char *type)
{
	for (size_t i = 0; i < list->n; i++)
		if (advice_code_matches(list->v[i], type))
			return true;
	return false;
}

/* Does the rule hide it, or is it not there at all? */
static void tell_hidden(struct look *l, const struct need *need, const char *what,
			const char *image)
{
	auto_ec2_account_setting rule = { 0 };
	struct rb_error *err = NULL;

	if (preflight_may_ask(l->preflight))
		err = ec2_get_allowed_images(look_client(l, need), &rule);
	if (!err && text_eq(rule.value, "enabled"))
		finding_advise(
			look_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("the account's Allowed AMIs rule (%s) does not admit image %s"),
				rule.managed_by ? rule.managed_by : "account", image),
			N_("aws ec2 get-allowed-images-settings shows the rule; 'source.image' "
			   "names an image that it admits"));
	else
		finding_advise(
			look_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("image %s is not in %s, not shared with this account, or hidden by "
				   "its Allowed AMIs rule"),
				image, look_region(l, need)),
			N_("'source.image' names another image"));
	(void)rb_error_free(err);
}

static void tell_image(struct look *l, const struct need *need, const char *what,
		       const struct ec2_image *image)
{
	const char *architecture = look_param(l, need, 1), *type = look_param(l, need, 2);

	if (!text_eq(image->state, "available"))
		look_found(l, need, what, PREFLIGHT_NO, HOW_READ, N_("image %s is '%s'"),
			   image->image_id, image->state ? image->state : "");
	else if (!text_eq(image->architecture, architecture))
		look_found(l, need, what, PREFLIGHT_NO, HOW_READ,
			   N_("image %s is for %s, the instance is of %s"), image->image_id,
			   image->architecture ? image->architecture : "", architecture);
	else if (names_type(&image->unsupported_types, type) ||
		 (image->supported_types.n && !names_type(&image->supported_types, type)))
		finding_advise(
			look_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("image %s does not run on instance type %s: its owner says so"),
				image->image_id, type),
			N_("choose another type or image"));
	else if (image->not_allowed)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("image %s does not fit the account's Allowed AMIs rule, which is in "
			      "audit mode"),
			   image->image_id);
	else
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("image %s is there (%s)"),
			   image->image_id, image->name ? image->name : "");
}

struct rb_error *look_at_image(struct look *l, const struct need *need)
{
	static const char what[] = "image";
	autofree char *image = NULL;
	auto_ec2_images found = { 0 };
	struct rb_error *err;

	TRY(find_image(l, need, what, &image));
	if (!image || !look_may_ask(l, need, what))
		return NULL;
	err = ec2_describe_images(look_client(l, need), (const char *const[]){ image, NULL }, NULL,
				  NULL, &found);
	if (err && err->kind != RB_GONE)
		return look_failed(l, need, what, err);
	(void)rb_error_free(err);
	if (found.n)
		tell_image(l, need, what, &found.v[0]);
	else
		tell_hidden(l, need, what, image);
	return NULL;
}

/* ---- networks ----------------------------------------------------------------------- */

static bool is_of_run(const struct look *l, const struct ec2_vpc *vpc)
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
struct rb_error *look_at_network(struct look *l, const struct need *need)
{
	static const char what[] = "network";
	const char *block = look_param(l, need, 0);
	struct ec2_vpcs *vpcs = look_vpcs(l, need, what);
	auto_buf others = BUF_INIT;

	for (size_t i = 0; vpcs && i < vpcs->n; i++)
		if (!is_of_run(l, &vpcs->v[i]) && vpc_overlaps(&vpcs->v[i], block))
			(void)buf_addf(&others, "%s%s", others.n ? ", " : "", vpcs->v[i].vpc_id);
	if (vpcs && !others.n)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("no other VPC in %s has addresses of %s"), look_region(l, need),
			   block);
	else if (vpcs)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("%s has addresses of %s, too: both may stand, but nothing can ever "
			      "be routed between them"),
			   others.p, block);
	return NULL;
}

/* A VPC of the run's that stands already may have got blocks that overlap the other side's. */
static const struct ec2_vpc *standing_overlap(const struct look *l, const char *block)
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

static struct rb_error *look_at_encryption_of(struct look *l, const struct need *need,
					      const char *what, size_t side, bool *ret_told)
{
	const char *region = l->subject->procedure->sides[side].region;
	auto_ec2_account_setting control = { 0 };
	struct rb_error *err = ec2_get_vpc_encryption(l->sides[side].client, &control);

	*ret_told = err || text_eq(control.value, "attempt-enforce");
	if (err)
		return look_failed(l, need, what, err);
	if (*ret_told)
		finding_advise(
			look_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
				   N_("the account enforces encryption in VPCs of %s (%s): what a "
				      "peering between regions needs then is not known beforehand"),
				   params_get(l->subject->params, region),
				   control.managed_by ? control.managed_by : "account"),
			N_("ask for an exclusion of VPC peering in the VPC encryption controls"));
	return NULL;
}

static struct rb_error *look_at_encryption(struct look *l, const struct need *need,
					   const char *what, bool *ret_told)
{
	const struct procedure_side *sides = l->subject->procedure->sides;

	*ret_told = false;
	for (size_t i = 0; sides[i].name && !*ret_told; i++) {
		if (text_eq(l->sides[i].region_status, "not-opted-in"))
			continue;
		*ret_told = !look_may_ask(l, need, what);
		if (!*ret_told)
			TRY(look_at_encryption_of(l, need, what, i, ret_told));
	}
	return NULL;
}

struct rb_error *look_at_peering(struct look *l, const struct need *need)
{
	static const char what[] = "peering";
	const char *ours = look_param(l, need, 0), *theirs = look_param(l, need, 1);
	const struct ec2_vpc *vpc = standing_overlap(l, theirs);
	bool told;

	if (!vpc)
		vpc = standing_overlap(l, ours);
	if (vpc) {
		finding_advise(
			look_found(
				l, need, what, PREFLIGHT_NO, HOW_READ,
				N_("%s has got a block that overlaps the other side's: AWS lets such a "
				   "peering fail"),
				vpc->vpc_id),
			N_("take the block away from %s"), vpc->vpc_id);
		return NULL;
	}
	TRY(look_at_encryption(l, need, what, &told));
	if (!told)
		look_found(l, need, what, PREFLIGHT_YES, HOW_READ,
			   N_("%s and %s do not overlap, and nothing forbids to join them"), ours,
			   theirs);
	return NULL;
}
