/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are to stand: regions, zones, what is offered there, and the networks around. */

#include "aws/core/advice.h"
#include "aws/ec2/far_service.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight_check.h"

/* ---- region, zone --------------------------------------------------------------- */

/* One call for all sides, made by the first row; a region that is off knows nobody who asks it. */
struct rb_error *preflight_check_region(struct preflight_check *l, const struct need *need)
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
			if (!preflight_may_check(l, need, what))
				return rb_error_free(err);
			(void)rb_error_free(err);
			err = ec2_region_status(l->sides[i].client, regions, status);
		}
		if (err)
			return preflight_failed(l, need, what, err);
		for (size_t i = 0; sides[i].name; i++)
			l->sides[i].region_status = status[i];
		l->has_regions = true;
	}
	its = l->sides[need->side].region_status;
	if (text_eq(its, "not-opted-in"))
		finding_advise(preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					       N_("this account has not opted in to region %s"),
					       preflight_region(l, need)),
			       N_("opt in to %s in the account's settings, or take another region"),
			       preflight_region(l, need));
	else if (its)
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("region %s is on (%s)"),
				preflight_region(l, need), its);
	else
		preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ,
				N_("AWS does not list region %s"), preflight_region(l, need));
	return NULL;
}

struct rb_error *preflight_check_zone(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "zone";
	const char *zone = preflight_param(l, need, 0);
	const struct aws_filter filters[] = { { "zone-name", { zone } }, { 0 } };
	auto_ec2_zones found = { 0 };
	struct rb_error *err;

	if (!*zone)
		return NULL; /* the step takes one that offers all */
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_describe_zones(preflight_client(l, need), filters, &found);
	if (err)
		return preflight_failed(l, need, what, err);
	if (!found.n)
		finding_advise(preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					       N_("there is no zone %s"), zone),
			       N_("aws ec2 describe-availability-zones lists those of the "
				  "region"));
	else if (!text_eq(found.v[0].state, "available"))
		preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ, N_("zone %s is '%s'"),
				zone, found.v[0].state ? found.v[0].state : "");
	else
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("zone %s is there (%s)"),
				zone, found.v[0].id ? found.v[0].id : "");
	return NULL;
}

/* ---- what is offered -------------------------------------------------------------- */

struct rb_error *preflight_check_type(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "instance type";
	const char *type = preflight_param(l, need, 0), *zone = preflight_param(l, need, 1);
	struct rb_error *err;
	bool offered = false;

	if (!*zone)
		return NULL; /* the step takes one that it is offered in */
	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_type_offered(preflight_client(l, need), type, zone, &offered);
	if (err)
		return preflight_failed(l, need, what, err);
	if (offered)
		preflight_found(
			l, need, what, PREFLIGHT_YES, HOW_READ,
			N_("zone %s offers instance type %s; whether it has capacity shows at "
			   "the launch alone"),
			zone, type);
	else
		finding_advise(preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					       N_("zone %s offers no instance type %s"), zone,
					       type),
			       N_("choose another type or zone"));
	return NULL;
}

struct rb_error *preflight_check_service(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "endpoint service";
	const char *zone = preflight_param(l, need, 0);
	autofree char *service =
		ec2_s3_service_name(preflight_region(l, need), preflight_region(l, need));
	autofree char *all = NULL;
	auto_strv offered = { 0 };
	struct rb_error *err;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_interface_service_zones(preflight_client(l, need), service, &offered);
	if (err)
		return preflight_failed(l, need, what, err);
	all = strv_join(&offered, ", ");
	if (!offered.n)
		preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_READ,
				N_("AWS does not say in which zones %s is"), service);
	else if (*zone && !strv_has(&offered, zone))
		finding_advise(preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					       N_("%s is not in zone %s, but in: %s"), service,
					       zone, all),
			       N_("choose another zone"));
	else
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("%s is in: %s"), service,
				all);
	return NULL;
}

/* An endpoint in the zone reaches services of other regions. */
static struct rb_error *check_far_zone(struct preflight_check *l, const struct need *need,
				       const char *what)
{
	const char *zone = preflight_param(l, need, 0);
	const struct aws_filter filters[] = { { "zone-name", { zone } }, { 0 } };
	auto_ec2_zones found = { 0 };
	struct rb_error *err = ec2_describe_zones(preflight_client(l, need), filters, &found);

	if (err)
		return preflight_failed(l, need, what, err);
	if (!found.n || !found.v[0].id)
		return NULL; /* that it is not there is said of the zone itself */
	if (ec2_zone_reaches_far(found.v[0].id))
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ,
				N_("from zone %s (%s) services of other regions are reached"), zone,
				found.v[0].id);
	else
		finding_advise(
			preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					N_("from zone %s (%s) no service of another region is "
					   "reached"),
					zone, found.v[0].id),
			N_("choose another zone"));
	return NULL;
}

struct rb_error *preflight_check_far_service(struct preflight_check *l, const struct need *need)
{
	static const char what[] = "endpoint service";
	const char *region = preflight_param(l, need, 1);
	autofree char *service = ec2_s3_service_name(preflight_region(l, need), region);
	struct rb_error *err;
	bool offered = false;

	if (!preflight_may_check(l, need, what))
		return NULL;
	err = ec2_interface_service_offered(preflight_client(l, need), service, region, &offered);
	if (err)
		return preflight_failed(l, need, what, err);
	if (offered)
		preflight_found(l, need, what, PREFLIGHT_YES, HOW_READ, N_("%s is offered to %s"),
				service, preflight_region(l, need));
	else
		finding_advise(
			preflight_found(l, need, what, PREFLIGHT_NO, HOW_READ,
					N_("%s is not offered to %s"), service,
					preflight_region(l, need)),
			N_("choose another region, or another procedure: runbook procedures lists them"));
	return *preflight_param(l, need, 0) ? check_far_zone(l, need, what) : NULL;
}
