/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking works on texts, wherever they stand: an id is masked inside an ARN, a DNS name, a policy
 * or an error of AWS's just as in a field of its own.  What has no shape of its own (a bucket's
 * name) is collected first from the fields that are known to hold it.
 */
#include "runbook/report/mask.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

enum { ACCOUNT_DIGITS = 12, ID_SHORT = 8, ID_LONG = 17, UUID_CHARS = 36, KEY_CHARS = 16 };

struct mask {
	json_t *known;		/* original: mask */
	json_t *counts;		/* kind: how many of it */
	const char **by_length; /* the keys of `known` that were collected, longest first */
	size_t n;
};

/* "vpc-1": the same for the same original.  Borrowed. */
static const char *mask_of(struct mask *m, const char *kind, const char *original, size_t n)
{
	autofree char *key = xstrndup(original, n);
	const char *known = json_string_value(json_object_get(m->known, key));
	json_int_t count = json_integer_value(json_object_get(m->counts, kind)) + 1;
	autofree char *fresh = NULL;

	if (known)
		return known;
	fresh = xasprintf("%s-%lld", kind, (long long)count);
	json_object_set_new(m->counts, kind, json_integer(count));
	json_object_set_new(m->known, key, json_string(fresh));
	return json_string_value(json_object_get(m->known, key));
}

/* ---- what is known by its field ------------------------------------------ */

static const struct {
	const char *field, *kind;
} fields[] = {
	{ "account", "account" },
	{ "run", "run" },
	{ "bucket", "bucket" },
	{ "role_name", "role" },
	{ "instance_profile_name", "role" }, /* mostly the same name */
	{ "host_key_fingerprint", "fingerprint" },
	{ "request_id", "request" },
	{ "token", "token" },
	{ "principal", "principal" },
	{ "stack", "stack" }, /* it stands in names, too */
	{ "object_key", "file" },
	{ ".key", "file" }, /* of a parameter: what the object is to be called */
};

/* What everybody has who gave no name hides nobody, and is a word of other sentences. */
static bool is_given(const char *value)
{
	return !text_eq(value, "default");
}

/* "bucket", also of a parameter that ends so, of whatever side; ".key" of a parameter alone. */
static bool is_named(const char *field, const char *name)
{
	const char *dot = field ? strrchr(field, '.') : NULL;

	return text_eq(field, name) || (dot && text_eq(*name == '.' ? dot : dot + 1, name));
}

static void collect(struct mask *m, const char *field, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(value) && json_string_length(value) > 2)
		for (i = 0; i < ARRAY_LEN(fields); i++)
			if (is_named(field, fields[i].field) && is_given(json_string_value(value)))
				(void)mask_of(m, fields[i].kind, json_string_value(value),
					      json_string_length(value));
	json_array_foreach(value, i, member)
		collect(m, text_eq(field, "principals") ? "principal" : NULL, member);
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		collect(m, key, member);
}

static int longer_first(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	size_t n = strlen(*x), k = strlen(*y);

	return n > k ? -1 : n < k ? 1 : strcmp(*x, *y);
}

static void order_by_length(struct mask *m)
{
	const char *key;
	json_t *value;

	m->by_length = xcalloc(json_object_size(m->known) + 1, sizeof(*m->by_length));
	json_object_foreach(m->known, key, value)
		m->by_length[m->n++] = key;
	qsort(m->by_length, m->n, sizeof(*m->by_length), longer_first);
}

/* ---- what is known by its shape ------------------------------------------ */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static size_t span_of(const char *s, const char *accepted)
{
	return strspn(s, accepted);
}

#define HEX "0123456789abcdef"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static size_t known_here(const struct mask *m, const char *s)
{
	for (size_t i = 0; i < m->n; i++) {
		size_t n = strlen(m->by_length[i]);

		if (strncmp(s, m->by_length[i], n) == 0 && !is_word(s[n]))
			return n;
	}
	return 0;
}

/* "vpc-0123456789abcdef0"; *ret_prefix: bytes of "vpc". */
static size_t id_here(const char *s, size_t *ret_prefix)
{
	size_t prefix = span_of(s, LOWER), n;

	if (!prefix || s[prefix] != '-')
		return 0;
	n = span_of(s + prefix + 1, HEX);
	if ((n != ID_SHORT && n != ID_LONG) || is_word(s[prefix + 1 + n]) ||
	    (n == ID_SHORT && s[prefix + 1 + n] == '-')) /* "runbook-20261123-..." */
		return 0;
	*ret_prefix = prefix;
	return prefix + 1 + n;
}

/* The part of an endpoint's DNS name that is as unique as the id before it: "-01234567" of
 * vpce-ID-01234567.s3..., ".01234567" of eice-ID.01234567.ec2-... */
static size_t id_suffix_here(const char *s)
{
	size_t n;

	if (*s != '-' && *s != '.')
		return 0;
	n = span_of(s + 1, DIGITS LOWER);
	return n == ID_SHORT && (s[1 + n] == '.' || !s[1 + n]) ? 1 + n : 0;
}

