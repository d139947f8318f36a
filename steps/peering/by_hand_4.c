/* SPDX-License-Identifier: Apache-2.0 */
/* Section 4 by hand: the login, the upload, and the proof that no other way is open. */
#include <stddef.h>

#include "steps/common/by_hand.h"
#include "steps/common/upload.h"
#include "steps/peering/by_hand.h"

/* clang-format off */

#define KEY_FILE "./runbook-key"
#define FILE_THERE "./dummy.txt"
#define OBJECT_HERE                                                                                \
	CLI_OPTION("--bucket", "<destination.bucket>"), CLI_OPTION("--key", "<upload.key>")

const struct by_hand by_hand_4_1 = {
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
		{ .about = N_("or with a key of one's own, which the instance takes for 60 seconds"),
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
					   "--region <region> --instance-id <1-4.instance_id>"),
			  CLI_OPTION("", "<source.os_user>@<1-4.instance_id>")) },
		{ 0 } },
	.unmake = (const struct cli_command[]){
		{ .shell = "rm", .side = SIDE_LOCAL,
		  .options = CLI_OPTIONS(CLI_FLAG("-f"), CLI_OPTION("", KEY_FILE),
					 CLI_OPTION("", KEY_FILE ".pub")) },
		{ 0 } },
};

const struct by_hand by_hand_4_2 = {
	.background = N_("What all of it is for: a file goes from the instance into the bucket by the private "
		  "path.  And the proof of the opposite: the same upload from here, by the public "
		  "endpoint, is refused."),
	.troubles = (const char *const[]){
		N_("a path that is broken somewhere hangs instead of failing: short time limits"),
		N_("without --endpoint-url the instance asks the public endpoint, and finds no way there"),
		N_("the upload from outside succeeds: the bucket's policy does not protect it"),
		NULL },
	.makes = (const struct made[]){
		{ N_("object"), "object_key",
		  MADE_SETTINGS({ N_("key"), "<upload.key>" }, { N_("bytes"), "<upload.bytes>" }) },
		{ 0 } },
	.console = (const struct console_path[]){
		{ "S3 > (the bucket) > Objects", "S3 > (バケット) > オブジェクト" }, { 0 } },
	.make = (const struct cli_command[]){
		{ .about = N_("on the instance: the endpoint's name leads to addresses of 2-2's subnet"),
		  .shell = "getent", .on_instance = true, .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(CLI_OPTION("", "ahosts"),
					 CLI_OPTION("", "bucket.<2-3.vpc_endpoint_dns>")) },
		{ .about = N_("on the instance: the file"),
		  .shell = "dd", .on_instance = true, .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(CLI_OPTION("", "if=/dev/urandom"),
					 CLI_OPTION("", "of=" FILE_THERE),
					 CLI_OPTION("", "iflag=count_bytes"),
					 CLI_OPTION("", "count=<upload.bytes>")) },
		{ .about = N_("on the instance: the upload"),
		  .operation = "s3 cp", .on_instance = true, .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(
			  CLI_OPTION("", FILE_THERE),
			  CLI_OPTION("", "s3://<destination.bucket>/<upload.key>"),
			  CLI_OPTION("--endpoint-url", "https://bucket.<2-3.vpc_endpoint_dns>"),
			  CLI_OPTION("--cli-connect-timeout", "5"),
			  CLI_OPTION("--cli-read-timeout", "60")) },
		{ .about = N_("here: it is there"),
		  .operation = "s3api head-object", .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(OBJECT_HERE) },
		{ .about = N_("here: by the public endpoint it must be refused with AccessDenied"),
		  .operation = "s3api put-object", .side = SIDE_DESTINATION,
		  .options = CLI_OPTIONS(CLI_OPTION("--bucket", "<destination.bucket>"),
					 CLI_OPTION("--key", "<upload.key>" UPLOAD_OUTSIDE_SUFFIX)),
		  .refused = "AccessDenied" },
		{ 0 } },
	.unmake = (const struct cli_command[]){
		CLI_CALL(SIDE_DESTINATION, "s3api delete-object", OBJECT_HERE), { 0 } },
};
