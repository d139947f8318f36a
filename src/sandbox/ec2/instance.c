/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances: what they are and how they are seen.  Their beginning is in
 * ec2/run.c, what changes them in ec2/change.c.
 *
 * Times in the document: _running_ms (when pending ends), _stop_ms and
 * _stopped_ms, _term_ms and _terminated_ms; a time that is not set is 0.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/instance.h"

#define STATUS_OK_MS 120000 /* after running */
#define CONSOLE_MS 30000    /* after running */
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

/* ---- DescribeInstances -------------------------------------------------- */

#define ENI "networkInterfaceSet/"

static const struct sec2_filter INSTANCE_FILTERS[] = {
	{ "affinity", "placement/affinity" },
	{ "architecture", "architecture" },
	{ "availability-zone", "placement/availabilityZone" },
	{ "availability-zone-id", "placement/availabilityZoneId" },
	{ "block-device-mapping.attach-time", "blockDeviceMapping/ebs/attachTime" },
	{ "block-device-mapping.delete-on-termination",
	  "blockDeviceMapping/ebs/deleteOnTermination" },
	{ "block-device-mapping.device-name", "blockDeviceMapping/deviceName" },
	{ "block-device-mapping.status", "blockDeviceMapping/ebs/status" },
	{ "block-device-mapping.volume-id", "blockDeviceMapping/ebs/volumeId" },
	{ "boot-mode", "bootMode" },
	{ "client-token", "clientToken" },
	{ "current-instance-boot-mode", "currentInstanceBootMode" },
	{ "dns-name", "dnsName" },
	{ "ebs-optimized", "ebsOptimized" },
	{ "ena-support", "enaSupport" },
	{ "enclave-options.enabled", "enclaveOptions/enabled" },
	{ "hibernation-options.configured", "hibernationOptions/configured" },
	{ "hypervisor", "hypervisor" },
	{ "iam-instance-profile.arn", "iamInstanceProfile/arn" },
	{ "iam-instance-profile.id", "iamInstanceProfile/id" },
	{ "image-id", "imageId" },
	{ "instance-id", "instanceId" },
	{ "instance-lifecycle", "instanceLifecycle" },
	{ "instance-state-code", "instanceState/code" },
	{ "instance-state-name", "instanceState/name" },
	{ "instance-type", "instanceType" },
	{ "instance.group-id", "groupSet/groupId" },
	{ "instance.group-name", "groupSet/groupName" },
	{ "ip-address", "ipAddress" },
	{ "key-name", "keyName" },
	{ "launch-index", "amiLaunchIndex" },
	{ "launch-time", "launchTime" },
	{ "maintenance-options.auto-recovery", "maintenanceOptions/autoRecovery" },
	{ "metadata-options.http-endpoint", "metadataOptions/httpEndpoint" },
	{ "metadata-options.http-protocol-ipv6", "metadataOptions/httpProtocolIpv6" },
	{ "metadata-options.http-put-response-hop-limit",
	  "metadataOptions/httpPutResponseHopLimit" },
	{ "metadata-options.http-tokens", "metadataOptions/httpTokens" },
	{ "metadata-options.instance-metadata-tags", "metadataOptions/instanceMetadataTags" },
	{ "metadata-options.state", "metadataOptions/state" },
	{ "monitoring-state", "monitoring/state" },
	{ "network-interface.addresses.primary", ENI "privateIpAddressesSet/primary" },
	{ "network-interface.addresses.private-dns-name",
	  ENI "privateIpAddressesSet/privateDnsName" },
	{ "network-interface.addresses.private-ip-address",
	  ENI "privateIpAddressesSet/privateIpAddress" },
	{ "network-interface.association.public-ip", ENI "association/publicIp" },
	{ "network-interface.attachment.attach-time", ENI "attachment/attachTime" },
	{ "network-interface.attachment.attachment-id", ENI "attachment/attachmentId" },
	{ "network-interface.attachment.delete-on-termination",
	  ENI "attachment/deleteOnTermination" },
	{ "network-interface.attachment.device-index", ENI "attachment/deviceIndex" },
	{ "network-interface.attachment.instance-id", "instanceId" },
	{ "network-interface.attachment.status", ENI "attachment/status" },
	{ "network-interface.availability-zone", "placement/availabilityZone" },
	{ "network-interface.description", ENI "description" },
	{ "network-interface.group-id", ENI "groupSet/groupId" },
	{ "network-interface.group-name", ENI "groupSet/groupName" },
	{ "network-interface.mac-address", ENI "macAddress" },
	{ "network-interface.network-interface-id", ENI "networkInterfaceId" },
	{ "network-interface.owner-id", ENI "ownerId" },
	{ "network-interface.private-dns-name", ENI "privateDnsName" },
	{ "network-interface.private-ip-address", ENI "privateIpAddress" },
	{ "network-interface.source-dest-check", ENI "sourceDestCheck" },
	{ "network-interface.status", ENI "status" },
	{ "network-interface.subnet-id", ENI "subnetId" },
	{ "network-interface.vpc-id", ENI "vpcId" },
	{ "owner-id", "_owner_id" },
	{ "platform-details", "platformDetails" },
	{ "private-dns-name", "privateDnsName" },
	{ "private-ip-address", "privateIpAddress" },
	{ "reason", "reason" },
	{ "reservation-id", "_reservation_id" },
	{ "root-device-name", "rootDeviceName" },
	{ "root-device-type", "rootDeviceType" },
	{ "source-dest-check", "sourceDestCheck" },
	{ "state-reason-code", "stateReason/code" },
	{ "state-reason-message", "stateReason/message" },
	{ "subnet-id", "subnetId" },
	{ "tag-key", "tagSet/key" },
	{ "tenancy", "placement/tenancy" },
	{ "usage-operation", "usageOperation" },
	{ "virtualization-type", "virtualizationType" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

/* Instances of one launch share a reservation. */
static json_t *as_reservations(json_t *items)
{
	json_t *reservations = json_array(), *item;
	size_t i;

	json_array_foreach(items, i, item) {
		const char *id = sec2_str(item, "_reservation_id");
		json_t *last = json_array_get(reservations, json_array_size(reservations) - 1);

		if (strcmp(sec2_str(last, "reservationId"), id) != 0) {
			last = json_pack("{s:s, s:s, s:[], s:[]}", "reservationId", id, "ownerId",
					 SANDBOX_ACCOUNT, "groupSet", "instancesSet");
			json_array_append_new(reservations, last);
		}
		json_array_append(json_object_get(last, "instancesSet"), item);
	}
	json_decref(items);
	return reservations;
}

void sec2_describe_instances(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "reservationSet",
					       .ids = "InstanceId",
					       .kind = &EC2_INSTANCE,
					       .filters = INSTANCE_FILTERS,
					       .wrap = as_reservations };

	sec2_describe(c, &list);
}

/* ---- DescribeInstanceStatus --------------------------------------------- */

static json_t *check_view(const char *status)
{
	const char *detail = !strcmp(status, "ok")	   ? "passed"
			     : !strcmp(status, "impaired") ? "failed"
							   : status;

	if (!strcmp(status, "not-applicable"))
		return json_pack("{s:s, s:[]}", "status", status, "details");
	return json_pack("{s:s, s:[{s:s, s:s}]}", "status", status, "details", "name",
			 "reachability", "status", detail);
}

static const char *check_status(const struct sec2 *c, const json_t *doc, const char *state)
{
	const char *end = sec2_str(doc, "_status_end");
	int64_t ok_ms = sec2_ms(doc, "_running_ms") + sbx_scaled(c->sbx, STATUS_OK_MS);

	if (strcmp(state, "running") != 0)
		return "not-applicable";
	if (c->now_ms < ok_ms)
		return "initializing";
	return *end ? end : "ok";
}

static json_t *status_view(const struct sec2 *c, const json_t *view)
{
	const char *state = sec2_str(json_object_get(view, "instanceState"), "name");
	const char *status = check_status(c, view, state);
	const json_t *placement = json_object_get(view, "placement");

	return json_pack(
		"{s:O, s:O, s:O, s:O, s:o, s:o, s:o}", "availabilityZone",
		json_object_get(placement, "availabilityZone"), "availabilityZoneId",
		json_object_get(placement, "availabilityZoneId"), "instanceId",
		json_object_get(view, "instanceId"), "instanceState",
		json_object_get(view, "instanceState"), "instanceStatus", check_view(status),
		"systemStatus", check_view(!strcmp(status, "impaired") ? "ok" : status),
		"attachedEbsStatus", check_view(!strcmp(status, "impaired") ? "ok" : status));
}

static const struct sec2_filter STATUS_FILTERS[] = {
	{ "availability-zone", "availabilityZone" },
	{ "availability-zone-id", "availabilityZoneId" },
	{ "instance-state-code", "instanceState/code" },
	{ "instance-state-name", "instanceState/name" },
	{ "instance-status.reachability", "instanceStatus/details/status" },
	{ "instance-status.status", "instanceStatus/status" },
	{ "system-status.reachability", "systemStatus/details/status" },
	{ "system-status.status", "systemStatus/status" },
	{ "attached-ebs-status.status", "attachedEbsStatus/status" },
	{ 0 },
};

/* The views of the instances that readers see: those named, or all; NULL and failed. */
static json_t *seen_instances(struct sec2 *c, const json_t *ids)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	json_t *docs = json_array(), *views = json_array(), *doc;
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		doc = store_get_visible(c->st, "instance", c->region, json_string_value(id),
					c->now_ms);
		if (!doc) {
			sec2_fail_not_found(c, &EC2_INSTANCE, json_string_value(id));
			break;
		}
		json_array_append_new(docs, doc);
	}
	if (!json_array_size(ids)) {
		json_decref(docs);
		docs = store_list_visible(c->st, "instance", c->region, c->now_ms);
	}
	json_array_foreach(docs, i, doc) {
		json_t *view = view_instance(&context, doc);

		if (view)
			json_array_append_new(views, view);
	}
	json_decref(docs);
	return views;
}

