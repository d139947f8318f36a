/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What S3 takes as a bucket's name.
 *   source  Amazon S3 User Guide, "General purpose bucket naming rules" and "Namespaces for
 *           general purpose buckets"
 */
#include "aws/s3_name.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { BUCKET_NAME_MIN = 3 };

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool looks_like_address(const char *name)
{
	return strspn(name, "0123456789.") == strlen(name);
}

const char *bucket_name_problem(const char *name)
{
	static const char *const starts[] = { "xn--", "sthree-", "amzn-s3-demo-" };
	static const char *const ends[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3",
					    "--table-s3" };
	size_t n = strlen(name);

	if (n < BUCKET_NAME_MIN || n > BUCKET_NAME_MAX)
		return N_("it must have 3 to 63 characters");
	if (looks_like_address(name))
		return N_("it must not look like an address");
	for (const char *p = name; *p; p++) {
		if (*p == '.')
			return N_("a dot in it breaks the endpoint's one-label certificate");
		if (!is_name_char(*p) && *p != '-')
			return N_("only lower-case letters, digits and '-' may be in it");
	}
	if (name[0] == '-' || name[n - 1] == '-')
		return N_("it must begin and end with a letter or a digit");
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (text_starts_with(name, starts[i]))
			return N_("AWS keeps this beginning for itself");
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (text_ends_with(name, ends[i]))
			return N_("AWS keeps this ending for itself");
	return NULL;
}

/* ---- the account-regional namespace --------------------------------------------- */

enum { ACCOUNT_DIGITS = 12 };
static const char ending[] = "-an";

const char *bucket_namespace_of(const char *name)
{
	return text_ends_with(name, ending) ? NAMESPACE_ACCOUNT : NAMESPACE_GLOBAL;
}

bool bucket_namespace_is_offered(const char *region)
{
	return !text_eq(region, "me-south-1") && !text_eq(region, "me-central-1");
}

/* What stands before "-ACCOUNT" in a name that ends with "-REGION-an"; 0: it is none. */
static size_t prefix_length(const char *name, size_t before_region)
{
	size_t n = before_region;

	while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	return before_region - n == ACCOUNT_DIGITS && n > 1 && name[n - 1] == '-' ? n - 1 : 0;
}

struct said *bucket_regional_problem(const char *name, const char *account, const char *region)
{
	autofree char *tail = xasprintf("-%s%s", region, ending);
	const char *shown = account ? account : "ACCOUNT";
	size_t prefix;

	if (!text_ends_with(name, ending))
		return said_new("a name in the account-regional namespace is "
				"PREFIX-%s-%s%s",
				shown, region, ending);
	prefix = text_ends_with(name, tail) ? prefix_length(name, strlen(name) - strlen(tail)) : 0;
	if (!prefix)
		return said_new("S3 keeps the ending '%s' for the account-regional namespace, "
				"where a name is PREFIX-%s-%s%s",
				ending, shown, region, ending);
	if (account && strncmp(name + prefix + 1, account, ACCOUNT_DIGITS) != 0)
		return said_new("it names account %.12s, and these credentials are for account %s",
				name + prefix + 1, account);
	return NULL;
}
