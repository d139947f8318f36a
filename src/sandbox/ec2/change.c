/* SPDX-License-Identifier: Apache-2.0 */
/* What changes an instance: start, stop, terminate, modify. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/ec2/instance.h"

#define STARTING_MS 25000
#define STOPPING_MS 30000
#define SHUTTING_DOWN_MS 40000
#define METADATA_MS 3000

/* ---- the end ------------------------------------------------------------ */

static void end_volume(struct sec2 *c, const char *id, int64_t terminated_ms)
{
	json_t *doc = sec2_get(c, &EC2_VOLUME, id);
	const json_t *attachment = json_array_get(json_object_get(doc, "attachmentSet"), 0);
	bool goes = json_is_true(json_object_get(attachment, "deleteOnTermination"));

	if (doc) {
		json_object_set_new(doc, goes ? "_gone_ms" : "_free_ms",
				    json_integer(terminated_ms));
		sec2_put(c, &EC2_VOLUME, doc);
	}
	json_decref(doc);
}

void sec2_instance_end(struct sec2 *c, json_t *doc, int64_t term_ms, int64_t terminated_ms,
		       const char *code, const char *message)
{
	json_object_set_new(doc, "_term_ms", json_integer(term_ms));
	json_object_set_new(doc, "_terminated_ms", json_integer(terminated_ms));
	json_object_set_new(doc, "stateReason",
			    json_pack("{s:s, s:s}", "code", code, "message", message));
	sec2_eni_release(c, sec2_str(doc, "instanceId"),
			 terminated_ms + sbx_scaled(c->sbx, EC2_ENI_LINGERS_MS));
	end_volume(c, sec2_str(doc, "_volume"), terminated_ms);
}

/* ---- start, stop, terminate --------------------------------------------- */

/* Changes `doc`, which the caller stores, or fails the call. */
typedef void move_fn(struct sec2 *c, json_t *doc, const char *state);

static void user_reason(struct sec2 *c, json_t *doc)
{
	autofree char *when = NULL;
	json_t *now = sec2_time(c->now_ms);

	when = xasprintf("User initiated (%.10s %.8s GMT)", json_string_value(now),
			 json_string_value(now) + 11);
	json_decref(now);
	json_object_set_new(doc, "reason", json_string(when));
}

static void terminate(struct sec2 *c, json_t *doc, const char *state)
{
	if (!strcmp(state, "terminated") || !strcmp(state, "shutting-down"))
		return;
	if (json_is_true(json_object_get(doc, "_no_termination"))) {
		sec2_fail(c, "OperationNotPermitted",
			  "The instance '%s' may not be terminated. Modify its "
			  "'disableApiTermination' instance attribute and try again.",
			  sec2_str(doc, "instanceId"));
		return;
	}
	user_reason(c, doc);
	sec2_instance_end(c, doc, c->now_ms, sec2_after(c, SHUTTING_DOWN_MS),
			  "Client.UserInitiatedShutdown",
			  "Client.UserInitiatedShutdown: User initiated shutdown");
}

static void fail_state(struct sec2 *c, const json_t *doc, const char *verb)
{
	sec2_fail(c, "IncorrectInstanceState",
		  "The instance '%s' is not in a state from which it can be %s.",
		  sec2_str(doc, "instanceId"), verb);
}

static void stop(struct sec2 *c, json_t *doc, const char *state)
{
	if (!strncmp(state, "stop", 4))
		return;
	if (strcmp(state, "running") != 0) {
		fail_state(c, doc, "stopped");
	} else if (json_is_true(json_object_get(doc, "_no_stop"))) {
		sec2_fail(c, "OperationNotPermitted",
			  "The instance '%s' may not be stopped. Modify its 'disableApiStop' "
			  "instance attribute and try again.",
			  sec2_str(doc, "instanceId"));
	} else {
		user_reason(c, doc);
		json_object_set_new(doc, "_stop_ms", json_integer(c->now_ms));
		json_object_set_new(doc, "_stopped_ms", json_integer(sec2_after(c, STOPPING_MS)));
	}
}

static void start(struct sec2 *c, json_t *doc, const char *state)
{
	if (!strcmp(state, "running") || !strcmp(state, "pending"))
		return;
	if (strcmp(state, "stopped") != 0) {
		fail_state(c, doc, "started");
		return;
	}
	json_object_del(doc, "_stop_ms");
	json_object_del(doc, "_stopped_ms");
	json_object_del(doc, "stateReason");
	json_object_set_new(doc, "_running_ms", json_integer(sec2_after(c, STARTING_MS)));
}

/* All that are named, or NULL and failed: one that is not there spoils the call. */
static json_t *need_all(struct sec2 *c)
{
	json_t *docs = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "InstanceId"), i, id) {
		json_t *doc = sec2_need(c, &EC2_INSTANCE, json_string_value(id));

		if (!doc) {
			json_decref(docs);
			return NULL;
		}
		json_array_append_new(docs, doc);
	}
	return docs;
}

static void move_all(struct sec2 *c, move_fn *move)
{
	json_t *docs = need_all(c), *changes = json_array(), *doc;
	size_t i;

	json_array_foreach(docs, i, doc) {
		const char *before = sec2_instance_state(doc, c->now_ms);

		if (sec2_failed(c))
			break;
		move(c, doc, before);
		sec2_put_told(c, &EC2_INSTANCE, doc);
		json_array_append_new(
			changes,
			json_pack("{s:O, s:o, s:o}", "instanceId",
				  json_object_get(doc, "instanceId"), "currentState",
				  sec2_instance_state_tree(sec2_instance_state(doc, c->now_ms)),
				  "previousState", sec2_instance_state_tree(before)));
	}
	json_decref(docs);
	if (sec2_failed(c))
		json_decref(changes);
	else
		sec2_reply(c, json_pack("{s:o}", "instancesSet", changes));
}

