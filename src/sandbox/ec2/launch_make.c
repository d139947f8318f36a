/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch makes: the instance's document, its network interface and its volume. */
#include "sandbox/ec2/launch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/settings.h"
#include "sandbox/ec2/ami.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/instance.h"
#include "sandbox/ec2/settings.h"

#define PENDING_MS 25000
#define METADATA_MS 3000

/* The root device: what the image says, and what the request changes. */
static json_t *root_device(const struct sec2 *c)
{
	const json_t *mapping;
	size_t i;

	json_array_foreach(sec2_arg_tree(c, "BlockDeviceMapping"), i, mapping) {
		if (!strcmp(sec2_str(mapping, "DeviceName"), "/dev/xvda"))
			return json_object_get(mapping, "Ebs");
	}
	return NULL;
}

static const char *root_option(const struct sec2 *c, const char *name, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(root_device(c), name));

	return value ? value : otherwise;
}

static void put_volume(struct sec2 *c, const struct sec2_launch *l, const char *id,
		       const char *instance)
{
	int64_t size = 8;
	bool encrypted =
		!strcmp(root_option(c, "Encrypted", "false"), "true") || sec2_ebs_is_encrypted(c);
	bool goes = !strcmp(root_option(c, "DeleteOnTermination", "true"), "true");
	json_t *doc;

	(void)!text_parse_i64(root_option(c, "VolumeSize", "8"), 1, 65536, &size);
	doc = json_pack("{s:O, s:O, s:[{s:s, s:s, s:s, s:s, s:o, s:b}], s:o, s:b, s:I, s:s, s:s, "
			"s:s, s:i, s:O, s:s, s:b, s:i}",
			"availabilityZone", json_object_get(l->subnet, "availabilityZone"),
			"availabilityZoneId", json_object_get(l->subnet, "availabilityZoneId"),
			"attachmentSet", "volumeId", id, "instanceId", instance, "device",
			"/dev/xvda", "status", "attached", "attachTime", sec2_time(c->now_ms),
			"deleteOnTermination", (int)goes, "createTime", sec2_time(c->now_ms),
			"encrypted", (int)encrypted, "size", (json_int_t)size, "snapshotId",
			l->ami.snapshot_id, "status", "in-use", "volumeId", id, "iops", 3000,
			"tagSet", l->volume_tags, "volumeType", root_option(c, "VolumeType", "gp3"),
			"multiAttachEnabled", 0, "throughput", 125);
	json_object_set_new(doc, "_instance", json_string(instance));
	sec2_put(c, &EC2_VOLUME, doc);
	json_decref(doc);
}

static json_t *put_eni(struct sec2 *c, const struct sec2_launch *l, const char *id,
		       const char *instance)
{
	autofree char *attachment_id = sbx_new_id("eni-attach");
	struct sec2_new_eni eni = {
		.id = id,
		.subnet_id = sec2_str(l->subnet, "subnetId"),
		.owner = instance,
		.description = "",
		.type = "interface",
		.address = l->address,
		.groups = l->groups,
		.attachment = json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:b, s:i}", "attachmentId",
					attachment_id, "instanceId", instance, "instanceOwnerId",
					SANDBOX_ACCOUNT, "deviceIndex", 0, "status", "attached",
					"attachTime", sec2_time(c->now_ms), "deleteOnTermination",
					1, "networkCardIndex", 0),
		.tags = json_incref(l->eni_tags),
	};

	return sec2_eni_new(c, &eni);
}

static json_t *metadata_options(const struct sec2 *c)
{
	/* The images say imdsSupport v2.0, and that makes these the defaults where the account
	 * has none of its own. */
	json_t *own = sbx_setting(c->st, "instance_metadata");
	json_int_t hops = json_integer_value(json_object_get(own, "hop_limit"));
	json_t *options = json_pack(
		"{s:s, s:s, s:I, s:s, s:s, s:s}", "state", "pending", "httpTokens",
		sec2_arg_or(c, "MetadataOptions.HttpTokens",
			    sec2_metadata_default(own, "http_tokens", "required")),
		"httpPutResponseHopLimit",
		(json_int_t)sec2_arg_int(c, "MetadataOptions.HttpPutResponseHopLimit",
					 hops ? hops : 2),
		"httpEndpoint",
		sec2_arg_or(c, "MetadataOptions.HttpEndpoint",
			    sec2_metadata_default(own, "http_endpoint", "enabled")),
		"httpProtocolIpv6", sec2_arg_or(c, "MetadataOptions.HttpProtocolIpv6", "disabled"),
		"instanceMetadataTags",
		sec2_arg_or(c, "MetadataOptions.InstanceMetadataTags", "disabled"));

	json_decref(own);
	return options;
}

