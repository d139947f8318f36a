/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's sentences; see prose.h. */
#include "aws/core/prose.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

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

bool prose_cli_lacks_role(const char *stderr_text)
{
	static const char *const parts[] = { "AccessDenied", "Unable to locate credentials", NULL };

	return has_one_of(stderr_text, parts);
}
