/* SPDX-License-Identifier: Apache-2.0 */
/* RunInstances. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ami.h"
#include "sandbox/core/settings.h"
#include "sandbox/ec2/instance.h"
#include "sandbox/ec2/settings.h"

#define PENDING_MS 25000
#define METADATA_MS 3000
#define MAX_COUNT 20
#define RESOLVE "resolve:ssm:"

/* All that a launch is made of, once it has been checked. */
struct launch {
	struct ami ami;
	json_t *subnet, *groups, *profile; /* profile: {arn, id} or NULL */
	json_t *tags, *volume_tags, *eni_tags;
	char *address;
	bool public_address;
	int64_t count;
};

static void launch_clear(struct launch *l)
{
	json_decref(l->subnet);
	json_decref(l->groups);
	json_decref(l->profile);
	json_decref(l->tags);
	json_decref(l->volume_tags);
	json_decref(l->eni_tags);
	free(l->address);
}

/* ---- what is asked for -------------------------------------------------- */

static bool choose_image(struct sec2 *c, struct launch *l)
{
	const char *id = sec2_arg_or(c, "ImageId", "");
	int version;

	if (!sec2_require(c, "ImageId"))
		return false;
	if (text_starts_with(id, RESOLVE)) {
		id += strlen(RESOLVE);
		if (!ami_by_parameter(c->region, id, 0, &l->ami, &version))
			sec2_fail(c, "InvalidParameterValue",
				  "The system parameter '%s' does not exist", id);
	} else if (!text_starts_with(id, "ami-")) {
		sec2_fail(c, "InvalidAMIID.Malformed", "Invalid id: \"%s\" (expecting \"ami-...\")",
			  id);
	} else if (!ami_find(c->region, id, &l->ami) ||
		   sec2_image_rule(c, &l->ami) == SEC2_IMAGE_HIDDEN) {
		sec2_fail(c, "InvalidAMIID.NotFound", "The image id '[%s]' does not exist", id);
	}
	return !sec2_failed(c);
}

/* The zones of the region that offer the type, for the message. */
static char *offering_zones(const struct sec2 *c, const char *type)
{
	struct buf zones = BUF_INIT;
	char zone[24];

	for (size_t i = 0; sec2_zone_nth(c->region, i, zone); i++) {
		if (sec2_type_offered(type, zone))
			(void)buf_addf(&zones, "%s%s", zones.n ? ", " : "", zone);
	}
	return buf_steal(&zones);
}

static bool check_type(struct sec2 *c, const struct launch *l)
{
	const char *type = sec2_arg_or(c, "InstanceType", "m1.small");
	const char *architecture = sec2_type_architecture(type, NULL);
	const char *zone = sec2_str(l->subnet, "availabilityZone");
	autofree char *zones = offering_zones(c, type);

	if (!architecture)
		sec2_fail(c, "InvalidParameterValue", "Invalid value '%s' for InstanceType.", type);
	else if (!text_eq(architecture, l->ami.arch))
		sec2_fail(c, "InvalidParameterValue",
			  "The architecture '%s' of the specified instance type does not match the "
			  "architecture '%s' of the specified AMI. Specify an instance type and an "
			  "AMI that have matching architectures, and try again. You can use "
			  "'describe-instance-types' or 'describe-images' to discover the "
			  "architecture of the instance type or AMI.",
			  architecture, l->ami.arch);
	else if (!sec2_type_offered(type, zone))
		sec2_fail(c, "Unsupported",
			  "Your requested instance type (%s) is not supported in your requested "
			  "Availability Zone (%s). Please retry your request by not specifying an "
			  "Availability Zone or choosing %s.",
			  type, zone, zones);
	return !sec2_failed(c);
}

static bool check_count(struct sec2 *c, struct launch *l)
{
	int64_t least = sec2_arg_int(c, "MinCount", 1);

	l->count = sec2_arg_int(c, "MaxCount", 1);
	if (least < 1 || l->count < least)
		sec2_fail(
			c, "InvalidParameterValue",
			"Value (%lld) for parameter maxCount is invalid. It must not be less than "
			"minCount (%lld), and both must be greater than 0.",
			(long long)l->count, (long long)least);
	else if (l->count > MAX_COUNT)
		sec2_fail(c, "InstanceLimitExceeded",
			  "You have requested more instances (%lld) than your current instance "
			  "limit of %d allows for the specified instance type.",
			  (long long)l->count, MAX_COUNT);
	return !sec2_failed(c);
}

