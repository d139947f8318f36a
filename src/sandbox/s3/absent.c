/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that no bucket here has.  Reading one answers as S3 does for a bucket that never had it:
 * some with a code of their own, some with an empty document.  Writing one is refused, as what is
 * not known is. source  Amazon S3 API Reference, the page of each operation, "Errors" and
 * "Examples"
 */
#include "sandbox/s3/s3.h"

#include "base/text.h"

static const struct {
	const char *operation;
	const char *code; /* status 404; NULL: `root` is answered */
	const char *text;
	const char *root;
	const char *child; /* of the root, with `value`; NULL: it is empty */
	const char *value;
} absent[] = {
	{ "GetBucketCors", "NoSuchCORSConfiguration", "The CORS configuration does not exist", NULL,
	  NULL, NULL },
	{ "GetBucketWebsite", "NoSuchWebsiteConfiguration",
	  "The specified bucket does not have a website configuration", NULL, NULL, NULL },
	{ "GetBucketReplication", "ReplicationConfigurationNotFoundError",
	  "The replication configuration was not found", NULL, NULL, NULL },
	{ "GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError",
	  "Object Lock configuration does not exist for this bucket", NULL, NULL, NULL },
	{ "GetBucketAccelerateConfiguration", NULL, NULL, "AccelerateConfiguration", NULL, NULL },
	{ "GetBucketLogging", NULL, NULL, "BucketLoggingStatus", NULL, NULL },
	{ "GetBucketNotificationConfiguration", NULL, NULL, "NotificationConfiguration", NULL,
	  NULL },
	{ "GetBucketRequestPayment", NULL, NULL, "RequestPaymentConfiguration", "Payer",
	  "BucketOwner" },
};

static void get_absent(struct ss3_call *c)
{
	size_t i = 0;

	while (i < ARRAY_LEN(absent) - 1 && !text_eq(absent[i].operation, c->op->name))
		i++;
	if (absent[i].code) {
		ss3_fail(c, 404, absent[i].code, "%s", absent[i].text);
		return;
	}
	ss3_xml_begin(c, absent[i].root);
	if (absent[i].child)
		ss3_add(c, absent[i].child, absent[i].value);
	ss3_xml_end(c, absent[i].root);
}

const struct ss3_op ss3_absent_ops[] = {
	{ "GetBucketCors", "s3:GetBucketCORS", get_absent, 0 },
	{ "GetBucketWebsite", "s3:GetBucketWebsite", get_absent, 0 },
	{ "GetBucketReplication", "s3:GetReplicationConfiguration", get_absent, 0 },
	{ "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", get_absent, 0 },
	{ "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", get_absent, 0 },
	{ "GetBucketLogging", "s3:GetBucketLogging", get_absent, 0 },
	{ "GetBucketNotificationConfiguration", "s3:GetBucketNotification", get_absent, 0 },
	{ "GetBucketRequestPayment", "s3:GetBucketRequestPayment", get_absent, 0 },
	{ 0 },
};