/* "arn:aws:sts::123456789012:assumed-role/Admin/alice": somebody of IAM. */
static size_t principal_here(const char *s)
{
	size_t n = strlen("arn:");

	if (strncmp(s, "arn:", n) != 0)
		return 0;
	n += span_of(s + n, LOWER "-");
	if (strncmp(s + n, ":iam::", 6) != 0 && strncmp(s + n, ":sts::", 6) != 0)
		return 0;
	n += 6;
	if (span_of(s + n, DIGITS) != ACCOUNT_DIGITS)
		return 0; /* AWS's own */
	n += ACCOUNT_DIGITS;
	return n + strspn(s + n, ":/+=,.@_-" DIGITS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static size_t uuid_here(const char *s)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	const char *p = s;

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (span_of(p, HEX) != groups[i])
			return 0;
		p += groups[i];
		if (i + 1 < ARRAY_LEN(groups) && *p++ != '-')
			return 0;
	}
	return is_word(*p) ? 0 : UUID_CHARS;
}

/* AKIA..., ASIA..., AROA...: what IAM gives out as unique ids and keys' names. */
static size_t iam_id_here(const char *s)
{
	size_t n = span_of(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS);

	return s[0] == 'A' && n >= KEY_CHARS && n < 2 * KEY_CHARS && !is_word(s[n]) ? n : 0;
}

static size_t address_here(const char *s)
{
	long part[4];
	const char *p = s;
	char *end = NULL;

	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		if (!isdigit((unsigned char)*p))
			return 0;
		part[i] = strtol(p, &end, 10);
		if (part[i] > 255 || end - p > 3 || (i < 3 && *end != '.'))
			return 0;
		p = end + 1;
	}
	if (is_word(*end) || *end == '/' || part[0] == 10 || part[0] == 127 || part[0] == 0 ||
	    (part[0] == 172 && part[1] >= 16 && part[1] < 32) ||
	    (part[0] == 192 && part[1] == 168) || (part[0] == 169 && part[1] == 254))
		return 0; /* it means nothing outside, or is a network */
	return (size_t)(end - s);
}

/* What stands at `s` and is to be masked: its length, and its mask. */
static size_t find_here(struct mask *m, const char *s, struct buf *out)
{
	autofree char *kind = NULL;
	size_t prefix = 0, n;

	if ((n = known_here(m, s))) {
		autofree char *key = xstrndup(s, n);

		(void)buf_adds(out, json_string_value(json_object_get(m->known, key)));
		return n;
	}
	if ((n = id_here(s, &prefix))) {
		kind = xstrndup(s, prefix);
		(void)buf_adds(out, mask_of(m, kind, s, n));
		return n + id_suffix_here(s + n);
	}
	if ((n = principal_here(s)))
		kind = xstrdup("principal");
	else if ((n = uuid_here(s)))
		kind = xstrdup("request");
	else if ((n = iam_id_here(s)))
		kind = xstrdup("iam");
	else if ((n = address_here(s)))
		kind = xstrdup("address");
	else if (span_of(s, DIGITS) == ACCOUNT_DIGITS && !is_word(s[ACCOUNT_DIGITS]))
		kind = xstrdup("account"), n = ACCOUNT_DIGITS;
	if (n)
		(void)buf_adds(out, mask_of(m, kind, s, n));
	return n;
}

static json_t *masked(struct mask *m, const char *text)
{
	auto_buf out = BUF_INIT;

	for (const char *s = text; *s;) {
		size_t n = s > text && is_word(s[-1]) ? 0 : find_here(m, s, &out);

		if (n)
			s += n;
		else
			(void)buf_addc(&out, *s++);
	}
	return json_string(out.p);
}

/* ---- the document -------------------------------------------------------- */

/* Words of our own, which a bucket might be named like. */
static bool is_structure(const char *field)
{
	static const char *const names[] = {
		"claim",  "title", "why",	"kind",	   "phase",   "action",	 "service",
		"region", "side",  "state",	"result",  "verdict", "command", "direction",
		"step",	  "steps", "procedure", "program", "verb",    "output",	 "at",
		"until",  "from",  "sha256",	"last_sum"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (text_eq(field, names[i]))
			return true;
	return false;
}

static void mask_members(struct mask *m, json_t *value)
{
	const char *key;
	json_t *member;
	void *next;
	size_t i;

	json_array_foreach(value, i, member) {
		if (json_is_string(member))
			json_array_set_new(value, i, masked(m, json_string_value(member)));
		else
			mask_members(m, member);
	}
	json_object_foreach_safe(value, next, key, member)
	{
		if (!json_is_string(member))
			mask_members(m, member);
		else if (!is_structure(key))
			json_object_set_new(value, key, masked(m, json_string_value(member)));
	}
}

void report_mask(json_t *report)
{
	struct mask m = { .known = json_object(), .counts = json_object() };
	json_t *journal = json_object_get(report, "journal"), *step;
	const char *file = json_string_value(json_object_get(journal, "file"));
	size_t i;

	if (file && strrchr(file, '/')) /* the folder may say whose it is */
		json_object_set_new(journal, "file", json_string(strrchr(file, '/') + 1));
	json_array_foreach(json_object_get(report, "steps"), i, step)
		json_object_set_new(step, "console", json_object());
	collect(&m, NULL, report);
	order_by_length(&m);
	mask_members(&m, report);
	json_object_set_new(report, "masked", json_true());
	free(m.by_length);
	json_decref(m.known);
	json_decref(m.counts);
}
