/* SPDX-License-Identifier: Apache-2.0 */
/* Images, instance types, instances and what belongs to them. */
#include "aws/ec2/parse.h"

#include <ctype.h>

#include "base/text.h"

/* ---- images and types --------------------------------------------------- */

static void ec2_image_clear(struct ec2_image *i)
{
	free(i->image_id);
	free(i->name);
	free(i->state);
	free(i->architecture);
	free(i->creation_date);
	free(i->owner_id);
	free(i->root_device_name);
	strv_clear(&i->supported_types);
	strv_clear(&i->unsupported_types);
}
EC2_DEFINE_LIST(ec2_image, ec2_images)

static struct rb_error *add_image(void *list, const struct xml_node *item)
{
	struct ec2_image *i = ec2_images_push(list);

	i->image_id = xml_text(item, "imageId");
	i->name = xml_text(item, "name");
	i->state = xml_text(item, "imageState");
	i->architecture = xml_text(item, "architecture");
	i->creation_date = xml_text(item, "creationDate");
	i->owner_id = xml_text(item, "imageOwnerId");
	i->root_device_name = xml_text(item, "rootDeviceName");
	i->not_allowed = xml_is(item, "imageAllowed", "false");
	xml_strv(item, "instanceTypeSpecification/supportedInstanceTypeSet/item/instanceType",
		 &i->supported_types);
	xml_strv(item, "instanceTypeSpecification/unsupportedInstanceTypeSet/item/instanceType",
		 &i->unsupported_types);
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
		.noun = "image",
		.add = add_image,
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

static void ec2_instance_clear(struct ec2_instance *i)
{
	free(i->instance_id);
	free(i->state);
	free(i->state_reason_code);
	free(i->state_reason_message);
	free(i->state_transition_reason);
	free(i->image_id);
	free(i->instance_type);
	free(i->architecture);
	free(i->private_ip);
	free(i->public_ip);
	free(i->ipv6);
	free(i->vpc_id);
	free(i->subnet_id);
	free(i->zone);
	free(i->key_name);
	free(i->profile_arn);
	free(i->http_tokens);
	free(i->http_endpoint);
	free(i->client_token);
	free(i->launch_time);
	strv_clear(&i->group_ids);
	strv_clear(&i->interface_ids);
	strv_clear(&i->volume_ids);
	aws_tags_clear(&i->tags);
}
EC2_DEFINE_LIST(ec2_instance, ec2_instances)

/* The root's mapping is the one of its device, or the only one: emulators name it otherwise. */
static void read_volumes(struct ec2_instance *i, const struct xml_node *item)
{
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
}

static struct rb_error *add_instance(void *list, const struct xml_node *item)
{
	struct ec2_instance *i = ec2_instances_push(list);

	i->instance_id = xml_text(item, "instanceId");
	i->state = xml_text(item, "instanceState/name");
	i->state_reason_code = xml_text(item, "stateReason/code");
	i->state_reason_message = xml_text(item, "stateReason/message");
	i->state_transition_reason = xml_text(item, "reason");
	i->image_id = xml_text(item, "imageId");
	i->instance_type = xml_text(item, "instanceType");
	i->architecture = xml_text(item, "architecture");
	i->private_ip = xml_text(item, "privateIpAddress");
	i->public_ip = xml_text(item, "ipAddress");
	i->ipv6 = xml_text(item, "ipv6Address");
	if (!i->ipv6)
		i->ipv6 = xml_text(item,
				   "networkInterfaceSet/item/ipv6AddressesSet/item/ipv6Address");
	i->vpc_id = xml_text(item, "vpcId");
	i->subnet_id = xml_text(item, "subnetId");
	i->zone = xml_text(item, "placement/availabilityZone");
	i->key_name = xml_text(item, "keyName");
	i->profile_arn = xml_text(item, "iamInstanceProfile/arn");
	i->http_tokens = xml_text(item, "metadataOptions/httpTokens");
	i->http_endpoint = xml_text(item, "metadataOptions/httpEndpoint");
	i->hop_limit = ec2_int(item, "metadataOptions/httpPutResponseHopLimit", 0);
	i->client_token = xml_text(item, "clientToken");
	i->launch_time = xml_text(item, "launchTime");
	xml_strv(item, "groupSet/item/groupId", &i->group_ids);
	xml_strv(item, "networkInterfaceSet/item/networkInterfaceId", &i->interface_ids);
	read_volumes(i, item);
	xml_tags(item, "tagSet/item", &i->tags);
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
	/* an organisation's tag rules look at each of the three by itself */
	params_add_tag_spec(p, "instance", launch->tags);
	params_add_tag_spec(p, "volume", launch->tags);
	params_add_tag_spec(p, "network-interface", launch->tags);
}

/*
 * EC2 learns of a new instance profile some time after IAM made it, and of the role
 * in it later still; nothing but RunInstances tells.  Its two refusals are kind
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
		.noun = "instance",
		.add = add_instance,
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
	char *state;
	char *arn;
};

static void association_clear(struct association *a)
{
	free(a->state);
	free(a->arn);
}

/* The one in force, when older ones are still listed. */
static struct rb_error *add_profile_association(void *arg, const struct xml_node *item)
{
	struct association *a = arg;

	if (a->state && !xml_is(item, "state", "associated"))
		return NULL;
	association_clear(a);
	a->state = xml_text(item, "state");
	a->arn = xml_text(item, "iamInstanceProfile/arn");
	return NULL;
}

struct rb_error *ec2_describe_profile_association(struct aws_client *c, const char *instance_id,
						  char **ret_state, char **ret_arn)
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
	CLEANUP(association_clear) struct association a = { 0 };

	TRY(rb_error_what(ec2_list(c, &how, NULL, NULL, filters, &a),
			  "cannot read the instance profile of instance '%s'", instance_id));
	*ret_state = steal_str(&a.state);
	*ret_arn = steal_str(&a.arn);
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
		/* instances that are not on Nitro have only what was said at boot */
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
