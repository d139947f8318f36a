/* SPDX-License-Identifier: Apache-2.0 */
/* By hand: endpoint, bucket and upload, as rows of a step's table; the rest is in by_hand.h. */
#ifndef STEPS_COMMON_BY_HAND_S3_H
#define STEPS_COMMON_BY_HAND_S3_H

#include "steps/common/by_hand.h"
#include "steps/common/upload.h"

/* clang-format off */

/* ---- the bucket ---------------------------------------------------------------------------- */

#define THIS_BUCKET CLI_OPTION("--bucket", "<destination.bucket>")
#define BY_HAND_BUCKET_CONSOLE                                                                     \
	{ "S3 > General purpose buckets > Create bucket",                                          \
	  "S3 > 汎用バケット > バケットを作成" },                                                               \
	{ "S3 > (the bucket) > Permissions > Bucket policy > Edit",                                \
	  "S3 > (バケット) > アクセス許可 > バケットポリシー > 編集" }
/* `document`: writes its policy, as in struct cli_option. */
#define BY_HAND_MAKE_BUCKET(document)                                                              \
	CLI_CATCH(SIDE_DESTINATION, "s3api create-bucket", "Location", NULL, THIS_BUCKET,          \
		  CLI_OPTION_WHEN("!destination.region=us-east-1",                                 \
				  "--create-bucket-configuration",                                 \
				  "LocationConstraint=<region>"),                                  \
		  { .name = "--bucket-namespace", .value = "account-regional", .since = "2026",     \
		    .only_when = "destination.bucket_namespace=account-regional" }),               \
	CLI_CALL(SIDE_DESTINATION, "s3api put-bucket-tagging", THIS_BUCKET,                        \
		 { .name = "--tagging", .tags = CLI_TAGS_SET, .what = "bucket" }),                 \
	CLI_CALL(SIDE_DESTINATION, "s3api put-public-access-block", THIS_BUCKET,                   \
		 CLI_OPTION("--public-access-block-configuration",                                 \
			    "BlockPublicAcls=true,IgnorePublicAcls=true,"                          \
			    "BlockPublicPolicy=true,RestrictPublicBuckets=true")),                 \
	CLI_CALL(SIDE_DESTINATION, "s3api put-bucket-policy", THIS_BUCKET,                         \
		 { .name = "--policy", .make = (document) })
#define BY_HAND_UNMAKE_BUCKET                                                                      \
	CLI_CALL(SIDE_DESTINATION, "s3api delete-bucket-policy", THIS_BUCKET),                     \
	{ .about = N_("refused while the bucket holds an object"),                                 \
	  .operation = "s3api delete-bucket", .side = SIDE_DESTINATION,                            \
	  .options = CLI_OPTIONS(THIS_BUCKET) }
#define BY_HAND_BUCKET_MADE(through)                                                               \
	{ N_("bucket"), "bucket",                                                                  \
	  MADE_SETTINGS({ N_("name"), "<destination.bucket>" },                                    \
			{ N_("public access"), N_("all of it blocked") },                          \
			{ N_("encryption"), "SSE-S3" },                                            \
			{ N_("PutObject"), through }) }

/* ---- an S3 interface endpoint with its group ------------------------------------------------ */

#define S3_ENDPOINTS "ec2 describe-vpc-endpoints"
#define THIS_S3_ENDPOINT                                                                           \
	CLI_OPTION("--filters", "Name=vpc-endpoint-id,Values=<.vpc_endpoint_id>")
#define BY_HAND_S3_ENDPOINT_CONSOLE                                                                \
	BY_HAND_GROUP_CONSOLE,                                                                     \
	{ "VPC > Endpoints > Create endpoint > Type: AWS services > com.amazonaws.REGION.s3, "     \
	  "Type: Interface (Additional settings > Enable DNS name: off)",                          \
	  "VPC > エンドポイント > エンドポイントを作成 > タイプ: AWS のサービス > "                                         \
	  "com.amazonaws.REGION.s3、タイプ: Interface (追加設定 > DNS 名を有効化: オフ)" }
/* `from`: whom the group lets in, as in --ip-permissions; then the options that name the service. */
#define BY_HAND_MAKE_S3_ENDPOINT(at, vpc_step, subnet_step, from, ...)                             \
	BY_HAND_MAKE_GROUP(at, vpc_step, "s3", "runbook: S3 interface endpoint",                   \
			   "IpProtocol=tcp,FromPort=443,ToPort=443,"                               \
			   from),                                                                  \
	CLI_CATCH(at, "ec2 create-vpc-endpoint", "VpcEndpoint.VpcEndpointId",                      \
		  "vpc_endpoint_id",                                                               \
		  CLI_OPTION("--vpc-endpoint-type", "Interface"),                                  \
		  CLI_OPTION("--vpc-id", "<" vpc_step ".vpc_id>"),                                 \
		  __VA_ARGS__,                                                                     \
		  CLI_OPTION("--subnet-ids", "<" subnet_step ".subnet_id>"),                       \
		  CLI_OPTION("--security-group-ids", "<.security_group_id>"),                      \
		  CLI_OPTION("--ip-address-type", "ipv4"),                                         \
		  CLI_FLAG("--no-private-dns-enabled"), CLI_TOKEN("endpoint"),                     \
		  CLI_TAG_SPECIFICATION("vpc-endpoint", "endpoint")),                              \
	CLI_UNTIL(at, S3_ENDPOINTS, "VpcEndpoints[0].State", "available",                          \
		  "failed|rejected|expired|partial", THIS_S3_ENDPOINT),                            \
	{ .about = N_("its regional name, which is the shortest of its names"),                    \
	  .operation = S3_ENDPOINTS, .side = at,                                                   \
	  .options = CLI_OPTIONS(THIS_S3_ENDPOINT),                                                \
	  .query = "min_by(VpcEndpoints[0].DnsEntries, &length(DnsName)).DnsName",                 \
	  .output = "vpc_endpoint_dns", .strip = "*." }
