/* SPDX-License-Identifier: Apache-2.0 */
/* S3: CreateBucket, its names and namespaces. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/query.h"
#include "sandbox/core/quota.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/xml.h"
#include "sandbox/s3/s3.h"

/* How long a deleted name stays unusable; AWS says up to an hour, minutes are usual. */
#define NAME_BUSY_MS (120 * 1000)

/* The region that the request asks for is that of the endpoint; false after an answer. */
static bool check_location(struct ss3_call *c, const char *constraint, const char *endpoint)
{
	const char *asked = constraint && text_eq(constraint, "EU") ? "eu-west-1" : constraint;
	bool first = text_eq(endpoint, "us-east-1");

	if (!asked || !*asked) {
		if (first)
			return true;
		ss3_fail(c, 400, "IllegalLocationConstraintException",
			 "The unspecified location constraint is incompatible for the region "
			 "specific "
			 "endpoint this request was sent to.");
		return false;
	}
	if (text_eq(asked, "us-east-1") || !region_partition(asked)) {
		ss3_fail(c, 400, "InvalidLocationConstraint",
			 "The specified location-constraint is not valid");
		ss3_fail_more(c, "LocationConstraint", asked);
		return false;
	}
	if (text_eq(asked, endpoint))
		return true;
	ss3_fail(c, 400, "IllegalLocationConstraintException",
		 "The %s location constraint is incompatible for the region specific endpoint this "
		 "request was sent to.",
		 asked);
	return false;
}

/* PREFIX-ACCOUNT-REGION-an; the parts point into `name`. */
struct regional_name {
	const char *account; /* its 12 digits */
	const char *region;
	size_t region_n;
};

static bool parse_regional_name(const char *name, struct regional_name *ret)
{
	size_t end = strlen(name) - strlen("-an");

	if (!text_ends_with(name, "-an"))
		return false;
	for (size_t i = end; i-- > 14;) { /* "-", 12 digits and "-" stand before a region */
		if (name[i] != '-' || strspn(name + i - 12, "0123456789") != 12 ||
		    name[i - 13] != '-')
			continue;
		*ret = (struct regional_name){ name + i - 12, name + i + 1, end - i - 1 };
		return true;
	}
	return false;
}

static bool refuse_namespace(struct ss3_call *c, const char *why, const char *wanted)
{
	ss3_fail(c, 400, "InvalidBucketNamespace", "%s %s", why, wanted);
	ss3_fail_more(c, "BucketName", c->bucket);
	return false;
}

/*
 * Names that end in -an are the account-regional namespace's, and nothing else is in it.
 *   source  S3 API Reference, CreateBucket; S3 User Guide, "Namespaces for general purpose
 *           buckets".  The answer for a region without the feature is a guess.
 */
static bool check_namespace(struct ss3_call *c, const char *region)
{
	const char *space = ss3_header(c, "x-amz-bucket-namespace");
	bool regional = space && text_eq(space, "account-regional");
	struct regional_name name = { NULL, NULL, 0 };
	bool fits = parse_regional_name(c->bucket, &name);

	if (space && !regional && !text_eq(space, "global")) {
		ss3_invalid_argument(c, "x-amz-bucket-namespace", space,
				     "Invalid x-amz-bucket-namespace header");
		return false;
	}
	if (regional && (text_eq(region, "me-south-1") || text_eq(region, "me-central-1"))) {
		ss3_fail(c, 400, "InvalidRequest",
			 "Account regional namespaces are not supported in this Region.");
		return false;
	}
	if (regional && !fits)
		return refuse_namespace(c, "The bucket name does not end as its namespace wants:",
					"-" SANDBOX_ACCOUNT "-REGION-an");
	if (!fits && !text_ends_with(c->bucket, "-an"))
		return true;
	if (!fits) {
		ss3_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
		return false;
	}
	if (!space) {
		ss3_fail(c, 400, "MissingNamespaceHeader",
			 "The bucket name is one of an account regional namespace, and the request "
			 "has no x-amz-bucket-namespace header.");
		return false;
	}
	if (!regional)
		return refuse_namespace(c, "The bucket name is not one of the namespace", space);
	if (strncmp(name.account, SANDBOX_ACCOUNT, 12) != 0)
		return refuse_namespace(c, "The bucket name does not name the caller's account",
					SANDBOX_ACCOUNT);
	if (strlen(region) != name.region_n || strncmp(name.region, region, name.region_n) != 0)
		return refuse_namespace(c, "The bucket name does not name the region", region);
	return true;
}

