/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upload a file from the instance through the private path, and prove that no
 *      other way is open.
 *
 * The upload runs on the instance, as the procedure types it: AWS CLI, endpoint
 * URL of the run's endpoint, region of the bucket.  It proves the path, not the role:
 * the bucket policy's Allow admits whoever comes through the endpoint.  The
 * negative proof asks the same from here by the public endpoint, where only
 * `403 AccessDenied` is right.
 *
 * A private path that is broken somewhere hangs instead of failing.  So the CLI's
 * time-outs are short, and when it fails the hops are checked one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/core/prose.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/step_ssh.h"
#include "steps/common/path.h"
#include "steps/common/sides.h"
#include "steps/common/upload.h"
#include "steps/common/upload_proof.h"

enum { LOOKUP_TIMEOUT_MS = 30000, SHA256_HEX = 64, MD5_HEX = 32 };

static struct rb_error *upload_of(struct step_ctx *ctx, const struct upload_plan *plan,
				  struct upload *ret)
{
	const char *slash;

	TRY(step_need_output(ctx, plan->bucket_step, "bucket", &ret->bucket));
	TRY(step_need_output(ctx, plan->endpoint_step, "vpc_endpoint_dns", &ret->endpoint_dns));
	ret->key = step_param(ctx, "upload.key");
	slash = strrchr(ret->key, '/');
	ret->file = slash ? slash + 1 : ret->key;
	return NULL;
}

/* ---- the name ------------------------------------------------------------ */

static struct rb_error *resolve(struct step_ctx *ctx, const struct upload *u, struct strv *ret)
{
	auto_buf command = BUF_INIT, out = BUF_INIT, said = BUF_INIT;
	autofree char *name = xasprintf("bucket.%s", u->endpoint_dns);
	int status = 0;

	(void)buf_adds(&command, "getent ahosts ");
	text_shell_quote(&command, name);
	TRY(step_ssh(ctx, command.p, LOOKUP_TIMEOUT_MS, &status, &out, &said));
	upload_addresses_of((struct span){ out.p, out.n }, ret);
	return NULL;
}

/* ---- do ------------------------------------------------------------------ */

/* A role and its profile need their seconds to take effect: what the instance says of that passes.
 * A denial by another policy stays, and is not to be asked for again. */
static bool may_pass(const char *said)
{
	return prose_denial(said) != PROSE_DENIAL_OTHER && prose_cli_lacks_role(said);
}

static struct rb_error *upload_failed(struct step_ctx *ctx, const struct upload_plan *plan,
				      const struct upload *u, int status, const struct buf *said)
{
	autofree char *words = text_printable(said->p, said->n, 512);
	auto_path_blame blame = { 0 };
	/* The diagnosis is a help, not the work: what it may not read is no failure of its own. */
	auto_error struct rb_error *blind = path_find_blame(ctx, plan->way, &blame);
	struct rb_error *err;

	if (rb_error_is(blind, RB_INTERRUPTED)) {
		err = blind;
		blind = NULL;
		return err;
	}
	if (!blame.problem && may_pass(said->p)) {
		step_waiting(ctx, N_("upload"), N_("the role has no effect yet"), words,
			     /* usual_s= */ 10);
		return NULL;
	}
	err = rb_error_new(RB_FAILED, "cannot upload '%s' from the instance to '%s'", u->key,
			   u->bucket);
	if (blame.problem)
		return path_blamed(err, &blame, *words ? words : "nothing");
	err = rb_error_why(err, "the AWS CLI ended with %d: %-s", status,
			   *words	   ? words
			   : status == 124 ? N_("it hung")
					   : N_("no word"));
	if (!blind) {
		blind = blame.blind;
		blame.blind = NULL;
	}
	if (blind)
		return rb_error_next(
			rb_error_hint(err, "which hop is broken could not be looked at: %s%s%s",
				      blind->what ? blind->what : "", blind->why ? ": " : "",
				      blind->why ? blind->why : ""),
			RB_NEXT_EXPLAIN, NULL);
	err = rb_error_hint(err, "every hop looks right from outside; look at the instance:");
	return rb_error_next(err, RB_NEXT_CONNECT, NULL);
}

