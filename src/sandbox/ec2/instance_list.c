/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeInstances: filters, and reservations of what was launched together. */
#include <string.h>

#include "sandbox/ec2/ec2.h"

#define ENI "networkInterfaceSet/"

static const struct sec2_filter INSTANCE_FILTERS[] = {
	{ "affinity", "placement/affinity" },
	{ "architecture", "architecture" },
	{ "availability-zone", "placement/availabilityZone" },
	{ "availability-zone-id", "placement/availabilityZoneId" },
	{ "block-device-mapping.attach-time", "blockDeviceMapping/ebs/attachTime" },
	{ "block-device-mapping.delete-on-termination",
	  "blockDeviceMapping/ebs/deleteOnTermination" },
	{ "block-device-mapping.device-name", "blockDeviceMapping/deviceName" },
	{ "block-device-mapping.status", "blockDeviceMapping/ebs/status" },
	{ "block-device-mapping.volume-id", "blockDeviceMapping/ebs/volumeId" },
	{ "boot-mode", "bootMode" },
	{ "client-token", "clientToken" },
	{ "current-instance-boot-mode", "currentInstanceBootMode" },
	{ "dns-name", "dnsName" },
	{ "ebs-optimized", "ebsOptimized" },
	{ "ena-support", "enaSupport" },
	{ "enclave-options.enabled", "enclaveOptions/enabled" },
	{ "hibernation-options.configured", "hibernationOptions/configured" },
	{ "hypervisor", "hypervisor" },
	{ "iam-instance-profile.arn", "iamInstanceProfile/arn" },
	{ "iam-instance-profile.id", "iamInstanceProfile/id" },
	{ "image-id", "imageId" },
	{ "instance-id", "instanceId" },
	{ "instance-lifecycle", "instanceLifecycle" },
	{ "instance-state-code", "instanceState/code" },
	{ "instance-state-name", "instanceState/name" },
	{ "instance-type", "instanceType" },
	{ "instance.group-id", "groupSet/groupId" },
	{ "instance.group-name", "groupSet/groupName" },
	{ "ip-address", "ipAddress" },
	{ "key-name", "keyName" },
	{ "launch-index", "amiLaunchIndex" },
	{ "launch-time", "launchTime" },
	{ "maintenance-options.auto-recovery", "maintenanceOptions/autoRecovery" },
	{ "metadata-options.http-endpoint", "metadataOptions/httpEndpoint" },
	{ "metadata-options.http-protocol-ipv6", "metadataOptions/httpProtocolIpv6" },
	{ "metadata-options.http-put-response-hop-limit",
	  "metadataOptions/httpPutResponseHopLimit" },
	{ "metadata-options.http-tokens", "metadataOptions/httpTokens" },
	{ "metadata-options.instance-metadata-tags", "metadataOptions/instanceMetadataTags" },
	{ "metadata-options.state", "metadataOptions/state" },
	{ "monitoring-state", "monitoring/state" },
	{ "network-interface.addresses.primary", ENI "privateIpAddressesSet/primary" },
	{ "network-interface.addresses.private-dns-name",
	  ENI "privateIpAddressesSet/privateDnsName" },
	{ "network-interface.addresses.private-ip-address",
	  ENI "privateIpAddressesSet/privateIpAddress" },
	{ "network-interface.association.public-ip", ENI "association/publicIp" },
	{ "network-interface.attachment.attach-time", ENI "attachment/attachTime" },
	{ "network-interface.attachment.attachment-id", ENI "attachment/attachmentId" },
	{ "network-interface.attachment.delete-on-termination",
	  ENI "attachment/deleteOnTermination" },
	{ "network-interface.attachment.device-index", ENI "attachment/deviceIndex" },
	{ "network-interface.attachment.instance-id", "instanceId" },
	{ "network-interface.attachment.status", ENI "attachment/status" },
	{ "network-interface.availability-zone", "placement/availabilityZone" },
	{ "network-interface.description", ENI "description" },
	{ "network-interface.group-id", ENI "groupSet/groupId" },
	{ "network-interface.group-name", ENI "groupSet/groupName" },
	{ "network-interface.mac-address", ENI "macAddress" },
	{ "network-interface.network-interface-id", ENI "networkInterfaceId" },
	{ "network-interface.owner-id", ENI "ownerId" },
	{ "network-interface.private-dns-name", ENI "privateDnsName" },
	{ "network-interface.private-ip-address", ENI "privateIpAddress" },
	{ "network-interface.source-dest-check", ENI "sourceDestCheck" },
	{ "network-interface.status", ENI "status" },
	{ "network-interface.subnet-id", ENI "subnetId" },
	{ "network-interface.vpc-id", ENI "vpcId" },
	{ "owner-id", "_owner_id" },
	{ "platform-details", "platformDetails" },
	{ "private-dns-name", "privateDnsName" },
	{ "private-ip-address", "privateIpAddress" },
	{ "reason", "reason" },
	{ "reservation-id", "_reservation_id" },
	{ "root-device-name", "rootDeviceName" },
	{ "root-device-type", "rootDeviceType" },
	{ "source-dest-check", "sourceDestCheck" },
	{ "state-reason-code", "stateReason/code" },
	{ "state-reason-message", "stateReason/message" },
	{ "subnet-id", "subnetId" },
	{ "tag-key", "tagSet/key" },
	{ "tenancy", "placement/tenancy" },
	{ "usage-operation", "usageOperation" },
	{ "virtualization-type", "virtualizationType" },
	{ "vpc-id", "vpcId" },
	{ 0 },
};

/* Instances of one launch share a reservation. */
static json_t *as_reservations(json_t *items)
{
	json_t *reservations = json_array(), *item;
	size_t i;

	json_array_foreach(items, i, item) {
		const char *id = sec2_str(item, "_reservation_id");
		json_t *last = json_array_get(reservations, json_array_size(reservations) - 1);

		if (strcmp(sec2_str(last, "reservationId"), id) != 0) {
			last = json_pack("{s:s, s:s, s:[], s:[]}", "reservationId", id, "ownerId",
					 SANDBOX_ACCOUNT, "groupSet", "instancesSet");
			json_array_append_new(reservations, last);
		}
		json_array_append(json_object_get(last, "instancesSet"), item);
	}
	json_decref(items);
	return reservations;
}

void sec2_describe_instances(struct sec2 *c)
{
	static const struct sec2_list list = { .set = "reservationSet",
					       .ids = "InstanceId",
					       .kind = &EC2_INSTANCE,
					       .filters = INSTANCE_FILTERS,
					       .wrap = as_reservations };

	sec2_describe(c, &list);
}
