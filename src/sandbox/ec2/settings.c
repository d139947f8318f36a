/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EC2's answers about the account's own settings, and what these mean for an image.
 *   source  Amazon EC2 API Reference: GetAllowedImagesSettings, GetInstanceMetadataDefaults, ...
 */
#include "sandbox/ec2/settings.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/core/settings.h"
#include "sandbox/iam/policy.h"

static const char *member_or(const json_t *doc, const char *member, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(doc, member));

	return text ? text : otherwise;
}

/* ---- allowed images ------------------------------------------------------- */

static bool is_in(const json_t *patterns, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(patterns, i, one)
		if (sbx_glob(json_string_value(one), text, /* nocase= */ false))
			return true;
	return false;
}

/* What a criterion does not mention, it does not ask for. */
static bool meets(const json_t *criterion, const struct ami *ami, int64_t now_ms)
{
	const json_t *providers = json_object_get(criterion, "providers");
	const json_t *names = json_object_get(criterion, "names");
	const json_t *days = json_object_get(criterion, "max_age_days");
	int64_t created_s = 0;

	(void)!clock_parse_iso8601(ami->created, &created_s);
	return (!providers || is_in(providers, "amazon") || is_in(providers, AMI_OWNER)) &&
	       (!names || is_in(names, ami->name)) &&
	       (!days || now_ms / 1000 - created_s <= json_integer_value(days) * 24 * 3600);
}

enum sec2_image_rule sec2_image_rule(const struct sec2 *c, const struct ami *ami)
{
	json_t *doc = sbx_setting(c->st, "allowed_images");
	const char *state = member_or(doc, "state", "disabled");
	const json_t *one;
	bool allowed = text_eq(state, "disabled");
	enum sec2_image_rule rule;
	size_t i;

	json_array_foreach(json_object_get(doc, "criteria"), i, one)
		allowed = allowed || meets(one, ami, c->now_ms);
	rule = allowed			   ? SEC2_IMAGE_ALLOWED
	       : text_eq(state, "enabled") ? SEC2_IMAGE_HIDDEN
					   : SEC2_IMAGE_AUDITED;
	json_decref(doc);
	return rule;
}

static json_t *criterion_view(const json_t *criterion)
{
	static const struct {
		const char *member, *element;
	} lists[] = { { "providers", "imageProviderSet" }, { "names", "imageNameSet" } };
	const json_t *days = json_object_get(criterion, "max_age_days");
	json_t *view = json_object();

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (json_object_get(criterion, lists[i].member))
			json_object_set(view, lists[i].element,
					json_object_get(criterion, lists[i].member));
	if (days)
		json_object_set_new(view, "creationDateCondition",
				    json_pack("{s:O}", "maximumDaysSinceCreated", days));
	return view;
}

void sec2_get_allowed_images_settings(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "allowed_images"), *set = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(doc, "criteria"), i, one)
		json_array_append_new(set, criterion_view(one));
	sec2_reply(c, json_pack("{s:s, s:o, s:s}", "state", member_or(doc, "state", "disabled"),
				"imageCriterionSet", set, "managedBy",
				member_or(doc, "managed_by", "account")));
	json_decref(doc);
}

/* ---- the metadata service -------------------------------------------------- */

void sec2_get_instance_metadata_defaults(struct sec2 *c)
{
	static const struct {
		const char *member, *element;
	} texts[] = {
		{ "http_tokens", "httpTokens" },
		{ "http_tokens_enforced", "httpTokensEnforced" },
		{ "http_endpoint", "httpEndpoint" },
		{ "managed_by", "managedBy" },
	};
	json_t *doc = sbx_setting(c->st, "instance_metadata"), *level = json_object();

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (json_object_get(doc, texts[i].member))
			json_object_set(level, texts[i].element,
					json_object_get(doc, texts[i].member));
	if (json_object_get(doc, "hop_limit"))
		json_object_set(level, "httpPutResponseHopLimit",
				json_object_get(doc, "hop_limit"));
	sec2_reply(c, json_pack("{s:o}", "accountLevel", level));
	json_decref(doc);
}

const char *sec2_metadata_default(const json_t *settings, const char *member, const char *otherwise)
{
	return member_or(settings, member, otherwise);
}

bool sec2_metadata_is_refused(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "instance_metadata");
	const char *tokens = sec2_arg_or(c, "MetadataOptions.HttpTokens",
					 member_or(doc, "http_tokens", "required"));
	bool enforced = text_eq(member_or(doc, "http_tokens_enforced", ""), "enabled");

	if (enforced && text_eq(tokens, "optional"))
		sec2_fail(c, "UnsupportedOperation",
			  "You can't launch instances with IMDSv1 because httpTokensEnforced is "
			  "enabled for this account. Either launch the instance with "
			  "httpTokens=required or contact your account owner to disable "
			  "httpTokensEnforced.");
	json_decref(doc);
	return sec2_failed(c);
}

/* ---- encryption ------------------------------------------------------------ */

#define USUAL_KEY "alias/aws/ebs"

void sec2_get_ebs_encryption_by_default(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "ebs_encryption");

	sec2_reply(c, json_pack("{s:b, s:s}", "ebsEncryptionByDefault", doc != NULL, "sseType",
				doc ? "sse-kms" : "none"));
	json_decref(doc);
}

void sec2_get_ebs_default_kms_key_id(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "ebs_encryption");

	sec2_reply(c, json_pack("{s:s}", "kmsKeyId", member_or(doc, "key", USUAL_KEY)));
	json_decref(doc);
}

bool sec2_ebs_is_encrypted(const struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "ebs_encryption");
	bool encrypted = doc != NULL;

	json_decref(doc);
	return encrypted;
}

bool sec2_ebs_key_fails(const struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "ebs_encryption");
	bool fails = !text_eq(member_or(doc, "key_state", "Enabled"), "Enabled");

	json_decref(doc);
	return fails;
}

/* ---- what the network's blocks are ----------------------------------------- */

void sec2_describe_block_public_access(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "block_public_access");
	const char *mode = member_or(doc, "mode", "off");

	sec2_reply(c,
		   json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "vpcBlockPublicAccessOptions",
			     "awsAccountId", SANDBOX_ACCOUNT, "awsRegion", c->region, "state",
			     doc ? "update-complete" : "default-state", "internetGatewayBlockMode",
			     mode, "managedBy", member_or(doc, "managed_by", "account"),
			     "exclusionsAllowed", "allowed"));
	json_decref(doc);
}

void sec2_describe_account_vpc_encryption(struct sec2 *c)
{
	json_t *doc = sbx_setting(c->st, "vpc_encryption");

	sec2_reply(c, json_pack("{s:{s:s, s:s, s:s}}", "accountVpcEncryptionControl", "mode",
				member_or(doc, "mode", "unmanaged"), "state",
				doc ? "transitions-successful" : "default-state", "managedBy",
				member_or(doc, "managed_by", "account")));
	json_decref(doc);
}
