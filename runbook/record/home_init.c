/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bucket of a home: what it needs, made or looked at.
 *
 *   source  S3 User Guide, "Enforce conditional writes on Amazon S3 buckets"
 */
#include "runbook/record/home_init.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/config.h"
#include "aws/core/endpoint.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "net/http.h"
#include "runbook/record/home_s3.h"

enum { OLD_VERSIONS_DAYS = 90, SETTLE_LOOKS = 30, SETTLE_MS = 500 };

static const struct {
	const char *name, *text;
} traits[HOME_TRAITS_N] = {
	[HOME_CONDITIONS] = { "conditional-writes", N_("the server keeps conditions of writes") },
	[HOME_VERSIONING] = { "versioning",
			      N_("versioning is on: what is deleted by mistake can be had again") },
	[HOME_PRIVATE] = { "public-access-block", N_("public access is blocked") },
	[HOME_ENCRYPTION] = { "encryption", N_("objects are encrypted") },
	[HOME_POLICY] = { "policy", N_("its policy refuses writes without a condition") },
	[HOME_OLD_VERSIONS] = { "old-versions", N_("a lifecycle rule takes old versions away") },
};

const char *home_trait_name(enum home_trait trait)
{
	return traits[trait].name;
}

const char *home_trait_text(enum home_trait trait)
{
	return traits[trait].text;
}

void home_findings_clear(struct home_findings *f)
{
	for (size_t i = 0; i < HOME_TRAITS_N; i++)
		(void)rb_error_free(f->why[i]);
	free(f->bucket);
	free(f->region);
	*f = (struct home_findings){ 0 };
}

/* ---- the probe ------------------------------------------------------------- */

static struct rb_error *ignores(const struct home_s3 *h, const char *condition)
{
	struct rb_error *err = rb_error_new(RB_FAILED, "no stack can be kept at '%s'", h->url);

	err = rb_error_why(err,
			   "its server ignores the condition %s of a write: two operators would "
			   "overwrite each other",
			   condition);
	return rb_error_hint(err, "use Amazon S3, or a server that keeps conditional writes");
}

static struct rb_error *try_write(struct home_s3 *h, const char *key, const char *if_match,
				  bool *ret_refused)
{
	static const char text[] = "runbook tries here whether conditions of writes are kept\n";
	struct rb_error *err = s3_put_object_if(h->client, h->place.bucket, key, if_match, text,
						sizeof(text) - 1, NULL);

	*ret_refused = rb_error_is(err, RB_EXISTS);
	return *ret_refused ? rb_error_free(err) : err;
}

struct rb_error *home_probe(struct home_s3 *h)
{
	autofree char *key = xasprintf("%s%sprobe", h->place.prefix, *h->place.prefix ? "/" : "");
	bool refused = false;

	TRY(try_write(h, key, NULL, &refused)); /* it may be there already */
	TRY(try_write(h, key, NULL, &refused));
	if (!refused)
		return ignores(h, "If-None-Match");
	TRY(try_write(h, key, "\"00000000000000000000000000000000\"", &refused));
	return refused ? NULL : ignores(h, "If-Match");
}

struct rb_error *home_probe_once(struct home_s3 *h)
{
	autofree char *mark = file_join(h->local, "probed"), *url = NULL;
	struct rb_error *err;
	auto_buf text = BUF_INIT;

	TRY(aws_config_endpoint_url(aws_session_config(h->session), "s3", &url));
	if (!url)
		return NULL; /* AWS itself */
	err = file_read(mark, 4096, &text);
	if (!err && text_eq(text.p, url))
		return NULL;
	(void)rb_error_free(err);
	TRY(home_probe(h));
	TRY(file_make_private_dir(h->local));
	return file_write_atomic(mark, url, strlen(url), 0600);
}

/* ---- the bucket ------------------------------------------------------------- */

/* Uploads in parts cannot carry the condition before they are completed, hence the Bool. */
static char *policy_of(const struct home_s3 *h)
{
	const char *partition = aws_partition_of(aws_client_region(h->client))->id;

	return xasprintf(
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"OnlyConditionalWrites\","
		"\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:PutObject\","
		"\"Resource\":\"arn:%s:s3:::%s/*\",\"Condition\":{\"Null\":{"
		"\"s3:if-none-match\":\"true\",\"s3:if-match\":\"true\"},"
		"\"Bool\":{\"s3:ObjectCreationOperation\":\"true\"}}}]}",
		partition, h->place.bucket);
}

/* What setting or asking came to; `holds` counts without an error. */
static void found(struct home_findings *f, enum home_trait trait, struct rb_error *err, bool holds)
{
	(void)rb_error_free(f->why[trait]);
	f->v[trait] = err ? HOME_UNKNOWN : holds ? HOME_HOLDS : HOME_DIFFERS;
	f->why[trait] = err;
}

/* A server that does not know this setting: that is told as what differs. */
static struct rb_error *may_lack(struct rb_error *err)
{
	bool lacks = err && (err->http_status == 501 || rb_error_is_aws(err, "MalformedPolicy") ||
			     rb_error_is_aws(err, "NotImplemented"));

