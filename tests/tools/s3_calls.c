/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's typed calls of S3, against whatever server AWS_ENDPOINT_URL names.  Prints what
 * does not hold, a line each, and at the end how many things were looked at; the exit status is 1
 * when something did not.
 *
 *   s3_calls plain REGION BUCKET       makes the bucket, its settings and objects, and takes all
 * away s3_calls versions REGION BUCKET    in a bucket that keeps versions; it is gone at the end,
 * too
 *
 * Keys that the server cannot hold (a file system under it) come on stdin, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/client.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "net/loop.h"

#define KEY_MAX_BYTES 1024

static const char *const keys[] = {
	"plain",
	"with space",
	"odd/a+b&c=d",
	"odd/<tag>'\"",
	"odd/100%",
	"odd/%41",
	"odd/?q#f",
	"odd/~*()!$,;:@",
	"odd//twice",
	"/first",
	"odd/./dot",
	"odd/../up",
	"日本/キー",
	"e\xcc\x81 loose",
	"emoji/\xf0\x9f\x98\x80",
	"back\\slash",
	"line\nbreak",
	"tab\tand\rreturn",
	"ends with space ",
};
#define KEYS_N (sizeof(keys) / sizeof(keys[0]))

static char unheld[8][KEY_MAX_BYTES];
static size_t unheld_n;
static int looked, wrong;

static bool can_hold(const char *key)
{
	for (size_t i = 0; i < unheld_n; i++) {
		if (strcmp(unheld[i], key) == 0)
			return false;
	}
	return true;
}

static void hold(bool holds, const char *call, const char *of, const char *found)
{
	looked++;
	if (holds)
		return;
	wrong++;
	(void)printf("WRONG %s '%s': %s\n", call, of, found ? found : "-");
}

/* `kind` is what is expected, -1: success.  Takes the error. */
static void answered(const char *call, const char *of, int kind, struct rb_error *err)
{
	autofree char *said =
		err ? xasprintf("%s, %s: %s", rb_kind_name(err->kind),
				err->aws_code ? err->aws_code : "no code", err->why ? err->why : "")
		    : xstrdup("well");

	hold(err ? (int)err->kind == kind : kind == -1, call, of, said);
	rb_error_free(err);
}

static void well(const char *call, const char *of, struct rb_error *err)
{
	answered(call, of, -1, err);
}

static void same(const char *call, const char *of, const char *want, const char *got)
{
	hold(got && strcmp(want, got) == 0, call, of, got);
}

/* ---- settings ------------------------------------------------------------- */

static void settings(struct aws_client *c, const char *bucket)
{
	static const char policy[] =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":"
		"\"*\",\"Action\":\"s3:GetObjectTagging\",\"Resource\":\"arn:aws:s3:::%s/*\"}]}";
	autofree char *text = xasprintf(policy, bucket), *region = NULL, *got = NULL,
		      *versions = NULL;
	struct aws_tags tags = { 0 }, found = { 0 };

	well("HeadBucket", bucket, s3_head_bucket(c, bucket, NULL, &region));
	same("HeadBucket's region", bucket, aws_client_region(c), region);
	answered("GetBucketTagging, none", bucket, RB_GONE,
		 s3_get_bucket_tagging(c, bucket, NULL, &found));
	aws_tags_add(&tags, "Name", "日本語 + é @x:/y. ");
	aws_tags_add(&tags, "runbook:run", "x=1");
	well("PutBucketTagging", bucket, s3_put_bucket_tagging(c, bucket, NULL, &tags));
	well("GetBucketTagging", bucket, s3_get_bucket_tagging(c, bucket, NULL, &found));
	for (size_t i = 0; i < tags.n; i++)
		same("the tag", tags.v[i].key, tags.v[i].value,
		     aws_tags_get(&found, tags.v[i].key));
	answered("GetBucketPolicy, none", bucket, RB_GONE,
		 s3_get_bucket_policy(c, bucket, NULL, &got));
	well("PutBucketPolicy", bucket, s3_put_bucket_policy(c, bucket, NULL, text));
	well("GetBucketPolicy", bucket, s3_get_bucket_policy(c, bucket, NULL, &got));
	same("the policy", bucket, text, got);
	well("DeleteBucketPolicy", bucket, s3_delete_bucket_policy(c, bucket, NULL));
	well("GetBucketVersioning", bucket, s3_get_bucket_versioning(c, bucket, NULL, &versions));
	same("versions", bucket, "", versions);
	aws_tags_clear(&tags);
	aws_tags_clear(&found);
}

/* ---- objects -------------------------------------------------------------- */

/* Its body is its key. */
static void put(struct aws_client *c, const char *bucket, const char *key)
{
	autofree char *version = NULL;

	well("PutObject", key, s3_put_object(c, bucket, NULL, key, key, strlen(key), &version));
}

static void read_back(struct aws_client *c, const char *bucket, const char *key)
{
	auto_s3_head head = { 0 };
	struct buf body;
	autofree char *size = NULL;

	buf_init(&body);
	well("HeadObject", key, s3_head_object(c, bucket, NULL, key, &head));
	size = xasprintf("%lld bytes", (long long)head.size_bytes);
	hold(head.size_bytes == (int64_t)strlen(key), "the size", key, size);
	well("GetObject", key, s3_get_object(c, bucket, NULL, key, KEY_MAX_BYTES, &body));
	same("the body", key, key, body.p);
	buf_clear(&body);
}

static size_t count(const struct s3_objects *list, const char *key, bool marker)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += strcmp(list->v[i].key, key) == 0 && list->v[i].delete_marker == marker;
	return n;
}

