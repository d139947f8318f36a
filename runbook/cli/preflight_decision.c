/* SPDX-License-Identifier: Apache-2.0 */
/* What IAM's decisions on a question say of the permissions that it was put for. */
#include "aws/simulate.h"
#include "base/alloc.h"
#include "base/text.h"
#include "runbook/cli/preflight.h"
#include "runbook/cli/preflight_question.h"

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
		a->why = xasprintf(N_("it depends on %s"), key);
		return;
	}
	a->verdict = PREFLIGHT_NO;
	a->why = xstrdup(d->by_organisation ? N_("a policy of the organisation denies it")
			 : d->by_boundary   ? N_("the permissions boundary leaves it out")
			 : text_eq(d->decision, "explicitDeny") ? N_("a policy denies it")
								: N_("no policy allows it"));
}

void preflight_read_decisions(struct preflight_question *x, const struct iam_decisions *found)
{
	for (size_t i = 0; i < x->n; i++) {
		struct preflight_answer *a = x->answers[i];
		autofree char *example = preflight_example_of(a->resource);

		for (size_t k = 0; k < found->n; k++)
			if (text_eq(found->v[k].action, a->grant->permit->action) &&
			    text_eq(found->v[k].resource, example)) {
				judge(a, &found->v[k]);
				break;
			}
	}
}
