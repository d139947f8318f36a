/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, checksums and times: what has a shape and no parts. */
#include <stdlib.h>
#include <string.h>

#include "aws/record/redact_parts.h"
#include "base/clock.h"

#define EPOCH_UTC_S 1577836800 /* 2020-01-01T00:00:00Z */

void redact_id(const struct redactor *r, const char *s, size_t prefix, size_t digits,
	       struct buf *out)
{
	(void)buf_add(out, s, prefix);
	(void)buf_addc(out, '0');
	redact_hex(r, s, prefix + digits, digits - 1, out);
}

void redact_iam_id(const struct redactor *r, const char *s, struct buf *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t n = strlen(s);
	unsigned char sum[32];

	redact_hash(r, s, n, sum);
	(void)buf_add(out, s, 4);
	for (size_t i = 4; i < n; i++)
		(void)buf_addc(out, letters[sum[i % 32] % 32]);
}

void redact_uuid(const struct redactor *r, const char *s, struct buf *out)
{
	auto_buf hex = BUF_INIT;

	redact_hex(r, s, strlen(s), 32, &hex);
	(void)buf_addf(out, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 15,
		       hex.p + 18);
}

void redact_mac(const struct redactor *r, const char *s, struct buf *out)
{
	auto_buf hex = BUF_INIT;

	redact_hex(r, s, strlen(s), 10, &hex);
	(void)buf_addf(out, "02:%.2s:%.2s:%.2s:%.2s:%.2s", hex.p, hex.p + 2, hex.p + 4, hex.p + 6,
		       hex.p + 8);
}

void redact_sum(const struct redactor *r, const char *s, struct buf *out)
{
	size_t n = strlen(s), quoted = s[0] == '"', digits = n - 2 * quoted;
	auto_buf hex = BUF_INIT;

	while (hex.n < digits)
		redact_hex(r, s, n, digits - hex.n < 64 ? digits - hex.n : 64, &hex);
	(void)buf_addf(out, "%s%s%s", quoted ? "\"" : "", hex.p, quoted ? "\"" : "");
}

/* The same distance from the begin of the recording, in the same form. */
void redact_time(const struct redactor *r, const char *s, struct buf *out)
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
