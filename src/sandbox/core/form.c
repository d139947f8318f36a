/* SPDX-License-Identifier: Apache-2.0 */
/* Form bodies and query strings, decoded into pairs. */
#include "sandbox/core/sbx.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/percent.h"

#define MAX_PAIRS 20000

/* UTF-8 without NUL, as JSON and XML want it. */
static bool is_text(const struct buf *b)
{
	json_t *probe;

	if (strlen(b->p) != b->n)
		return false;
	probe = json_stringn(b->p, b->n);
	json_decref(probe);
	return probe != NULL;
}

static bool decode(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		int hi, lo;

		if (s[i] != '%') {
			(void)buf_addc(out, s[i] == '+' ? ' ' : s[i]);
			continue;
		}
		hi = i + 2 < n ? percent_hex(s[i + 1]) : -1;
		lo = i + 2 < n ? percent_hex(s[i + 2]) : -1;
		if (hi < 0 || lo < 0)
			return false;
		(void)buf_addc(out, (char)(hi << 4 | lo));
		i += 2;
	}
	return is_text(out);
}

bool sbx_form_decode(const char *s, size_t n, struct sbx_pairs *out)
{
	const char *end = s + n;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		size_t len = amp ? (size_t)(amp - s) : (size_t)(end - s);
		const char *eq = memchr(s, '=', len);
		size_t name_n = eq ? (size_t)(eq - s) : len;
		auto_buf name = BUF_INIT, value = BUF_INIT;

		if (len) {
			if (!decode(s, name_n, &name) || out->n >= MAX_PAIRS)
				return false;
			if (eq && !decode(eq + 1, len - name_n - 1, &value))
				return false;
			sbx_pairs_add(out, name.p, value.p);
		}
		s += len + 1;
	}
	return true;
}
