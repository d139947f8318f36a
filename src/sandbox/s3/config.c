/* SPDX-License-Identifier: Apache-2.0 */
/* S3: a bucket's settings, each read and written whole. */
#include "sandbox/core/settings.h"
#include "sandbox/s3/s3.h"

#include <string.h>

/* ---- location, ACL ------------------------------------------------------ */

static void get_location(struct ss3_call *c)
{
	const char *region = ss3_str(c->doc, "region");

	ss3_xml_begin(c, "LocationConstraint");
	if (!text_eq(region, "us-east-1"))
		sbx_xml_add(&c->rep->body, region);
	ss3_xml_end(c, "LocationConstraint");
}

static void get_acl(struct ss3_call *c)
{
	ss3_xml_begin(c, "AccessControlPolicy");
	ss3_add_owner(c, "Owner");
	(void)buf_adds(&c->rep->body,
		       "<AccessControlList><Grant>"
		       "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
		       "xsi:type=\"CanonicalUser\"><ID>" SS3_OWNER "</ID></Grantee>"
		       "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>");
	ss3_xml_end(c, "AccessControlPolicy");
}

/* ---- tags --------------------------------------------------------------- */

static void put_tagging(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "Tagging");
	const xmlNode *set = doc ? sbx_xml_child(xmlDocGetRootElement(doc), "TagSet") : NULL;
	json_t *tags;

	if (!doc)
		return;
	if (!set) {
		ss3_malformed_xml(c);
		return;
	}
	tags = ss3_read_tags(c, set);
	if (!tags)
		return;
	(void)json_object_set_new(c->doc, "tags", tags);
	ss3_put_bucket(c);
	c->rep->status = 204;
}

static void get_tagging(struct ss3_call *c)
{
	const json_t *tags = json_object_get(c->doc, "tags");
	size_t i;
	json_t *tag;

	if (!json_array_size(tags)) {
		ss3_fail(c, 404, "NoSuchTagSet", "The TagSet does not exist");
		return;
	}
	ss3_xml_begin(c, "Tagging");
	(void)buf_adds(&c->rep->body, "<TagSet>");
	json_array_foreach(tags, i, tag) {
		(void)buf_adds(&c->rep->body, "<Tag>");
		ss3_add(c, "Key", ss3_str(tag, "Key"));
		ss3_add(c, "Value", ss3_str(tag, "Value"));
		(void)buf_adds(&c->rep->body, "</Tag>");
	}
	(void)buf_adds(&c->rep->body, "</TagSet>");
	ss3_xml_end(c, "Tagging");
}

/* Forget a setting; nothing to forget is fine too. */
void ss3_delete_setting(struct ss3_call *c, const char *name)
{
	if (json_object_get(c->doc, name)) {
		(void)json_object_del(c->doc, name);
		ss3_put_bucket(c);
	}
	c->rep->status = 204;
}

static void delete_tagging(struct ss3_call *c)
{
	ss3_delete_setting(c, "tags");
}

/* ---- encryption --------------------------------------------------------- */

static void put_encryption(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "ServerSideEncryptionConfiguration");
	const xmlNode *rule = doc ? sbx_xml_child(xmlDocGetRootElement(doc), "Rule") : NULL;
	const xmlNode *apply = sbx_xml_child(rule, "ApplyServerSideEncryptionByDefault");
	autofree char *algorithm = sbx_xml_child_text(apply, "SSEAlgorithm");
	autofree char *key = sbx_xml_child_text(apply, "KMSMasterKeyID");
	autofree char *bucket_key = sbx_xml_child_text(rule, "BucketKeyEnabled");

	if (!doc)
		return;
	if (!algorithm || sbx_xml_next(rule)) {
		ss3_malformed_xml(c);
		return;
	}
	if (!text_eq(algorithm, "AES256") && !text_eq(algorithm, "aws:kms") &&
	    !text_eq(algorithm, "aws:kms:dsse")) {
		ss3_malformed_xml(c);
		return;
	}
	if (key && text_eq(algorithm, "AES256")) {
		ss3_invalid_argument(
			c, "ApplyServerSideEncryptionByDefault", algorithm,
			"a KMSMasterKeyID is not applicable if the default sse algorithm "
			"is not aws:kms or aws:kms:dsse");
		return;
	}
	(void)json_object_set_new(c->doc, "encryption",
				  json_pack("{s:s, s:s*, s:b}", "algorithm", algorithm, "kms_key",
					    key, "bucket_key",
					    bucket_key && text_eq_nocase(bucket_key, "true")));
	ss3_put_bucket(c);
}

