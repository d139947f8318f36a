/* SPDX-License-Identifier: Apache-2.0 */
/* Images, instance types, instances and what belongs to them. */
#include "aws/ec2/parse.h"

#include "base/text.h"

/* ---- instances ---------------------------------------------------------- */

static const struct ec2_field instance_fields[] = {
	EC2_TEXT(ec2_instance, instance_id, "instanceId"),
	EC2_TEXT(ec2_instance, state, "instanceState/name"),
	EC2_TEXT(ec2_instance, state_reason_code, "stateReason/code"),
	EC2_TEXT(ec2_instance, state_reason_message, "stateReason/message"),
	EC2_TEXT(ec2_instance, state_transition_reason, "reason"),
	EC2_TEXT(ec2_instance, image_id, "imageId"),
	EC2_TEXT(ec2_instance, instance_type, "instanceType"),
	EC2_TEXT(ec2_instance, architecture, "architecture"),
	EC2_TEXT(ec2_instance, private_ip, "privateIpAddress"),
	EC2_TEXT(ec2_instance, public_ip, "ipAddress"),
	EC2_TEXT(ec2_instance, ipv6, "ipv6Address"),
	EC2_TEXT(ec2_instance, ipv6, "networkInterfaceSet/item/ipv6AddressesSet/item/ipv6Address"),
	EC2_TEXT(ec2_instance, vpc_id, "vpcId"),
	EC2_TEXT(ec2_instance, subnet_id, "subnetId"),
	EC2_TEXT(ec2_instance, zone, "placement/availabilityZone"),
	EC2_TEXT(ec2_instance, key_name, "keyName"),
	EC2_TEXT(ec2_instance, profile_arn, "iamInstanceProfile/arn"),
	EC2_TEXT(ec2_instance, http_tokens, "metadataOptions/httpTokens"),
	EC2_TEXT(ec2_instance, http_endpoint, "metadataOptions/httpEndpoint"),
	EC2_TEXT(ec2_instance, source_dest_check, "sourceDestCheck"),
	EC2_TEXT(ec2_instance, client_token, "clientToken"),
	EC2_TEXT(ec2_instance, launch_time, "launchTime"),
	EC2_INT(ec2_instance, hop_limit, "metadataOptions/httpPutResponseHopLimit", 0),
	EC2_TEXTS(ec2_instance, group_ids, "groupSet/item/groupId"),
	EC2_TEXTS(ec2_instance, interface_ids, "networkInterfaceSet/item/networkInterfaceId"),
	EC2_TEXTS(ec2_instance, volume_ids, NULL), /* add_volumes */
	EC2_TAGS(ec2_instance, tags, "tagSet/item"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_instance, ec2_instances, instance_fields)

/* The root's mapping is the one of its device, or the only one: emulators name it otherwise. */
static struct rb_error *add_volumes(void *thing, const struct xml_node *item)
{
	struct ec2_instance *i = thing;
	autofree char *root = xml_text(item, "rootDeviceName");
	bool found = false, any = false;

	xml_each(mapping, item, "blockDeviceMapping/item") {
		autofree char *device = xml_text(mapping, "deviceName");

		xml_strv(mapping, "ebs/volumeId", &i->volume_ids);
		any = xml_bool(mapping, "ebs/deleteOnTermination");
		if (root && text_eq(device, root)) {
			i->root_deleted_on_termination = any;
			found = true;
		}
	}
	if (!found && i->volume_ids.n == 1)
		i->root_deleted_on_termination = any;
	return NULL;
}

static void launch_params(struct aws_params *p, const struct ec2_run_instance *launch)
{
	params_add(p, "ImageId", launch->image_id);
	params_add(p, "InstanceType", launch->instance_type);
	params_add_int(p, "MinCount", 1);
	params_add_int(p, "MaxCount", 1);
	params_add(p, "SubnetId", launch->subnet_id);
	params_add(p, "SecurityGroupId.1", launch->group_id);
	params_add(p, "IamInstanceProfile.Name", launch->profile_name);
	params_add(p, "MetadataOptions.HttpTokens", "required");
	params_add(p, "MetadataOptions.HttpEndpoint", "enabled");
	params_add_int(p, "MetadataOptions.HttpPutResponseHopLimit", 2);
	if (launch->root_device_name) {
		params_add(p, "BlockDeviceMapping.1.DeviceName", launch->root_device_name);
		params_add_bool(p, "BlockDeviceMapping.1.Ebs.DeleteOnTermination", true);
		if (launch->root_volume_gib > 0)
			params_add_int(p, "BlockDeviceMapping.1.Ebs.VolumeSize",
				       launch->root_volume_gib);
	}
	params_add(p, "ClientToken", launch->token);
	/* an organisation's tag rules check each of the three by itself */
	params_add_tag_spec(p, "instance", launch->tags);
	params_add_tag_spec(p, "volume", launch->tags);
	params_add_tag_spec(p, "network-interface", launch->tags);
}

/*
 * EC2 learns of a new instance profile some time after IAM made it, and of the role
 * in it later still; only RunInstances reports it.  Its two refusals are kind
 * CONSISTENCY (advice.c), so the generic call waits and sends the same token again.
 */
struct rb_error *ec2_run_instance(struct aws_client *c, const struct ec2_run_instance *launch,
				  char **ret_instance_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	launch_params(&p, launch);
	return rb_error_what(ec2_make(c, "RunInstances", &p, launch->token != NULL,
				      "instancesSet/item/instanceId", NULL, ret_instance_id),
			     "cannot launch an instance of '%s' in subnet '%s'", launch->image_id,
			     launch->subnet_id ? launch->subnet_id : "default");
}

struct rb_error *ec2_describe_instances(struct aws_client *c, const char *const *ids,
					const struct aws_filter *filters, struct ec2_instances *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeInstances",
		.id_param = "InstanceId",
		.items = "reservationSet/item/instancesSet/item",
		.page = 1000,
		.noun = N_("instance"),
		.type = &ec2_instances_type,
		.add = add_volumes,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_ec2_instances found = { 0 };

	ec2_include_managed(&p);
	TRY(ec2_list(c, &how, &p, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

struct rb_error *ec2_terminate_instance(struct aws_client *c, const char *instance_id)
{
	return rb_error_what(ec2_remove(c, "TerminateInstances", "InstanceId.1", instance_id),
			     "cannot terminate instance '%s'", instance_id);
}
