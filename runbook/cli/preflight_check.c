/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a procedure needs of the account beside permissions, row by row.  All of it is read; what
 * cannot be read is unknown, and so is what there is no time for.
 */
#include "runbook/cli/preflight_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/ui.h"

/* ---- for those who check ----------------------------------------------------- */

static const struct step_history *history_of(const struct preflight_check *l,
					     const struct need *need)
{
	for (size_t i = 0; l->state->run_id && i < l->state->n; i++)
		if (text_eq(l->state->history[i].step->id, need->step))
			return &l->state->history[i];
	return NULL;
}

static bool has_outputs(const struct step_history *h)
{
	for (size_t i = 0; h && i < h->n_outputs; i++)
		if (h->outputs[i].value)
			return true;
	return false;
}

bool preflight_is_to_do(const struct preflight_check *l, const struct need *need)
{
	const struct step_history *h = history_of(l, need);

	if (!h)
		return true;
	switch (h->state) {
	case STEP_TODO:
	case STEP_DOING:
	case STEP_FAILED:
	case STEP_UNDONE:
		return true;
	case STEP_MADE:
	case STEP_HELD:
	case STEP_STALE:
	case STEP_UNDOING:
		break;
	}
	return false;
}

bool preflight_is_partial(const struct preflight_check *l, const struct need *need)
{
	return has_outputs(history_of(l, need));
}

const char *preflight_param(const struct preflight_check *l, const struct need *need, size_t i)
{
	return need->params[i] ? params_get(l->subject->params, need->params[i]) : "";
}

const char *preflight_region(const struct preflight_check *l, const struct need *need)
{
	return params_get(l->subject->params, l->subject->procedure->sides[need->side].region);
}

struct aws_client *preflight_client(const struct preflight_check *l, const struct need *need)
{
	return l->sides[need->side].client;
}

bool preflight_may_check(struct preflight_check *l, const struct need *need, const char *what)
{
	if (preflight_may_ask(l->preflight))
		return true;
	preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN,
			N_("there was no time to look at this"));
	return false;
}

struct rb_error *preflight_failed(struct preflight_check *l, const struct need *need,
				  const char *what, struct rb_error *err)
{
	if (preflight_is_ended_by(err))
		return err;
	preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN, N_("%-s: %-s"), err->what,
			err->why ? err->why : "-");
	return rb_error_free(err);
}

struct ec2_vpcs *preflight_vpcs(struct preflight_check *l, const struct need *need,
				const char *what)
{
	struct preflight_side *side = &l->sides[need->side];

	if (!side->has_vpcs) {
		struct rb_error *err;

		if (!preflight_may_check(l, need, what))
			return NULL;
		side->has_vpcs = true;
		err = ec2_describe_vpcs(side->client, NULL, NULL, &side->vpcs);
		if (err)
			side->why_no_vpcs = xstrdup(err->why ? err->why : err->what);
		(void)rb_error_free(err);
	}
	if (!side->why_no_vpcs)
		return &side->vpcs;
	preflight_found(l, need, what, PREFLIGHT_UNKNOWN, HOW_OPEN, N_("cannot list VPCs: %s"),
			side->why_no_vpcs);
	return NULL;
}

/* ---- what is known without asking ------------------------------------------------ */

static const char *first_step(const struct preflight_check *l)
{
	return l->subject->procedure->steps[0]->id;
}

/* AWS refuses what is signed five minutes late, so requests are signed by its own clock. */
static void check_clock(struct preflight_check *l, int64_t skew_s)
{
	auto_said *off = ui_duration_said((skew_s < 0 ? -skew_s : skew_s) * 1000);
	bool agrees = skew_s > -60 && skew_s < 60;

	if (agrees)
		findings_add(&l->preflight->findings, first_step(l), PERMIT_DO | PERMIT_UNDO,
			     "clock", PREFLIGHT_YES, HOW_READ,
			     N_("this machine's clock agrees with AWS's"));
	else
		findings_add(&l->preflight->findings, first_step(l), PERMIT_DO | PERMIT_UNDO,
			     "clock", PREFLIGHT_YES, HOW_READ,
			     N_("this machine's clock is %s off; requests are signed by AWS's"),
			     said_english(off));
}

