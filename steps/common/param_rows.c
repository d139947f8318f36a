/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of which more than one procedure may have need. */
#include "steps/common/param_rows.h"

#include "steps/common/param_checks.h"

const struct param param_source_region = {
	.name = "source.region",
	.fallback = "ap-northeast-1",
	.help = "region of the instance",
	.help_ja = "インスタンスのリージョン",
	.check = param_check_region,
};

const struct param param_source_vpc_cidr = {
	.name = "source.vpc_cidr",
	.fallback = "10.0.0.0/16",
	.help = "network of the source VPC",
	.help_ja = "接続元 VPC のネットワーク",
	.check = param_check_cidr,
};

const struct param param_source_subnet_cidr = {
	.name = "source.subnet_cidr",
	.fallback = "10.0.0.0/20",
	.help = "its private subnet, inside source.vpc_cidr",
	.help_ja = "そのプライベートサブネット",
	.check = param_check_cidr,
};

const struct param param_source_zone = {
	.name = "source.zone",
	.fallback = "",
	.help = "zone of that subnet (default: the region's 'a')",
	.help_ja = "そのサブネットのゾーン (既定: リージョンの a)",
	.check = param_check_zone,
};

const struct param param_source_instance_type = {
	.name = "source.instance_type",
	.fallback = "",
	.help = "instance type (default: t3.micro, for arm64 t4g.micro)",
	.help_ja = "インスタンスタイプ (既定: t3.micro、arm64 では t4g.micro)",
	.check = param_check_instance_type,
};

const struct param param_source_architecture = {
	.name = "source.architecture",
	.fallback = "x86_64",
	.help = "x86_64 or arm64; follows source.instance_type",
	.help_ja = "x86_64 または arm64 (source.instance_type に従う)",
	.check = param_check_architecture,
};

const struct param param_source_image = {
	.name = "source.image",
	.fallback = "",
	.help = "image id (default: newest Amazon Linux 2023)",
	.help_ja = "イメージ ID (既定: 最新の Amazon Linux 2023)",
	.check = param_check_image,
};

const struct param param_source_os_user = {
	.name = "source.os_user",
	.fallback = "ec2-user",
	.help = "user to log in as on the instance",
	.help_ja = "インスタンスにログインするユーザー",
	.check = param_check_user,
};

const struct param param_destination_region = {
	.name = "destination.region",
	.fallback = "us-east-1",
	.help = "region of the bucket",
	.help_ja = "バケットのリージョン",
	.check = param_check_region,
};

const struct param param_destination_vpc_cidr = {
	.name = "destination.vpc_cidr",
	.fallback = "10.1.0.0/16",
	.help = "network of the destination VPC",
	.help_ja = "接続先 VPC のネットワーク",
	.check = param_check_cidr,
};

const struct param param_destination_subnet_cidr = {
	.name = "destination.subnet_cidr",
	.fallback = "10.1.0.0/20",
	.help = "its private subnet, inside destination.vpc_cidr",
	.help_ja = "そのプライベートサブネット",
	.check = param_check_cidr,
};

const struct param param_destination_zone = {
	.name = "destination.zone",
	.fallback = "",
	.help = "zone of that subnet (default: the first that offers the S3 endpoint)",
	.help_ja = "そのサブネットのゾーン (既定: S3 エンドポイントを提供する最初のゾーン)",
	.check = param_check_zone,
};

const struct param param_destination_bucket = {
	.name = "destination.bucket",
	.fallback = "",
	.help = "bucket (default: made from stack and run id)",
	.help_ja = "バケット (既定: スタックと実行 ID から作成)",
	.check = param_check_bucket,
};

const struct param param_destination_bucket_namespace = {
	.name = "destination.bucket_namespace",
	.fallback = "",
	.help = "global or account-regional (default: by the bucket's name, account-regional when it ends with -an)",
	.help_ja =
		"global または account-regional (既定: バケット名が -an で終われば account-regional)",
	.check = param_check_namespace,
};

const struct param param_upload_key = {
	.name = "upload.key",
	.fallback = "dummy.txt",
	.help = "name of the object to upload",
	.help_ja = "アップロードするオブジェクトの名前",
	.check = param_check_key,
};

const struct param param_upload_bytes = {
	.name = "upload.bytes",
	.fallback = "0",
	.help = "its size",
	.help_ja = "そのサイズ",
	.check = param_check_bytes,
};