	return lacks ? rb_error_free(err) : err;
}

static struct rb_error *make_bucket(struct home_s3 *h)
{
	static const struct s3_public_access_block all = { true, true, true, true };
	const char *bucket = h->place.bucket;
	autofree char *policy = policy_of(h);

	TRY(s3_create_bucket(h->client, bucket, NULL, NULL));
	TRY(may_lack(s3_put_public_access_block(h->client, bucket, NULL, &all)));
	TRY(may_lack(s3_put_bucket_encryption(h->client, bucket, NULL)));
	TRY(may_lack(s3_put_bucket_versioning(h->client, bucket, NULL)));
	TRY(may_lack(s3_put_old_version_rule(h->client, bucket, NULL, OLD_VERSIONS_DAYS)));
	return may_lack(s3_put_bucket_policy(h->client, bucket, NULL, policy));
}

/* By what it does, not by how it is written: a write without a condition is refused. */
static void check_policy(struct home_s3 *h, struct home_findings *f)
{
	autofree char *key = xasprintf("%s%sprobe", h->place.prefix, *h->place.prefix ? "/" : "");
	autofree char *json = NULL;
	struct rb_error *err = s3_get_bucket_policy(h->client, h->place.bucket, NULL, &json);

	if (rb_error_is(err, RB_GONE)) { /* then nothing is to be tried */
		(void)rb_error_free(err);
		found(f, HOME_POLICY, NULL, false);
		return;
	}
	if (!err)
		err = s3_put_object(h->client, h->place.bucket, NULL, key, "", 0, NULL);
	if (rb_error_is(err, RB_DENIED)) {
		(void)rb_error_free(err);
		found(f, HOME_POLICY, NULL, true);
		return;
	}
	found(f, HOME_POLICY, err, false);
}

static void check_bucket(struct home_s3 *h, struct home_findings *f)
{
	autofree char *versioning = NULL, *encryption = NULL;
	struct s3_public_access_block block = { 0 };
	const char *bucket = h->place.bucket;
	struct rb_error *err;
	bool old = false;

	err = s3_get_bucket_versioning(h->client, bucket, NULL, &versioning);
	found(f, HOME_VERSIONING, err, text_eq(versioning, "Enabled"));
	err = s3_get_public_access_block(h->client, bucket, NULL, &block);
	found(f, HOME_PRIVATE, err,
	      block.block_public_acls && block.ignore_public_acls && block.block_public_policy &&
		      block.restrict_public_buckets);
	err = s3_get_bucket_encryption(h->client, bucket, NULL, &encryption);
	found(f, HOME_ENCRYPTION, err, encryption && *encryption);
	err = s3_get_old_version_rule(h->client, bucket, NULL, &old);
	found(f, HOME_OLD_VERSIONS, err, old);
	check_policy(h, f);
}

static bool all_hold(const struct home_findings *f)
{
	for (int i = 0; i < HOME_TRAITS_N; i++)
		if (i != HOME_CONDITIONS && f->v[i] != HOME_HOLDS)
			return false;
	return true;
}

static struct rb_error *is_there(struct home_s3 *h, bool *ret)
{
	autofree char *region = NULL;
	struct rb_error *err = s3_head_bucket(h->client, h->place.bucket, NULL, &region);

	*ret = !err;
	return rb_error_is(err, RB_GONE) ? rb_error_free(err) : err;
}

struct rb_error *home_init(const char *home, struct home_findings *ret)
{
	struct rb_error *err;
	struct home_s3 *h;
	bool there = false;

	if (!home_is_s3(home)) {
		autofree char *shown = text_printable(home, strlen(home), 200);

		return rb_error_hint(rb_error_new(RB_USAGE, "'%s' is no bucket", shown),
				     "a folder needs nothing made; a bucket is named as in "
				     "s3://BUCKET/PREFIX?region=eu-west-1");
	}
	TRY(home_s3_open_new(home, &h));
	TRY(is_there(h, &there));
	if (!there) {
		TRY(make_bucket(h));
		ret->made = true;
	}
	ret->bucket = xstrdup(h->place.bucket);
	ret->region = xstrdup(aws_client_region(h->client));
	err = home_probe(h);
	if (rb_error_is(err, RB_DENIED) && ret->made) {
		/* A server that takes the policy and knows these conditions of it not at all
		 * refuses every write now: it goes again, which is told as what differs. */
		(void)rb_error_free(err);
		TRY(s3_delete_bucket_policy(h->client, h->place.bucket, NULL));
		err = home_probe(h);
	}
	if (err && !rb_error_is(err, RB_FAILED))
		return err;
	found(ret, HOME_CONDITIONS, err, true);
	if (err)
		ret->v[HOME_CONDITIONS] = HOME_DIFFERS;
	check_bucket(h, ret);
	/* What was set a moment ago is not seen at once: the settings of buckets are eventually
	 * consistent. */
	for (int i = 0; i < SETTLE_LOOKS && ret->made && !all_hold(ret); i++) {
		loop_sleep_steadily(h->loop, SETTLE_MS);
		check_bucket(h, ret);
	}
	return NULL;
}