void sec2_describe_instance_status(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "instanceStatusSet",
					       .kind = &EC2_INSTANCE,
					       .filters = STATUS_FILTERS };
	const json_t *ids = sec2_arg_tree(c, "InstanceId");
	bool all = sec2_arg_bool(c, "IncludeAllInstances", false);
	json_t *views, *view, *items;
	size_t i;

	if (json_array_size(ids) && sec2_arg(c, "MaxResults")) {
		sec2_fail(
			c, "InvalidParameterCombination",
			"The parameter instancesSet cannot be used with the parameter maxResults");
		return;
	}
	views = seen_instances(c, ids);
	items = json_array();
	json_array_foreach(views, i, view) {
		const char *state = sec2_str(json_object_get(view, "instanceState"), "name");

		if (all || !strcmp(state, "running"))
			json_array_append_new(items, status_view(c, view));
	}
	json_decref(views);
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

/* ---- CPU credits --------------------------------------------------------- */

static const struct sec2_filter CREDIT_FILTERS[] = {
	{ "instance-id", "instanceId" },
	{ 0 },
};

/* Only those of burstable types are shown; naming another one is an error. */
void sec2_describe_instance_credits(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "instanceCreditSpecificationSet",
					       .filters = CREDIT_FILTERS };
	const json_t *ids = sec2_arg_tree(c, "InstanceId");
	json_t *views = seen_instances(c, ids), *items = json_array(), *view;
	size_t i;

	json_array_foreach(views, i, view) {
		const char *usual = sec2_type_credits(sec2_str(view, "instanceType"));
		const json_t *asked = json_object_get(view, "_credits");

		if (usual)
			json_array_append_new(items,
					      json_pack("{s:s, s:s}", "instanceId",
							sec2_str(view, "instanceId"), "cpuCredits",
							asked ? json_string_value(asked) : usual));
		else if (json_array_size(ids) && !sec2_failed(c))
			sec2_fail(c, "InvalidInstanceID.NotBurstable",
				  "The instance ID '%s' is not of a burstable instance type",
				  sec2_str(view, "instanceId"));
	}
	json_decref(views);
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}