static bool check_new_name(struct ss3_call *c, const char *region)
{
	const char *fault = ss3_name_fault(c->bucket);

	if (!fault)
		return check_namespace(c, region);
	ss3_fail(c, 400, "InvalidBucketName", "%s", fault);
	return false;
}

/* The answer for a name that somebody has; false when nobody does. */
static bool name_is_used(struct ss3_call *c, const char *region)
{
	json_t *old = store_get(c->st, SS3_BUCKET, "", c->bucket);
	json_t *gone = store_get(c->st, SS3_GONE, "", c->bucket);
	int64_t busy_until =
		gone ? ss3_int(gone, "deleted_ms") + sbx_scaled(c->sbx, NAME_BUSY_MS) : 0;
	bool used = true;

	if (old && text_eq(region, "us-east-1") && text_eq(ss3_str(old, "region"), region))
		sbx_reply_header(c->rep, "Location", "/%s", c->bucket); /* 200, as if it were new */
	else if (old)
		ss3_fail(c, 409, "BucketAlreadyOwnedByYou",
			 "Your previous request to create the named bucket succeeded and you "
			 "already "
			 "own it.");
	else if (ss3_is_anothers(c->bucket))
		ss3_fail(c, 409, "BucketAlreadyExists",
			 "The requested bucket name is not available. The bucket namespace is "
			 "shared "
			 "by all users of the system. Please select a different name and try "
			 "again.");
	else if (c->req->now_ms < busy_until && sbx_lag_ms(c->sbx))
		ss3_fail(
			c, 409, "OperationAborted",
			"A conflicting conditional operation is currently in progress against this "
			"resource. Please try again.");
	else
		used = false;
	json_decref(gone);
	json_decref(old);
	return used;
}

json_t *ss3_read_tags(struct ss3_call *c, const xmlNode *set)
{
	json_t *tags = json_array();
	const char *fault = NULL;
	size_t i;
	json_t *other;

	for (const xmlNode *tag = sbx_xml_child(set, "Tag"); tag && !fault;
	     tag = sbx_xml_next(tag)) {
		autofree char *key = sbx_xml_child_text(tag, "Key");
		autofree char *value = sbx_xml_child_text(tag, "Value");

		if (!key || !value) {
			json_decref(tags);
			ss3_malformed_xml(c);
			return NULL;
		}
		json_array_foreach(tags, i, other) {
			if (text_eq(ss3_str(other, "Key"), key))
				fault = "Cannot provide multiple Tags with the same key";
		}
		if (*key == '\0' || strlen(key) > 512 || !sbx_is_tag_text(key))
			fault = "The TagKey you have provided is invalid";
		else if (strlen(value) > 1024 || !sbx_is_tag_text(value))
			fault = "The TagValue you have provided is invalid";
		else if (strncasecmp(key, "aws:", 4) == 0)
			fault = "System tags cannot be added/updated by requester";
		(void)json_array_append_new(tags,
					    json_pack("{s:s, s:s}", "Key", key, "Value", value));
	}
	if (!fault && json_array_size(tags) > 50)
		fault = "Bucket tag count cannot be greater than 50";
	if (!fault)
		return tags;
	json_decref(tags);
	ss3_fail(c, 400, "InvalidTag", "%s", fault);
	return NULL;
}

