/* SPDX-License-Identifier: Apache-2.0 */
/* Names of hosts, and ARNs: part by part. */
#include <ctype.h>
#include <string.h>

#include "aws/record/redact_parts.h"
#include "base/alloc.h"
#include "base/shape.h"
#include "base/text.h"

/* A region of this recording, or a zone of one. */
bool redact_is_known_region(const struct redactor *r, const char *s)
{
	for (size_t i = 0; i < r->regions.n; i++) {
		size_t n = strlen(r->regions.v[i]);

		if (strncmp(s, r->regions.v[i], n) == 0 &&
		    (!s[n] || (islower((unsigned char)s[n]) && !s[n + 1])))
			return true;
	}
	return false;
}

bool redact_is_one_of(const char *s, const char *const *names)
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
	redact_ipv4(r, address.p, out);
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
	redact_id(r, label, prefix, digits, out);
	label += prefix + digits;
	if (*label == '-') {
		n = strcspn(label + 1, "-");
		(void)buf_addc(out, '-');
		redact_hex(r, label + 1, n, n < 64 ? n : 64, out);
		label += 1 + n;
	}
	if (*label == '-' && redact_is_known_region(r, label + 1))
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

	if (redact_is_one_of(label, plain) || redact_is_known_region(r, label))
		(void)buf_adds(out, label);
	else if (!add_ip_label(r, label, out) && !add_id_label(r, label, out))
		redact_text(r, label, strlen(label), out);
}

void redact_host(const struct redactor *r, const char *s, size_t n, struct buf *out)
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

bool redact_is_aws_host(const char *s)
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

		if (first && (s[n] == '/' || !s[n]) && redact_is_one_of(part, types))
			(void)buf_adds(out, part);
		else if (prefix && !part[prefix + digits])
			redact_id(r, part, prefix, digits, out);
		else
			redact_text(r, part, n, out);
		s += n;
		if (*s)
			(void)buf_addc(out, *s++);
	}
}

/* The first five parts: "arn", partition, service, region, account. */
static bool is_kept_in_arn(const struct redactor *r, size_t i, const char *part)
{
	size_t n = strlen(part);

	if (i == 0 || !n || text_eq(part, "*") || redact_is_known_region(r, part))
		return true;
	if (i == 2)
		return n <= 30 && strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
	return (i == 1 || i == 4) && (text_eq(part, "aws") || text_starts_with(part, "aws-"));
}

void redact_arn(const struct redactor *r, const char *s, struct buf *out)
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

		if (shape_of(part) == SHAPE_ACCOUNT)
			redact_account(r, part, len, out);
		else if (is_kept_in_arn(r, i, part))
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