/* On-demand vCPUs that run or are about to. */
static bool check_vcpus(struct sec2 *c, const struct launch *l)
{
	json_t *all = sec2_all(c, &EC2_INSTANCE), *doc;
	int used = 0, vcpus = 0;
	size_t i;

	json_array_foreach(all, i, doc) {
		const char *state = sec2_instance_state(doc, c->now_ms);

		if ((!strcmp(state, "pending") || !strcmp(state, "running")) &&
		    sec2_type_architecture(sec2_str(doc, "instanceType"), &vcpus))
			used += vcpus;
	}
	json_decref(all);
	(void)sec2_type_architecture(sec2_arg_or(c, "InstanceType", "m1.small"), &vcpus);
	if (used + vcpus * (int)l->count > (int)sbx_quota(c->st, SBX_QUOTA_VCPUS))
		sec2_fail(
			c, "VcpuLimitExceeded",
			"You have requested more vCPU capacity than your current vCPU limit of %d "
			"allows for the instance bucket that the specified instance type belongs "
			"to. Please visit http://aws.amazon.com/contact-us/ec2-request to request "
			"an adjustment to this limit.",
			(int)sbx_quota(c->st, SBX_QUOTA_VCPUS));
	return !sec2_failed(c);
}

/* Subnet, groups and address are given at the top, or all of them for the one interface. */
static bool choose_network(struct sec2 *c, struct launch *l)
{
	const json_t *nic = json_array_get(sec2_arg_tree(c, "NetworkInterface"), 0);
	const json_t *groups =
		nic ? json_object_get(nic, "SecurityGroupId") : sec2_arg_tree(c, "SecurityGroupId");
	const char *subnet_id = nic ? sec2_str(nic, "SubnetId") : sec2_arg_or(c, "SubnetId", "");
	const char *address = nic ? json_string_value(json_object_get(nic, "PrivateIpAddress"))
				  : sec2_arg(c, "PrivateIpAddress");
	const char *wants_public =
		json_string_value(json_object_get(nic, "AssociatePublicIpAddress"));
	const char *vpc_id;

	if (nic && (sec2_arg(c, "SubnetId") || sec2_arg_tree(c, "SecurityGroupId"))) {
		sec2_fail(c, "InvalidParameterCombination",
			  "Network interfaces and an instance-level %s may not be specified on the "
			  "same request",
			  sec2_arg(c, "SubnetId") ? "subnet ID" : "security groups");
		return false;
	}
	if (json_array_size(sec2_arg_tree(c, "NetworkInterface")) > 1 ||
	    json_object_get(nic, "NetworkInterfaceId")) {
		sec2_fail(c, "UnsupportedOperation",
			  "This sandbox makes one network interface for each instance");
		return false;
	}
	if (sec2_arg_tree(c, "SecurityGroup")) {
		sec2_fail(c, "InvalidParameterCombination",
			  "The parameter groupName cannot be used with the parameter subnet");
		return false;
	}
	if (!*subnet_id) {
		sec2_fail(c, "VPCIdNotSpecified",
			  "No default VPC for this user. GroupName is only supported for "
			  "EC2-Classic and default VPC.");
		return false;
	}
	l->subnet = sec2_need(c, &EC2_SUBNET, subnet_id);
	if (!l->subnet)
		return false;
	vpc_id = sec2_str(l->subnet, "vpcId");
	if (!sec2_check_groups(c, groups, vpc_id))
		return false;
	if (json_array_size(groups)) {
		l->groups = json_deep_copy(groups);
	} else {
		autofree char *other = sec2_default_group(c, vpc_id);

		l->groups = json_pack("[s]", other);
	}
	l->address = xstrdup_or_null(address);
	l->public_address =
		wants_public ? !strcmp(wants_public, "true")
			     : json_is_true(json_object_get(l->subnet, "mapPublicIpOnLaunch"));
	return true;
}

