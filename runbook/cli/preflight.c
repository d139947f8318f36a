/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions are put together: all actions with the same context in one region are one call, and
 * of the answer only the pairs that the table has are read.  Ids that nobody knows yet are
 * made up: a policy that names ids cannot be right for what does not exist.
 */
#include "runbook/cli/preflight.h"

#include <stdlib.h>
#include <string.h>

#include "aws/core/call.h"
#include "aws/iam.h"
#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
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

/* ---- what is asked ------------------------------------------------------------ */

/* What has no id yet gets one, where the ARN has a wildcard.  Caller frees. */
static char *example_of(const char *arn)
{
	char *s = xstrdup(arn);

	if (text_eq(s, "*"))
		return s;
	for (char *p = s; *p; p++)
		if (*p == '*' || *p == '?')
			*p = '0';
	return s;
}

/* Where it is asked of; NULL: IAM, which is global, or S3.  Caller frees. */
static char *region_of(const struct preflight_answer *a)
{
	const char *p = a->resource;

	if (a->region)
		return xstrdup(a->region);
	for (int i = 0; i < 3 && p; i++) {
		p = strchr(p, ':');
		p = p ? p + 1 : NULL;
	}
	return p && *p != ':' ? xstrndup(p, strcspn(p, ":")) : NULL;
}

struct question {
	char *key; /* what its rows have in common */
	bool asked;
	struct iam_question q;
	struct preflight_answer **answers;
	size_t n;
	bool needed; /* by every run, as far as a row of it */
};
struct questions {
	struct question *v;
	size_t n;
};

static void questions_clear(struct questions *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].key);
		free(l->v[i].answers);
		iam_question_clear(&l->v[i].q);
	}
	free(l->v);
}

static const char *type_of(const char *op)
{
	if (text_starts_with(op, "ForAllValues:"))
		return "stringList";
	if (text_starts_with(op, "Numeric"))
		return "numeric";
	return text_eq(op, "IpAddress") ? "ip" : "string";
}

static void add_values(struct iam_question *q, const char *op, const char *key,
		       const json_t *values)
{
	bool list = text_eq(type_of(op), "stringList");
	size_t n = list ? json_array_size(values) : 1;

	for (size_t i = 0; i < n; i++) {
		const char *value = json_string_value(json_array_get(values, i));
		autofree char *one = example_of(value);

		if (text_eq(op, "IpAddress"))
			one[strcspn(one, "/")] = '\0';
		iam_question_add(q, key, type_of(op), one);
	}
}

/* What a new thing is tagged with beside the stack's name; what is not known yet is "0". */
enum { OURS = 3 }; /* the first of them; the others were given */

static void add_new_tags(const struct params *params, struct aws_tags *tags)
{
	const struct param_member *m;
	size_t i = 0;

	aws_tags_add(tags, "Name", "0");
	aws_tags_add(tags, "runbook:run", "0");
	aws_tags_add(tags, "runbook:step", "0");
	while ((m = params_next(params, PARAM_TAGS, &i)))
		aws_tags_add(tags, m->name + strlen(PARAM_TAGS), m->value);
}

/* The context of a request of such a row, as its conditions want it, and the region. */
static void add_context(struct iam_question *q, const struct grant *g, const char *region,
			const struct params *params)
{
	CLEANUP(aws_tags_clear) struct aws_tags tags = { 0 };
	const char *op, *key;
	json_t *keys, *values;

	json_object_foreach(g->condition, op, keys) {
		json_object_foreach(keys, key, values) {
			if (!text_eq(key, "aws:RequestedRegion"))
				add_values(q, op, key, values);
		}
	}
	if (region)
		iam_question_add(q, "aws:RequestedRegion", "string", region);
	if (g->create_actions.n)
		iam_question_add(q, "ec2:CreateAction", "string", g->create_actions.v[0]);
	add_new_tags(params, &tags);
	for (size_t i = 0; i < tags.n && g->permit->tag == PERMIT_NEW; i++) {
		autofree char *name = xasprintf("aws:RequestTag/%s", tags.v[i].key);

		if (!json_object_get(json_object_get(g->condition, "StringEquals"), name))
			iam_question_add(q, name, "string", tags.v[i].value);
	}
	for (size_t i = OURS; i < tags.n && g->permit->tag == PERMIT_OWN; i++) {
		autofree char *name = xasprintf("aws:ResourceTag/%s", tags.v[i].key);

		iam_question_add(q, name, "string", tags.v[i].value);
	}
	if (g->permit->tag == PERMIT_NEW && text_eq(g->permit->action, "ec2:RunInstances")) {
		iam_question_add(q, "ec2:MetadataHttpTokens", "string", "required");
		iam_question_add(q, "ec2:MetadataHttpEndpoint", "string", "enabled");
		iam_question_add(q, "ec2:MetadataHttpPutResponseHopLimit", "numeric", "2");
	}
}

/*
 * What cannot be asked together: another region, tags that are given and tags that are there, and
 * what creates what a tag is given to; EC2's things have no names, IAM's and S3's have.  Other keys
 * belong to the actions of one row alone, so that they say nothing about the others.
 */
static struct question *question_for(struct questions *l, const struct preflight_answer *a)
{
	const struct grant *g = a->grant;
	autofree char *region = region_of(a);
	const char *where = region ? region : "us-east-1"; /* where IAM counts as */
	bool iam = text_starts_with(g->permit->action, "iam:") ||
		   text_starts_with(g->permit->action, "s3:");
	autofree char *key =
		xasprintf("%s %d %s %s", where, (int)g->permit->tag, iam ? "named" : "ec2",
			  g->create_actions.n ? g->create_actions.v[0] : "-");
	struct question *x;

