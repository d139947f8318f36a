/* SPDX-License-Identifier: Apache-2.0 */
/* From an Instance Connect Endpoint to the instance at an address of its VPC. */
#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/network/find.h"
#include "sandbox/network/scene.h"
#include "sandbox/network/way.h"

/* Whose address the instance sees when the endpoint preserves its client's: a documentation
 * address. */
#define CLIENT_ADDRESS "203.0.113.25"

static const char *const EICE_SERVES[] = { "create-complete", "update-in-progress",
					   "update-complete", "update-failed", NULL };

struct place {
	const char *region, *vpc_id, *address;
};

static bool lives_at(const json_t *doc, const char *region, const void *arg)
{
	const struct place *p = arg;

	return text_eq(region, p->region) && text_eq(find_str(doc, "vpcId"), p->vpc_id) &&
	       text_eq(find_str(doc, "privateIpAddress"), p->address);
}

/* The instance at that address: one that runs before one that only ran. */
static json_t *instance_at(struct scene *s, const struct place *place)
{
	json_t *found = find_all(s->sbx, "instance", lives_at, place);
	json_t *best = NULL, *doc;
	const json_t *pair;
	size_t i;

	json_array_foreach(found, i, pair) {
		doc = json_array_get(pair, 1);
		if (!best || scene_is_running(s, place->region, doc))
			best = doc;
	}
	json_incref(best);
	json_decref(found);
	return best;
}

void way_from_eice(struct sbx *sbx, const char *region, const char *eice_id, const char *address,
		   int port, struct way *ret)
{
	struct place place = { .region = region, .address = address };
	json_t *instance = NULL, *got;
	const json_t *eice;
	struct scene s;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	s.path.port = port;
	s.path.name_resolves = true;
	got = store_get(sbx_store(sbx), "instance-connect-endpoint", region, eice_id);
	eice = got ? scene_keep(&s, got) : NULL;
	place.vpc_id = find_str(eice, "vpcId");
	if (place.vpc_id)
		instance = instance_at(&s, &place);
	if (!eice || !scene_end_from_eni(&s, region, eice_id,
					 find_first(eice, "networkInterfaceIdSet"), &s.path.from)) {
		way_stopped(ret, NETWORK_HOP_SOURCE_STATE, "there is no endpoint '%s'", eice_id);
	} else if (!instance) {
		way_stopped(ret, NETWORK_HOP_TARGET_STATE, "there is nothing at '%s'", address);
	} else if (!scene_end_from_instance(&s, region, scene_keep(&s, json_incref(instance)), true,
					    &s.path.to)) {
		way_stopped(ret, NETWORK_HOP_TARGET_STATE, "'%s' has no network interface",
			    sec2_str(instance, "instanceId"));
	} else {
		s.path.from.up = find_state_is(s.sbx, s.now_ms, "instance-connect-endpoint", region,
					       eice, EICE_SERVES);
		if (find_flag(eice, "preserveClientIp"))
			s.path.seen_address = CLIENT_ADDRESS;
		scene_trace(&s, ret);
	}
	json_decref(instance);
	scene_clear(&s);
	sbx_unlock(sbx);
}