static void get_encryption(struct ss3_call *c)
{
	const json_t *encryption = json_object_get(c->doc, "encryption");
	const char *key = ss3_str(encryption, "kms_key");

	ss3_xml_begin(c, "ServerSideEncryptionConfiguration");
	(void)buf_adds(&c->rep->body, "<Rule><ApplyServerSideEncryptionByDefault>");
	ss3_add(c, "SSEAlgorithm", ss3_str(encryption, "algorithm"));
	if (key)
		ss3_add(c, "KMSMasterKeyID", key);
	(void)buf_adds(&c->rep->body, "</ApplyServerSideEncryptionByDefault>");
	ss3_add_bool(c, "BucketKeyEnabled",
		     json_is_true(json_object_get(encryption, "bucket_key")));
	(void)buf_adds(&c->rep->body, "</Rule>");
	ss3_xml_end(c, "ServerSideEncryptionConfiguration");
}

/* There is always one: deleting it brings the usual one back. */
static void delete_encryption(struct ss3_call *c)
{
	(void)json_object_set_new(c->doc, "encryption",
				  json_pack("{s:s, s:b}", "algorithm", "AES256", "bucket_key", 0));
	ss3_put_bucket(c);
	c->rep->status = 204;
}

/* ---- ownership, versioning ---------------------------------------------- */

static void put_ownership(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "OwnershipControls");
	const xmlNode *rule = doc ? sbx_xml_child(xmlDocGetRootElement(doc), "Rule") : NULL;
	autofree char *ownership = sbx_xml_child_text(rule, "ObjectOwnership");

	if (!doc)
		return;
	if (!ownership || sbx_xml_next(rule) ||
	    (!text_eq(ownership, "BucketOwnerEnforced") &&
	     !text_eq(ownership, "BucketOwnerPreferred") && !text_eq(ownership, "ObjectWriter"))) {
		ss3_malformed_xml(c);
		return;
	}
	(void)json_object_set_new(c->doc, "ownership", json_string(ownership));
	ss3_put_bucket(c);
}

static void get_ownership(struct ss3_call *c)
{
	if (!ss3_str(c->doc, "ownership")) {
		ss3_fail(c, 404, "OwnershipControlsNotFoundError",
			 "The bucket ownership controls were not found");
		return;
	}
	ss3_xml_begin(c, "OwnershipControls");
	(void)buf_adds(&c->rep->body, "<Rule>");
	ss3_add(c, "ObjectOwnership", ss3_str(c->doc, "ownership"));
	(void)buf_adds(&c->rep->body, "</Rule>");
	ss3_xml_end(c, "OwnershipControls");
}

static void delete_ownership(struct ss3_call *c)
{
	ss3_delete_setting(c, "ownership");
}

static void put_versioning(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "VersioningConfiguration");
	autofree char *status =
		doc ? sbx_xml_child_text(xmlDocGetRootElement(doc), "Status") : NULL;

	if (!doc)
		return;
	if (!status || (!text_eq(status, "Enabled") && !text_eq(status, "Suspended"))) {
		if (status)
			ss3_malformed_xml(c);
		else
			ss3_fail(c, 400, "IllegalVersioningConfigurationException",
				 "The Versioning element must be specified");
		return;
	}
	(void)json_object_set_new(c->doc, "versioning", json_string(status));
	ss3_put_bucket(c);
}