static void expect_count(const char *what, const char *key, size_t want, size_t got)
{
	autofree char *found = xasprintf("%zu, expected %zu", got, want);

	hold(want == got, what, key, found);
}

static void objects(struct aws_client *c, const char *bucket)
{
	auto_s3_objects list = { 0 }, odd = { 0 };
	auto_s3_uploads uploads = { 0 };
	auto_s3_head head = { 0 };
	size_t held = 0, under = 0;

	for (size_t i = 0; i < KEYS_N; i++) {
		if (!can_hold(keys[i]))
			continue;
		held++;
		under += strncmp(keys[i], "odd/", 4) == 0;
		put(c, bucket, keys[i]);
		read_back(c, bucket, keys[i]);
	}
	well("ListObjectVersions", bucket, s3_list_object_versions(c, bucket, NULL, NULL, &list));
	expect_count("listed", bucket, held, list.n);
	well("ListObjectVersions", "odd/", s3_list_object_versions(c, bucket, NULL, "odd/", &odd));
	expect_count("listed", "odd/", under, odd.n);
	for (size_t i = 0; i < KEYS_N; i++) {
		if (can_hold(keys[i]))
			expect_count("in the list", keys[i], 1, count(&list, keys[i], false));
	}
	answered("DeleteBucket, not empty", bucket, RB_DEPENDENCY,
		 s3_delete_bucket(c, bucket, NULL));
	well("ListMultipartUploads", bucket, s3_list_multipart_uploads(c, bucket, NULL, &uploads));
	expect_count("uploads", bucket, 0, uploads.n);
	for (size_t i = 0; i < list.n; i++)
		well("DeleteObject", list.v[i].key,
		     s3_delete_object(c, bucket, NULL, list.v[i].key, NULL));
	well("DeleteObject, again", "plain", s3_delete_object(c, bucket, NULL, "plain", NULL));
	answered("HeadObject, none", "plain", RB_GONE,
		 s3_head_object(c, bucket, NULL, "plain", &head));
}

static void plain(struct aws_client *c, const char *bucket)
{
	autofree char *region = NULL;

	answered("HeadBucket, none", bucket, RB_GONE, s3_head_bucket(c, bucket, NULL, &region));
	well("CreateBucket", bucket, s3_create_bucket(c, bucket, NULL, NULL));
	settings(c, bucket);
	objects(c, bucket);
	well("DeleteBucket", bucket, s3_delete_bucket(c, bucket, NULL));
	answered("DeleteBucket, none", bucket, RB_GONE, s3_delete_bucket(c, bucket, NULL));
}

/* ---- versions ------------------------------------------------------------- */

static void versions(struct aws_client *c, const char *bucket)
{
	static const char *const some[] = { "plain", "odd/a+b&c=d", "日本/キー" };
	auto_s3_objects list = { 0 }, left = { 0 };
	autofree char *status = NULL;

	well("GetBucketVersioning", bucket, s3_get_bucket_versioning(c, bucket, NULL, &status));
	same("versions", bucket, "Enabled", status);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		put(c, bucket, some[i]);
		put(c, bucket, some[i]);
		well("DeleteObject", some[i], s3_delete_object(c, bucket, NULL, some[i], NULL));
		well("DeleteObject, again", some[i],
		     s3_delete_object(c, bucket, NULL, some[i], NULL));
		put(c, bucket, some[i]);
	}
	well("ListObjectVersions", bucket, s3_list_object_versions(c, bucket, NULL, NULL, &list));
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		expect_count("versions", some[i], 3, count(&list, some[i], false));
		expect_count("markers", some[i], 2, count(&list, some[i], true));
	}
	answered("DeleteBucket, not empty", bucket, RB_DEPENDENCY,
		 s3_delete_bucket(c, bucket, NULL));
	for (size_t i = 0; i < list.n; i++)
		well("DeleteObject of a version", list.v[i].key,
		     s3_delete_object(c, bucket, NULL, list.v[i].key, list.v[i].version_id));
	well("ListObjectVersions", bucket, s3_list_object_versions(c, bucket, NULL, NULL, &left));
	expect_count("left", bucket, 0, left.n);
	well("DeleteBucket", bucket, s3_delete_bucket(c, bucket, NULL));
}

/* ---- */

static void read_unheld(void)
{
	char line[KEY_MAX_BYTES];

	while (unheld_n < sizeof(unheld) / sizeof(unheld[0]) && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		memcpy(unheld[unheld_n++], line, strlen(line) + 1);
	}
}

static struct rb_error *run(char **argv)
{
	const struct aws_config_options options = { .profile = NULL };
	struct aws_config *config = NULL;
	struct aws_session *session;
	struct aws_client *c;
	struct loop *loop;
	struct http *http;

	TRY(aws_config_load(&options, &config));
	loop = loop_new();
	http = http_new(loop, NULL);
	session = aws_session_new(config, http);
	c = aws_client_new(session, argv[2]);
	if (strcmp(argv[1], "versions") == 0)
		versions(c, argv[3]);
	else
		plain(c, argv[3]);
	aws_client_free(c);
	aws_session_free(session);
	http_free(http);
	loop_free(loop);
	(void)printf("%d things looked at, %d wrong\n", looked, wrong);
	return NULL;
}

int main(int argc, char **argv)
{
	auto_error struct rb_error *err = NULL;

	if (argc != 4) {
		(void)fputs("s3_calls plain|versions REGION BUCKET\n", stderr);
		return 2;
	}
	read_unheld();
	err = run(argv);
	if (err)
		(void)fprintf(stderr, "%s\n", err->why ? err->why : err->what);
	return err || wrong ? 1 : 0;
}