/* The instance cannot be reached for it: the fewer hops to it are checked as well. */
static struct rb_error *no_login(struct step_ctx *ctx, const struct upload_plan *plan,
				 const struct upload *u, struct rb_error *silence)
{
	auto_path_blame blame = { 0 };
	struct rb_error *err = path_find_blame(ctx, plan->login, &blame);

	if (err || !blame.problem) {
		(void)rb_error_free(err);
		return silence;
	}
	(void)rb_error_free(silence);
	err = rb_error_new(RB_FAILED, "cannot upload '%s' from the instance to '%s'", u->key,
			   u->bucket);
	return path_blamed(err, &blame, /* said= */ NULL);
}

/* What a person uploaded again, is proof of the path of today. */
static struct rb_error *forget_older(struct step_ctx *ctx, const struct s3_head *head)
{
	int64_t uploaded_s, seen_s;

	if (!clock_parse_http_date(head->last_modified ? head->last_modified : "", &uploaded_s) ||
	    !clock_parse_iso8601(step_output_at(ctx, "object_checksum"), &seen_s) ||
	    uploaded_s <= seen_s)
		return NULL;
	TRY(step_forget(ctx, "object_checksum"));
	return step_forget(ctx, "object_md5");
}

/* A person uploads it: the object is looked for, and compared with the file that they left on the
 * instance. */
static struct rb_error *find_upload(struct step_ctx *ctx, const struct upload *u)
{
	static const char sums[] = "cd \"$HOME\" && sha256sum < " UPLOAD_FILE_BY_HAND
				   " && md5sum < " UPLOAD_FILE_BY_HAND;
	auto_buf out = BUF_INIT, said = BUF_INIT;
	auto_s3_head head = { 0 };
	struct rb_error *err;
	int status = 0;

	err = s3_head_object(step_aws_destination(ctx), u->bucket, step_account(ctx), u->key,
			     &head);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return step_intent(ctx, "s3", "PutObject", step_param(ctx, "destination.region"));
	}
	TRY(err);
	TRY(step_record(ctx, "object_key", u->key));
	TRY(forget_older(ctx, &head));
	if (step_output(ctx, "object_checksum") && step_output(ctx, "object_md5"))
		return NULL;
	TRY(step_ssh(ctx, sums, LOOKUP_TIMEOUT_MS, &status, &out, &said));

	autofree char *sha256 = upload_sum_of(&out, 0, SHA256_HEX);
	autofree char *md5 = upload_sum_of(&out, 1, MD5_HEX);

	if (status || !sha256 || !md5)
		return rb_error_new(RB_FAILED,
				    "the object is there, but not the file that it is compared "
				    "with: '%s' on the instance",
				    UPLOAD_FILE_BY_HAND);
	TRY(step_record(ctx, "object_checksum", sha256));
	return step_record(ctx, "object_md5", md5);
}

struct rb_error *upload_do(struct step_ctx *ctx, const struct upload_plan *plan)
{
	auto_buf script = BUF_INIT, out = BUF_INIT, said = BUF_INIT;
	struct rb_error *err;
	struct upload u;
	int status = 0;

	TRY(upload_of(ctx, plan, &u));
	if (step_is_by_hand(ctx))
		return find_upload(ctx, &u);
	/* Recorded first: whatever becomes of the upload, undo knows which object is ours.  What an
	 * earlier one proved is proof no more: only this one counts. */
	TRY(step_record(ctx, "object_key", u.key));
	TRY(step_forget(ctx, "object_checksum"));
	TRY(step_forget(ctx, "object_md5"));
	TRY(step_intent(ctx, "s3", "PutObject", step_param(ctx, "destination.region")));
	upload_script(ctx, &u, &script);
	err = step_ssh(ctx, script.p, (UPLOAD_TIMEOUT_S + 30) * 1000, &status, &out, &said);
	if (err && (rb_error_is(err, RB_RETRY) || rb_error_is(err, RB_LOST) ||
		    rb_error_is_aws(err, "EC2InstanceStateInvalidException")))
		return no_login(ctx, plan, &u, err);
	TRY(err);
	if (status)
		return upload_failed(ctx, plan, &u, status, &said);

