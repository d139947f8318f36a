/* SPDX-License-Identifier: Apache-2.0 */
/* What an account declares, or what its organisation declares for it. */
#include "aws/account.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/text.h"

void ec2_account_setting_clear(struct ec2_account_setting *s)
{
	free(s->value);
	free(s->managed_by);
	*s = (struct ec2_account_setting){ 0 };
}

static struct rb_error *ask(struct aws_client *c, const char *action, const char *what,
			    struct xml_reply *ret)
{
	return rb_error_what(aws_query_call(c, "ec2", action, NULL, AWS_READS, ret),
			     "cannot read the account's setting for %s", what);
}

/* Both are paths of elements. */
static struct rb_error *read_setting(struct aws_client *c, const char *action, const char *what,
				     const char *value, const char *managed_by,
				     struct ec2_account_setting *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(ask(c, action, what, &reply));
	ret->value = xml_text(reply.root, value);
	ret->managed_by = xml_text(reply.root, managed_by);
	return NULL;
}

struct rb_error *ec2_get_allowed_images(struct aws_client *c, struct ec2_account_setting *ret)
{
	return read_setting(c, "GetAllowedImagesSettings", "images", "state", "managedBy", ret);
}

struct rb_error *ec2_get_vpc_block(struct aws_client *c, struct ec2_account_setting *ret)
{
	return read_setting(c, "DescribeVpcBlockPublicAccessOptions", "VPCs",
			    "vpcBlockPublicAccessOptions/internetGatewayBlockMode",
			    "vpcBlockPublicAccessOptions/managedBy", ret);
}

struct rb_error *ec2_get_vpc_encryption(struct aws_client *c, struct ec2_account_setting *ret)
{
	return read_setting(c, "DescribeAccountVpcEncryptionControl", "encryption in VPCs",
			    "accountVpcEncryptionControl/mode",
			    "accountVpcEncryptionControl/managedBy", ret);
}

struct rb_error *ec2_get_metadata_enforcement(struct aws_client *c, struct ec2_account_setting *ret)
{
	return read_setting(c, "GetInstanceMetadataDefaults", "instance metadata",
			    "accountLevel/httpTokensEnforced", "accountLevel/managedBy", ret);
}

struct rb_error *ec2_get_volume_key(struct aws_client *c, char **ret)
{
	auto_xml_reply by_default = XML_REPLY_INIT, key = XML_REPLY_INIT;

	TRY(ask(c, "GetEbsEncryptionByDefault", "encryption of volumes", &by_default));
	if (!xml_bool(by_default.root, "ebsEncryptionByDefault")) {
		*ret = NULL;
		return NULL;
	}
	TRY(ask(c, "GetEbsDefaultKmsKeyId", "encryption of volumes", &key));
	*ret = xml_text(key.root, "kmsKeyId");
	if (!*ret)
		*ret = xstrdup("");
	return NULL;
}

struct rb_error *kms_key_state(struct aws_client *c, const char *key, char **ret)
{
	json_auto_t *in = json_pack("{s:s}", "KeyId", key);
	json_auto_t *out = NULL;
	const char *state;

	TRY(rb_error_what(aws_json_call(c, "kms", "DescribeKey", in, AWS_READS, &out),
			  "cannot read key '%s'", key));
	state = json_string_value(json_object_get(json_object_get(out, "KeyMetadata"), "KeyState"));
	*ret = xstrdup(state ? state : "");
	return NULL;
}

struct rb_error *ec2_region_status(struct aws_client *c, const char *const *regions, char **ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;

	params_add_bool(&p, "AllRegions", true);
	params_add_list(&p, "RegionName", regions);
	TRY(rb_error_what(aws_query_call(c, "ec2", "DescribeRegions", &p, AWS_READS, &reply),
			  "cannot read which regions the account has"));
	for (size_t i = 0; regions[i]; i++) {
		ret[i] = NULL;
		xml_each(item, reply.root, "regionInfo/item") {
			if (!ret[i] && xml_is(item, "regionName", regions[i]))
				ret[i] = xml_text(item, "optInStatus");
		}
	}
	return NULL;
}

struct rb_error *ec2_list_regions(struct aws_client *c, struct strv *ret)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;

	params_add_bool(&p, "AllRegions", false);
	TRY(rb_error_what(aws_query_call(c, "ec2", "DescribeRegions", &p, AWS_READS, &reply),
			  "cannot list the account's regions"));
	xml_strv(reply.root, "regionInfo/item/regionName", ret);
	return NULL;
}

struct rb_error *s3_get_account_public_access_block(struct aws_client *c, const char *account,
						    struct s3_public_access_block *ret)
{
	const struct s3_call call = {
		.action = "GetPublicAccessBlock",
		.method = "GET",
		.account = account,
		.key = "v20180820/configuration/publicAccessBlock",
	};
	auto_xml_reply reply = XML_REPLY_INIT;

	TRY(rb_error_what(aws_s3_call_xml(c, &call, &reply),
			  "cannot read the account's public access block"));
	*ret = (struct s3_public_access_block){
		.block_public_acls = xml_bool(reply.root, "BlockPublicAcls"),
		.ignore_public_acls = xml_bool(reply.root, "IgnorePublicAcls"),
		.block_public_policy = xml_bool(reply.root, "BlockPublicPolicy"),
		.restrict_public_buckets = xml_bool(reply.root, "RestrictPublicBuckets"),
	};
	return NULL;
}