static bool choose_tags(struct sec2 *c, struct launch *l)
{
	l->tags = sec2_tags(c, "instance",
			    "volume network-interface spot-instances-request "
			    "elastic-gpu");
	l->volume_tags = l->tags ? sec2_tags(c, "volume",
					     "instance network-interface "
					     "spot-instances-request elastic-gpu")
				 : NULL;
	l->eni_tags = l->volume_tags ? sec2_tags(c, "network-interface",
						 "instance volume "
						 "spot-instances-request elastic-gpu")
				     : NULL;
	return l->eni_tags != NULL;
}

static bool check_rest(struct sec2 *c)
{
	const char *key = sec2_arg(c, "KeyName");

	if (key)
		sec2_fail(c, "InvalidKeyPair.NotFound", "The key pair '%s' does not exist", key);
	else if (sec2_metadata_is_refused(c))
		return false;
	else if (sec2_arg_tree(c, "LaunchTemplate") || sec2_arg_tree(c, "InstanceMarketOptions"))
		sec2_fail(c, "UnsupportedOperation",
			  "This sandbox has neither launch templates nor spot instances");
	return !sec2_failed(c);
}

static bool check_launch(struct sec2 *c, struct launch *l)
{
	return choose_image(c, l) && check_count(c, l) && check_type(c, l) && check_rest(c) &&
	       sec2_find_profile(c, &l->profile) && choose_tags(c, l);
}

/* ---- making ------------------------------------------------------------- */

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

static void put_volume(struct sec2 *c, const struct launch *l, const char *id, const char *instance)
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

static json_t *put_eni(struct sec2 *c, const struct launch *l, const char *id, const char *instance)
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
static json_t *cpu_options(const struct sec2 *c, const struct launch *l)
{
	int vcpus = 0, threads = text_eq(l->ami.arch, "arm64") ? 1 : 2;

	(void)sec2_type_architecture(sec2_arg_or(c, "InstanceType", "m1.small"), &vcpus);
	if (vcpus < threads)
		threads = 1;
	return json_pack("{s:i, s:i}", "coreCount", vcpus / threads, "threadsPerCore", threads);
}

static json_t *new_instance(struct sec2 *c, const struct launch *l, const char *id,
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
static void add_inner(struct sec2 *c, const struct launch *l, json_t *doc, const char *reservation,
		      const char *volume)
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

static bool launch_one(struct sec2 *c, const struct launch *l, const char *reservation,
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

static void launch(struct sec2 *c, const struct launch *l, const char *zone)
{
	autofree char *reservation = sbx_new_id("r");
	json_t *views = json_array();
	bool good = true;

	sec2_sweep(c);
	for (int64_t i = 0; i < l->count && good; i++)
		good = launch_one(c, l, reservation, (size_t)i, views);
	if (good) {
		sec2_token_bind(c, zone, reservation);
		reply_instances(c, reservation, views);
	} else {
		json_decref(views);
	}
}

void sec2_run_instances(struct sec2 *c)
{
	struct launch l = { 0 };
	autofree char *reservation = NULL;
	const char *zone = "";
	enum sec2_token token = EC2_TOKEN_FAILED;

	/* The token counts within the subnet's zone, so the network comes before it. */
	if (choose_network(c, &l)) {
		zone = sec2_str(l.subnet, "availabilityZone");
		token = sec2_arg_bool(c, "DryRun", false) ? EC2_TOKEN_NEW
							  : sec2_token_check(c, zone, &reservation);
	}
	if (token == EC2_TOKEN_REPLAY) {
		reply_replay(c, reservation);
	} else if (token == EC2_TOKEN_NEW && check_launch(c, &l)) {
		if (sec2_arg_bool(c, "DryRun", false))
			sbx_fail(c->req, c->rep, 412, "DryRunOperation",
				 "Request would have succeeded, but DryRun flag is set.");
		else if (check_vcpus(c, &l))
			launch(c, &l, zone);
	}
	launch_clear(&l);
}
