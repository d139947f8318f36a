/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of which more than one procedure may have need. */
#include "steps/common/param_rows.h"

#include "steps/common/param_checks.h"

const struct param param_source_region = {
	.name = "source.region",
	.fallback = "ap-northeast-1",
	.help = N_("region of the instance"),
	.check = param_check_region,
};

const struct param param_source_vpc_cidr = {
	.name = "source.vpc_cidr",
	.fallback = "10.0.0.0/16",
	.help = N_("network of the source VPC"),
	.check = param_check_cidr,
};

const struct param param_source_subnet_cidr = {
	.name = "source.subnet_cidr",
	.fallback = "10.0.0.0/20",
	.help = N_("its private subnet, inside source.vpc_cidr"),
	.check = param_check_cidr,
};

const struct param param_source_zone = {
	.name = "source.zone",
	.fallback = "",
	.help = N_("zone of that subnet (default: the region's 'a')"),
	.check = param_check_zone,
};

const struct param param_source_instance_type = {
	.name = "source.instance_type",
	.fallback = "",
	.help = N_("instance type (default: t3.micro, for arm64 t4g.micro)"),
	.check = param_check_instance_type,
};

const struct param param_source_architecture = {
	.name = "source.architecture",
	.fallback = "x86_64",
	.help = N_("x86_64 or arm64; follows source.instance_type"),
	.check = param_check_architecture,
};

const struct param param_source_image = {
	.name = "source.image",
	.fallback = "",
	.help = N_("image id (default: newest Amazon Linux 2023)"),
	.check = param_check_image,
};

const struct param param_source_os_user = {
	.name = "source.os_user",
	.fallback = "ec2-user",
	.help = N_("user to log in as on the instance"),
	.check = param_check_user,
};

const struct param param_destination_region = {
	.name = "destination.region",
	.fallback = "us-east-1",
	.help = N_("region of the bucket"),
	.check = param_check_region,
};

const struct param param_destination_vpc_cidr = {
	.name = "destination.vpc_cidr",
	.fallback = "10.1.0.0/16",
	.help = N_("network of the destination VPC"),
	.check = param_check_cidr,
};

const struct param param_destination_subnet_cidr = {
	.name = "destination.subnet_cidr",
	.fallback = "10.1.0.0/20",
	.help = N_("its private subnet, inside destination.vpc_cidr"),
	.check = param_check_cidr,
};

const struct param param_destination_zone = {
	.name = "destination.zone",
	.fallback = "",
	.help = N_("zone of that subnet (default: the first that offers the S3 endpoint)"),
	.check = param_check_zone,
};

const struct param param_destination_bucket = {
	.name = "destination.bucket",
	.fallback = "",
	.help = N_("bucket (default: made from stack and run id)"),
	.check = param_check_bucket,
};

const struct param param_destination_bucket_namespace = {
	.name = "destination.bucket_namespace",
	.fallback = "",
	.help = N_(
		"global or account-regional (default: by the bucket's name, account-regional when it ends with -an)"),
	.check = param_check_namespace,
};

const struct param param_upload_key = {
	.name = "upload.key",
	.fallback = "dummy.txt",
	.help = N_("name of the object to upload"),
	.check = param_check_key,
};

const struct param param_upload_bytes = {
	.name = "upload.bytes",
	.fallback = "0",
	.help = N_("its size"),
	.check = param_check_bytes,
};

const struct param param_tags = {
	.name = "tags.",
	.fallback = "",
	.help = N_("tag on everything that is created, beside those of runbook"),
	.check_member = param_check_tag,
	.may_be_none = true,
};

const struct param param_permissions_boundary = {
	.name = "iam.permissions_boundary",
	.fallback = "",
	.help = N_(
		"ARN of the policy that is the instance role's permissions boundary (default: none)"),
	.check = param_check_boundary,
	.may_be_none = true,
};

const struct param param_prices = {
	.name = "price.",
	.fallback = "",
	.help = N_("USD an hour of instance, volume or endpoint, instead of the list price"),
	.check_member = param_check_price,
	.may_be_none = true,
};