#define BY_HAND_UNMAKE_S3_ENDPOINT(at)                                                             \
	CLI_CALL(at, "ec2 delete-vpc-endpoints",                                                   \
		 CLI_OPTION("--vpc-endpoint-ids", "<.vpc_endpoint_id>")),                          \
	CLI_UNTIL(at, S3_ENDPOINTS,                                                                \
		  "VpcEndpoints[?State!='deleted'] | [0].State", "None", NULL,                     \
		  THIS_S3_ENDPOINT),                                                               \
	BY_HAND_UNMAKE_GROUP(at)
#define BY_HAND_S3_ENDPOINT_MADE(service, subnet_step)                                             \
	{ N_("interface endpoint"), "vpc_endpoint_id",                                             \
	  MADE_SETTINGS({ N_("service name"), service }, { N_("subnet"), subnet_step },            \
			{ N_("private DNS names"), N_("off") },                                    \
			{ N_("policy"), N_("full access") }) }

/* ---- the upload ------------------------------------------------------------------------------ */

#define FILE_THERE UPLOAD_FILE_BY_HAND
#define OBJECT_HERE                                                                                \
	CLI_OPTION("--bucket", "<destination.bucket>"), CLI_OPTION("--key", "<upload.key>")
#define BY_HAND_UPLOAD(endpoint_step)                                                              \
	{ .about = N_("on the instance: the endpoint's name leads to addresses of its subnet"),    \
	  .shell = "getent", .on_instance = true, .side = SIDE_DESTINATION,                        \
	  .options = CLI_OPTIONS(CLI_OPTION("", "ahosts"),                                         \
				 CLI_OPTION("", "bucket.<" endpoint_step ".vpc_endpoint_dns>")) }, \
	{ .about = N_("on the instance: the file"),                                                \
	  .shell = "dd", .on_instance = true, .side = SIDE_DESTINATION,                            \
	  .options = CLI_OPTIONS(CLI_OPTION("", "if=/dev/urandom"),                                \
				 CLI_OPTION("", "of=" FILE_THERE),                                 \
				 CLI_OPTION("", "iflag=count_bytes"),                              \
				 CLI_OPTION("", "count=<upload.bytes>")) },                        \
	{ .about = N_("on the instance: the upload"),                                              \
	  .operation = "s3 cp", .on_instance = true, .side = SIDE_DESTINATION,                     \
	  .options = CLI_OPTIONS(                                                                  \
		  CLI_OPTION("", FILE_THERE),                                                      \
		  CLI_OPTION("", "s3://<destination.bucket>/<upload.key>"),                        \
		  CLI_OPTION("--endpoint-url", "https://bucket.<" endpoint_step ".vpc_endpoint_dns>"), \
		  CLI_OPTION("--cli-connect-timeout", "5"),                                        \
		  CLI_OPTION("--cli-read-timeout", "60")) },                                       \
	{ .about = N_("here: it is there"),                                                        \
	  .operation = "s3api head-object", .side = SIDE_DESTINATION,                              \
	  .options = CLI_OPTIONS(OBJECT_HERE) },                                                   \
	{ .about = N_("here: by the public endpoint it must be refused with AccessDenied"),        \
	  .operation = "s3api put-object", .side = SIDE_DESTINATION,                               \
	  .options = CLI_OPTIONS(CLI_OPTION("--bucket", "<destination.bucket>"),                   \
				 CLI_OPTION("--key", "<upload.key>" UPLOAD_OUTSIDE_SUFFIX)),       \
	  .refused = "AccessDenied" }
#define BY_HAND_UPLOAD_MADE                                                                        \
	{ N_("object"), "object_key",                                                              \
	  MADE_SETTINGS({ N_("key"), "<upload.key>" }, { N_("bytes"), "<upload.bytes>" }) }
#define BY_HAND_UPLOAD_CONSOLE                                                                     \
	{ "S3 > (the bucket) > Objects", "S3 > (バケット) > オブジェクト" }
#define BY_HAND_UNMAKE_UPLOAD                                                                      \
	CLI_CALL(SIDE_DESTINATION, "s3api delete-object", OBJECT_HERE)

/* clang-format on */

#endif
