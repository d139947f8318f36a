/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upload a file from the instance through the private path.
 *
 * The upload runs on the instance, as the procedure types it: AWS CLI, endpoint URL of the run's
 * endpoint, region of the bucket.
 *
 * A private path that is broken somewhere hangs instead of failing.  So the CLI's time-outs are
 * short, and when it fails the hops are checked one by one.
 */
#include "steps/common/upload_proof_int.h"

#include <string.h>

#include "aws/core/prose.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/contract/step_ssh.h"
#include "steps/common/path.h"
#include "steps/common/sides.h"

struct rb_error *upload_of(struct step_ctx *ctx, const struct upload_plan *plan, struct upload *ret)
{
	const char *slash;

	TRY(step_need_output(ctx, plan->bucket_step, "bucket", &ret->bucket));
	TRY(step_need_output(ctx, plan->endpoint_step, "vpc_endpoint_dns", &ret->endpoint_dns));
	ret->key = step_param(ctx, "upload.key");
	slash = strrchr(ret->key, '/');
	ret->file = slash ? slash + 1 : ret->key;
	return NULL;
}

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
	TRY(step_ssh(ctx, sums, UPLOAD_LOOKUP_TIMEOUT_MS, &status, &out, &said));

	autofree char *sha256 = upload_sum_of(&out, 0, UPLOAD_SHA256_HEX);
	autofree char *md5 = upload_sum_of(&out, 1, UPLOAD_MD5_HEX);

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

	autofree char *sha256 = upload_sum_of(&out, 0, UPLOAD_SHA256_HEX);
	autofree char *md5 = upload_sum_of(&out, 1, UPLOAD_MD5_HEX);

	if (!sha256 || !md5)
		return rb_error_why(rb_error_new(RB_PROTOCOL, "cannot read the file's checksum"),
				    "sha256sum or md5sum on the instance printed none");
	TRY(step_record(ctx, "object_checksum", sha256));
	return step_record(ctx, "object_md5", md5);
}
