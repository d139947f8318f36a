/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS says of a denial, held beside the table of permissions; see denial.h. */
#include "runbook/cli/denial.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/core/prose.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/grant_text.h"
#include "runbook/cli/policy_write.h"
#include "runbook/ui/lang.h"

/* ---- what was asked ------------------------------------------------------------ */

/* Calls of S3 whose action has another name.
 *   source  Service Authorization Reference, Amazon S3 */
static const struct {
	const char *call, *action;
} s3_names[] = {
	{ "HeadBucket", "ListBucket" },
	{ "HeadObject", "GetObject" },
	{ "PutPublicAccessBlock", "PutBucketPublicAccessBlock" },
	{ "GetPublicAccessBlock", "GetBucketPublicAccessBlock" },
	{ "PutBucketEncryption", "PutEncryptionConfiguration" },
	{ "GetBucketEncryption", "GetEncryptionConfiguration" },
	{ "ListObjectVersions", "ListBucketVersions" },
	{ "ListMultipartUploads", "ListBucketMultipartUploads" },
	{ "DeleteObject", "DeleteObjectVersion" },
};

/* "ec2:CreateVpc" of "ec2 CreateVpc".  Caller frees. */
static char *action_of_call(const char *call)
{
	size_t service = strcspn(call, " ");
	const char *name = call + service + (call[service] == ' ');

	for (size_t i = 0; text_starts_with(call, "s3 ") && i < ARRAY_LEN(s3_names); i++)
		if (text_eq(s3_names[i].call, name))
			name = s3_names[i].action;
	return xasprintf("%.*s:%s", (int)service, call, name);
}

/* Nothing to do where it may not be asked: the message stays as it came. */
static void decode(const struct denial_teller *t, const struct denied_call *call,
		   struct prose_refusal *r, struct rb_error *err)
{
	struct aws_client *c = aws_client_new(t->session, call->region);
	autofree char *json = NULL, *readable = NULL;
	struct rb_error *failed = sts_decode_authorization_message(c, r->encoded, &json);

	if (!failed && prose_read_decoded(json, r)) {
		readable = prose_without_encoded(err->why);
		rb_error_replace(err, RB_WHY, "%s", readable);
	}
	(void)rb_error_free(failed);
	aws_client_free(c);
}

/* ---- the table ------------------------------------------------------------------- */

static bool covers(const struct grant *g, const char *resource)
{
	for (size_t i = 0; i < g->resources.n; i++)
		if (!resource || fnmatch(g->resources.v[i], resource, FNM_NOESCAPE) == 0)
			return true;
	return false;
}

/* The row that was meant: the step's own comes first, and one that every run needs. */
static const struct grant *find_grant(const struct grants *all, const struct prose_refusal *r,
				      const char *step)
{
	const struct grant *best = NULL;
	int best_score = -1;

	for (size_t i = 0; i < all->n; i++) {
		const struct grant *g = &all->v[i];
		int score = 2 * text_eq(g->permit->step, step) + !g->permit->only_when;

		if (!text_eq(g->permit->action, r->action) || !covers(g, r->resource) ||
		    score <= best_score)
			continue;
		best = g;
		best_score = score;
	}
	return best;
}

static bool undo_needs(const struct grants *all, const struct prose_refusal *r)
{
	for (size_t i = 0; i < all->n; i++)
		if ((all->v[i].permit->ways & PERMIT_UNDO) &&
		    text_eq(all->v[i].permit->action, r->action) && covers(&all->v[i], r->resource))
			return true;
	return false;
}

static const char *resource_of(const struct grant *g, const char *resource)
{
	for (size_t i = 0; i < g->resources.n; i++)
		if (resource && fnmatch(g->resources.v[i], resource, FNM_NOESCAPE) == 0)
			return g->resources.v[i];
	return g->resources.v[0];
}

/* No statement is missing where one denies: that one is to be changed. */
static json_t *missing_policy(const struct grant *g, const struct prose_refusal *r)
{
	if (!g || r->explicit_deny)
		return NULL;
	return json_pack("{s:s, s:[o]}", "Version", "2012-10-17", "Statement",
			 grant_statement_json(g, resource_of(g, r->resource)));
}

static char *denial_json(const struct denial_teller *t, const struct denied_call *call,
			 const struct prose_refusal *r)
{
	const struct run_state *st = &t->stack->state;
	const struct policy_subject subject = { .procedure = st->procedure,
						.params = &st->params,
						.account = st->account,
						.partition = st->partition,
						.stack = t->stack->name };
	auto_grants all = { 0 };
	const struct grant *g;
	char *text;
	json_t *o;

	if (st->procedure->permits)
		grants_make(&subject, PERMIT_DO | PERMIT_VERIFY | PERMIT_CONNECT | PERMIT_UNDO,
			    &all);
	g = find_grant(&all, r, call->step->id);
	o = json_pack("{s:s, s:s?, s:s?, s:s?, s:b, s:s, s:s, s:b, s:o?}", "action", r->action,
		      "resource", r->resource, "policy", r->policy, "policy_arn", r->policy_arn,
		      "explicit", r->explicit_deny, "step", call->step->id, "phase", call->phase,
		      "undo", text_eq(call->phase, "undo") || undo_needs(&all, r), "missing_policy",
		      missing_policy(g, r));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

void denial_explain(void *arg, const struct denied_call *call, struct rb_error *err)
{
	const struct denial_teller *t = arg;
	auto_prose_refusal r = { 0 };

	prose_read_denial(err->why, &r);
	if (!r.action && r.encoded && call->region)
		decode(t, call, &r, err);
	if (!r.action && call->call)
		r.action = action_of_call(call->call);
	if (r.action && t->stack->state.account)
		err->denial = denial_json(t, call, &r);
}

/* ---- for a person ------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* Whose policy it is, in a sentence. */
static char *policy_words(const json_t *d)
{
	const char *kind = text_of(d, "policy"), *arn = text_of(d, "policy_arn");

	if (!kind)
		return xstrdup(tr("by which policy AWS does not say"));
	if (!json_is_true(json_object_get(d, "explicit")))
		return xasprintf(tr("no statement allows it (%s)"), tr(kind));
	return xasprintf(tr("a statement denies it (%s%s%s)"), tr(kind), arn ? " " : "",
			 arn ? arn : "");
}

void denial_print(const char *denial)
{
	json_t *d = json_loads(denial, 0, NULL);
	const json_t *missing = json_object_get(d, "missing_policy");
	const char *resource = text_of(d, "resource");
	autofree char *policy = policy_words(d);
	autofree char *line = xasprintf(
		tr("%s on %s, for the %s of %s%s: %s"), text_of(d, "action"),
		resource ? resource : tr("what the step names"), tr(text_of(d, "phase")),
		text_of(d, "step"),
		json_is_true(json_object_get(d, "undo")) && !text_eq(text_of(d, "phase"), "undo")
			? tr(", and undo needs it too")
			: "",
		policy);
	autofree char *safe = text_printable(line, strlen(line), 4000);

	fprintf(stderr, "  %s: %s\n", tr("denied"), safe);
	if (json_is_object(missing)) {
		autofree char *text = json_dumps(missing, JSON_INDENT(2));

		fprintf(stderr, "%s\n%s\n", tr("ask the administrator for:"), text);
	}
	json_decref(d);
}
