/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EC2's limits on the rate of requests: a bucket of tokens for each action in each region, from
 * which a request takes one, and which refills by the second, at --speed N so much faster: as the
 * waits of a client that is refused are so much shorter.  Only with --throttle.
 *   source  Amazon EC2 Developer Guide, "Request throttling for the Amazon EC2 API": bucket sizes
 *           and refill rates by category, and of actions with their own
 * IAM, STS, SSM and S3 publish no such numbers and are not limited here.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/inner.h"

/* SHARED: what other programs of the account leave: so many tokens, and half of what comes. */
enum { SHARED_TOKENS = 1 };

struct rate {
	const char *action;
	double tokens;
	double per_s;
};

static const struct rate own_rates[] = {
	{ "CreateVpcEndpoint", 4, 0.3 },
	{ "DeleteVpcEndpoints", 4, 0.3 },
	{ "ModifyVpcEndpoint", 4, 0.3 },
	{ "RunInstances", 5, 2 },
	{ "StartInstances", 5, 2 },
	{ "TerminateInstances", 100, 5 },
	{ "CreateNetworkInterface", 100, 5 },
	{ "DeleteNetworkInterface", 100, 5 },
	{ "AssociateIamInstanceProfile", 100, 5 },
	{ "DisassociateIamInstanceProfile", 100, 5 },
	{ "ModifyInstanceMetadataOptions", 100, 5 },
	{ "CreateTags", 100, 10 },
	{ "DeleteTags", 100, 10 },
};
static const struct rate reading = { NULL, 100, 20 };
/* Neither a filter nor a page is asked for; a list of ids is neither. */
static const struct rate reading_all = { NULL, 50, 10 };
static const struct rate changing = { NULL, 50, 5 };

static const char *const costly_lists[] = { "DescribeInstances",	 "DescribeInstanceStatus",
					    "DescribeNetworkInterfaces", "DescribeSecurityGroups",
					    "DescribeVolumes",		 NULL };

struct bucket {
	char *name; /* region, action, kind of question */
	double tokens;
	int64_t at_ms;
};

struct throttle {
	pthread_mutex_t lock;
	bool shared;
	double speed;
	struct bucket *v;
	size_t n;
};

bool throttle_parse(const char *word, enum sbx_throttle *ret)
{
	static const char *const words[] = { [SBX_THROTTLE_OFF] = "off",
					     [SBX_THROTTLE_REAL] = "real",
					     [SBX_THROTTLE_SHARED] = "shared" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i], word)) {
			*ret = (enum sbx_throttle)i;
			return true;
		}
	}
	return false;
}

struct throttle *throttle_new(enum sbx_throttle how, double speed)
{
	struct throttle *t;

	if (how == SBX_THROTTLE_OFF)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	t->shared = how == SBX_THROTTLE_SHARED;
	t->speed = speed;
	return t;
}

void throttle_free(struct throttle *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].name);
	free(t->v);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static bool reads(const char *action)
{
	return text_starts_with(action, "Describe") || text_starts_with(action, "Get") ||
	       text_starts_with(action, "List") || text_starts_with(action, "Search");
}

static struct rate rate_of(const char *action, bool narrowed)
{
	for (size_t i = 0; i < ARRAY_LEN(own_rates); i++)
		if (!strcmp(own_rates[i].action, action))
			return own_rates[i];
	if (!reads(action))
		return changing;
	for (const char *const *list = costly_lists; *list && !narrowed; list++)
		if (!strcmp(*list, action))
			return reading_all;
	return reading;
}

static struct bucket *bucket_of(struct throttle *t, const char *region, const char *action,
				bool narrowed, double tokens, int64_t now_ms)
{
	autofree char *name = xasprintf("%s %s %d", region, action, narrowed);
	struct bucket *b;

	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].name, name))
			return &t->v[i];
	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	b = &t->v[t->n++];
	*b = (struct bucket){ steal_str(&name), tokens, now_ms };
	return b;
}

bool throttle_takes(struct throttle *t, const char *region, const char *action, bool narrowed,
		    int64_t now_ms)
{
	struct rate rate = rate_of(action, narrowed);
	struct bucket *b;
	bool there;

	if (!t)
		return true;
	if (t->shared) {
		rate.tokens = rate.tokens < SHARED_TOKENS ? rate.tokens : SHARED_TOKENS;
		rate.per_s /= 2;
	}
	pthread_mutex_lock(&t->lock);
	b = bucket_of(t, region, action, narrowed, rate.tokens, now_ms);
	if (now_ms > b->at_ms)
		b->tokens += (double)(now_ms - b->at_ms) / 1000 * t->speed * rate.per_s;
	b->at_ms = now_ms;
	if (b->tokens > rate.tokens)
		b->tokens = rate.tokens;
	there = b->tokens >= 1;
	if (there)
		b->tokens -= 1;
	pthread_mutex_unlock(&t->lock);
	return there;
}