/* Twice all steps' usual times one after another: more than a run and its undo take. */
static int64_t usual_s(const struct preflight_check *l)
{
	const struct step *const *steps = l->subject->procedure->steps;
	int64_t sum = 0;

	for (size_t i = 0; steps[i]; i++)
		sum += steps[i]->usual_s;
	return 2 * sum;
}

/* A source that gives new ones goes on giving, and nobody knows beforehand. */
static void check_life(struct preflight_check *l, int64_t left_s)
{
	auto_said *left = ui_duration_said(left_s < 0 ? 0 : left_s * 1000);
	auto_said *usual = ui_duration_said(usual_s(l) * 1000);
	struct finding *f;

	if (left_s < 0) {
		findings_add(&l->preflight->findings, first_step(l), PERMIT_DO | PERMIT_UNDO,
			     "credentials", PREFLIGHT_YES, HOW_READ,
			     N_("these credentials do not expire"));
		return;
	}
	f = findings_add(&l->preflight->findings, first_step(l), PERMIT_DO | PERMIT_UNDO,
			 "credentials", left_s > usual_s(l) ? PREFLIGHT_YES : PREFLIGHT_UNKNOWN,
			 HOW_READ, N_("these credentials still live for %s, run and undo take %s"),
			 said_english(left), said_english(usual));
	if (f->verdict != PREFLIGHT_YES)
		finding_advise(f, N_("get fresh ones first; a run that they end is carried on by: "
				     "runbook resume"));
}

/* ---- row by row ------------------------------------------------------------------- */

static const struct {
	const char *what;
	preflight_check_fn *check;
} kinds[] = {
	[NEED_QUOTA] = { "quota", preflight_check_quota },
	[NEED_REGION] = { "region", preflight_check_region },
	[NEED_ZONE] = { "zone", preflight_check_zone },
	[NEED_TYPE] = { "instance type", preflight_check_type },
	[NEED_IMAGE] = { "image", preflight_check_image },
	[NEED_SERVICE] = { "endpoint service", preflight_check_service },
	[NEED_FAR_SERVICE] = { "endpoint service", preflight_check_far_service },
	[NEED_NETWORK] = { "network", preflight_check_network },
	[NEED_PEERING] = { "peering", preflight_check_peering },
	[NEED_METADATA] = { "instance metadata", preflight_check_metadata },
	[NEED_VOLUME] = { "volume encryption", preflight_check_volume },
	[NEED_PRIVATE] = { "block public access", preflight_check_private },
	[NEED_BUCKET] = { "bucket", preflight_check_bucket },
	[NEED_POLICY] = { "public policy", preflight_check_policy },
};

static bool is_off(const struct preflight_check *l, const struct need *need)
{
	return text_eq(l->sides[need->side].region_status, "not-opted-in");
}

static void close_sides(struct preflight_check *l)
{
	for (size_t i = 0; i < SIDES_MAX; i++) {
		struct preflight_side *side = &l->sides[i];

		aws_client_free(side->client);
		ec2_vpcs_clear(&side->vpcs);
		quotas_clear(&side->vpc_quotas);
		free(side->why_no_vpcs);
		free(side->region_status);
	}
	free(l->why_no_iam);
	free(l->pools);
}

struct rb_error *preflight_check(struct aws_session *session, const struct policy_subject *subject,
				 const struct run_state *state, int64_t left_s,
				 struct preflight *ret)
{
	struct preflight_check l = { .subject = subject, .state = state, .preflight = ret };
	const struct procedure_side *sides = subject->procedure->sides;
	const struct need *need = subject->procedure->needs;
	struct rb_error *err = NULL;
	size_t n_needs = 0;

	for (size_t i = 0; sides[i].name; i++) {
		l.sides[i].client =
			aws_client_new(session, params_get(subject->params, sides[i].region));
		aws_client_observe(l.sides[i].client, &ret->counter);
	}
	while (need && need[n_needs].step)
		n_needs++;
	l.pools = xcalloc(n_needs + 1, sizeof(*l.pools));
	check_clock(&l, aws_session_skew_s(session));
	check_life(&l, left_s);
	for (; need && need->step && !err; need++)
		if (preflight_is_to_do(&l, need) &&
		    (need->kind == NEED_REGION || !is_off(&l, need)))
			err = kinds[need->kind].check(&l, need);
	close_sides(&l);
	return err;
}
