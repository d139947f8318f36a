/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log in to the instance that has no way in but the Instance Connect Endpoint.
 *
 * Nothing is created: a key that lives for 60 seconds is pushed, the system's ssh
 * goes through the endpoint's tunnel, and one command reports whose machine this is.
 * The instance's own word is the proof, so it is compared with the recorded id.
 *
 * An instance that is still booting does not answer, and neither does one whose
 * group is closed.  AWS says the same of both ("unable to connect to target"), so
 * the rules are checked: booting is waited for, a closed group is reported at once.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/span.h"
#include "base/text.h"
#include "runbook/contract/step_ssh.h"
#include "steps/common/login.h"
#include "steps/common/path.h"

enum {
	COMMAND_TIMEOUT_MS = 60000,
	BOOT_S = 600 /* from its launch until it takes keys, at the latest */
};

/* The instance's own id: Amazon Linux has a command for it; the metadata service's two requests
 * do the same on any image with curl. */
static const char identity_command[] =
	"ec2-metadata --instance-id 2>/dev/null | sed 's/^instance-id: *//' | grep '^i-' || "
	"{ T=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "
	"http://169.254.169.254/latest/api/token) && "
	"curl -sf -m 5 -H \"X-aws-ec2-metadata-token: $T\" "
	"http://169.254.169.254/latest/meta-data/instance-id; }";

struct rb_error *login_do(struct step_ctx *ctx, const struct login_plan *plan)
{
	const char *id;

	/* Logging in leaves nothing behind: all there is to do is done by verify. */
	return step_need_output(ctx, plan->instance_step, "instance_id", &id);
}

/* No answer: is it booting, or can nobody get in? */
static struct rb_error *why_no_answer(struct step_ctx *ctx, const struct login_plan *plan,
				      struct rb_error *silence)
{
	auto_path_blame blame = { 0 };
	struct rb_error *err = path_find_blame(ctx, plan->way, &blame);

	if (!err && blame.blind) {
		err = blame.blind;
		blame.blind = NULL;
	}
	if (err) {
		(void)rb_error_free(silence);
		return err;
	}
	if (!blame.problem) {
		step_waiting(ctx, "SSH", N_("no answer yet"), silence->why, /* usual_s= */ 10);
		(void)rb_error_free(silence);
		return NULL;
	}
	(void)rb_error_free(silence);
	err = rb_error_new(RB_FAILED, "cannot log in to instance '%s'",
			   step_output_of(ctx, plan->instance_step, "instance_id"));
	return path_blamed(err, &blame, /* said= */ NULL);
}

struct rb_error *login_verify(struct step_ctx *ctx, const struct login_plan *plan)
{
	autofree char *fingerprint = NULL;
	autofree char *found = NULL;
	auto_buf out = BUF_INIT, said = BUF_INIT;
	struct rb_error *err;
	struct span id;
	const char *expected;
	int status = 0;

	TRY(step_need_output(ctx, plan->instance_step, "instance_id", &expected));
	err = step_ssh(ctx, identity_command, COMMAND_TIMEOUT_MS, &status, &out, &said);
	if (rb_error_is(err, RB_RETRY) || rb_error_is(err, RB_THROTTLED) ||
	    rb_error_is_aws(err, "EC2InstanceStateInvalidException"))
		return why_no_answer(ctx, plan, err);
	/* a new endpoint's name takes minutes to be published */
	if (rb_error_is(err, RB_NETWORK) &&
	    step_done_lately(ctx, plan->connect_step, "CreateInstanceConnectEndpoint", BOOT_S)) {
		step_waiting(ctx, "SSH", N_("the endpoint does not answer yet"), err->why,
			     /* usual_s= */ 10);
		(void)rb_error_free(err);
		return NULL;
	}
	/* sshd answers before the rest of a new instance is ready to look for the key */
	if (step_ssh_refused_key(err) &&
	    step_done_lately(ctx, plan->instance_step, "RunInstances", BOOT_S)) {
		step_waiting(ctx, "SSH", N_("the key is refused"), err->why, /* usual_s= */ 10);
		(void)rb_error_free(err);
		return NULL;
	}
	TRY(rb_error_what(err, "cannot log in to instance '%s'", expected));

	if (status)
		log_debug("the identity command ended with %d", status);
	id = span_trim((struct span){ out.p, out.n });
	found = text_printable(id.p, id.n, 64);
	step_expect(ctx, N_("the instance's own id"), expected, found);
	fingerprint = step_ssh_fingerprint(ctx);
	if (!fingerprint)
		return rb_error_why(
			rb_error_new(RB_FAILED, "cannot remember the host key of '%s'", expected),
			"ssh left none in the stack's known_hosts");
	if (!text_eq(step_output(ctx, "host_key_fingerprint"), fingerprint))
		return step_record(ctx, "host_key_fingerprint", fingerprint);
	return NULL;
}

struct rb_error *login_undo(struct step_ctx *ctx)
{
	TRY(step_ssh_forget(ctx));
	return step_forget(ctx, "host_key_fingerprint");
}

/* Its do makes nothing, so all that it could leave is what it needs; verify logs in. */
struct rb_error *login_recover(struct step_ctx *ctx, const struct login_plan *plan)
{
	if (step_output_of(ctx, plan->connect_step, "instance_connect_endpoint_id") &&
	    step_output_of(ctx, plan->instance_step, "instance_id"))
		step_stands(ctx, KNOWN_BY_SHAPE);
	return NULL;
}