/* Arm's cores have a thread each. */
static json_t *cpu_options(const struct sec2 *c, const struct sec2_launch *l)
{
	int vcpus = 0, threads = text_eq(l->ami.arch, "arm64") ? 1 : 2;

	(void)sec2_type_architecture(sec2_arg_or(c, "InstanceType", "m1.small"), &vcpus);
	if (vcpus < threads)
		threads = 1;
	return json_pack("{s:i, s:i}", "coreCount", vcpus / threads, "threadsPerCore", threads);
}

static json_t *new_instance(struct sec2 *c, const struct sec2_launch *l, const char *id,
			    const char *volume, const json_t *eni, size_t index)
{
	bool goes = !strcmp(root_option(c, "DeleteOnTermination", "true"), "true");
	json_t *doc = json_object(), *ebs;

	sec2_add(doc, "instanceId", id, "imageId", l->ami.id, "instanceType",
		 sec2_arg_or(c, "InstanceType", "m1.small"), "architecture", l->ami.arch, "dnsName",
		 "", "reason", "", "clientToken", sec2_arg_or(c, "ClientToken", ""), "hypervisor",
		 "xen", "virtualizationType", "hvm", "rootDeviceName", "/dev/xvda",
		 "rootDeviceType", "ebs", "platformDetails", "Linux/UNIX", "usageOperation",
		 "RunInstances", "subnetId", sec2_str(l->subnet, "subnetId"), "vpcId",
		 sec2_str(l->subnet, "vpcId"), "privateDnsName", sec2_str(eni, "privateDnsName"),
		 "privateIpAddress", sec2_str(eni, "privateIpAddress"), "_eni",
		 sec2_str(eni, "networkInterfaceId"), (char *)NULL);
	json_object_set_new(doc, "amiLaunchIndex", json_integer((json_int_t)index));
	json_object_set_new(doc, "launchTime", sec2_time(c->now_ms));
	json_object_set_new(doc, "ebsOptimized",
			    json_boolean(sec2_arg_bool(c, "EbsOptimized", false)));
	json_object_set_new(doc, "enaSupport", json_true());
	json_object_set_new(doc, "sourceDestCheck", json_true());
	json_object_set_new(doc, "productCodes", json_array());
	json_object_set_new(doc, "networkInterfaceSet", json_array());
	json_object_set(doc, "groupSet", json_object_get(eni, "groupSet"));
	json_object_set(doc, "tagSet", l->tags);
	json_object_set_new(
		doc, "monitoring",
		json_pack("{s:s}", "state",
			  sec2_arg_bool(c, "Monitoring.Enabled", false) ? "enabled" : "disabled"));
	json_object_set_new(doc, "placement",
			    json_pack("{s:O, s:O, s:s, s:s}", "availabilityZone",
				      json_object_get(l->subnet, "availabilityZone"),
				      "availabilityZoneId",
				      json_object_get(l->subnet, "availabilityZoneId"), "groupName",
				      "", "tenancy", "default"));
	ebs = json_pack("{s:o, s:b, s:s, s:s}", "attachTime", sec2_time(c->now_ms),
			"deleteOnTermination", (int)goes, "status", "attached", "volumeId", volume);
	json_object_set_new(doc, "blockDeviceMapping",
			    json_pack("[{s:s, s:o}]", "deviceName", "/dev/xvda", "ebs", ebs));
	json_object_set_new(doc, "metadataOptions", metadata_options(c));
	json_object_set_new(doc, "cpuOptions", cpu_options(c, l));
	json_object_set_new(doc, "enclaveOptions", json_pack("{s:b}", "enabled", 0));
	json_object_set_new(doc, "hibernationOptions", json_pack("{s:b}", "configured", 0));
	json_object_set_new(doc, "maintenanceOptions",
			    json_pack("{s:s}", "autoRecovery", "default"));
	json_object_set_new(doc, "privateDnsNameOptions",
			    json_pack("{s:s, s:b, s:b}", "hostnameType", "ip-name",
				      "enableResourceNameDnsARecord", 0,
				      "enableResourceNameDnsAAAARecord", 0));
	return doc;
}

