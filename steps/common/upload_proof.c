/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two proofs of an upload: the object came by the endpoint, no other way is open.
 *
 * The first is of the path, not of the role: the bucket policy's Allow admits whoever comes through
 * the endpoint.  The negative one asks the same from here by the public endpoint, where only
 * `403 AccessDenied` is right.
 */
#include "steps/common/upload_proof_int.h"

#include <string.h>

#include "aws/core/prose.h"
#include "aws/s3.h"
#include "base/alloc.h"
#include "base/span.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/contract/step_ssh.h"
#include "steps/common/sides.h"

static struct rb_error *resolve(struct step_ctx *ctx, const struct upload *u, struct strv *ret)
{
	auto_buf command = BUF_INIT, out = BUF_INIT, said = BUF_INIT;
	autofree char *name = xasprintf("bucket.%s", u->endpoint_dns);
	int status = 0;

	(void)buf_adds(&command, "getent ahosts ");
	text_shell_quote(&command, name);
	TRY(step_ssh(ctx, command.p, UPLOAD_LOOKUP_TIMEOUT_MS, &status, &out, &said));
	upload_addresses_of((struct span){ out.p, out.n }, ret);
	return NULL;
}

/* In one part the ETag is the content's MD5; in several it is not, and the content is read. */
static struct rb_error *check_content(struct step_ctx *ctx, const struct upload *u,
				      const struct s3_head *head)
{
	auto_buf content = BUF_INIT;
	char sha256[UPLOAD_SHA256_HEX + 1];

	if (head->etag && strlen(head->etag) == UPLOAD_MD5_HEX) {
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
	/* S3 names an object's version, "null" as well, where versions are kept or were once */
	step_expect(ctx, "bucket.versioning", "off",
		    head.version_id ? N_("Enabled or Suspended") : "off");
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
