/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text that says where stacks are kept. */
#include "runbook/record/home_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/percent.h"
#include "base/text.h"

static const char scheme[] = "s3://";

bool home_is_s3(const char *home)
{
	return text_starts_with(home, scheme);
}

static struct rb_error *no_place(const char *home, const char *why)
{
	autofree char *shown = text_printable(home, strlen(home), 200);
	struct rb_error *err = rb_error_new(RB_USAGE, "stacks cannot be kept at '%s'", shown);

	err = rb_error_why(err, "%-s", why);
	return rb_error_hint(err, "a bucket is named as in s3://BUCKET/PREFIX?region=eu-west-1");
}

/* S3 User Guide, "Bucket naming rules": what can be told without asking. */
static bool is_bucket(const char *name)
{
	size_t n = strlen(name);

	return n >= 3 && n <= 63 && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] &&
	       name[0] != '-' && name[0] != '.' && name[n - 1] != '-' && name[n - 1] != '.' &&
	       !strstr(name, "..");
}

/* Characters that mean nothing to anybody, in parts that are not empty. */
static bool is_prefix(const char *prefix)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.!*'()/";

	return strlen(prefix) <= 500 && !prefix[strspn(prefix, good)] && *prefix != '/' &&
	       !strstr(prefix, "//");
}

static bool is_word(const char *text)
{
	return *text && !text[strcspn(text, "\n\r\t")];
}

/* One "NAME=VALUE" of what follows '?'. */
static struct rb_error *take_setting(const char *home, const char *p, size_t n,
				     struct home_place *ret)
{
	const char *eq = memchr(p, '=', n);
	autofree char *name = xstrndup(p, eq ? (size_t)(eq - p) : n);
	auto_buf value = BUF_INIT;

	if (!eq || !percent_decode(&value, eq + 1, n - (size_t)(eq + 1 - p)) || !is_word(value.p) ||
	    strlen(value.p) != value.n)
		return no_place(home, N_("after '?' come NAME=VALUE, between '&'"));
	if (strcmp(name, "region") == 0)
		set_str(&ret->region, value.p);
	else if (strcmp(name, "profile") == 0)
		set_str(&ret->profile, value.p);
	else if (strcmp(name, "lease") != 0)
		return no_place(home, N_("after '?' it may say region, profile and lease"));
	else if (!text_parse_i64(value.p, HOME_LEASE_MIN_S, HOME_LEASE_MAX_S, &ret->lease_s))
		return no_place(home, N_("a lease has 2 to 3600 seconds"));
	return NULL;
}

struct rb_error *home_place_parse(const char *home, struct home_place *ret)
{
	const char *bucket = home + strlen(scheme);
	size_t bucket_n = strcspn(bucket, "/?");
	const char *prefix = bucket + bucket_n + (bucket[bucket_n] == '/');
	size_t prefix_n = strcspn(prefix, "?");
	const char *settings = prefix + prefix_n;

	*ret = (struct home_place){ .lease_s = HOME_LEASE_S };
	ret->bucket = xstrndup(bucket, bucket_n);
	while (prefix_n && prefix[prefix_n - 1] == '/')
		prefix_n--;
	ret->prefix = xstrndup(prefix, prefix_n);
	if (!is_bucket(ret->bucket))
		return no_place(home, N_("a bucket's name has 3 to 63 of a-z, 0-9, '.' and '-'"));
	if (!is_prefix(ret->prefix))
		return no_place(home, N_("a prefix has letters, digits and -_.!*'(), with single "
					 "'/' between its parts"));
	while (*settings) {
		size_t n = strcspn(++settings, "&");

		TRY(take_setting(home, settings, n, ret));
		settings += n;
	}
	return NULL;
}

void home_place_clear(struct home_place *place)
{
	free(place->bucket);
	free(place->prefix);
	free(place->region);
	free(place->profile);
	*place = (struct home_place){ 0 };
}

char *home_place_url(const struct home_place *place)
{
	return xasprintf("%s%s%s%s", scheme, place->bucket, *place->prefix ? "/" : "",
			 place->prefix);
}
