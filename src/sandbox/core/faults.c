/* SPDX-License-Identifier: Apache-2.0 */
/* What --fault and POST /_sandbox/fault break on purpose, and at which call. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/inner.h"

struct rule {
	char *action;
	char *what;
	int64_t first, last; /* calls, from 1; last INT64_MAX: no end */
	int64_t calls;	     /* of the action since the rule is there */
};

struct faults {
	pthread_mutex_t lock;
	struct rule *v;
	size_t n;
};

#define MAX_RULES 1000

struct faults *faults_new(void)
{
	struct faults *faults = xcalloc(1, sizeof(*faults));

	pthread_mutex_init(&faults->lock, NULL);
	return faults;
}

void faults_clear(struct faults *faults, const char *action)
{
	size_t kept = 0;

	pthread_mutex_lock(&faults->lock);
	for (size_t i = 0; i < faults->n; i++) {
		if (action && strcmp(faults->v[i].action, action) != 0) {
			faults->v[kept++] = faults->v[i];
			continue;
		}
		free(faults->v[i].action);
		free(faults->v[i].what);
	}
	faults->n = kept;
	pthread_mutex_unlock(&faults->lock);
}

void faults_free(struct faults *faults)
{
	if (!faults)
		return;
	faults_clear(faults, NULL);
	free(faults->v);
	pthread_mutex_destroy(&faults->lock);
	free(faults);
}

/* ---- what goes wrong ---------------------------------------------------- */

static bool set_slow(struct sbx_fault *f, const char *arg)
{
	return arg && text_parse_i64(arg, 0, 3600000, &f->slow_ms);
}

static bool set_held(struct sbx_fault *f, const char *arg)
{
	f->held = true;
	return !arg;
}

static bool set_http(struct sbx_fault *f, const char *arg)
{
	int64_t status;

	if (!arg || !text_parse_i64(arg, 400, 599, &status))
		return false;
	f->http_status = (int)status;
	return true;
}

static bool set_retry_after(struct sbx_fault *f, const char *arg)
{
	set_str(&f->retry_after, arg);
	return arg && *arg && strlen(arg) < 40;
}

/* 'deny' or 'deny=ARN' */
static bool set_deny(struct sbx_fault *f, const char *arg)
{
	f->denied = true;
	set_str(&f->policy, arg);
	return !arg || text_starts_with(arg, "arn:");
}

static bool set_state(struct sbx_fault *f, const char *arg)
{
	if (!arg || !*arg)
		return false;
	set_str(&f->state, arg);
	return true;
}

static bool set_lost_before(struct sbx_fault *f, const char *arg)
{
	f->lost_before = true;
	return !arg;
}

static bool set_lost_after(struct sbx_fault *f, const char *arg)
{
	f->lost_after = true;
	return !arg;
}

static bool set_torn(struct sbx_fault *f, const char *arg)
{
	f->torn = true;
	return !arg;
}

static bool set_reset(struct sbx_fault *f, const char *arg)
{
	f->reset = true;
	return !arg;
}

static bool set_throttle(struct sbx_fault *f, const char *arg)
{
	f->throttle = true;
	return !arg;
}

/* Each with '=ARGUMENT' where it takes one; anything else is an error code, maybe 'CODE:message'.
 */
static const struct {
	const char *name;
	bool (*set)(struct sbx_fault *f, const char *arg);
} WHATS[] = {
	{ "lost-before", set_lost_before },
	{ "lost-after", set_lost_after },
	{ "slow", set_slow },
	{ "held", set_held },
	{ "torn", set_torn },
	{ "reset", set_reset },
	{ "http", set_http },
	{ "throttle", set_throttle },
	{ "state", set_state },
	{ "retry-after", set_retry_after },
	{ "deny", set_deny },
};

static bool is_word(const char *s, size_t n, const char *extra)
{
	for (size_t i = 0; i < n; i++) {
		char c = text_lower(s[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(extra, c)))
			return false;
	}
	return n != 0;
}

static bool apply_code(const char *what, struct sbx_fault *f)
{
	const char *colon = strchr(what, ':');
	size_t n = colon ? (size_t)(colon - what) : strlen(what);

	/* A code begins with a capital: a misspelt 'lost-befor' is not one. */
	if (!(what[0] >= 'A' && what[0] <= 'Z') || !is_word(what, n, "."))
		return false;
	free(f->code);
	f->code = xstrndup(what, n);
	set_str(&f->message, colon ? colon + 1 : NULL);
	return true;
}

/* 'after=CODE', 'after=http=STATUS': what is carried out all the same. */
static bool apply_after(const char *what, struct sbx_fault *f)
{
	f->after = true;
	if (text_starts_with(what, "http="))
		return set_http(f, what + strlen("http="));
	return apply_code(what, f);
}

