/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By hand, what procedures have in common that begin with the same section: its endpoint (1-3) and
 * its instance (1-4), and the login to that one, whatever its number.
 */
#include <stddef.h>

#include "steps/common/by_hand.h"
#include "steps/common/by_hand_section_1.h"
#include "steps/common/policy.h"

/* clang-format off */

#define CONNECT_ENDPOINTS "ec2 describe-instance-connect-endpoints"
#define THIS_CONNECT_ENDPOINT                                                                      \
	CLI_OPTION("--filters",                                                                    \
		   "Name=instance-connect-endpoint-id,Values=<.instance_connect_endpoint_id>")

const struct by_hand by_hand_connect_endpoint = {
	.background = N_("The one way in for people: a private instance has no address that could be "
		  "reached, and this endpoint carries ssh to it under IAM's control.  The client's "
		  "address is not preserved, for 1-4's rule admits the endpoint's group and no "
		  "address."),
	.troubles = (const char *const[]){
		N_("a VPC holds one such endpoint, failed and dying ones included"),
		N_("it takes minutes until it is create-complete, and its name some more"),
		N_("with the client's address preserved no login ever comes through"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_GROUP_MADE(N_("all from itself")),
		{ N_("EC2 Instance Connect Endpoint"), "instance_connect_endpoint_id",
		  MADE_SETTINGS({ N_("subnet"), "1-2" }, { N_("client address preserved"), N_("off") }) },
		{ 0 } },
	.console = (const struct console_path[]){
		BY_HAND_GROUP_CONSOLE,
		{ "VPC > Endpoints > Create endpoint > Type: EC2 Instance Connect Endpoint "
		  "(Preserve Client IP: off)",
		  "VPC > エンドポイント > エンドポイントを作成 > タイプ: EC2 Instance Connect Endpoint "
		  "(クライアント IP を保持: オフ)" },
		{ 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_GROUP(SIDE_SOURCE, "1-1", "connect",
				   "runbook: EC2 Instance Connect Endpoint",
				   "IpProtocol=-1,UserIdGroupPairs=[{GroupId=<.security_group_id>}]"),
		{ .operation = "ec2 create-instance-connect-endpoint", .side = SIDE_SOURCE,
		  .since = "2.12",
		  .options = CLI_OPTIONS(
			  CLI_OPTION("--subnet-id", "<1-2.subnet_id>"),
			  CLI_OPTION("--security-group-ids", "<.security_group_id>"),
			  CLI_FLAG("--no-preserve-client-ip"), CLI_TOKEN("endpoint"),
			  CLI_TAG_SPECIFICATION("instance-connect-endpoint", "endpoint")),
		  .query = "InstanceConnectEndpoint.InstanceConnectEndpointId",
		  .output = "instance_connect_endpoint_id" },
		CLI_UNTIL(SIDE_SOURCE, CONNECT_ENDPOINTS, "InstanceConnectEndpoints[0].State",
			  "create-complete", "create-failed", THIS_CONNECT_ENDPOINT),
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_SOURCE, "ec2 delete-instance-connect-endpoint",
			 CLI_OPTION("--instance-connect-endpoint-id",
				    "<.instance_connect_endpoint_id>")),
		CLI_UNTIL(SIDE_SOURCE, CONNECT_ENDPOINTS,
			  "InstanceConnectEndpoints[?State!='delete-complete'] | [0].State", "None",
			  "delete-failed", THIS_CONNECT_ENDPOINT),
		BY_HAND_UNMAKE_GROUP(SIDE_SOURCE),
		{ 0 } },
};

static char *trust_policy(void)
{
	return policy_for_trust("<partition>");
}

const struct by_hand by_hand_instance = {
	.background = N_("The machine that uploads.  It has no public address and no key pair: 1-3's "
		  "endpoint is the way in, and its role's temporary credentials are what it signs "
		  "with.  Metadata is given to session tokens only (IMDSv2)."),
	.troubles = (const char *const[]){
		N_("EC2 does not know a new instance profile at once: asked again"),
		N_("the zone has no room for the type, or does not offer it"),
		N_("an instance that comes up before its role has effect gets no credentials for a while"),
		N_("a guardrail of the organization denies it by tags, type or metadata settings"),
		NULL },
	.makes = (const struct made[]){
		BY_HAND_GROUP_MADE(N_("22 from 1-3's group")),
		{ N_("role and instance profile"), "role_name",
		  MADE_SETTINGS({ N_("managed policy"), "AmazonS3FullAccess" },
				{ N_("assumed by"), "EC2" }) },
		{ N_("instance"), "instance_id",
		  MADE_SETTINGS({ N_("image"), "<source.image|.image_id>" },
				{ N_("type"), "<source.instance_type>" }, { N_("subnet"), "1-2" },
				{ N_("public address"), N_("none") },
				{ N_("metadata"), N_("session tokens only (IMDSv2)") }) },
		{ 0 } },
	.console = (const struct console_path[]){
		{ "IAM > Roles > Create role > AWS service > EC2 > AmazonS3FullAccess",
		  "IAM > ロール > ロールを作成 > AWS のサービス > EC2 > AmazonS3FullAccess" },
		BY_HAND_GROUP_CONSOLE,
		{ "EC2 > Instances > Launch instances (Network settings > Edit; Advanced details > "
		  "IAM instance profile, Metadata version: V2 only (token required))",
		  "EC2 > インスタンス > インスタンスを起動 (ネットワーク設定 > 編集、高度な詳細 > "
		  "IAM インスタンスプロフィール、メタデータのバージョン: V2 のみ (トークンは必須))" },
		{ 0 } },
	.make = (const struct cli_command[]){
		BY_HAND_MAKE_GROUP(SIDE_SOURCE, "1-1", "instance", "runbook: instance",
				   "IpProtocol=tcp,FromPort=22,ToPort=22,"
				   "UserIdGroupPairs=[{GroupId=<1-3.security_group_id>}]"),
		CLI_CATCH(SIDE_SOURCE, "iam create-role", "Role.RoleName", "role_name",
			  CLI_OPTION("--role-name", "<name:instance>"),
			  CLI_OPTION("--path", "/runbook/<run>/"),
			  { .name = "--assume-role-policy-document", .make = trust_policy },
			  CLI_OPTION("--description", "runbook: instance of step 1-4"),
			  CLI_OPTION_WHEN("iam.permissions_boundary", "--permissions-boundary",
					  "<iam.permissions_boundary>"),
			  CLI_TAG_LIST("instance")),
		CLI_CALL(SIDE_SOURCE, "iam attach-role-policy",
			 CLI_OPTION("--role-name", "<.role_name>"),
			 CLI_OPTION("--policy-arn",
				    "arn:<partition>:iam::aws:policy/AmazonS3FullAccess")),
		CLI_CATCH(SIDE_SOURCE, "iam create-instance-profile",
			  "InstanceProfile.InstanceProfileName", "instance_profile_name",
			  CLI_OPTION("--instance-profile-name", "<name:instance>"),
			  CLI_OPTION("--path", "/runbook/<run>/"), CLI_TAG_LIST("instance")),
		CLI_CALL(SIDE_SOURCE, "iam wait instance-profile-exists",
			 CLI_OPTION("--instance-profile-name", "<.instance_profile_name>")),
		CLI_CALL(SIDE_SOURCE, "iam add-role-to-instance-profile",
			 CLI_OPTION("--instance-profile-name", "<.instance_profile_name>"),
			 CLI_OPTION("--role-name", "<.role_name>")),
		{ .about = N_("the newest Amazon Linux 2023"),
		  .operation = "ssm get-parameter", .side = SIDE_SOURCE,
		  .options = CLI_OPTIONS(CLI_OPTION("--name",
						    "/aws/service/ami-amazon-linux-latest/"
						    "al2023-ami-kernel-default-"
						    "<source.architecture>")),
		  .query = "Parameter.Value", .output = "image_id",
		  .only_when = "!source.image" },
		{ .about = N_("the image's root volume is told to go with the instance"),
		  .operation = "ec2 describe-images", .side = SIDE_SOURCE,
		  .options = CLI_OPTIONS(CLI_OPTION("--image-ids", "<source.image>")),
		  .query = "Images[0].RootDeviceName", .output = "root_device",
		  .only_when = "source.image" },
		{ .about = N_("refused until EC2 knows the new instance profile: asked again"),
		  .operation = "ec2 run-instances", .side = SIDE_SOURCE,
		  .options = CLI_OPTIONS(
			  CLI_OPTION("--image-id", "<source.image|.image_id>"),
			  CLI_OPTION("--instance-type", "<source.instance_type>"),
			  CLI_OPTION("--subnet-id", "<1-2.subnet_id>"),
			  CLI_OPTION("--security-group-ids", "<.security_group_id>"),
			  CLI_OPTION("--iam-instance-profile", "Name=<.instance_profile_name>"),
			  CLI_OPTION("--metadata-options",
				     "HttpTokens=required,HttpEndpoint=enabled,"
				     "HttpPutResponseHopLimit=2"),
			  CLI_OPTION_WHEN("source.image", "--block-device-mappings",
					  "DeviceName=<.root_device>,Ebs={DeleteOnTermination=true}"),
			  CLI_TOKEN("instance"),
			  CLI_TAG_SPECIFICATION("instance volume network-interface", "instance")),
		  .query = "Instances[0].InstanceId", .output = "instance_id", .again = true },
		CLI_CALL(SIDE_SOURCE, "ec2 wait instance-status-ok",
			 CLI_OPTION("--instance-ids", "<.instance_id>")),
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_SOURCE, "ec2 terminate-instances",
			 CLI_OPTION("--instance-ids", "<.instance_id>")),
		CLI_CALL(SIDE_SOURCE, "ec2 wait instance-terminated",
			 CLI_OPTION("--instance-ids", "<.instance_id>")),
		CLI_CALL(SIDE_SOURCE, "iam remove-role-from-instance-profile",
			 CLI_OPTION("--instance-profile-name", "<.instance_profile_name>"),
			 CLI_OPTION("--role-name", "<.role_name>")),
		CLI_CALL(SIDE_SOURCE, "iam delete-instance-profile",
			 CLI_OPTION("--instance-profile-name", "<.instance_profile_name>")),
		CLI_CALL(SIDE_SOURCE, "iam detach-role-policy",
			 CLI_OPTION("--role-name", "<.role_name>"),
			 CLI_OPTION("--policy-arn",
				    "arn:<partition>:iam::aws:policy/AmazonS3FullAccess")),
		CLI_CALL(SIDE_SOURCE, "iam delete-role", CLI_OPTION("--role-name", "<.role_name>")),
		BY_HAND_UNMAKE_GROUP(SIDE_SOURCE),
		{ 0 } },
};

