/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing by a keyed hash (HMAC-SHA-256), so that no table of what was seen need be kept, and two
 * processes with one key agree.
 */
#include "aws/record/redact.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/shape.h"
#include "base/text.h"
#include "net/uri.h"

#define EPOCH_UTC_S 1577836800 /* 2020-01-01T00:00:00Z */
/* A key of the right form whose private half nobody has: its 32 bytes are zero. */
#define PUBLIC_KEY                                                                                 \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

void redactor_clear(struct redactor *r)
{
	OPENSSL_cleanse(r->key, sizeof(r->key));
	strv_clear(&r->regions);
}

void redactor_add_region(struct redactor *r, const char *region)
{
	if (region && *region && !strv_has(&r->regions, region))
		strv_add(&r->regions, region);
}

static void hash(const struct redactor *r, const void *p, size_t n, unsigned char out[32])
{
	unsigned int len = 0;

	if (!HMAC(EVP_sha256(), r->key, sizeof(r->key), p, n, out, &len))
		abort();
}

/* `digits` (64 at most) of lower-case hex. */
static void add_hex(const struct redactor *r, const char *s, size_t n, size_t digits,
		    struct buf *out)
{
	unsigned char sum[32];
	char hex[65];

	hash(r, s, n, sum);
	text_hex(sum, sizeof(sum), hex);
	(void)buf_add(out, hex, digits);
}

/* "BUCKET-123456789012-REGION-an" must keep its end: it says which account's namespace it is in. */
static size_t account_suffix(const char *s, size_t n)
{
	for (size_t i = 0; i + 14 < n; i++)
		if (s[i] == '-' && s[i + 13] == '-' && strspn(s + i + 1, "0123456789") == 12 &&
		    text_ends_with(s, "-an"))
			return n - i;
	return 0;
}

static void add_account(const struct redactor *r, const char *s, size_t n, struct buf *out)
{
	unsigned char sum[32];
	char digits[13];

	hash(r, s, n, sum);
	digits[0] = (char)('1' + sum[0] % 9);
	for (size_t i = 1; i < 12; i++)
		digits[i] = (char)('0' + sum[i] % 10);
	(void)buf_add(out, digits, 12);
}

void redact_text(const struct redactor *r, const char *value, size_t n, struct buf *out)
{
	size_t suffix = value[n] == '\0' ? account_suffix(value, n) : 0;

	if (!n)
		return;
	(void)buf_adds(out, "text");
	add_hex(r, value, n - suffix, 16, out);
	if (suffix) {
		(void)buf_addc(out, '-');
		add_account(r, value + n - suffix + 1, 12, out);
		(void)buf_add(out, value + n - suffix + 13, suffix - 13);
	}
}

void redact_key(const struct redactor *r, const char *key, struct buf *out)
{
	while (*key) {
		size_t n = strcspn(key, "/");

		if (key[n] == '\0')
			redact_text(r, key, n, out);
		else {
			autofree char *part = xstrndup(key, n);

			redact_text(r, part, n, out);
			(void)buf_addc(out, '/');
		}
		key += n + (key[n] == '/');
	}
}

/* ---- ids ----------------------------------------------------------------- */

static void add_id(const struct redactor *r, const char *s, size_t prefix, size_t digits,
		   struct buf *out)
{
	(void)buf_add(out, s, prefix);
	(void)buf_addc(out, '0');
	add_hex(r, s, prefix + digits, digits - 1, out);
}

static void add_iam_id(const struct redactor *r, const char *s, struct buf *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t n = strlen(s);
	unsigned char sum[32];

	hash(r, s, n, sum);
	(void)buf_add(out, s, 4);
	for (size_t i = 4; i < n; i++)
		(void)buf_addc(out, letters[sum[i % 32] % 32]);
}

static void add_uuid(const struct redactor *r, const char *s, struct buf *out)
{
	auto_buf hex = BUF_INIT;

	add_hex(r, s, strlen(s), 32, &hex);
	(void)buf_addf(out, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 15,
		       hex.p + 18);
}

static void add_mac(const struct redactor *r, const char *s, struct buf *out)
{
	auto_buf hex = BUF_INIT;

	add_hex(r, s, strlen(s), 10, &hex);
	(void)buf_addf(out, "02:%.2s:%.2s:%.2s:%.2s:%.2s", hex.p, hex.p + 2, hex.p + 4, hex.p + 6,
		       hex.p + 8);
}

