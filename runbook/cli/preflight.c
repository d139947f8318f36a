/* SPDX-License-Identifier: Apache-2.0 */
/* The permissions of the table, asked of IAM and answered one by one. */
#include "runbook/cli/preflight.h"

#include <stdlib.h>

#include "aws/core/call.h"
#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/preflight_question.h"
#include "runbook/ui/lang.h"

/* Beside the one that tells whose credentials these are. */
enum { MOST_CALLS = 59, MOST_MS = 25000 };

static void count_call(void *arg, const char *service, const char *action, const char *region,
		       int http_status, const char *request_id, int64_t took_ms,
		       const struct rb_error *err)
{
	struct preflight *p = arg;

	(void)service, (void)action, (void)region, (void)http_status;
	(void)request_id, (void)took_ms, (void)err;
	p->calls++;
}

void preflight_begin(struct preflight *p)
{
	p->counter = (struct aws_observer){ .arg = p, .after_call = count_call };
	p->end_ms = clock_mono_ms() + MOST_MS;
}

bool preflight_may_ask(const struct preflight *p)
{
	return p->calls < MOST_CALLS && clock_mono_ms() < p->end_ms;
}

bool preflight_is_ended_by(const struct rb_error *err)
{
	return err->kind == RB_CREDENTIALS || err->kind == RB_CLOCK || err->kind == RB_INTERRUPTED;
}

void preflight_clear(struct preflight *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].why);
	free(p->v);
	free(p->unasked);
	findings_clear(&p->findings);
	grants_clear(&p->grants);
	*p = (struct preflight){ 0 };
}

/* ---- what is answered ----------------------------------------------------------- */

bool preflight_concerns(const struct preflight_answer *a, const char *step, unsigned ways)
{
	const struct permit *p = a->grant->permit;

	return text_eq(p->step, step) && !p->only_when && (p->ways & ways);
}

char *preflight_failure_text(const struct preflight_answer *a, bool undo)
{
	autofree char *why = a->why ? tr_recorded(a->why) : xstrdup("-");

	return xasprintf(undo ? tr("the undo of %s would fail: %s on %s: %s (%s)")
			      : tr("%s would fail: %s on %s: %s (%s)"),
			 a->grant->permit->step, a->grant->permit->action, a->resource, why,
			 tr(a->how));
}

static bool question_concerns(const struct preflight_question *x, const char *step)
{
	for (size_t i = 0; i < x->n; i++)
		if (!step || preflight_concerns(x->answers[i], step, PERMIT_DO | PERMIT_UNDO))
			return true;
	return false;
}

/* `step` NULL: all of them. */
static struct rb_error *ask_all(struct aws_client *c, struct preflight_questions *l,
				const char *principal, const char *step, struct preflight *p)
{
	for (size_t i = 0; i < l->n && !p->unasked; i++) {
		auto_iam_decisions found = { 0 };
		struct rb_error *err;

		if (!l->v[i].needed || l->v[i].asked || !question_concerns(&l->v[i], step))
			continue;
		l->v[i].asked = true;
		if (!preflight_may_ask(p)) {
			p->unasked = xstrdup(N_("there was no time to ask more"));
			break;
		}
		l->v[i].q.principal = principal;
		err = iam_simulate(c, &l->v[i].q, &found);
		if (err && preflight_is_ended_by(err))
			return err;
		if (err)
			p->unasked = xstrdup(err->why ? err->why : err->what);
		(void)rb_error_free(err);
		preflight_read_decisions(&l->v[i], &found);
	}
	return NULL;
}

/* Whose policies they are: the role's behind a session.  NULL in *ret: the account's own key, of
 * which IAM reports nothing. */
static struct rb_error *find_principal(struct aws_client *c, const char *caller,
				       struct preflight *p, char **ret)
{
	struct rb_error *err = iam_principal_of(c, caller, ret);

	if (err && preflight_is_ended_by(err))
		return err;
	if (err)
		p->unasked = xstrdup(err->why ? err->why : err->what);
	(void)rb_error_free(err);
	return NULL;
}

/* ---- the one change that can be tried beforehand ---------------------------------- */

static void try_vpc(struct aws_session *session, struct preflight_answer *a, const char *region,
		    const struct policy_subject *s, const struct aws_observer *counter)
{
	struct aws_client *c = aws_client_new(session, region);
	auto_aws_params p = AWS_PARAMS_INIT;
	struct aws_tags tags = { 0 };
	struct rb_error *err;

	aws_client_observe(c, counter);
	aws_tags_add(&tags, "runbook:stack", s->stack);
	preflight_add_new_tags(s->params, &tags);
	params_add(&p, "CidrBlock", "10.0.0.0/16");
	params_add_bool(&p, "DryRun", true);
	params_add_tag_spec(&p, "vpc", &tags);
	err = aws_query_call(c, "ec2", "CreateVpc", &p, AWS_READS | AWS_ONCE, NULL);
	if (err && text_eq(err->aws_code, "DryRunOperation")) {
		a->verdict = PREFLIGHT_YES;
		a->how = N_("dry run");
		set_str(&a->why, NULL);
	} else if (err && text_eq(err->aws_code, "UnauthorizedOperation")) {
		a->verdict = PREFLIGHT_NO;
		a->how = N_("dry run");
		set_str(&a->why, err->why);
	}
	(void)rb_error_free(err);
	aws_tags_clear(&tags);
	aws_client_free(c);
}

