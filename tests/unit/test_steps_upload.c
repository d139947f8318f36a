/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How 4-2 verifies an upload, against the sandbox: the object is compared with what the instance
 * recorded, and what its proof from outside could write is removed again.  The instance's side is
 * an `ssh` of the test, first in PATH, that prints what the name of the endpoint resolves to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/step_world.h"

/* Of no bytes, which is what upload.bytes asks for unless it is set, and of "x". */
#define MD5_OF_NOTHING "d41d8cd98f00b204e9800998ecf8427e"
#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MD5_OF_X "9dd4e461268c8034f5c8564e155c67a6"
#define SHA256_OF_X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

#define KEY "dummy.txt"
#define OUTSIDE KEY ".from-outside"
#define CHECKSUM_DIFFERS "the object's checksum"
#define SIZE_DIFFERS "the object's size in bytes: 0, 1\n"

static void well(struct rb_error *err)
{
	if (err)
		fail_msg("%s: %s", err->what ? err->what : "-", err->why ? err->why : "-");
}

static char *target_of(const char *rest)
{
	return xasprintf("/%s%s", sw_output("2-4", "bucket"), rest);
}

/* A command that ends well and prints an address of the destination's subnet. */
static void answer_ssh(void)
{
	static const char script[] = "#!/bin/sh\necho '10.1.0.10       STREAM bucket'\n";
	const char *before = getenv("PATH");
	autofree char *ssh = file_join(sw.dir, "ssh");
	autofree char *path = xasprintf("%s:%s", sw.dir, before ? before : "/usr/bin:/bin");

	well(file_write_atomic(ssh, script, sizeof(script) - 1, 0700));
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void let_others_write(void)
{
	autofree char *policy = target_of("?policy");

	sw_other_s3("DELETE", policy, "");
}

/* All is made and the object is there; the policy is off until close_bucket. */
static void put_object(const char *body)
{
	autofree char *target = NULL;

	answer_ssh();
	sw_build("3-4");
	let_others_write();
	target = target_of("/" KEY);
	sw_other_s3("PUT", target, body);
}

/* In one part of a multipart upload, so that its ETag is no MD5 of the content. */
static void put_in_parts(const char *body)
{
	autofree char *begin = target_of("/" KEY "?uploads");
	autofree char *id = NULL, *part = NULL, *end = NULL, *list = NULL;
	const char *from, *to;

	sw_other_s3("POST", begin, "");
	from = strstr(sw.c.rep.body.p, "<UploadId>");
	to = from ? strchr(from + strlen("<UploadId>"), '<') : NULL;
	assert_non_null(to);
	from += strlen("<UploadId>");
	id = xstrndup(from, (size_t)(to - from));
	part = xasprintf("/%s/" KEY "?partNumber=1&uploadId=%s", sw_output("2-4", "bucket"), id);
	sw_other_s3("PUT", part, body);
	list = xasprintf("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag>"
			 "</Part></CompleteMultipartUpload>",
			 sbx_answer_header(&sw.c, "ETag"));
	end = xasprintf("/%s/" KEY "?uploadId=%s", sw_output("2-4", "bucket"), id);
	/* the checksum that sw_other_s3 adds would be taken for the object's */
	assert_null(sbx_s3_call(&sw.c, "POST", end, "", list, strlen(list)));
}

static void close_bucket(void)
{
	well(sw_do("2-4"));
}

/* As do records it. */
static void record_upload(const char *sha256, const char *md5)
{
	sw_record_output("4-2", "object_key", KEY);
	sw_record_output("4-2", "object_checksum", sha256);
	sw_record_output("4-2", "object_md5", md5);
}

/* ---- by hand ------------------------------------------------------------------ */

/* What `sha256sum` and `md5sum` say of the file on the instance; NULL: there is none. */
static void answer_sums(const char *sha256, const char *md5)
{
	autofree char *ssh = file_join(sw.dir, "ssh");
	autofree char *script = sha256 ? xasprintf("#!/bin/sh\necho %s\necho %s\n", sha256, md5)
				       : xstrdup("#!/bin/sh\nexit 1\n");

	answer_ssh(); /* first in PATH */
	well(file_write_atomic(ssh, script, strlen(script), 0700));
}

static struct rb_error *look_by_hand(void)
{
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, &sw.run, state_history(&sw.stack.state, "4-2")->step, PHASE_DO);
	ctx.by_hand = true;
	err = step_ctx_call(&ctx);
	step_ctx_clear(&ctx);
	return err;
}

static int64_t checksum_nth(void)
{
	return history_output_row(state_history(&sw.stack.state, "4-2"), "object_checksum")->nth;
}