	autofree char *sha256 = upload_sum_of(&out, 0, SHA256_HEX);
	autofree char *md5 = upload_sum_of(&out, 1, MD5_HEX);

	if (!sha256 || !md5)
		return rb_error_why(rb_error_new(RB_PROTOCOL, "cannot read the file's checksum"),
				    "sha256sum or md5sum on the instance printed none");
	TRY(step_record(ctx, "object_checksum", sha256));
	return step_record(ctx, "object_md5", md5);
}

/* ---- verify -------------------------------------------------------------- */

/* In one part the ETag is the content's MD5; in several it is not, and the content is read. */
static struct rb_error *check_content(struct step_ctx *ctx, const struct upload *u,
				      const struct s3_head *head)
{
	auto_buf content = BUF_INIT;
	char sha256[SHA256_HEX + 1];

	if (head->etag && strlen(head->etag) == MD5_HEX) {
		step_expect(ctx, N_("the object's checksum (MD5)"), step_output(ctx, "object_md5"),
			    head->etag);
		return NULL;
	}
	TRY(s3_get_object(step_aws_destination(ctx), u->bucket, step_account(ctx), u->key,
			  UPLOAD_BYTES_MAX, &content));
	text_sha256_hex(content.p, content.n, sha256);
	step_expect(ctx, N_("the object's checksum (SHA-256)"), step_output(ctx, "object_checksum"),
		    sha256);
	return NULL;
}

/* An object that came by an instance, a route or a policy that was replaced proves nothing of the
 * path of today. */
static void check_path_is_that_of_the_upload(struct step_ctx *ctx)
{
	const char *at = NULL;
	const char *step = step_changed_since(ctx, "object_checksum", &at);
	autofree char *found = step ? xasprintf(N_("step %s was changed at %s"), step, at)
				    : xstrdup(N_("unchanged"));

	step_expect_that(ctx, !step, N_("the path since the upload"), N_("unchanged"), found);
}

/* By the public endpoint, from here: refused, or the policy does not protect. */
static struct rb_error *prove_refusal(struct step_ctx *ctx, const struct upload_plan *plan,
				      const struct upload *u)
{
	struct aws_client *s3 = step_aws_destination(ctx);
	autofree char *key = xasprintf("%s" UPLOAD_OUTSIDE_SUFFIX, u->key);
	autofree char *version = NULL;
	struct rb_error *err =
		s3_put_object(s3, u->bucket, step_account(ctx), key, "", 0, &version);

	if (err && err->http_status == 403 && rb_error_is_aws(err, "AccessDenied")) {
		if (prose_denial(err->why) != PROSE_DENIAL_UNSTATED)
			step_note(ctx,
				  "PutObject by the public endpoint is refused, but not by the "
				  "bucket policy: %s",
				  err->why);
		(void)rb_error_free(err);
		step_expect(ctx, N_("PutObject by the public endpoint"), "403 AccessDenied",
			    "403 AccessDenied");
		return NULL;
	}
	TRY(err);
	TRY(s3_delete_object(s3, u->bucket, step_account(ctx), key, version));
	step_expect(ctx, N_("PutObject by the public endpoint"), "403 AccessDenied", "200 OK");
	err = rb_error_new(RB_DRIFT, "the bucket policy does not protect '%s'", u->bucket);
	err = rb_error_why(err, "a PutObject by the public endpoint succeeded (the object was "
				"removed again)");
	err = rb_error_hint(err, "this writes the policy again:");
	return rb_error_next(err, RB_NEXT_RESUME, plan->bucket_again);
}