static void get_versioning(struct ss3_call *c)
{
	ss3_xml_begin(c, "VersioningConfiguration");
	if (ss3_str(c->doc, "versioning"))
		ss3_add(c, "Status", ss3_str(c->doc, "versioning"));
	ss3_xml_end(c, "VersioningConfiguration");
}

/* ---- lifecycle ----------------------------------------------------------- */

/* What stands between the root's tags. */
static char *lifecycle_rules(const char *xml)
{
	const char *begin = strstr(xml, "<Rule>"), *end = xml;

	for (const char *p = begin; p && (p = strstr(p, "</Rule>")); p++)
		end = p + strlen("</Rule>");
	return begin && end > begin ? xstrndup(begin, (size_t)(end - begin)) : xstrdup("");
}

/* Kept as it came; no rule is ever carried out: no world here is a day old. */
static void put_lifecycle(struct ss3_call *c)
{
	auto_xml_doc xmlDoc *doc = ss3_xml(c, "LifecycleConfiguration");
	const xmlNode *rule = doc ? sbx_xml_child(xmlDocGetRootElement(doc), "Rule") : NULL;
	autofree char *status = sbx_xml_child_text(rule, "Status"), *rules = NULL;
	auto_buf text = BUF_INIT;

	if (!doc)
		return;
	if (!status || (!text_eq(status, "Enabled") && !text_eq(status, "Disabled"))) {
		ss3_malformed_xml(c);
		return;
	}
	(void)buf_add(&text, c->payload.p, c->payload.n);
	rules = lifecycle_rules(text.p);
	(void)json_object_set_new(c->doc, "lifecycle", json_string(rules));
	ss3_put_bucket(c);
}

static void get_lifecycle(struct ss3_call *c)
{
	if (!ss3_str(c->doc, "lifecycle")) {
		ss3_fail(c, 404, "NoSuchLifecycleConfiguration",
			 "The lifecycle configuration does not exist");
		return;
	}
	ss3_xml_begin(c, "LifecycleConfiguration");
	(void)buf_adds(&c->rep->body, ss3_str(c->doc, "lifecycle"));
	ss3_xml_end(c, "LifecycleConfiguration");
}

static void delete_lifecycle(struct ss3_call *c)
{
	ss3_delete_setting(c, "lifecycle");
}

/* S3 asks a checksum of few settings; of these, of tags only. */
#define SUMS (SS3_SETS | SS3_NEEDS_SUM)

const struct ss3_op ss3_config_ops[] = {
	{ "GetBucketLocation", "s3:GetBucketLocation", get_location, 0 },
	{ "GetBucketAcl", "s3:GetBucketAcl", get_acl, 0 },
	{ "PutBucketTagging", "s3:PutBucketTagging", put_tagging, SUMS },
	{ "GetBucketTagging", "s3:GetBucketTagging", get_tagging, 0 },
	{ "DeleteBucketTagging", "s3:PutBucketTagging", delete_tagging, SS3_SETS },
	{ "PutBucketEncryption", "s3:PutEncryptionConfiguration", put_encryption, SS3_SETS },
	{ "GetBucketEncryption", "s3:GetEncryptionConfiguration", get_encryption, 0 },
	{ "DeleteBucketEncryption", "s3:PutEncryptionConfiguration", delete_encryption, SS3_SETS },
	{ "PutBucketOwnershipControls", "s3:PutBucketOwnershipControls", put_ownership, SS3_SETS },
	{ "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", get_ownership, 0 },
	{ "DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls", delete_ownership,
	  SS3_SETS },
	{ "PutBucketVersioning", "s3:PutBucketVersioning", put_versioning, SS3_SETS },
	{ "GetBucketVersioning", "s3:GetBucketVersioning", get_versioning, 0 },
	{ "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", put_lifecycle, SUMS },
	{ "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", get_lifecycle, 0 },
	{ "DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", delete_lifecycle, SS3_SETS },
	{ 0 },
};
