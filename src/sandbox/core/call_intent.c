/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of `--journal`: a call that changes the world has a synced intent, or it is refused.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

/*
 * Which calls need no intent: those of programs that a test uses beside the one that it is about,
 * those by which runbook keeps a journal in a bucket (that is where the intents are),
 * what somebody does on an instance (4-2's upload is the one call from there that has one), and
 * STS's, whose credentials end by themselves and leave nothing.
 */
static bool needs_no_intent(const struct call *c)
{
	static const char *const programs[] = { "aws-cli/", "Boto3/", "Botocore/",
						"runbook-home/" };
	const char *agent = sbx_pairs_get(c->req.headers, "user-agent");

	if (!strcmp(c->service, "sts"))
		return true;
	for (size_t i = 0; agent && i < ARRAY_LEN(programs); i++)
		if (text_starts_with(agent, programs[i]))
			return true;
	return c->req.vpc_endpoint_id && strcmp(c->action, "PutObject") != 0;
}

/* `runbook verify` has no journal to write to, and tries whether the bucket can be written to from
 * outside: its policy refuses that, and what came to be all the same is removed. */
static bool is_write_test(const struct call *c)
{
	return c->key && text_ends_with(c->key, ".from-outside") &&
	       (!strcmp(c->action, "PutObject") || !strcmp(c->action, "DeleteObject"));
}

/* The value of the tag runbook:step that the call itself gives to something; NULL: none. */
static char *step_tag(const struct call *c)
{
	static const char in_xml[] = "<Key>runbook:step</Key><Value>";
	const char *found =
		c->req.body->n ? memmem(c->req.body->p, c->req.body->n, in_xml, sizeof(in_xml) - 1)
			       : NULL;

	for (size_t i = 0; i < c->params.n; i++) {
		const struct sbx_pair *pair = &c->params.v[i];
		autofree char *value = NULL;

		if (strcmp(pair->value, "runbook:step") != 0 || !text_ends_with(pair->name, ".Key"))
			continue;
		value = xasprintf("%.*s.Value", (int)strlen(pair->name) - 4, pair->name);
		return xstrdup_or_null(sbx_pairs_get(&c->params, value));
	}
	if (!found)
		return NULL;
	found += sizeof(in_xml) - 1;
	return xstrndup(found, strcspn(found, "<"));
}

bool call_intent_missing(struct sbx *sbx, const struct call *c, struct sbx_reply *rep)
{
	struct intents *intents = sbx_intents(sbx);
	autofree char *step = NULL;
	struct sbx_change change = {
		.service = c->service,
		.action = c->action,
		.region = c->region,
		.token = sbx_pairs_get(&c->params, "ClientToken"),
		.invocation = sbx_pairs_get(c->req.headers, "amz-sdk-invocation-id"),
	};

	if (!intents || !c->row->writes || needs_no_intent(c) ||
	    text_eq(sbx_pairs_get(&c->params, "DryRun"), "true"))
		return false;
	step = step_tag(c);
	change.step = step;
	if (intents_use(intents, &change) || is_write_test(c))
		return false;
	intents_complain(intents, &change);
	sbx_fail(&c->req, rep, 500, "SandboxIntentMissing",
		 "The journal has no synced intent of this %s: a crash now would lose what it "
		 "makes.",
		 c->action);
	return true;
}