static bool apply(const char *what, struct sbx_fault *f)
{
	const char *eq = strchr(what, '=');
	size_t n = eq ? (size_t)(eq - what) : strlen(what);

	if (text_starts_with(what, "hidden=")) {
		f->hidden = true;
		return apply_code(what + strlen("hidden="), f);
	}
	if (text_starts_with(what, "after="))
		return apply_after(what + strlen("after="), f);
	for (size_t i = 0; i < ARRAY_LEN(WHATS); i++) {
		if (n == strlen(WHATS[i].name) && !strncmp(what, WHATS[i].name, n))
			return WHATS[i].set(f, eq ? eq + 1 : NULL);
	}
	return apply_code(what, f);
}

/* ---- rules -------------------------------------------------------------- */

static bool parse_range(const char *s, struct rule *rule)
{
	autofree char *first = NULL;
	const char *dash = strchr(s, '-');

	first = xstrndup(s, dash ? (size_t)(dash - s) : strlen(s));
	if (!text_parse_i64(first, 1, INT64_MAX, &rule->first))
		return false;
	rule->last = rule->first;
	if (dash && !dash[1])
		rule->last = INT64_MAX; /* '3-': the third and all after it */
	else if (dash && !text_parse_i64(dash + 1, rule->first, INT64_MAX, &rule->last))
		return false;
	return true;
}

struct rb_error *faults_add(struct faults *faults, const char *spec)
{
	const char *eq = strchr(spec, '=');
	struct rule rule = { .first = 1, .last = INT64_MAX };
	struct sbx_fault probe = { 0 };
	autofree char *where = NULL;
	autofree char *shown = text_printable(spec, strlen(spec), 200);
	char *colon;
	bool good;

	if (!eq)
		return rb_error_hint(rb_error_new(RB_USAGE, "fault '%s' has no '='", shown),
				     "write it as 'CreateVpc:2=RequestLimitExceeded'");
	where = xstrndup(spec, (size_t)(eq - spec));
	colon = strchr(where, ':');
	if (colon)
		*colon = '\0';
	if (!is_word(where, strlen(where), "") || (colon && !parse_range(colon + 1, &rule)))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "fault '%s' names no action and calls", shown),
			"write it as 'CreateVpc=', 'CreateVpc:2=', 'CreateVpc:2-4=' or "
			"'CreateVpc:2-='");
	good = apply(eq + 1, &probe);
	sbx_fault_clear(&probe);
	if (!good)
		return rb_error_hint(
			rb_error_new(RB_USAGE, "fault '%s' does not say what goes wrong", shown),
			"one of: an AWS error code, CODE:message, lost-before, lost-after, "
			"slow=MS, held, "
			"torn, reset, http=STATUS, throttle, state=STATE, after=CODE, "
			"after=http=STATUS, hidden=CODE, deny, deny=POLICY-ARN, retry-after=MS");
	pthread_mutex_lock(&faults->lock);
	good = faults->n < MAX_RULES;
	if (good) {
		faults->v = xreallocarray(faults->v, faults->n + 1, sizeof(*faults->v));
		rule.action = xstrdup(where);
		rule.what = xstrdup(eq + 1);
		faults->v[faults->n++] = rule;
	}
	pthread_mutex_unlock(&faults->lock);
	if (!good)
		return rb_error_new(RB_USAGE, "there are %d faults already", MAX_RULES);
	return NULL;
}

void faults_take(struct faults *faults, const char *action, struct sbx_fault *ret)
{
	pthread_mutex_lock(&faults->lock);
	for (size_t i = 0; i < faults->n; i++) {
		struct rule *rule = &faults->v[i];

		if (strcmp(rule->action, action) != 0)
			continue;
		rule->calls++;
		if (rule->calls >= rule->first && rule->calls <= rule->last)
			(void)apply(rule->what, ret);
	}
	pthread_mutex_unlock(&faults->lock);
}

static bool holds(struct faults *faults, const char *action)
{
	bool found = false;

	pthread_mutex_lock(&faults->lock);
	for (size_t i = 0; i < faults->n && !found; i++)
		found = !strcmp(faults->v[i].action, action) && !strcmp(faults->v[i].what, "held");
	pthread_mutex_unlock(&faults->lock);
	return found;
}

bool sbx_fault_hold(struct sbx *sbx, const char *action, const struct sbx_fault *fault)
{
	while (fault->held && holds(sbx_faults(sbx), action))
		if (!sbx_pause(sbx, /* real_ms= */ 5))
			return false;
	return true;
}

void sbx_fault_clear(struct sbx_fault *fault)
{
	free(fault->code);
	free(fault->message);
	free(fault->state);
	free(fault->policy);
	free(fault->retry_after);
	*fault = (struct sbx_fault){ 0 };
}