	for (size_t i = 0; i < l->n; i++)
		if (text_eq(l->v[i].key, key))
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	x = &l->v[l->n++];
	*x = (struct question){ .key = steal_str(&key) };
	return x;
}

static void add_answer(struct questions *l, struct preflight_answer *a, const struct params *params)
{
	struct question *x = question_for(l, a);
	autofree char *example = example_of(a->resource), *region = region_of(a);

	add_context(&x->q, a->grant, region ? region : "us-east-1", params);
	if (!strv_has(&x->q.actions, a->grant->permit->action))
		strv_add(&x->q.actions, a->grant->permit->action);
	if (!strv_has(&x->q.resources, example))
		strv_add(&x->q.resources, example);
	x->answers = xreallocarray(x->answers, x->n + 1, sizeof(struct preflight_answer *));
	x->answers[x->n++] = a;
	x->needed = x->needed || !a->grant->permit->only_when;
}

/* ---- what is answered ----------------------------------------------------------- */

/* "aws:ResourceTag/KEY" and "ec2:ResourceTag/KEY" of a tag whose value shows only in a run. */
static bool is_own_tag(const char *key)
{
	static const char *const ours[] = { "Tag/Name", "Tag/runbook:run", "Tag/runbook:step" };

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (text_ends_with(key, ours[i]))
			return true;
	return false;
}

/*
 * May the request have a key that the question lacks?  What a request gives is all listed: the tags
 * of what is new, a boundary, a namespace.  What is new has no tags of its own yet; what is ours
 * has those that it was given, and a call on it gives it none.
 */
static bool is_open(const struct preflight_answer *a, const char *key)
{
	static const char *const given[] = { "aws:RequestTag/", "aws:TagKeys", "ec2:CreateAction",
					     "iam:PermissionsBoundary",
					     "s3:x-amz-bucket-namespace" };
	bool on_resource = text_starts_with(key, "aws:ResourceTag/") ||
			   text_starts_with(key, "ec2:ResourceTag/");

	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		if (text_starts_with(key, given[i]))
			return false;
	if (on_resource && a->grant->permit->tag == PERMIT_NEW)
		return false;
	return !(on_resource && a->grant->permit->tag == PERMIT_OWN) || is_own_tag(key);
}

/* The first key that some policy asks for and that the request may have; NULL: none. */
static const char *open_key(const struct preflight_answer *a, const struct strv *missing)
{
	for (size_t i = 0; i < missing->n; i++)
		if (is_open(a, missing->v[i]))
			return missing->v[i];
	return NULL;
}

static void judge(struct preflight_answer *a, const struct iam_decision *d)
{
	const char *key = open_key(a, &d->missing);

	a->how = N_("simulated");
	if (text_eq(d->decision, "allowed")) {
		a->verdict = PREFLIGHT_YES;
		return;
	}
	if (key && !text_eq(d->decision, "explicitDeny")) {
		a->how = N_("not known beforehand");
		a->why = xasprintf("it depends on %s", key);
		return;
	}
	a->verdict = PREFLIGHT_NO;
	a->why = xstrdup(d->by_organisation ? N_("a policy of the organisation denies it")
			 : d->by_boundary   ? N_("the permissions boundary leaves it out")
			 : text_eq(d->decision, "explicitDeny") ? N_("a policy denies it")
								: N_("no policy allows it"));
}

static void read_answers(struct question *x, const struct iam_decisions *found)
{
	for (size_t i = 0; i < x->n; i++) {
		struct preflight_answer *a = x->answers[i];
		autofree char *example = example_of(a->resource);

		for (size_t k = 0; k < found->n; k++)
			if (text_eq(found->v[k].action, a->grant->permit->action) &&
			    text_eq(found->v[k].resource, example)) {
				judge(a, &found->v[k]);
				break;
			}
	}
}

bool preflight_concerns(const struct preflight_answer *a, const char *step, unsigned ways)
{
	const struct permit *p = a->grant->permit;

	return text_eq(p->step, step) && !p->only_when && (p->ways & ways);
}

char *preflight_failure_text(const struct preflight_answer *a, bool undo)
{
	return xasprintf(undo ? tr("the undo of %s would fail: %s on %s: %s (%s)")
			      : tr("%s would fail: %s on %s: %s (%s)"),
			 a->grant->permit->step, a->grant->permit->action, a->resource,
			 a->why ? tr(a->why) : "-", tr(a->how));
}

static bool question_concerns(const struct question *x, const char *step)
{
	for (size_t i = 0; i < x->n; i++)
		if (!step || preflight_concerns(x->answers[i], step, PERMIT_DO | PERMIT_UNDO))
			return true;
	return false;
}

/* `step` NULL: all of them. */
static struct rb_error *ask_all(struct aws_client *c, struct questions *l, const char *principal,
				const char *step, struct preflight *p)
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
		read_answers(&l->v[i], &found);
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
	add_new_tags(s->params, &tags);
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
		autofree char *region = region_of(a);

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
	struct questions questions;
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
		add_answer(&a->questions, &p->v[i], subject->params);
	return a;
}

struct preflight_asker *preflight_asker_free(struct preflight_asker *a)
{
	if (!a)
		return NULL;
	questions_clear(&a->questions);
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
