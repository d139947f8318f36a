/* SPDX-License-Identifier: Apache-2.0 */
/* Images, instance types, instances and what belongs to them. */
#include "aws/ec2/parse.h"

#include <ctype.h>

#include "base/text.h"

/* ---- images and types --------------------------------------------------- */

static const struct ec2_field image_fields[] = {
	EC2_TEXT(ec2_image, image_id, "imageId"),
	EC2_TEXT(ec2_image, name, "name"),
	EC2_TEXT(ec2_image, state, "imageState"),
	EC2_TEXT(ec2_image, architecture, "architecture"),
	EC2_TEXT(ec2_image, creation_date, "creationDate"),
	EC2_TEXT(ec2_image, owner_id, "imageOwnerId"),
	EC2_TEXT(ec2_image, root_device_name, "rootDeviceName"),
	EC2_TEXTS(ec2_image, supported_types,
		  "instanceTypeSpecification/supportedInstanceTypeSet/item/instanceType"),
	EC2_TEXTS(ec2_image, unsupported_types,
		  "instanceTypeSpecification/unsupportedInstanceTypeSet/item/instanceType"),
	EC2_FIELDS_END,
};
EC2_DEFINE_LIST(ec2_image, ec2_images, image_fields)

static struct rb_error *add_image_rest(void *thing, const struct xml_node *item)
{
	struct ec2_image *i = thing;

	i->not_allowed = xml_is(item, "imageAllowed", "false");
	xml_each(mapping, item, "blockDeviceMapping/item") {
		autofree char *device = xml_text(mapping, "deviceName");

		if (text_eq(device, i->root_device_name))
			i->root_volume_gib = xml_int(mapping, "ebs/volumeSize", 0);
	}
	return NULL;
}

struct rb_error *ec2_describe_images(struct aws_client *c, const char *const *ids,
				     const char *owner, const struct aws_filter *filters,
				     struct ec2_images *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeImages",
		.id_param = "ImageId",
		.items = "imagesSet/item",
		.page = 1000,
		.noun = N_("image"),
		.type = &ec2_images_type,
		.add = add_image_rest,
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_ec2_images found = { 0 };

	params_add(&p, "Owner.1", owner);
	TRY(ec2_list(c, &how, &p, ids, filters, &found));
	EC2_GIVE(ret, found);
	return NULL;
}

static struct rb_error *add_offering(void *list, const struct xml_node *item)
{
	xml_strv(item, "instanceType", list);
	return NULL;
}

struct rb_error *ec2_type_offered(struct aws_client *c, const char *instance_type, const char *zone,
				  bool *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeInstanceTypeOfferings",
		.items = "instanceTypeOfferingSet/item",
		.page = 1000,
		.add = add_offering,
	};
	const struct aws_filter filters[] = {
		{ "instance-type", { instance_type } },
		{ "location", { zone } },
		{ 0 },
	};
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_strv found = { 0 };

	params_add(&p, "LocationType", "availability-zone");
	TRY(rb_error_what(ec2_list(c, &how, &p, NULL, filters, &found),
			  "cannot ask whether zone '%s' offers '%s'", zone, instance_type));
	*ret = strv_has(&found, instance_type);
	return NULL;
}

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

/* ---- what is known of one instance -------------------------------------- */

struct status {
	const char *instance_id; /* whose; borrowed */
	char *instance;
	char *system;
};

static void status_clear(struct status *s)
{
	free(s->instance);
	free(s->system);
}

static struct rb_error *add_status(void *arg, const struct xml_node *item)
{
	struct status *s = arg;

	if (!xml_is(item, "instanceId", s->instance_id))
		return NULL;
	status_clear(s);
	s->instance = xml_text(item, "instanceStatus/status");
	s->system = xml_text(item, "systemStatus/status");
	return NULL;
}