void sec2_terminate_instances(struct sec2 *c)
{
	move_all(c, terminate);
}

void sec2_stop_instances(struct sec2 *c)
{
	move_all(c, stop);
}

void sec2_start_instances(struct sec2 *c)
{
	move_all(c, start);
}

/* ---- modify ------------------------------------------------------------- */

static const struct {
	const char *path, *member;
} SWITCHES[] = {
	{ "DisableApiTermination.Value", "_no_termination" },
	{ "DisableApiStop.Value", "_no_stop" },
	{ "SourceDestCheck.Value", "sourceDestCheck" },
	{ "EbsOptimized.Value", "ebsOptimized" },
	{ "EnaSupport.Value", "enaSupport" },
};

/* What only a stopped instance lets be changed. */
static const struct {
	const char *path, *member;
} STOPPED_ONLY[] = {
	{ "InstanceType.Value", "instanceType" },
	{ "UserData.Value", "_user_data" },
};

static size_t modify_switches(struct sec2 *c, json_t *doc)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(SWITCHES); i++) {
		if (!sec2_arg(c, SWITCHES[i].path))
			continue;
		json_object_set_new(doc, SWITCHES[i].member,
				    json_boolean(sec2_arg_bool(c, SWITCHES[i].path, false)));
		n++;
	}
	return n;
}

static size_t modify_stopped(struct sec2 *c, json_t *doc)
{
	const char *type = sec2_arg(c, "InstanceType.Value");
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(STOPPED_ONLY); i++) {
		const char *value = sec2_arg(c, STOPPED_ONLY[i].path);

		if (!value)
			continue;
		json_object_set_new(doc, STOPPED_ONLY[i].member, json_string(value));
		n++;
	}
	if (n && strcmp(sec2_instance_state(doc, c->now_ms), "stopped") != 0)
		sec2_fail(c, "IncorrectInstanceState",
			  "The instance '%s' is not in the 'stopped' state.",
			  sec2_str(doc, "instanceId"));
	else if (type && !sec2_type_architecture(type, NULL))
		sec2_fail(c, "InvalidInstanceAttributeValue",
			  "The instance type '%s' is not supported.", type);
	return n;
}

static size_t modify_groups(struct sec2 *c, json_t *doc)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	const json_t *groups = sec2_arg_tree(c, "GroupId");

	if (!json_array_size(groups))
		return 0;
	if (sec2_check_groups(c, groups, sec2_str(doc, "vpcId"))) {
		sec2_eni_set_groups(c, sec2_str(doc, "instanceId"), groups);
		json_object_set_new(doc, "groupSet", sec2_group_set(&context, groups));
	}
	return 1;
}

void sec2_modify_instance_attribute(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_INSTANCE, sec2_arg(c, "InstanceId"));
	const char *shutdown = sec2_arg(c, "InstanceInitiatedShutdownBehavior.Value");
	size_t n;

	if (!doc)
		return;
	n = modify_switches(c, doc) + modify_stopped(c, doc);
	n += sec2_failed(c) ? 0 : modify_groups(c, doc);
	if (shutdown) {
		json_object_set_new(doc, "_shutdown", json_string(shutdown));
		n++;
	}
	if (!n)
		sec2_fail(c, "InvalidParameterCombination", "No attributes specified.");
	if (!sec2_failed(c)) {
		sec2_put(c, &EC2_INSTANCE, doc);
		sec2_reply_true(c);
	}
	json_decref(doc);
}

static const struct {
	const char *argument, *member;
} METADATA[] = {
	{ "HttpTokens", "httpTokens" },
	{ "HttpEndpoint", "httpEndpoint" },
	{ "HttpProtocolIpv6", "httpProtocolIpv6" },
	{ "InstanceMetadataTags", "instanceMetadataTags" },
};

void sec2_modify_instance_metadata_options(struct sec2 *c)
{
	json_t *doc = sec2_need(c, &EC2_INSTANCE, sec2_arg(c, "InstanceId"));
	json_t *options = json_object_get(doc, "metadataOptions");
	int64_t hops = sec2_arg_int(c, "HttpPutResponseHopLimit", 0);

	if (!doc)
		return;
	for (size_t i = 0; i < ARRAY_LEN(METADATA); i++) {
		if (sec2_arg(c, METADATA[i].argument))
			json_object_set_new(options, METADATA[i].member,
					    json_string(sec2_arg(c, METADATA[i].argument)));
	}
	if (sec2_arg(c, "HttpPutResponseHopLimit") && (hops < 1 || hops > 64))
		sec2_fail(
			c, "InvalidParameterValue",
			"Value (%lld) for parameter HttpPutResponseHopLimit is invalid. It must be "
			"between 1 and 64.",
			(long long)hops);
	else if (hops)
		json_object_set_new(options, "httpPutResponseHopLimit", json_integer(hops));
	if (!sec2_failed(c)) {
		json_object_set_new(options, "state", json_string("pending"));
		json_object_set_new(doc, "_metadata_ms", json_integer(sec2_after(c, METADATA_MS)));
		sec2_put_told(c, &EC2_INSTANCE, doc);
		sec2_reply(c,
			   json_pack("{s:O, s:O}", "instanceId", json_object_get(doc, "instanceId"),
				     "instanceMetadataOptions", options));
	}
	json_decref(doc);
}