/* The constraint and tags of the body, if it has one; false after an answer. */
static bool read_configuration(struct ss3_call *c, char **ret_constraint, json_t **ret_tags)
{
	static const char *const known[] = { "LocationConstraint", "Location", "Bucket", "Tags",
					     NULL };
	auto_xml_doc xmlDoc *doc = NULL;
	const xmlNode *root, *set;

	if (c->payload.n == 0)
		return true;
	doc = ss3_xml(c, "CreateBucketConfiguration");
	if (!doc)
		return false;
	root = xmlDocGetRootElement(doc);
	if (!sbx_xml_only(root, known)) {
		ss3_malformed_xml(c);
		return false;
	}
	*ret_constraint = sbx_xml_child_text(root, "LocationConstraint");
	set = sbx_xml_child(root, "Tags");
	if (set)
		*ret_tags = ss3_read_tags(c, set);
	return !ss3_failed(c);
}

static json_t *new_bucket(const struct ss3_call *c, const char *region, json_t *tags)
{
	const char *ownership = ss3_header(c, "x-amz-object-ownership");
	json_t *doc = json_pack(
		"{s:s, s:s, s:I, s:s, s:{s:s, s:b}, s:{s:b, s:b, s:b, s:b}}", "name", c->bucket,
		"region", region, "created_ms", (json_int_t)c->req->now_ms, "ownership",
		ownership ? ownership : "BucketOwnerEnforced", "encryption", "algorithm", "AES256",
		"bucket_key", 0, "block", "BlockPublicAcls", 1, "IgnorePublicAcls", 1,
		"BlockPublicPolicy", 1, "RestrictPublicBuckets", 1);

	if (json_array_size(tags))
		(void)json_object_set(doc, "tags", tags);
	return doc;
}

static bool check_acl(struct ss3_call *c)
{
	const char *ownership = ss3_header(c, "x-amz-object-ownership");
	const char *acl = ss3_header(c, "x-amz-acl");

	if (ownership && !text_eq(ownership, "BucketOwnerEnforced") &&
	    !text_eq(ownership, "BucketOwnerPreferred") && !text_eq(ownership, "ObjectWriter")) {
		ss3_invalid_argument(c, "x-amz-object-ownership", ownership,
				     "Invalid x-amz-object-ownership header");
		return false;
	}
	if (!acl || text_eq(acl, "private") ||
	    (ownership && !text_eq(ownership, "BucketOwnerEnforced")))
		return true;
	ss3_fail(c, 400, "InvalidBucketAclWithObjectOwnership",
		 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
	return false;
}

/* Its tags are part of what is asked for, and a permission of their own. */
static bool check_access(struct ss3_call *c)
{
	if (ss3_may(c, "s3:CreateBucket", NULL) &&
	    (!json_array_size(c->new_tags) || ss3_may(c, "s3:TagResource", NULL)))
		return true;
	ss3_deny(c);
	return false;
}

void ss3_create_bucket(struct ss3_call *c)
{
	autofree char *constraint = NULL;
	char region[32];
	json_t *all;
	size_t n;

	ss3_endpoint_region(c->req, region);
	if (read_configuration(c, &constraint, &c->new_tags) && check_access(c) &&
	    check_new_name(c, region) && check_acl(c) && check_location(c, constraint, region) &&
	    !name_is_used(c, region)) {
		all = store_list(c->st, SS3_BUCKET, "");
		n = json_array_size(all);
		json_decref(all);
		if (n >= sbx_quota(c->st, SBX_QUOTA_BUCKETS)) {
			ss3_fail(c, 400, "TooManyBuckets",
				 "You have attempted to create more buckets than allowed");
		} else {
			c->doc = new_bucket(c, region, c->new_tags);
			store_delete(c->st, SS3_GONE, "", c->bucket);
			ss3_put_bucket(c);
			if (text_eq(region, "us-east-1"))
				sbx_reply_header(c->rep, "Location", "/%s", c->bucket);
			else
				sbx_reply_header(c->rep, "Location", "http://%s.s3.amazonaws.com/",
						 c->bucket);
		}
	}
}
