/* SPDX-License-Identifier: Apache-2.0 */
/* What RunInstances asks for: each parameter chosen or refused, before anything is made. */
#include "sandbox/ec2/launch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "sandbox/core/quota.h"
#include "sandbox/ec2/ami.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/instance.h"
#include "sandbox/ec2/settings.h"

#define MAX_COUNT 20
#define RESOLVE "resolve:ssm:"

void sec2_launch_clear(struct sec2_launch *l)
{
	json_decref(l->subnet);
	json_decref(l->groups);
	json_decref(l->profile);
	json_decref(l->tags);
	json_decref(l->volume_tags);
	json_decref(l->eni_tags);
	free(l->address);
}

static bool choose_image(struct sec2 *c, struct sec2_launch *l)
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

static bool check_type(struct sec2 *c, const struct sec2_launch *l)
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

static bool check_count(struct sec2 *c, struct sec2_launch *l)
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
bool sec2_launch_fits_quota(struct sec2 *c, const struct sec2_launch *l)
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
bool sec2_launch_network(struct sec2 *c, struct sec2_launch *l)
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

static bool choose_tags(struct sec2 *c, struct sec2_launch *l)
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

bool sec2_launch_check(struct sec2 *c, struct sec2_launch *l)
{
	return choose_image(c, l) && check_count(c, l) && check_type(c, l) && check_rest(c) &&
	       sec2_find_profile(c, &l->profile) && choose_tags(c, l);
}
