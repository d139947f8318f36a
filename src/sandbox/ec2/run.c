/* SPDX-License-Identifier: Apache-2.0 */
/* RunInstances. */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/launch.h"

static void reply_instances(struct sec2 *c, const char *reservation, json_t *views)
{
	sec2_reply(c, json_pack("{s:s, s:s, s:[], s:o}", "reservationId", reservation, "ownerId",
				SANDBOX_ACCOUNT, "groupSet", "instancesSet", views));
}

/* The same token again: the instances of the first call, as they are now. */
static void reply_replay(struct sec2 *c, const char *reservation)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *all = sec2_all(c, &EC2_INSTANCE), *views = json_array(), *doc;
	bool dead = true;
	size_t i;

	json_array_foreach(all, i, doc) {
		const char *state = sec2_instance_state(doc, c->now_ms);

		if (strcmp(sec2_str(doc, "_reservation_id"), reservation) != 0)
			continue;
		dead = dead && (!strcmp(state, "terminated") || !strcmp(state, "shutting-down"));
		json_array_append_new(views, sec2_view(&context, &EC2_INSTANCE, doc));
	}
	json_decref(all);
	if (dead) {
		json_decref(views);
		sec2_fail(c, "IdempotentInstanceTerminated",
			  "The instance that client token '%s' launched has been terminated",
			  sec2_arg(c, "ClientToken"));
		return;
	}
	reply_instances(c, reservation, views);
}

static void launch(struct sec2 *c, const struct sec2_launch *l, const char *zone)
{
	autofree char *reservation = sbx_new_id("r");
	json_t *views = json_array();
	bool good = true;

	sec2_sweep(c);
	for (int64_t i = 0; i < l->count && good; i++)
		good = sec2_launch_one(c, l, reservation, (size_t)i, views);
	if (good) {
		sec2_token_bind(c, zone, reservation);
		reply_instances(c, reservation, views);
	} else {
		json_decref(views);
	}
}

void sec2_run_instances(struct sec2 *c)
{
	struct sec2_launch l = { 0 };
	autofree char *reservation = NULL;
	const char *zone = "";
	enum sec2_token token = EC2_TOKEN_FAILED;

	/* The token counts within the subnet's zone, so the network comes before it. */
	if (sec2_launch_network(c, &l)) {
		zone = sec2_str(l.subnet, "availabilityZone");
		token = sec2_arg_bool(c, "DryRun", false) ? EC2_TOKEN_NEW
							  : sec2_token_check(c, zone, &reservation);
	}
	if (token == EC2_TOKEN_REPLAY) {
		reply_replay(c, reservation);
	} else if (token == EC2_TOKEN_NEW && sec2_launch_check(c, &l)) {
		if (sec2_arg_bool(c, "DryRun", false))
			sbx_fail(c->req, c->rep, 412, "DryRunOperation",
				 "Request would have succeeded, but DryRun flag is set.");
		else if (sec2_launch_fits_quota(c, &l))
			launch(c, &l, zone);
	}
	sec2_launch_clear(&l);
}
