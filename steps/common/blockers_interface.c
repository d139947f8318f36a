/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces that are in the way of a delete, told by what they serve. */
#include "steps/common/blockers_int.h"

#include <string.h>

#include "aws/ec2/ec2.h"
#include "base/alloc.h"
#include "base/said.h"
#include "base/text.h"
#include "steps/common/resource.h"

/* The id that begins with `prefix` in a description; NULL: none.  Caller frees. */
static char *id_in(const char *description, const char *prefix)
{
	const char *at = description ? strstr(description, prefix) : NULL;

	return at ? xstrndup(at, strlen(prefix) + strspn(at + strlen(prefix), "0123456789abcdef"))
		  : NULL;
}

static struct rb_error *endpoint_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_vpc_endpoints found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_vpc_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || blockers_is_going(found.v[0].state) ||
	       blockers_is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

static struct rb_error *connect_endpoint_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_connect_endpoints found = { 0 };

	TRY(resource_unless_gone(
		ec2_describe_connect_endpoints(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || blockers_is_going(found.v[0].state) ||
	       blockers_is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

static struct rb_error *instance_fades(struct step_ctx *ctx, const char *id, bool *ret)
{
	auto_ec2_instances found = { 0 };

	TRY(resource_unless_gone(ec2_describe_instances(step_aws(ctx), ONE_ID(id), NULL, &found)));
	*ret = !found.n || text_eq(found.v[0].state, "shutting-down") ||
	       text_eq(found.v[0].state, "terminated") ||
	       blockers_is_of_run(ctx, id, &found.v[0].tags);
	return NULL;
}

/*
 * AWS takes an interface away minutes after the endpoint or instance that it served, so what
 * counts is its owner: an owner that is the run's, or is on its way out, lets go of it.
 */
static struct rb_error *interface_fades(struct step_ctx *ctx, const struct ec2_interface *e,
					bool *ret)
{
	autofree char *endpoint = id_in(e->description, "vpce-");
	autofree char *connect = id_in(e->description, "eice-");

	*ret = blockers_is_of_run(ctx, e->interface_id, &e->tags) ||
	       (e->instance_id && step_run_made(ctx, e->instance_id)) ||
	       (endpoint && step_run_made(ctx, endpoint)) ||
	       (connect && step_run_made(ctx, connect));
	if (*ret)
		return NULL;
	if (e->instance_id)
		return instance_fades(ctx, e->instance_id, ret);
	if (endpoint)
		return endpoint_fades(ctx, endpoint, ret);
	return connect ? connect_endpoint_fades(ctx, connect, ret) : NULL;
}

struct rb_error *blockers_interfaces(struct step_ctx *ctx, const char *filter, const char *id,
				     struct blockers *out)
{
	auto_ec2_interfaces found = { 0 };

	TRY(ec2_describe_interfaces(step_aws(ctx), NULL, ONE_FILTER(filter, id), &found));
	for (size_t i = 0; i < found.n; i++) {
		const struct ec2_interface *e = &found.v[i];
		autofree char *about =
			e->description ? text_printable(e->description, strlen(e->description),
							/* max= */ 80)
				       : NULL;
		const char *user = e->instance_id    ? e->instance_id
				   : e->requester_id ? e->requester_id
						     : N_("unknown");
		const char *status = e->status ? e->status : N_("unknown");
		bool fades = false;

		TRY(interface_fades(ctx, e, &fades));
		blockers_add(blockers_list_for(out, fades),
			     about && *about ? said_new("network interface %s ('%s', by %-s, %-s)",
							e->interface_id, about, user, status)
					     : said_new("network interface %s (by %-s, %-s)",
							e->interface_id, user, status));
	}
	return NULL;
}