/* ---- attributes and console --------------------------------------------- */

static json_t *value_of(json_t *value)
{
	return json_pack("{s:o}", "value", value);
}

static json_t *attribute_view(const json_t *view, const char *name)
{
	static const struct {
		const char *attribute, *member;
	} hidden[] = { { "disableApiTermination", "_no_termination" },
		       { "disableApiStop", "_no_stop" },
		       { "instanceInitiatedShutdownBehavior", "_shutdown" },
		       { "userData", "_user_data" } };
	static const char *const sets[] = { "blockDeviceMapping", "productCodes", "groupSet",
					    "enclaveOptions" };
	json_t *value;

	for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
		if (!strcmp(hidden[i].attribute, name)) {
			value = json_object_get(view, hidden[i].member);
			return value ? value_of(json_incref(value)) : json_object();
		}
	}
	value = json_object_get(view, name);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if (!strcmp(sets[i], name))
			return value ? json_incref(value) : json_array();
	}
	return value ? value_of(json_incref(value)) : json_object();
}

void sec2_describe_instance_attribute(struct sec2 *c)
{
	const char *id = sec2_arg(c, "InstanceId"), *name = sec2_arg(c, "Attribute");
	json_t *ids = json_pack("[s]", id);
	json_t *views = seen_instances(c, ids);

	if (!sec2_failed(c) && !json_array_size(views))
		sec2_fail_not_found(c, &EC2_INSTANCE, id);
	if (!sec2_failed(c))
		sec2_reply(c, json_pack("{s:s, s:o}", "instanceId", id, name,
					attribute_view(json_array_get(views, 0), name)));
	json_decref(views);
	json_decref(ids);
}

void sec2_get_console_output(struct sec2 *c)
{
	static const char boot[] = "[    0.000000] Linux version 6.1.0 (sandbox)\n"
				   "[    1.204211] cloud-init: modules-config\n"
				   "[    2.310044] systemd[1]: Started OpenSSH server daemon.\n"
				   "Amazon Linux 2023\n";
	json_t *doc = sec2_need(c, &EC2_INSTANCE, sec2_arg(c, "InstanceId"));
	int64_t from_ms = doc ? sec2_ms(doc, "_running_ms") + sbx_scaled(c->sbx, CONSOLE_MS) : 0;
	autofree char *output = text_base64(boot, sizeof(boot) - 1);
	bool there = c->now_ms >= from_ms;

	if (!doc)
		return;
	sec2_reply(c, json_pack("{s:s, s:o, s:s}", "instanceId", sec2_arg(c, "InstanceId"),
				"timestamp", sec2_time(there ? from_ms : c->now_ms), "output",
				there ? output : ""));
	json_decref(doc);
}