struct rb_error *upload_verify(struct step_ctx *ctx, const struct upload_plan *plan)
{
	const char *cidr = step_param(ctx, plan->endpoint_cidr_param);
	auto_strv addresses = { 0 };
	auto_s3_head head = { 0 };
	struct rb_error *err;
	struct upload u;

	TRY(upload_of(ctx, plan, &u));
	if (!step_output(ctx, "object_checksum") || !step_output(ctx, "object_md5")) {
		step_missing(ctx, "%-s",
			     step_output(ctx, "object_key") ? N_("the last upload did not succeed")
							    : N_("nothing was uploaded yet"));
		return NULL;
	}
	err = s3_head_object(step_aws_destination(ctx), u.bucket, step_account(ctx), u.key, &head);
	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		step_missing_output(ctx, "object_key", "object '%s' is not in bucket '%s'", u.key,
				    u.bucket);
		return NULL;
	}
	TRY(err);
	autofree char *size = xasprintf("%lld", (long long)head.size_bytes);

	step_expect(ctx, N_("the object's size in bytes"), step_param(ctx, "upload.bytes"), size);
	TRY(check_content(ctx, &u, &head));
	check_path_is_that_of_the_upload(ctx);

	step_untried(ctx, "uploaded at %s; the path is not tried",
		     step_output_at(ctx, "object_checksum"));
	TRY(resolve(ctx, &u, &addresses));
	autofree char *inside = xasprintf(N_("addresses inside %s"), cidr);
	autofree char *found = strv_join(&addresses, ", ");

	step_expect_that(ctx, upload_all_inside(&addresses, cidr),
			 N_("what the endpoint's name resolves to on the instance"), inside,
			 *found ? found : N_("(no address)"));
	return prove_refusal(ctx, plan, &u);
}

/* ---- undo ---------------------------------------------------------------- */

static bool is_ours(const struct s3_object *o, const char *key, const char *outside)
{
	return strcmp(o->key, key) == 0 || strcmp(o->key, outside) == 0;
}

/* *ret_left: one is there that came meanwhile.  Where the bucket is next, its own look tells. */
static struct rb_error *delete_objects(struct step_ctx *ctx, const struct upload_plan *plan,
				       const char *bucket, const char *key, bool *ret_left)
{
	struct aws_client *s3 = step_aws_destination(ctx);
	autofree char *outside = xasprintf("%s" UPLOAD_OUTSIDE_SUFFIX, key);
	auto_s3_objects found = { 0 };

	TRY(s3_list_object_versions(s3, bucket, step_account(ctx), key, &found));
	for (size_t i = 0; i < found.n; i++)
		if (is_ours(&found.v[i], key, outside))
			TRY(s3_delete_object(s3, bucket, step_account(ctx), found.v[i].key,
					     found.v[i].version_id));
	if (step_undo_follows(ctx, plan->bucket_step))
		return NULL;
	s3_objects_clear(&found);
	/* Ask again: the delete's answer proves nothing. */
	TRY(s3_list_object_versions(s3, bucket, step_account(ctx), key, &found));
	for (size_t i = 0; i < found.n; i++)
		if (is_ours(&found.v[i], key, outside))
			*ret_left = true;
	if (*ret_left)
		step_waiting(ctx, key, N_("still listed"), NULL, /* usual_s= */ 2);
	return NULL;
}

struct rb_error *upload_undo(struct step_ctx *ctx, const struct upload_plan *plan)
{
	const char *key = step_output(ctx, "object_key");
	const char *bucket = step_output_of(ctx, plan->bucket_step, "bucket");
	static const char *const outputs[] = { "object_key", "object_checksum", "object_md5" };
	bool left = false;

	if (key && bucket) {
		struct rb_error *err = delete_objects(ctx, plan, bucket, key, &left);

		if (err && !rb_error_is(err, RB_GONE)) /* no bucket, no object */
			return err;
		(void)rb_error_free(err);
	}
	if (left)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(outputs); i++)
		TRY(step_forget(ctx, outputs[i]));
	return NULL;
}
