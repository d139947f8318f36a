/* SPDX-License-Identifier: Apache-2.0 */
/* EC2: images, and where an instance type is offered. */
#include "aws/ec2/parse.h"

#include "base/text.h"

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
