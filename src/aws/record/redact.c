/* SPDX-License-Identifier: Apache-2.0 */
/* What is published in place of a value: kept, or replaced as its shape says. */
#include "aws/record/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/record/redact_parts.h"
#include "base/alloc.h"
#include "base/percent.h"
#include "base/shape.h"
#include "base/text.h"

/* A key of the right form whose private half nobody has: its 32 bytes are zero. */
#define PUBLIC_KEY                                                                                 \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* ---- documents ------------------------------------------------------------ */

/* A member's name that AWS gives; what people name (a tag in a condition) comes behind a slash. */
static void add_member(const struct redactor *r, const char *name, struct buf *out)
{
	static const char *const lower[] = { "message", "__type", "code", "aws", NULL };
	size_t n = strcspn(name, "/");
	bool ours = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:_-") == n;

	if (ours && n <= 40 &&
	    (isupper((unsigned char)*name) || text_starts_with(name, "aws:") ||
	     text_starts_with(name, "s3:") || text_starts_with(name, "ec2:") ||
	     text_starts_with(name, "iam:") || redact_is_one_of(name, lower))) {
		(void)buf_add(out, name, n);
		if (name[n]) {
			(void)buf_addc(out, '/');
			redact_text(r, name + n + 1, strlen(name + n + 1), out);
		}
	} else {
		redact_text(r, name, strlen(name), out);
	}
}

json_t *redact_json(const struct redactor *r, struct redact_place place, const json_t *value)
{
	auto_buf text = BUF_INIT;
	const char *name;
	json_t *out, *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		out = json_object();
		json_object_foreach((json_t *)value, name, item) {
			buf_reset(&text);
			add_member(r, name, &text);
			json_object_set_new(
				out, text.p,
				redact_json(r, (struct redact_place){ place.name, name }, item));
		}
		return out;
	case JSON_ARRAY:
		out = json_array();
		json_array_foreach((json_t *)value, i, item)
			json_array_append_new(out, redact_json(r, place, item));
		return out;
	case JSON_STRING:
		redact_value(r, place, json_string_value(value), &text);
		return json_string(text.p);
	case JSON_INTEGER:
	case JSON_REAL:
		/* Dates are numbers in JSON answers; an account never is. */
		return json_integer_value(value) > 999999999 ? json_integer(0)
		       : json_is_real(value)		     ? json_real(0)
							     : json_deep_copy(value);
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return json_deep_copy(value);
	}
	abort();
}

/* A policy, plain or percent-encoded as IAM answers it.  False when it is none. */
static bool add_document(const struct redactor *r, const char *value, struct buf *out)
{
	auto_buf plain = BUF_INIT;
	bool encoded = text_starts_with(value, "%7B") || text_starts_with(value, "%7b");
	json_t *document, *redacted;
	char *text;

	if (!encoded && *value != '{')
		return false;
	if (encoded ? !percent_decode(&plain, value, strlen(value)) : !buf_adds(&plain, value))
		return false;
	document = json_loadb(plain.p, plain.n, JSON_REJECT_DUPLICATES, NULL);
	if (!document)
		return false;
	redacted = redact_json(r, (struct redact_place){ "", "" }, document);
	text = json_dumps(redacted, JSON_COMPACT);
	if (encoded)
		percent_encode(out, text, strlen(text), /* keep_slash= */ false);
	else
		(void)buf_adds(out, text);
	free(text);
	json_decref(redacted);
	json_decref(document);
	return true;
}

/* ---- one value ------------------------------------------------------------ */

/* Elements in which a number may be somebody's name. */
static bool may_be_named(const char *name)
{
	static const char *const ends[] = { "name",   "key",	     "value",  "id",
					    "prefix", "description", "marker", "token",
					    "user",   "owner",	     "bucket" };
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t len = strlen(ends[i]);

		if (n >= len && text_eq_nocase(name + n - len, ends[i]))
			return true;
	}
	return false;
}

/* AWS's words are short, and none has many digits in a row as accounts and dates do. */
static bool is_plain_word(const char *s)
{
	size_t n = strlen(s), digits = 0;

	for (const char *c = s; *c && digits < 6; c++)
		digits = isdigit((unsigned char)*c) ? digits + 1 : 0;
	return n <= 64 && digits < 6 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-_.:/;=* ") == n;
}

static void add_tag_key(const struct redactor *r, const char *s, struct buf *out)
{
	if (text_eq(s, "Name") || text_starts_with(s, "runbook:"))
		(void)buf_adds(out, s);
	else
		redact_text(r, s, strlen(s), out);
}

static bool is_kept(const struct redactor *r, struct redact_place place, const char *value)
{
	return (redact_is_vocabulary(place) && is_plain_word(value)) || text_eq(value, "*") ||
	       text_starts_with(value, "/aws/service/") || redact_is_known_region(r, value);
}

static void add_other(const struct redactor *r, struct redact_place place, const char *value,
		      struct buf *out)
{
	const char *colon = strchr(value, ':');

	if (text_eq(place.name, "SSHPublicKey"))
		(void)buf_adds(out, PUBLIC_KEY);
	else if (text_starts_with(value, "tag:") && text_eq(place.name, "Name")) {
		(void)buf_adds(out, "tag:");
		add_tag_key(r, value + 4, out);
	} else if (is_kept(r, place, value))
		(void)buf_adds(out, value);
	else if (redact_is_aws_host(value))
		redact_host(r, value, strlen(value), out);
	else if (text_eq_nocase(place.name, "key") && !strchr(value, '/') &&
		 (text_eq(value, "Name") || text_starts_with(value, "runbook:")))
		add_tag_key(r, value, out);
	else if (add_document(r, value, out))
		return;
	else if (colon && (size_t)(colon - value) < 40) { /* "AROA...:SESSION" */
		autofree char *id = xstrndup(value, (size_t)(colon - value));

		if (shape_of(id) != SHAPE_IAM_ID) {
			redact_key(r, value, out);
			return;
		}
		redact_iam_id(r, id, out);
		(void)buf_addc(out, ':');
		redact_text(r, colon + 1, strlen(colon + 1), out);
	} else
		redact_key(r, value, out);
}

void redact_value(const struct redactor *r, struct redact_place place, const char *value,
		  struct buf *out)
{
	size_t digits, prefix;

	switch (shape_of(value)) {
	case SHAPE_BOOL:
		(void)buf_adds(out, value);
		return;
	case SHAPE_NUMBER:
		if (may_be_named(place.name))
			redact_text(r, value, strlen(value), out);
		else
			(void)buf_adds(out, value);
		return;
	case SHAPE_ACCOUNT:
		redact_account(r, value, 12, out);
		return;
	case SHAPE_ID:
		prefix = shape_id_prefix(value, &digits);
		redact_id(r, value, prefix, digits, out);
		return;
	case SHAPE_IAM_ID:
		redact_iam_id(r, value, out);
		return;
	case SHAPE_UUID:
		redact_uuid(r, value, out);
		return;
	case SHAPE_IPV4:
		redact_ipv4(r, value, out);
		return;
	case SHAPE_IPV6:
		redact_ipv6(r, value, out);
		return;
	case SHAPE_MAC:
		redact_mac(r, value, out);
		return;
	case SHAPE_TIME:
		redact_time(r, value, out);
		return;
	case SHAPE_ARN:
		redact_arn(r, value, out);
		return;
	case SHAPE_SUM:
		redact_sum(r, value, out);
		return;
	case SHAPE_OTHER:
		add_other(r, place, value, out);
		return;
	}
}