static void try_vpcs(struct aws_session *session, const struct policy_subject *s,
		     struct preflight *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct preflight_answer *a = &p->v[i];
		autofree char *region = preflight_region_of(a);

		if (!text_eq(a->grant->permit->action, "ec2:CreateVpc") || !region ||
		    !preflight_may_ask(p))
			continue;
		try_vpc(session, a, region, s, &p->counter);
	}
}

/* ---- all of it --------------------------------------------------------------------- */

static void add_one(struct preflight *p, const struct grant *g, const char *resource,
		    const char *region)
{
	p->v = xreallocarray(p->v, p->n + 1, sizeof(*p->v));
	p->v[p->n++] = (struct preflight_answer){ .grant = g,
						  .resource = resource,
						  .region = region,
						  .verdict = PREFLIGHT_UNKNOWN,
						  .how = N_("not known beforehand") };
}

/* A bucket's ARN holds no region, and its requests go to its side's all the same. */
static const char *region_of_side(const struct policy_subject *s, const struct permit *p)
{
	const struct procedure_side *sides = s->procedure->sides;

	for (size_t i = 0; sides[i].name && text_starts_with(p->action, "s3:"); i++)
		if (p->places & (1u << i))
			return params_get(s->params, sides[i].region);
	return NULL;
}

static void make_answers(const struct policy_subject *s, struct preflight *p)
{
	grants_make(s, PERMIT_DO | PERMIT_VERIFY | PERMIT_CONNECT | PERMIT_UNDO, &p->grants);
	for (size_t i = 0; i < p->grants.n; i++) {
		const struct grant *g = &p->grants.v[i];
		const json_t *regions = json_object_get(
			json_object_get(g->condition, "StringEquals"), "aws:RequestedRegion");

		for (size_t k = 0; k < g->resources.n; k++) {
			for (size_t r = 0; r < json_array_size(regions); r++)
				add_one(p, g, g->resources.v[k],
					json_string_value(json_array_get(regions, r)));
			if (!json_array_size(regions))
				add_one(p, g, g->resources.v[k], region_of_side(s, g->permit));
		}
	}
}

struct preflight_asker {
	struct preflight *p;
	struct aws_client *client;
	struct preflight_questions questions;
	bool begun;	 /* whose policies they are was asked */
	char *principal; /* NULL: IAM cannot be asked */
};

struct preflight_asker *preflight_asker_new(struct aws_session *session,
					    const struct policy_subject *subject,
					    struct preflight *p)
{
	const struct procedure_side *first = subject->procedure->sides;
	struct preflight_asker *a = xcalloc(1, sizeof(*a));

	a->p = p;
	a->client = aws_client_new(session, params_get(subject->params, first->region));
	aws_client_observe(a->client, &p->counter);
	make_answers(subject, p);
	for (size_t i = 0; i < p->n; i++)
		preflight_questions_add(&a->questions, &p->v[i], subject->params);
	return a;
}

struct preflight_asker *preflight_asker_free(struct preflight_asker *a)
{
	if (!a)
		return NULL;
	preflight_questions_clear(&a->questions);
	aws_client_free(a->client);
	free(a->principal);
	free(a);
	return NULL;
}

struct rb_error *preflight_ask_step(struct preflight_asker *a, const char *caller, const char *step)
{
	if (!a->begun) {
		a->begun = true;
		TRY(find_principal(a->client, caller, a->p, &a->principal));
		if (!a->principal && !a->p->unasked)
			a->p->unasked = xstrdup(N_("IAM tells nothing of the account's own key"));
	}
	if (step) /* a run takes long, and each step's questions a moment */
		a->p->end_ms = clock_mono_ms() + MOST_MS;
	return a->principal ? ask_all(a->client, &a->questions, a->principal, step, a->p) : NULL;
}

struct rb_error *preflight_ask(struct aws_session *session, const struct policy_subject *subject,
			       const char *caller, struct preflight *ret)
{
	struct preflight_asker *a = preflight_asker_new(session, subject, ret);
	struct rb_error *err = preflight_ask_step(a, caller, /* step= */ NULL);

	if (!err)
		try_vpcs(session, subject, ret);
	(void)preflight_asker_free(a);
	return err;
}
