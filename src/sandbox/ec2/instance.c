/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances: what they are and how they are seen.  Their beginning is in
 * ec2/run.c, what changes them in ec2/change.c.
 *
 * Times in the document: _running_ms (when pending ends), _stop_ms and
 * _stopped_ms, _term_ms and _terminated_ms; a time that is not set is 0.
 */
#include <string.h>

#include "sandbox/ec2/instance.h"

#define LISTED_MS (3600LL * 1000)

/* ---- states ------------------------------------------------------------- */

static const struct {
	const char *name;
	int code;
} STATES[] = {
	{ "pending", 0 },     { "running", 16 },  { "shutting-down", 32 },
	{ "terminated", 48 }, { "stopping", 64 }, { "stopped", 80 },
};

const char *sec2_instance_state(const json_t *doc, int64_t now_ms)
{
	int64_t term_ms = sec2_ms(doc, "_term_ms"), stop_ms = sec2_ms(doc, "_stop_ms");

	if (term_ms && now_ms >= term_ms)
		return now_ms < sec2_ms(doc, "_terminated_ms") ? "shutting-down" : "terminated";
	if (stop_ms && now_ms >= stop_ms)
		return now_ms < sec2_ms(doc, "_stopped_ms") ? "stopping" : "stopped";
	return now_ms < sec2_ms(doc, "_running_ms") ? "pending" : "running";
}

json_t *sec2_instance_state_tree(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(STATES); i++) {
		if (!strcmp(STATES[i].name, name))
			return json_pack("{s:i, s:s}", "code", STATES[i].code, "name", name);
	}
	return json_object();
}

/* ---- the instance as it is answered ------------------------------------- */

/* The interface in the shorter form that instances show. */
static json_t *interface_view(const json_t *eni)
{
	static const char *const members[] = { "networkInterfaceId",
					       "subnetId",
					       "vpcId",
					       "description",
					       "ownerId",
					       "status",
					       "macAddress",
					       "privateIpAddress",
					       "privateDnsName",
					       "sourceDestCheck",
					       "groupSet",
					       "attachment",
					       "ipv6AddressesSet",
					       "privateIpAddressesSet",
					       "interfaceType" };
	json_t *view = json_object(), *attachment;

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_object_set(view, members[i], json_object_get(eni, members[i]));
	if (json_object_get(eni, "association"))
		json_object_set(view, "association", json_object_get(eni, "association"));
	attachment = json_copy(json_object_get(view, "attachment"));
	json_object_del(attachment, "instanceId");
	json_object_del(attachment, "instanceOwnerId");
	json_object_set_new(view, "attachment", attachment);
	return view;
}

/* What only a living instance shows. */
static void add_network(const struct sec2_view_context *context, json_t *view, const json_t *doc)
{
	json_t *eni =
		store_get(context->st, "network-interface", context->region, sec2_str(doc, "_eni"));

	json_object_set_new(view, "networkInterfaceSet", json_array());
	if (!eni)
		return;
	json_array_append_new(json_object_get(view, "networkInterfaceSet"), interface_view(eni));
	json_object_set(view, "groupSet", json_object_get(eni, "groupSet"));
	json_decref(eni);
}

static void strip_dead(json_t *view)
{
	static const char *const members[] = { "privateIpAddress", "subnetId", "vpcId", "ipAddress",
					       "iamInstanceProfile" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_object_del(view, members[i]);
	json_object_set_new(view, "networkInterfaceSet", json_array());
	json_object_set_new(view, "groupSet", json_array());
	json_object_set_new(view, "blockDeviceMapping", json_array());
	json_object_set_new(view, "privateDnsName", json_string(""));
}

/* An associated profile, or the one it was replaced by. */
static void add_profile(json_t *view, const json_t *doc)
{
	const json_t *profile = json_object_get(doc, "_profile");

	if (profile)
		json_object_set_new(view, "iamInstanceProfile",
				    json_pack("{s:O, s:O}", "arn", json_object_get(profile, "arn"),
					      "id", json_object_get(profile, "id")));
}

static json_t *view_instance(const struct sec2_view_context *context, const json_t *doc)
{
	const char *state = sec2_instance_state(doc, context->now_ms);
	int64_t until = sec2_ms(doc, "_terminated_ms") + sbx_listed_ms(context->sbx, LISTED_MS);
	bool dead = !strcmp(state, "terminated");
	bool ending = dead || !strcmp(state, "shutting-down") || !strncmp(state, "stop", 4);
	json_t *view;

	if (dead && context->now_ms >= until)
		return NULL;
	view = json_deep_copy(doc);
	json_object_set_new(view, "instanceState", sec2_instance_state_tree(state));
	add_profile(view, doc);
	if (dead)
		strip_dead(view);
	else
		add_network(context, view, doc);
	if (!ending) {
		json_object_set_new(view, "reason", json_string(""));
		json_object_del(view, "stateReason");
		if (!strcmp(state, "pending"))
			json_object_set_new(
				view, "stateReason",
				json_pack("{s:s, s:s}", "code", "pending", "message", "pending"));
	} else if (!json_object_get(view, "stateReason")) {
		json_object_set_new(view, "stateReason",
				    json_pack("{s:s, s:s}", "code", "Client.UserInitiatedShutdown",
					      "message",
					      "Client.UserInitiatedShutdown: User initiated "
					      "shutdown"));
	}
	json_object_set_new(json_object_get(view, "metadataOptions"), "state",
			    json_string(context->now_ms < sec2_ms(doc, "_metadata_ms")
						? "pending"
						: "applied"));
	return view;
}

const struct sec2_kind EC2_INSTANCE = { .kind = "instance",
					.prefix = "i",
					.id_member = "instanceId",
					.not_found = "InvalidInstanceID.NotFound",
					.malformed = "InvalidInstanceID.Malformed",
					.noun = "instance ID",
					.view = view_instance };