static void add_sum(const struct redactor *r, const char *s, struct buf *out)
{
	size_t n = strlen(s), quoted = s[0] == '"', digits = n - 2 * quoted;
	auto_buf hex = BUF_INIT;

	while (hex.n < digits)
		add_hex(r, s, n, digits - hex.n < 64 ? digits - hex.n : 64, &hex);
	(void)buf_addf(out, "%s%s%s", quoted ? "\"" : "", hex.p, quoted ? "\"" : "");
}

/* The same distance from the begin of the recording, in the same form. */
static void add_time(const struct redactor *r, const char *s, struct buf *out)
{
	const char *fraction = strchr(s, '.');
	char iso[CLOCK_ISO_SIZE];
	int64_t utc_s;

	if (!clock_parse_iso8601(s, &utc_s))
		abort();
	clock_iso8601(utc_s - r->begun_utc_s + EPOCH_UTC_S, iso);
	iso[strlen(iso) - 1] = '\0';
	(void)buf_addf(out, "%s%sZ", iso, fraction ? ".000" : "");
}

/* ---- addresses ------------------------------------------------------------ */

/* What stays of a private address, so that it is one: RFC 1918 and RFC 6598. */
static int private_bits(uint32_t a)
{
	if (a >> 24 == 10)
		return 8;
	if (a >> 20 == 0xac1)
		return 12;
	if (a >> 16 == 0xc0a8)
		return 16;
	return a >> 22 == 0x191 ? 10 : 0;
}

/*
 * Two addresses share as many leading bits after this as before (as Crypto-PAn does it): each bit
 * is turned, or not, as the bits before it say.  The first bit that may be turned always is, so
 * that no network becomes itself.
 */
static uint32_t move_private(const struct redactor *r, uint32_t a, int keep, int prefix)
{
	uint32_t out = a;

	for (int i = keep; i < prefix; i++) {
		unsigned char seen[9] = "ip";
		unsigned char sum[32];
		uint32_t before = a & ~(0xffffffffu >> i);

		seen[3] = (unsigned char)i;
		for (int k = 0; k < 4; k++)
			seen[4 + k] = (unsigned char)(before >> (24 - 8 * k));
		hash(r, seen, sizeof(seen), sum);
		if (i == keep || (sum[0] & 1))
			out ^= 0x80000000u >> i;
	}
	return out;
}

/* What names nobody: everywhere, this machine, the metadata service. */
static bool is_common_address(uint32_t a)
{
	return a == 0 || a >> 24 == 127 || a >> 16 == 0xa9fe;
}

static void add_ipv4(const struct redactor *r, const char *s, struct buf *out)
{
	size_t n = strcspn(s, "/");
	autofree char *address = xstrndup(s, n);
	char text[INET_ADDRSTRLEN];
	int64_t prefix = 32;
	uint32_t a;

	if (inet_pton(AF_INET, address, &a) != 1)
		abort();
	a = ntohl(a);
	if (s[n] && !text_parse_i64(s + n + 1, 0, 32, &prefix))
		abort();
	if (private_bits(a) && prefix >= private_bits(a)) {
		a = move_private(r, a, private_bits(a), (int)prefix);
	} else if (!is_common_address(a)) { /* 198.18.0.0/15 is nobody's: RFC 2544 */
		unsigned char sum[32];

		hash(r, address, n, sum);
		a = 0xc6120000u | (uint32_t)(sum[0] & 1) << 16 | (uint32_t)sum[1] << 8 | sum[2];
		if (prefix < 32)
			a &= prefix ? ~(0xffffffffu >> prefix) : 0;
	}
	a = htonl(a);
	if (!inet_ntop(AF_INET, &a, text, sizeof(text)))
		abort();
	(void)buf_addf(out, "%s%s", text, s + n);
}

