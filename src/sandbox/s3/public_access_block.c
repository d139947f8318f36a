/* SPDX-License-Identifier: Apache-2.0 */
/* S3: the public access block of a bucket, and of the account. */
#include "sandbox/s3/s3.h"

#include "sandbox/core/settings.h"

static const char *const block_names[] = { "BlockPublicAcls", "IgnorePublicAcls",
					   "BlockPublicPolicy", "RestrictPublicBuckets", NULL };

static void put_block(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "PublicAccessBlockConfiguration");
	json_t *block;

	if (!doc)
		return;
	block = json_object();
	for (size_t i = 0; block_names[i]; i++) {
		autofree char *text = sbx_xml_child_text(xmlDocGetRootElement(doc), block_names[i]);

		if (text && !text_eq_nocase(text, "true") && !text_eq_nocase(text, "false")) {
			json_decref(block);
			ss3_malformed_xml(c);
			return;
		}
		(void)json_object_set_new(block, block_names[i],
					  json_boolean(text && text_eq_nocase(text, "true")));
	}
	(void)json_object_set_new(c->doc, "block", block);
	ss3_put_bucket(c);
}

static void answer_block(struct ss3_call *c, const json_t *block)
{
	if (!block) {
		ss3_fail(c, 404, "NoSuchPublicAccessBlockConfiguration",
			 "The public access block configuration was not found");
		return;
	}
	ss3_xml_begin(c, "PublicAccessBlockConfiguration");
	for (size_t i = 0; block_names[i]; i++)
		ss3_add_bool(c, block_names[i],
			     json_is_true(json_object_get(block, block_names[i])));
	ss3_xml_end(c, "PublicAccessBlockConfiguration");
}

static void get_block(struct ss3_call *c)
{
	answer_block(c, json_object_get(c->doc, "block"));
}

/* S3 Control's: the whole account's. */
static void get_account_block(struct ss3_call *c)
{
	json_t *block = sbx_setting(c->st, "s3_public_access");

	if (text_eq(ss3_header(c, "x-amz-account-id"), SANDBOX_ACCOUNT))
		answer_block(c, block);
	else
		ss3_deny(c);
	json_decref(block);
}

static void delete_block(struct ss3_call *c)
{
	ss3_delete_setting(c, "block");
}

const struct ss3_op ss3_block_ops[] = {
	{ "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock", put_block, SS3_SETS },
	{ "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", get_block, 0 },
	{ "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", delete_block, SS3_SETS },
	{ "GetAccountPublicAccessBlock", "s3:GetAccountPublicAccessBlock", get_account_block,
	  SS3_NO_BUCKET },
	{ 0 },
};
