/* SPDX-License-Identifier: Apache-2.0 */
/* What an instance is, read from EC2's view of it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/iam/iam.h"
#include "sandbox/network/facts.h"
#include "sandbox/network/find.h"
#include "sandbox/network/scene.h"

static void put(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value ? value : "");
}

/* "arn:aws:iam::123456789012:instance-profile/path/NAME" -> NAME */
static const char *last_part(const char *arn)
{
	const char *slash = arn ? strrchr(arn, '/') : NULL;

	return slash ? slash + 1 : arn;
}

static void read_profile(struct sbx *sbx, const json_t *view, struct facts *f)
{
	const char *arn = find_str(json_object_get(view, "iamInstanceProfile"), "arn");
	const char *name = last_part(arn);
	json_t *profile = name ? store_get(sbx_store(sbx), SBX_PROFILE, "", name) : NULL;

	put(f->profile, sizeof(f->profile), arn);
	put(f->role, sizeof(f->role), find_str(profile, "role"));
	json_decref(profile);
}

static void read_facts(struct sbx *sbx, const json_t *view, const char *region, struct facts *f)
{
	json_t *eni =
		store_get(sbx_store(sbx), "network-interface", region, sec2_str(view, "_eni"));
	const json_t *options = json_object_get(view, "metadataOptions");
	const json_t *group;
	size_t i;

	put(f->region, sizeof(f->region), region);
	put(f->zone, sizeof(f->zone),
	    find_str(json_object_get(view, "placement"), "availabilityZone"));
	put(f->type, sizeof(f->type), find_str(view, "instanceType"));
	put(f->image, sizeof(f->image), find_str(view, "imageId"));
	put(f->address, sizeof(f->address), find_str(view, "privateIpAddress"));
	put(f->dns, sizeof(f->dns), find_str(view, "privateDnsName"));
	put(f->vpc, sizeof(f->vpc), find_str(view, "vpcId"));
	put(f->subnet, sizeof(f->subnet), find_str(view, "subnetId"));
	put(f->architecture, sizeof(f->architecture), find_str(view, "architecture"));
	put(f->reservation, sizeof(f->reservation), find_str(view, "_reservation_id"));
	put(f->mac, sizeof(f->mac), find_str(eni, "macAddress"));
	f->metadata = !text_eq(find_str(options, "httpEndpoint"), "disabled");
	f->needs_token = !text_eq(find_str(options, "httpTokens"), "optional");
	f->groups = json_array();
	f->group_ids = json_array();
	json_array_foreach(json_object_get(view, "groupSet"), i, group) {
		if (find_str(group, "groupName"))
			json_array_append(f->groups, json_object_get(group, "groupName"));
		if (find_str(group, "groupId"))
			json_array_append(f->group_ids, json_object_get(group, "groupId"));
	}
	read_profile(sbx, view, f);
	json_decref(eni);
}

bool facts_of(struct sbx *sbx, const char *instance_id, struct facts *ret)
{
	struct facts f = { 0 };
	json_t *doc, *view = NULL;
	char region[32] = "";
	struct scene s;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	put(f.id, sizeof(f.id), instance_id);
	doc = find_thing(sbx, "instance", "instanceId", instance_id, region);
	if (doc)
		view = find_view(sbx, s.now_ms, "instance", region, doc);
	if (view) {
		f.running = scene_is_running(&s, region, doc);
		f.reachable = f.running && scene_has_booted(&s, doc);
		read_facts(sbx, view, region, &f);
	}
	scene_clear(&s);
	sbx_unlock(sbx);
	json_decref(doc);
	json_decref(view);
	if (!view)
		return false;
	*ret = f;
	return true;
}

void facts_clear(struct facts *facts)
{
	json_decref(facts->groups);
	json_decref(facts->group_ids);
	*facts = (struct facts){ 0 };
}

static bool any(const json_t *doc, const char *region, const void *arg)
{
	(void)doc;
	(void)region;
	(void)arg;
	return true;
}

json_t *sbx_running_instances(struct sbx *sbx)
{
	json_t *out = json_array(), *all;
	const json_t *pair;
	struct scene s;
	size_t i;

	sbx_lock(sbx);
	scene_init(&s, sbx);
	all = find_all(sbx, "instance", any, NULL);
	json_array_foreach(all, i, pair) {
		const char *region = json_string_value(json_array_get(pair, 0));
		const json_t *doc = json_array_get(pair, 1);

		if (scene_is_running(&s, region, doc))
			json_array_append_new(out, json_pack("{s:O, s:s}", "id",
							     json_object_get(doc, "instanceId"),
							     "region", region));
	}
	json_decref(all);
	scene_clear(&s);
	sbx_unlock(sbx);
	return out;
}