/* What never leaves: times, protections, the volume, the profile. */
static void add_inner(struct sec2 *c, const struct sec2_launch *l, json_t *doc,
		      const char *reservation, const char *volume)
{
	int64_t running_ms = sec2_after(c, PENDING_MS);
	const char *end = c->req->fault_state ? c->req->fault_state : "";
	json_t *inner = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:b}", "_reservation_id", reservation,
		"_owner_id", SANDBOX_ACCOUNT, "_volume", volume, "_running_ms",
		(json_int_t)running_ms, "_metadata_ms", (json_int_t)sec2_after(c, METADATA_MS),
		"_shutdown", sec2_arg_or(c, "InstanceInitiatedShutdownBehavior", "stop"),
		"_no_termination", (int)sec2_arg_bool(c, "DisableApiTermination", false),
		"_no_stop", (int)sec2_arg_bool(c, "DisableApiStop", false));

	json_object_update(doc, inner);
	json_decref(inner);
	if (l->profile) {
		json_object_set(doc, "_profile", l->profile);
		sec2_profile_stamp(c, doc);
	}
	if (sec2_arg(c, "CreditSpecification.CpuCredits"))
		json_object_set_new(doc, "_credits",
				    json_string(sec2_arg(c, "CreditSpecification.CpuCredits")));
	if (sec2_arg(c, "UserData"))
		json_object_set_new(doc, "_user_data", json_string(sec2_arg(c, "UserData")));
	if (!strcmp(end, "terminated")) /* a launch that fails after the call was answered */
		sec2_instance_end(c, doc, running_ms, running_ms, "Client.InternalError",
				  "Client.InternalError: Client error on launch");
	else if (sec2_ebs_key_fails(c))
		sec2_instance_end(
			c, doc, running_ms, running_ms, "Client.InvalidKMSKey.InvalidState",
			"Client.InvalidKMSKey.InvalidState: The KMS key provided is in an "
			"incorrect state");
	else if (*end)
		json_object_set_new(doc, "_status_end", json_string(end));
}

/* A documentation address: nothing is reached through it, but it is seen. */
static void add_public_address(struct sec2 *c, json_t *doc, json_t *eni)
{
	autofree char *hex = text_random_hex(1);
	autofree char *address =
		xasprintf("203.0.113.%u", 1 + (unsigned)strtoul(hex, NULL, 16) % 254);

	json_object_set_new(doc, "ipAddress", json_string(address));
	json_object_set_new(eni, "association",
			    json_pack("{s:s, s:s, s:s}", "ipOwnerId", "amazon", "publicDnsName", "",
				      "publicIp", address));
	sec2_put(c, &EC2_ENI, eni);
}

bool sec2_launch_one(struct sec2 *c, const struct sec2_launch *l, const char *reservation,
		     size_t index, json_t *views)
{
	struct sec2_view_context context = sec2_view_context_of(c);
	autofree char *id = sbx_new_id("i");
	autofree char *eni_id = sbx_new_id("eni");
	autofree char *volume = sbx_new_id("vol");
	json_t *eni = put_eni(c, l, eni_id, id), *doc;

	if (!eni)
		return false;
	doc = new_instance(c, l, id, volume, eni, index);
	if (l->public_address)
		add_public_address(c, doc, eni);
	put_volume(c, l, volume, id);
	add_inner(c, l, doc, reservation, volume);
	sec2_put(c, &EC2_INSTANCE, doc);
	json_array_append_new(views, sec2_view(&context, &EC2_INSTANCE, doc));
	json_decref(doc);
	json_decref(eni);
	return true;
}
