/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: each instance's root one, which comes and goes with it. */
#include <string.h>

#include "base/alloc.h"
#include "sandbox/ec2/ec2.h"

static json_t *view_volume(const struct sec2_view_context *context, const json_t *doc)
{
	int64_t gone_ms = sec2_ms(doc, "_gone_ms"), free_ms = sec2_ms(doc, "_free_ms");
	json_t *view;

	if (gone_ms && context->now_ms >= gone_ms)
		return NULL;
	view = json_deep_copy(doc);
	if (free_ms && context->now_ms >= free_ms) { /* outlived its instance */
		json_object_set_new(view, "status", json_string("available"));
		json_object_set_new(view, "attachmentSet", json_array());
	}
	return view;
}

const struct sec2_kind EC2_VOLUME = { .kind = "volume",
				      .prefix = "vol",
				      .id_member = "volumeId",
				      .not_found = "InvalidVolume.NotFound",
				      .malformed = "InvalidVolumeID.Malformed",
				      .noun = "volume",
				      .view = view_volume };

static const struct sec2_filter VOLUME_FILTERS[] = {
	{ "attachment.attach-time", "attachmentSet/attachTime" },
	{ "attachment.delete-on-termination", "attachmentSet/deleteOnTermination" },
	{ "attachment.device", "attachmentSet/device" },
	{ "attachment.instance-id", "attachmentSet/instanceId" },
	{ "attachment.status", "attachmentSet/status" },
	{ "availability-zone", "availabilityZone" },
	{ "availability-zone-id", "availabilityZoneId" },
	{ "create-time", "createTime" },
	{ "encrypted", "encrypted" },
	{ "multi-attach-enabled", "multiAttachEnabled" },
	{ "size", "size" },
	{ "snapshot-id", "snapshotId" },
	{ "status", "status" },
	{ "tag-key", "tagSet/key" },
	{ "volume-id", "volumeId" },
	{ "volume-type", "volumeType" },
	{ 0 },
};

void sec2_describe_volumes(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "volumeSet",
					       .ids = "VolumeId",
					       .kind = &EC2_VOLUME,
					       .filters = VOLUME_FILTERS };

	sec2_describe(c, &list);
}

void sec2_delete_volume(struct sec2 *c)
{
	const char *id = sec2_arg(c, "VolumeId");
	json_t *doc = sec2_need(c, &EC2_VOLUME, id);
	int64_t free_ms = doc ? sec2_ms(doc, "_free_ms") : 0;

	if (!doc)
		return;
	if (!free_ms || c->now_ms < free_ms) {
		const json_t *attachment = json_array_get(json_object_get(doc, "attachmentSet"), 0);

		sec2_fail(c, "VolumeInUse", "Volume %s is currently attached to %s", id,
			  sec2_str(attachment, "instanceId"));
	} else {
		sec2_drop(c, &EC2_VOLUME, id);
		sec2_reply_true(c);
	}
	json_decref(doc);
}
