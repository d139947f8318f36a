/* SPDX-License-Identifier: Apache-2.0 */
/* Images: the public Amazon Linux 2023 ones, which are everybody's and nobody's to change. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/ec2/ami.h"
#include "sandbox/ec2/ec2.h"
#include "sandbox/ec2/settings.h"

/*
 * What DescribeImages=state=X makes of the account and its images: "hidden" (an Allowed AMIs rule
 * that is enforced), "audit" (one that is not), "excludes:TYPE", "supports:TYPE" (the image's own
 * instance type specification).
 */
static void specify(const struct sec2 *c, const struct ami *ami, json_t *view)
{
	const char *state = c->req->fault_state ? c->req->fault_state : "";
	const char *set = text_starts_with(state, "excludes:")	 ? "unsupportedInstanceTypeSet"
			  : text_starts_with(state, "supports:") ? "supportedInstanceTypeSet"
								 : NULL;

	json_object_set_new(view, "imageAllowed",
			    json_boolean(!text_eq(state, "audit") &&
					 sec2_image_rule(c, ami) == SEC2_IMAGE_ALLOWED));
	if (set)
		json_object_set_new(
			view, "instanceTypeSpecification",
			json_pack("{s:[{s:s}]}", set, "instanceType", strchr(state, ':') + 1));
}

static json_t *image_view(const struct sec2 *c, const struct ami *ami)
{
	autofree char *location = xasprintf("amazon/%s", ami->name);

	json_t *view = json_object(), *ebs;

	sec2_add(view, "imageId", ami->id, "name", ami->name, "description", ami->description,
		 "imageLocation", location, "imageState", "available", "imageOwnerId", AMI_OWNER,
		 "imageOwnerAlias", "amazon", "creationDate", ami->created, "deprecationTime",
		 ami->expires, "architecture", ami->arch, "imageType", "machine", "platformDetails",
		 "Linux/UNIX", "usageOperation", "RunInstances", "hypervisor", "xen",
		 "virtualizationType", "hvm", "rootDeviceName", "/dev/xvda", "rootDeviceType",
		 "ebs", "sriovNetSupport", "simple", "bootMode",
		 !strcmp(ami->arch, "arm64") ? "uefi" : "uefi-preferred", "imdsSupport", "v2.0",
		 (char *)NULL);
	ebs = json_pack("{s:b, s:i, s:s, s:i, s:s, s:i, s:b}", "deleteOnTermination", 1, "iops",
			3000, "snapshotId", ami->snapshot_id, "volumeSize", 8, "volumeType", "gp3",
			"throughput", 125, "encrypted", 0);
	json_object_set_new(view, "blockDeviceMapping",
			    json_pack("[{s:s, s:o}]", "deviceName", "/dev/xvda", "ebs", ebs));
	json_object_set_new(view, "enaSupport", json_true());
	json_object_set_new(view, "isPublic", json_true());
	json_object_set_new(view, "tagSet", json_array());
	specify(c, ami, view);
	return view;
}

static const struct sec2_filter IMAGE_FILTERS[] = {
	{ "architecture", "architecture" },
	{ "block-device-mapping.delete-on-termination",
	  "blockDeviceMapping/ebs/deleteOnTermination" },
	{ "block-device-mapping.device-name", "blockDeviceMapping/deviceName" },
	{ "block-device-mapping.snapshot-id", "blockDeviceMapping/ebs/snapshotId" },
	{ "block-device-mapping.volume-size", "blockDeviceMapping/ebs/volumeSize" },
	{ "block-device-mapping.volume-type", "blockDeviceMapping/ebs/volumeType" },
	{ "block-device-mapping.encrypted", "blockDeviceMapping/ebs/encrypted" },
	{ "creation-date", "creationDate" },
	{ "description", "description" },
	{ "ena-support", "enaSupport" },
	{ "hypervisor", "hypervisor" },
	{ "image-allowed", "imageAllowed" },
	{ "image-id", "imageId" },
	{ "image-type", "imageType" },
	{ "is-public", "isPublic" },
	{ "manifest-location", "imageLocation" },
	{ "name", "name" },
	{ "owner-alias", "imageOwnerAlias" },
	{ "owner-id", "imageOwnerId" },
	{ "root-device-name", "rootDeviceName" },
	{ "root-device-type", "rootDeviceType" },
	{ "sriov-net-support", "sriovNetSupport" },
	{ "state", "imageState" },
	{ "virtualization-type", "virtualizationType" },
	{ 0 },
};

static bool is_owner(const struct sec2 *c)
{
	const json_t *owners = sec2_arg_tree(c, "Owner"), *one;
	size_t i;

	json_array_foreach(owners, i, one) {
		if (!strcmp(json_string_value(one), "amazon") ||
		    !strcmp(json_string_value(one), AMI_OWNER))
			return true;
	}
	return !json_array_size(owners);
}

static bool is_hidden(const struct sec2 *c, const struct ami *ami)
{
	return text_eq(c->req->fault_state, "hidden") ||
	       sec2_image_rule(c, ami) == SEC2_IMAGE_HIDDEN;
}

static json_t *named_images(struct sec2 *c, const json_t *ids)
{
	json_t *items = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		const char *name = json_string_value(id);
		struct ami ami;

		if (!text_starts_with(name, "ami-"))
			sec2_fail(c, "InvalidAMIID.Malformed",
				  "Invalid id: \"%s\" (expecting \"ami-...\")", name);
		else if (!ami_find(c->region, name, &ami) || is_hidden(c, &ami))
			sec2_fail(c, "InvalidAMIID.NotFound", "The image id '[%s]' does not exist",
				  name);
		else
			json_array_append_new(items, image_view(c, &ami));
		if (sec2_failed(c))
			break;
	}
	return items;
}

void sec2_describe_images(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "imagesSet", .filters = IMAGE_FILTERS };
	const json_t *ids = sec2_arg_tree(c, "ImageId");
	json_t *items;
	struct ami ami;

	if (json_array_size(ids)) {
		items = named_images(c, ids);
	} else {
		items = json_array();
		for (size_t i = 0; is_owner(c) && ami_nth(c->region, i, &ami); i++)
			if (!is_hidden(c, &ami))
				json_array_append_new(items, image_view(c, &ami));
	}
	if (sec2_failed(c))
		json_decref(items);
	else
		sec2_answer_list(c, &list, items);
}