#define KEY_FILE "./runbook-key"

const struct by_hand by_hand_login = {
	.background = N_("The proof that the way in works: somebody allowed to reaches the instance through "
		  "1-3's endpoint, and the instance itself says which one it is.  Nothing is made; a "
		  "key that is sent there is known for 60 seconds."),
	.troubles = (const char *const[]){
		N_("the instance still boots, or 1-4's group does not admit 1-3's: AWS says the same of both"),
		N_("the endpoint's name is not known everywhere in its first minutes"),
		N_("the key is older than 60 seconds when ssh begins"),
		NULL },
	.makes = (const struct made[]){ { 0 } },
	.console = (const struct console_path[]){
		{ "EC2 > Instances > Connect > EC2 Instance Connect > Connect using a Private IP",
		  "EC2 > インスタンス > 接続 > EC2 Instance Connect > プライベート IP を使用して接続する" },
		{ 0 } },
	.make = (const struct cli_command[]){
		{ .about = N_("a shell there, with version 2 of the AWS CLI; then: ec2-metadata --instance-id"),
		  .operation = "ec2-instance-connect ssh", .side = SIDE_SOURCE,
		  .interactive = true,
		  .options = CLI_OPTIONS(CLI_OPTION("--instance-id", "<1-4.instance_id>"),
					 CLI_OPTION("--os-user", "<source.os_user>"),
					 CLI_OPTION("--connection-type", "eice")) },
		{ .about = N_("or with a key of one's own, which the instance takes for 60 seconds; the tunnel is of version 2, too"),
		  .shell = "ssh-keygen", .side = SIDE_LOCAL,
		  .options = CLI_OPTIONS(CLI_FLAG("-q"), CLI_OPTION("-t", "ed25519"),
					 CLI_OPTION("-N", ""), CLI_OPTION("-f", KEY_FILE)) },
		{ .operation = "ec2-instance-connect send-ssh-public-key", .side = SIDE_SOURCE,
		  .login = true,
		  .options = CLI_OPTIONS(
			  CLI_OPTION("--instance-id", "<1-4.instance_id>"),
			  CLI_OPTION("--instance-os-user", "<source.os_user>"),
			  CLI_OPTION("--ssh-public-key", "file://" KEY_FILE ".pub")) },
		{ .shell = "ssh", .side = SIDE_SOURCE, .login = true,
		  .there = "ec2-metadata --instance-id",
		  .options = CLI_OPTIONS(
			  CLI_OPTION("-i", KEY_FILE),
			  CLI_OPTION("-o", "StrictHostKeyChecking=accept-new"),
			  CLI_OPTION("-o", "ProxyCommand=aws ec2-instance-connect open-tunnel "
					   "--region <region> --instance-id <1-4.instance_id><reach>"),
			  CLI_OPTION("", "<source.os_user>@<1-4.instance_id>")) },
		{ 0 } },
	.unmake = (const struct cli_command[]){
		{ .shell = "rm", .side = SIDE_LOCAL,
		  .options = CLI_OPTIONS(CLI_FLAG("-f"), CLI_OPTION("", KEY_FILE),
					 CLI_OPTION("", KEY_FILE ".pub")) },
		{ 0 } },
};