struct rb_error *ec2_describe_instance_status(struct aws_client *c, const char *instance_id,
					      char **ret_instance_status, char **ret_system_status)
{
	static const struct ec2_listing how = {
		.action = "DescribeInstanceStatus",
		.id_param = "InstanceId",
		.items = "instanceStatusSet/item",
		.add = add_status,
	};
	const char *const ids[] = { instance_id, NULL };
	CLEANUP(status_clear) struct status s = { .instance_id = instance_id };
	auto_aws_params p = AWS_PARAMS_INIT;

	ec2_include_managed(&p);
	TRY(rb_error_what(ec2_list(c, &how, &p, ids, NULL, &s),
			  "cannot read the status checks of instance '%s'", instance_id));
	*ret_instance_status = steal_str(&s.instance);
	*ret_system_status = steal_str(&s.system);
	return NULL;
}

struct association {
	char *id;
	char *state;
	char *arn;
};

static void association_clear(struct association *a)
{
	free(a->id);
	free(a->state);
	free(a->arn);
	*a = (struct association){ 0 };
}

/* The one in force, when older ones are still listed. */
static struct rb_error *add_profile_association(void *arg, const struct xml_node *item)
{
	struct association *a = arg;

	if (a->state && !xml_is(item, "state", "associated"))
		return NULL;
	association_clear(a);
	a->id = xml_text(item, "associationId");
	a->state = xml_text(item, "state");
	a->arn = xml_text(item, "iamInstanceProfile/arn");
	return NULL;
}

static struct rb_error *find_association(struct aws_client *c, const char *instance_id,
					 struct association *ret)
{
	static const struct ec2_listing how = {
		.action = "DescribeIamInstanceProfileAssociations",
		.items = "iamInstanceProfileAssociationSet/item",
		.page = 1000,
		.add = add_profile_association,
	};
	const struct aws_filter filters[] = {
		{ "instance-id", { instance_id } },
		{ 0 },
	};

	return rb_error_what(ec2_list(c, &how, NULL, NULL, filters, ret),
			     "cannot read the instance profile of instance '%s'", instance_id);
}

struct rb_error *ec2_describe_profile_association(struct aws_client *c, const char *instance_id,
						  char **ret_state, char **ret_arn)
{
	CLEANUP(association_clear) struct association a = { 0 };

	TRY(find_association(c, instance_id, &a));
	*ret_state = steal_str(&a.state);
	*ret_arn = steal_str(&a.arn);
	return NULL;
}

struct rb_error *ec2_find_profile_association(struct aws_client *c, const char *instance_id,
					      char **ret_id)
{
	CLEANUP(association_clear) struct association a = { 0 };

	TRY(find_association(c, instance_id, &a));
	*ret_id = steal_str(&a.id);
	return NULL;
}

/* Base64 as EC2 wraps it: with line breaks. */
static bool decode_wrapped(const char *s, struct buf *out)
{
	auto_buf packed = BUF_INIT;

	for (; *s; s++)
		if (!isspace((unsigned char)*s))
			(void)buf_addc(&packed, *s);
	return text_base64_decode(packed.p, packed.n, out);
}

struct rb_error *ec2_get_console_output(struct aws_client *c, const char *instance_id,
					char **ret_text)
{
	auto_aws_params latest = AWS_PARAMS_INIT;
	auto_aws_params plain = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	autofree char *packed = NULL;
	auto_buf text = BUF_INIT;
	struct rb_error *err;

	params_add(&latest, "InstanceId", instance_id);
	params_add(&plain, "InstanceId", instance_id);
	params_add_bool(&latest, "Latest", true);
	err = aws_query_call(c, "ec2", "GetConsoleOutput", &latest, AWS_READS, &reply);
	if (rb_error_is_aws(err, "UnsupportedOperation")) {
		/* instances that are not on Nitro have only what was set at boot */
		(void)rb_error_free(err);
		err = aws_query_call(c, "ec2", "GetConsoleOutput", &plain, AWS_READS, &reply);
	}
	if (!err) {
		packed = xml_text_or_empty(reply.root, "output");
		if (packed && !decode_wrapped(packed, &text))
			err = rb_error_because(RB_PROTOCOL, "it is not base64");
	}
	if (err)
		return rb_error_what(err, "cannot read the console of instance '%s'", instance_id);
	*ret_text = buf_steal(&text);
	return NULL;
}
