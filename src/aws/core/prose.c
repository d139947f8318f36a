/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's sentences; see prose.h. */
#include "aws/core/prose.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"

static bool has_one_of(const char *text, const char *const *parts)
{
	for (; *parts; parts++)
		if (strstr(text, *parts))
			return true;
	return false;
}

enum prose_denial prose_denial(const char *message)
{
	static const char *const others[] = {
		"explicit deny in an identity",	       "explicit deny in a service",
		"explicit deny in a resource control", "explicit deny in a permissions",
		"explicit deny in a session",	       "explicit deny in a VPC endpoint",
		"no permissions boundary allows",      "no service control policy allows",
		"no resource control policy allows",   "no session policy allows",
		"no VPC endpoint policy allows",       NULL
	};
	static const char *const identity[] = { "no identity-based policy allows", NULL };

	if (!message)
		return PROSE_DENIAL_UNSTATED;
	if (has_one_of(message, others))
		return PROSE_DENIAL_OTHER;
	return has_one_of(message, identity) ? PROSE_DENIAL_IDENTITY : PROSE_DENIAL_UNSTATED;
}

/* ---- a denial, taken apart ------------------------------------------------------- */

static const char encoded_mark[] = "Encoded authorization failure message: ";

/* The word behind `mark`: to the next blank, without quotes, and without the full stop of a
 * sentence or a comma.  NULL: there is none.  Caller frees. */
static char *word_behind(const char *text, const char *mark)
{
	const char *p = strstr(text, mark);
	size_t n;

	if (!p)
		return NULL;
	p += strlen(mark);
	p += *p == '"';
	n = strcspn(p, " \"\t\r\n");
	while (n && strchr(".,;", p[n - 1]))
		n--;
	return n ? xstrndup(p, n) : NULL;
}

static const char *policy_kind(const char *text)
{
	static const char *const kinds[] = {
		N_("identity-based policy"),   N_("service control policy"),
		N_("resource control policy"), N_("permissions boundary"),
		N_("session policy"),	       N_("VPC endpoint policy"),
		N_("resource-based policy"),   NULL
	};

	for (const char *const *k = kinds; *k; k++)
		if (strstr(text, *k))
			return *k;
	return NULL;
}

void prose_read_denial(const char *message, struct prose_refusal *ret)
{
	const char *why, *encoded = message ? strstr(message, encoded_mark) : NULL;
	autofree char *text = NULL;

	*ret = (struct prose_refusal){ 0 };
	if (!message)
		return;
	if (encoded)
		ret->encoded = word_behind(message, encoded_mark);
	text = xstrndup(message, encoded ? (size_t)(encoded - message) : strlen(message));
	ret->principal = word_behind(text, "User: ");
	ret->action = word_behind(text, "not authorized to perform: ");
	ret->resource = word_behind(text, " on resource: ");
	why = strstr(text, "with an explicit deny in ");
	ret->explicit_deny = why != NULL;
	why = why ? why : strstr(text, "because no ");
	if (!why)
		return;
	ret->policy = policy_kind(why);
	ret->policy_arn = ret->explicit_deny ? word_behind(why, "policy: ") : NULL;
	if (ret->explicit_deny && !ret->policy_arn)
		ret->policy_arn = word_behind(why, "boundary: ");
	if (ret->policy_arn && !text_starts_with(ret->policy_arn, "arn:"))
		set_str(&ret->policy_arn, NULL);
}

static void fill(char **field, const json_t *value)
{
	if (!*field && json_is_string(value))
		*field = xstrdup(json_string_value(value));
}

bool prose_read_decoded(const char *text, struct prose_refusal *r)
{
	json_t *doc = json_loads(text, 0, NULL);
	const json_t *context = json_object_get(doc, "context");
	bool known = json_is_string(json_object_get(context, "action"));

	fill(&r->action, json_object_get(context, "action"));
	fill(&r->resource, json_object_get(context, "resource"));
	fill(&r->principal, json_object_get(json_object_get(context, "principal"), "arn"));
	if (json_is_true(json_object_get(doc, "explicitDeny")))
		r->explicit_deny = true;
	json_decref(doc);
	return known;
}

char *prose_without_encoded(const char *message)
{
	const char *at = strstr(message, encoded_mark);
	size_t n = at ? (size_t)(at - message) : strlen(message);

	while (n && message[n - 1] == ' ')
		n--;
	return xstrndup(message, n);
}

void prose_refusal_clear(struct prose_refusal *r)
{
	free(r->principal);
	free(r->action);
	free(r->resource);
	free(r->policy_arn);
	free(r->encoded);
	*r = (struct prose_refusal){ 0 };
}

bool prose_cli_lacks_role(const char *stderr_text)
{
	static const char *const parts[] = { "AccessDenied", "Unable to locate credentials", NULL };

	return has_one_of(stderr_text, parts);
}
