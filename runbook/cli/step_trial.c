/* SPDX-License-Identifier: Apache-2.0 */
/* What a step would be allowed, tried before it begins; see step_trial.h. */
#include "runbook/cli/step_trial.h"

#include <stdlib.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/aws_access.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/preflight.h"
#include "runbook/ui/lang.h"

struct step_trial {
	struct run *run;		/* borrowed */
	const char *caller;		/* its ARN, as STS returned it; borrowed */
	const struct engine_gate *next; /* asked then; NULL: nobody */
	struct engine_gate gate;	/* for struct engine_options */
	struct preflight permissions;
	struct preflight_asker *asker; /* NULL: nothing was asked yet */
	struct policy_subject subject;
	bool busy; /* a step is being tried: what it is answered may be another's answer as well */
};

struct rb_error *step_trial_wanted(const struct cli *cli, const struct aws_config *config,
				   bool *ret)
{
	const char *word = cli->try_steps ? cli->try_steps : "auto";
	autofree char *url = NULL;

	*ret = text_eq(word, "always");
	if (*ret || text_eq(word, "never"))
		return NULL;
	if (cli->sandbox)
		return NULL;
	TRY(aws_config_endpoint_url(config, "ec2", &url));
	*ret = !url;
	return NULL;
}

/* ---- what stops a step ----------------------------------------------------------- */

static const struct preflight_answer *worst(const struct step_trial *t, const char *step,
					    unsigned way)
{
	const struct preflight_answer *found = NULL;

	for (size_t i = 0; i < t->permissions.n; i++) {
		const struct preflight_answer *a = &t->permissions.v[i];

		if (preflight_concerns(a, step, way) && (!found || a->verdict > found->verdict))
			found = a;
	}
	return found;
}

static struct rb_error *would_fail(const struct preflight_answer *a, bool undo)
{
	autofree char *what = preflight_failure_text(a, undo);
	const struct permit *p = a->grant->permit;
	struct rb_error *err = rb_error_new(RB_DENIED, "%s", what);
	json_t *o =
		json_pack("{s:s, s:s, s:n, s:n, s:b, s:s, s:s, s:b, s:{s:s, s:[o]}}", "action",
			  p->action, "resource", a->resource, "policy", "policy_arn", "explicit", 0,
			  "step", p->step, "phase", undo ? "undo" : "do", "undo",
			  undo || (p->ways & PERMIT_UNDO) != 0, "missing_policy", "Version",
			  "2012-10-17", "Statement", grant_statement_json(a->grant, a->resource));

	err->denial = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	err = rb_error_where(err, "step %s try", p->step);
	return rb_error_hint(err, undo ? "the step was not begun, for what it makes could not be "
					 "removed; with the permission:"
				       : "the step was not begun; with the permission:");
}

/* What a dry run was denied: which statement is missing. */
static void explain(const struct step_trial *t, const struct step *step, const char *phase,
		    struct rb_error *err)
{
	if (!err || !t->run->explain || err->kind != RB_DENIED)
		return;
	t->run->explain(
		t->run->explain_arg,
		&(struct denied_call){ step, phase, NULL,
				       params_region(&t->run->stack->state.params, step->side) },
		err);
}

static struct rb_error *try_dry(struct step_trial *t, const struct step *step)
{
	struct step_ctx ctx;
	struct rb_error *err;

	step_ctx_init(&ctx, t->run, step, PHASE_DO);
	err = step->try_dry(&ctx);
	explain(t, step, "do", err);
	step_ctx_clear(&ctx);
	if (!err)
		return NULL;
	err->of_run = true;
	err = rb_error_where(err, "step %s try", step->id);
	return rb_error_hint(err, "the step was not begun; with the permission:");
}

static void begin_asking(struct step_trial *t)
{
	const struct run_state *st = &t->run->stack->state;

	t->subject = (struct policy_subject){ .procedure = st->procedure,
					      .params = &st->params,
					      .account = st->account,
					      .partition = st->partition,
					      .stack = t->run->stack->name };
	preflight_begin(&t->permissions);
	t->asker = preflight_asker_new(t->run->session, &t->subject, &t->permissions);
}

static struct rb_error *try_step(struct step_trial *t, const struct step *step)
{
	const struct preflight_answer *does, *undoes;

	if (!t->run->stack->state.procedure->permits)
		return NULL;
	if (!t->asker)
		begin_asking(t);
	TRY(preflight_ask_step(t->asker, t->caller, step->id));
	does = worst(t, step->id, PERMIT_DO);
	undoes = worst(t, step->id, PERMIT_UNDO);
	if (does && does->verdict == PREFLIGHT_NO)
		return would_fail(does, /* undo= */ false);
	if (undoes && undoes->verdict == PREFLIGHT_NO)
		return would_fail(undoes, /* undo= */ true);
	if (does && does->verdict == PREFLIGHT_UNKNOWN && step->try_dry)
		return try_dry(t, step);
	return NULL;
}

enum { TURN_MS = 20 };

/* Steps begin side by side, and are tried one after the other. */
static struct rb_error *try_in_turn(struct step_trial *t, const struct step *step)
{
	struct rb_error *err;

	while (t->busy)
		TRY(loop_sleep(t->run->loop, TURN_MS));
	t->busy = true;
	err = try_step(t, step);
	t->busy = false;
	return err;
}

/* ---- the gate ---------------------------------------------------------------------- */

static struct rb_error *before(void *arg, const struct step *step, bool undoing)
{
	struct step_trial *t = arg;

	/* what a person does, needs their rights */
	if (!undoing && !state_history(&t->run->stack->state, step->id)->made_by_hand.chosen)
		TRY(rb_error_next(try_in_turn(t, step), RB_NEXT_RESUME, NULL));
	return t->next ? t->next->before(t->next->arg, step, undoing) : NULL;
}

/* What IAM would not tell of the undo, EC2 tells of a thing that is there: right after the do. */
static struct rb_error *try_undo(void *arg, struct step_ctx *ctx)
{
	const struct step_trial *t = arg;
	const struct procedure *procedure = t->run->stack->state.procedure;
	const struct preflight_answer *undoes = worst(t, ctx->step->id, PERMIT_UNDO);
	struct rb_error *err;

	if (!procedure->try_undo || !undoes || undoes->verdict != PREFLIGHT_UNKNOWN)
		return NULL;
	err = procedure->try_undo(ctx);
	if (!err)
		return NULL;
	explain(t, ctx->step, "undo", err);
	err = rb_error_where(err, "step %s try", ctx->step->id);
	rb_error_replace(err, RB_WHAT, "what was just made could not be removed");
	return err;
}

struct step_trial *step_trial_new(struct run *run, const char *caller,
				  const struct engine_gate *next)
{
	struct step_trial *t = xcalloc(1, sizeof(*t));

	t->run = run;
	t->caller = caller;
	t->next = next;
	t->gate = (struct engine_gate){ t, before };
	run->made = try_undo;
	run->made_arg = t;
	return t;
}

const struct engine_gate *step_trial_gate(const struct step_trial *t)
{
	return &t->gate;
}

struct step_trial *step_trial_free(struct step_trial *t)
{
	if (!t)
		return NULL;
	t->run->made = NULL;
	(void)preflight_asker_free(t->asker);
	preflight_clear(&t->permissions);
	free(t);
	return NULL;
}
