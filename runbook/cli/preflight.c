/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions are put together: all actions with the same context in one region are one call, and
 * of the answer only the pairs that the table has are looked at.  Ids that nobody knows yet are
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

enum { MOST_CALLS = 60, MOST_MS = 25000 };

const char *preflight_word(enum preflight_verdict verdict)
{
	switch (verdict) {
	case PREFLIGHT_YES:
		return N_("yes");
	case PREFLIGHT_NO:
		return N_("no");
	case PREFLIGHT_UNKNOWN:
		break;
	}
	return N_("unknown");
}

void preflight_clear(struct preflight *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].why);
	free(p->v);
	free(p->unasked);
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
	struct iam_question q;
	struct preflight_answer **answers;
	size_t n;
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

/* What a request of such a row tells of itself, as its conditions want it, and the region. */
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
	if (g->permit->tag == PERMIT_NEW && text_eq(g->permit->action, "ec2:RunInstances")) {
		iam_question_add(q, "ec2:MetadataHttpTokens", "string", "required");
		iam_question_add(q, "ec2:MetadataHttpEndpoint", "string", "enabled");
	}
}

static struct question *question_for(struct questions *l, const struct preflight_answer *a,
				     const struct params *params)
{
	const struct grant *g = a->grant;
	autofree char *region = region_of(a);
	autofree char *condition = json_dumps(g->condition, JSON_SORT_KEYS | JSON_COMPACT);
	bool launch = text_eq(g->permit->action, "ec2:RunInstances");
	autofree char *key = xasprintf("%s %s %s %s", region ? region : "-", condition,
				       g->create_actions.n ? g->create_actions.v[0] : "-",
				       launch ? "launch" : "");
	struct question *x;

	for (size_t i = 0; i < l->n; i++)
		if (text_eq(l->v[i].key, key))
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	x = &l->v[l->n++];
	*x = (struct question){ .key = steal_str(&key) };
	add_context(&x->q, g, region ? region : "us-east-1", params); /* where IAM counts as */
	return x;
}

static void add_answer(struct questions *l, struct preflight_answer *a, const struct params *params)
{
	struct question *x = question_for(l, a, params);
	autofree char *example = example_of(a->resource);

	if (!strv_has(&x->q.actions, a->grant->permit->action))
		strv_add(&x->q.actions, a->grant->permit->action);
	if (!strv_has(&x->q.resources, example))
		strv_add(&x->q.resources, example);
	x->answers = xreallocarray(x->answers, x->n + 1, sizeof(struct preflight_answer *));
	x->answers[x->n++] = a;
}

/* ---- what is answered ----------------------------------------------------------- */

/* The first key that some policy asks for and that the request would have; NULL: none.  What is new
 * has no tags of its own yet, and a call on what is there gives it none. */
static const char *open_key(const struct preflight_answer *a, const struct strv *missing)
{
	static const char *const of_new[] = { "aws:RequestTag/", "aws:TagKeys", "ec2:CreateAction",
					      NULL };
	static const char *const of_own[] = { "aws:ResourceTag/", "ec2:ResourceTag/", NULL };
	const char *const *never = a->grant->permit->tag == PERMIT_NEW ? of_own : of_new;

	for (size_t i = 0; i < missing->n; i++) {
		bool open = true;

		for (const char *const *n = never; *n; n++)
			open = open && !text_starts_with(missing->v[i], *n);
		if (open)
			return missing->v[i];
	}
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

/* Stops the preflight: nobody can be asked with such credentials. */
static bool is_ours_to_tell(const struct rb_error *err)
{
	return err->kind == RB_CREDENTIALS || err->kind == RB_CLOCK || err->kind == RB_INTERRUPTED;
}

static struct rb_error *ask_all(struct aws_client *c, struct questions *l, const char *principal,
				struct preflight *p)
{
	int64_t end_ms = clock_mono_ms() + MOST_MS;

	for (size_t i = 0; i < l->n && !p->unasked; i++) {
		auto_iam_decisions found = { 0 };
		struct rb_error *err;

		if (p->calls >= MOST_CALLS || clock_mono_ms() > end_ms) {
			p->unasked = xstrdup(N_("there was no time to ask more"));
			break;
		}
		l->v[i].q.principal = principal;
		p->calls++;
		err = iam_simulate(c, &l->v[i].q, &found);
		if (err && is_ours_to_tell(err))
			return err;
		if (err)
			p->unasked = xstrdup(err->why ? err->why : err->what);
		(void)rb_error_free(err);
		read_answers(&l->v[i], &found);
	}
	return NULL;
}

/* Whose policies they are: the role's behind a session.  NULL in *ret: the account's own key, of
 * which IAM tells nothing. */
static struct rb_error *find_principal(struct aws_client *c, const char *caller,
				       struct preflight *p, char **ret)
{
	static const char mark[] = ":assumed-role/";
	const char *at = strstr(caller, mark);
	auto_iam_role role = { 0 };
	autofree char *name = NULL;
	struct rb_error *err;

	if (!at) {
		*ret = text_ends_with(caller, ":root") ? NULL : xstrdup(caller);
		return NULL;
	}
	at += strlen(mark);
	name = xstrndup(at, strcspn(at, "/"));
	p->calls++;
	err = iam_get_role(c, name, &role);
	if (err && is_ours_to_tell(err))
		return err;
	if (err) {
		p->unasked = xstrdup(err->why ? err->why : err->what);
		(void)rb_error_free(err);
		return NULL;
	}
	*ret = steal_str(&role.arn);
	return NULL;
}

/* ---- the one change that can be tried beforehand ---------------------------------- */

static void try_vpc(struct aws_session *session, struct preflight_answer *a, const char *region,
		    const struct policy_subject *s)
{
	struct aws_client *c = aws_client_new(session, region);
	auto_aws_params p = AWS_PARAMS_INIT;
	struct aws_tags tags = { 0 };
	struct rb_error *err;

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
		    p->calls >= MOST_CALLS)
			continue;
		p->calls++;
		try_vpc(session, a, region, s);
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
				add_one(p, g, g->resources.v[k], NULL);
		}
	}
}

struct rb_error *preflight_ask(struct aws_session *session, const struct policy_subject *subject,
			       const char *caller, struct preflight *ret)
{
	const struct procedure_side *first = subject->procedure->sides;
	struct aws_client *c = aws_client_new(session, params_get(subject->params, first->region));
	struct questions questions = { 0 };
	autofree char *principal = NULL;
	struct rb_error *err;

	make_answers(subject, ret);
	for (size_t i = 0; i < ret->n; i++)
		add_answer(&questions, &ret->v[i], subject->params);
	err = find_principal(c, caller, ret, &principal);
	if (!err && principal)
		err = ask_all(c, &questions, principal, ret);
	else if (!err && !ret->unasked)
		ret->unasked = xstrdup(N_("IAM tells nothing of the account's own key"));
	if (!err)
		try_vpcs(session, subject, ret);
	questions_clear(&questions);
	aws_client_free(c);
	return err;
}