static void what_a_person_uploads_is_compared_with_their_file(void **state)
{
	auto_error struct rb_error *err = NULL;
	int64_t before, until_ms;

	(void)state;
	put_object("");
	{
		autofree char *target = target_of("/" KEY);

		sw_other_s3("DELETE", target, "");
		err = look_by_hand();
		assert_true(rb_error_is(err, RB_BY_HAND));
		assert_string_equal(err->why, "s3 PutObject");
		sw_other_s3("PUT", target, "");
		answer_sums(NULL, NULL);
		err = rb_error_free(err);
		err = look_by_hand();
		assert_true(rb_error_is(err, RB_FAILED));
		assert_non_null(strstr(err->what, "'./dummy.txt' on the instance"));

		answer_sums(SHA256_OF_NOTHING, MD5_OF_NOTHING);
		well(look_by_hand());
		assert_string_equal(sw_output("4-2", "object_md5"), MD5_OF_NOTHING);
		before = checksum_nth();
		well(look_by_hand());
		assert_int_equal(checksum_nth(), before);
		/* uploaded again, as far as S3's clock of seconds can tell */
		until_ms = clock_mono_ms() + 5000;
		while (clock_mono_ms() < until_ms && checksum_nth() == before) {
			sw_other_s3("PUT", target, "");
			well(look_by_hand());
		}
		assert_true(checksum_nth() > before);
	}
}

static void holds(void)
{
	autofree char *differ = NULL;
	enum verdict verdict = sw_verify("4-2", &differ);

	if (verdict != VERDICT_HOLDS)
		fail_msg("%s\n%s", verdict_name(verdict), differ);
}

/* One claim alone, which begins so. */
static void differs(const char *claim)
{
	autofree char *differ = NULL;
	enum verdict verdict = sw_verify("4-2", &differ);
	const char *eol = strchr(differ, '\n');

	assert_int_equal(verdict, VERDICT_DIFFERS);
	if (!text_starts_with(differ, claim) || !eol || eol[1])
		fail_msg("not '%s' alone: %s", claim, differ);
}

static void the_object_is_compared_by_its_etag(void **state)
{
	(void)state;
	put_object("");
	close_bucket();
	record_upload(SHA256_OF_X, MD5_OF_NOTHING);
	holds();
	record_upload(SHA256_OF_NOTHING, MD5_OF_X);
	differs(CHECKSUM_DIFFERS " (MD5): " MD5_OF_X ", " MD5_OF_NOTHING);
}

static void an_object_of_several_parts_is_read(void **state)
{
	(void)state;
	put_object("x");
	put_in_parts("");
	close_bucket();
	record_upload(SHA256_OF_NOTHING, MD5_OF_X);
	holds();
	record_upload(SHA256_OF_X, MD5_OF_NOTHING);
	differs(CHECKSUM_DIFFERS " (SHA-256): " SHA256_OF_X ", " SHA256_OF_NOTHING);
}

/* Of a bucket that ever kept versions S3 names the object's, "null" where it had none. */
static void versions_are_told_by_the_object(void **state)
{
	autofree char *versioning = NULL;

	(void)state;
	put_object("");
	close_bucket();
	record_upload(SHA256_OF_NOTHING, MD5_OF_NOTHING);
	holds();
	versioning = target_of("?versioning");
	for (int i = 0; i < 2; i++) {
		sw_other_s3("PUT", versioning,
			    i ? "<VersioningConfiguration><Status>Suspended</Status>"
				"</VersioningConfiguration>"
			      : "<VersioningConfiguration><Status>Enabled</Status>"
				"</VersioningConfiguration>");
		sw_forget_calls();
		differs("bucket.versioning: off, Enabled or Suspended");
		assert_int_equal(sw_calls("GetBucketVersioning"), 0);
	}
}

static void the_objects_size_is_compared(void **state)
{
	(void)state;
	put_object("x");
	close_bucket();
	record_upload(SHA256_OF_X, MD5_OF_X);
	differs(SIZE_DIFFERS);
}

/* Of every version: a delete without one would leave the object below a marker. */
static void an_object_that_the_proof_could_write_is_removed(void **state)
{
	struct rb_error *err;
	autofree char *versioning = NULL, *versions = NULL;
	bool waits;

	(void)state;
	put_object("");
	versioning = target_of("?versioning");
	versions = target_of("?versions");
	sw_other_s3("PUT", versioning,
		    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
	record_upload(SHA256_OF_NOTHING, MD5_OF_NOTHING);
	sw_forget_calls();
	err = sw_pass("4-2", PHASE_VERIFY, &waits);
	assert_true(rb_error_is(err, RB_DRIFT));
	(void)rb_error_free(err);
	assert_int_equal(sw_calls("PutObject"), 1);
	sw_other_s3("GET", versions, "");
	assert_true(sbx_answer_has(&sw.c, KEY));
	assert_false(sbx_answer_has(&sw.c, OUTSIDE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sw_setup, sw_teardown)
		TEST(what_a_person_uploads_is_compared_with_their_file),
		TEST(the_object_is_compared_by_its_etag),
		TEST(an_object_of_several_parts_is_read),
		TEST(versions_are_told_by_the_object),
		TEST(the_objects_size_is_compared),
		TEST(an_object_that_the_proof_could_write_is_removed),
#undef TEST
	};

	sw_begin();
	return cmocka_run_group_tests_name("steps_upload", tests, NULL, NULL);
}
