/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of single instances: status checks, CPU credits, attributes, the console. */
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "sandbox/ec2/ec2.h"

#define STATUS_OK_MS 120000 /* after running */
#define CONSOLE_MS 30000    /* after running */

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
		json_t *view = EC2_INSTANCE.view(&context, doc);

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