/* In 2001:db8::/32, which is nobody's. */
static void add_ipv6(const struct redactor *r, const char *s, struct buf *out)
{
	unsigned char a[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	size_t n = strcspn(s, "/");
	autofree char *address = xstrndup(s, n);
	char text[INET6_ADDRSTRLEN];
	unsigned char sum[32];
	int64_t prefix = 128;

	if (s[n] && !text_parse_i64(s + n + 1, 0, 128, &prefix))
		abort();
	if (text_eq(address, "::") || text_eq(address, "::1")) {
		(void)buf_adds(out, s);
		return;
	}
	hash(r, address, n, sum);
	memcpy(a + 4, sum, 12);
	for (int64_t i = prefix; i < 128; i++)
		a[i / 8] &= (unsigned char)~(0x80u >> (i % 8));
	if (!inet_ntop(AF_INET6, a, text, sizeof(text)))
		abort();
	(void)buf_addf(out, "%s%s", text, s + n);
}

/* ---- names of hosts, ARNs ------------------------------------------------- */

/* A region of this recording, or a zone of one. */
static bool is_known_region(const struct redactor *r, const char *s)
{
	for (size_t i = 0; i < r->regions.n; i++) {
		size_t n = strlen(r->regions.v[i]);

		if (strncmp(s, r->regions.v[i], n) == 0 &&
		    (!s[n] || (islower((unsigned char)s[n]) && !s[n + 1])))
			return true;
	}
	return false;
}

static bool is_one_of(const char *s, const char *const *names)
{
	for (; *names; names++)
		if (text_eq(s, *names))
			return true;
	return false;
}

/* "ip-10-0-0-5": the address with dashes. */
static bool add_ip_label(const struct redactor *r, const char *label, struct buf *out)
{
	auto_buf address = BUF_INIT;
	size_t at = out->n + strlen("ip-");

	if (!text_starts_with(label, "ip-"))
		return false;
	for (const char *c = label + 3; *c; c++)
		(void)buf_addc(&address, *c == '-' ? '.' : *c);
	if (shape_of(address.p) != SHAPE_IPV4)
		return false;
	(void)buf_adds(out, "ip-");
	add_ipv4(r, address.p, out);
	for (; at < out->n; at++)
		if (out->p[at] == '.')
			out->p[at] = '-';
	return true;
}

/* "vpce-0123456789abcdef0-a1b2c3d4-us-east-1a": an id, a word of its own, a zone. */
static bool add_id_label(const struct redactor *r, const char *label, struct buf *out)
{
	size_t digits, prefix = shape_id_prefix(label, &digits), n;

	if (!prefix)
		return false;
	add_id(r, label, prefix, digits, out);
	label += prefix + digits;
	if (*label == '-') {
		n = strcspn(label + 1, "-");
		(void)buf_addc(out, '-');
		add_hex(r, label + 1, n, n < 64 ? n : 64, out);
		label += 1 + n;
	}
	if (*label == '-' && is_known_region(r, label + 1))
		(void)buf_adds(out, label);
	return true;
}

static void add_label(const struct redactor *r, const char *label, struct buf *out)
{
	static const char *const plain[] = {
		"*",	       "amazonaws", "aws",	 "api",	 "cn",
		"com",	       "compute",   "dualstack", "ec2",	 "ec2-instance-connect-endpoint",
		"fips",	       "iam",	    "internal",	 "s3",	 "s3-global",
		"s3express",   "ssm",	    "sts",	 "vpce", "www",
		"accesspoint", "bucket",    "control",	 NULL
	};

	if (is_one_of(label, plain) || is_known_region(r, label))
		(void)buf_adds(out, label);
	else if (!add_ip_label(r, label, out) && !add_id_label(r, label, out))
		redact_text(r, label, strlen(label), out);
}

static void add_host(const struct redactor *r, const char *s, size_t n, struct buf *out)
{
	while (n) {
		const char *dot = memchr(s, '.', n);
		size_t len = dot ? (size_t)(dot - s) : n;
		autofree char *label = xstrndup(s, len);

		add_label(r, label, out);
		if (dot)
			(void)buf_addc(out, '.');
		len += dot != NULL;
		s += len;
		n -= len;
	}
}

static bool is_aws_host(const char *s)
{
	static const char *const ends[] = { ".amazonaws.com", ".amazonaws.com.cn", ".api.aws",
					    ".compute.internal", ".ec2.internal" };

	if (s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*")])
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (text_ends_with(s, ends[i]))
			return true;
	return text_starts_with(s, "com.amazonaws.") || text_starts_with(s, "aws.api.");
}

/* The part of an ARN that names the thing: "vpc/vpc-0...", "role/NAME"; or, where no type comes
 * first, "BUCKET/KEY*". */
static void add_resource(const struct redactor *r, const char *s, bool typed, struct buf *out)
{
	static const char *const types[] = { "assumed-role",
					     "group",
					     "image",
					     "instance",
					     "instance-connect-endpoint",
					     "instance-profile",
					     "key-pair",
					     "mfa",
					     "network-interface",
					     "policy",
					     "role",
					     "root",
					     "route-table",
					     "security-group",
					     "security-group-rule",
					     "session",
					     "snapshot",
					     "subnet",
					     "user",
					     "volume",
					     "vpc",
					     "vpc-endpoint",
					     "vpc-peering-connection",
					     "prefix-list",
					     NULL };

	for (bool first = typed; *s; first = false) {
		size_t n = strcspn(s, "/:*?");
		autofree char *part = xstrndup(s, n);
		size_t digits, prefix = shape_id_prefix(part, &digits);

		if (first && (s[n] == '/' || !s[n]) && is_one_of(part, types))
			(void)buf_adds(out, part);
		else if (prefix && !part[prefix + digits])
			add_id(r, part, prefix, digits, out);
		else
			redact_text(r, part, n, out);
		s += n;
		if (*s)
			(void)buf_addc(out, *s++);
	}
}

static void add_arn(const struct redactor *r, const char *s, struct buf *out)
{
	const char *parts[6] = { s };
	size_t n = 1;

	for (const char *c = s; *c && n < 6; c++)
		if (*c == ':')
			parts[n++] = c + 1;
	if (n < 6) { /* none, though it begins like one */
		redact_text(r, s, strlen(s), out);
		return;
	}
	for (size_t i = 0; i < 5; i++) {
		size_t len = (size_t)(parts[i + 1] - parts[i]) - 1;
		autofree char *part = xstrndup(parts[i], len);

		if (i == 0 || !*part || text_eq(part, "*"))
			(void)buf_adds(out, part);
		else if (shape_of(part) == SHAPE_ACCOUNT)
			add_account(r, part, len, out);
		else if ((i == 1 && (text_eq(part, "aws") || text_starts_with(part, "aws-"))) ||
			 (i == 4 && text_eq(part, "aws")) || is_known_region(r, part))
			(void)buf_adds(out, part);
		else if (i == 2 && len <= 30 &&
			 strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789-") == len)
			(void)buf_adds(out, part);
		else
			redact_text(r, part, len, out);
		(void)buf_addc(out, ':');
	}
	if (strncmp(parts[4], "aws:", 4) == 0) /* AWS's own: a managed policy */
		(void)buf_adds(out, parts[5]);
	else
		add_resource(r, parts[5], strncmp(parts[2], "s3:", 3) != 0, out);
}

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
	     text_starts_with(name, "iam:") || is_one_of(name, lower))) {
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
	if (encoded ? !uri_decode(&plain, value, strlen(value)) : !buf_adds(&plain, value))
		return false;
	document = json_loadb(plain.p, plain.n, JSON_REJECT_DUPLICATES, NULL);
	if (!document)
		return false;
	redacted = redact_json(r, (struct redact_place){ "", "" }, document);
	text = json_dumps(redacted, JSON_COMPACT);
	if (encoded)
		uri_encode(out, text, strlen(text), /* keep_slash= */ false);
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

static void add_other(const struct redactor *r, struct redact_place place, const char *value,
		      struct buf *out)
{
	const char *colon = strchr(value, ':');

	if (text_eq(place.name, "SSHPublicKey"))
		(void)buf_adds(out, PUBLIC_KEY);
	else if (text_starts_with(value, "tag:") && text_eq(place.name, "Name")) {
		(void)buf_adds(out, "tag:");
		add_tag_key(r, value + 4, out);
	} else if (redact_is_vocabulary(place) && is_plain_word(value))
		(void)buf_adds(out, value);
	else if (text_eq(value, "*") || text_starts_with(value, "/aws/service/"))
		(void)buf_adds(out, value);
	else if (is_known_region(r, value))
		(void)buf_adds(out, value);
	else if (is_aws_host(value))
		add_host(r, value, strlen(value), out);
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
		add_iam_id(r, id, out);
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
		add_account(r, value, 12, out);
		return;
	case SHAPE_ID:
		prefix = shape_id_prefix(value, &digits);
		add_id(r, value, prefix, digits, out);
		return;
	case SHAPE_IAM_ID:
		add_iam_id(r, value, out);
		return;
	case SHAPE_UUID:
		add_uuid(r, value, out);
		return;
	case SHAPE_IPV4:
		add_ipv4(r, value, out);
		return;
	case SHAPE_IPV6:
		add_ipv6(r, value, out);
		return;
	case SHAPE_MAC:
		add_mac(r, value, out);
		return;
	case SHAPE_TIME:
		add_time(r, value, out);
		return;
	case SHAPE_ARN:
		add_arn(r, value, out);
		return;
	case SHAPE_SUM:
		add_sum(r, value, out);
		return;
	case SHAPE_OTHER:
		add_other(r, place, value, out);
		return;
	}
}
