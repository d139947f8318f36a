/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is fit for the journal. */
#include "runbook/engine/step_ctx_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

/* Bytes of the ARN that `p` begins with: of the policy that denied, and the administrator needs it
 * whole.  0: there is none, or it is longer than one can be. */
static size_t arn_bytes(const char *p)
{
	enum { LONGEST = 600 };
	size_t n = strcspn(p, " \t\r\n\"'<>()[],;");
	int colons = 0;

	if (!text_starts_with(p, "arn:") || n > LONGEST)
		return 0;
	for (size_t i = 0; i < n; i++)
		colons += p[i] == ':';
	return colons >= 5 ? n : 0;
}

/*
 * An encoded authorisation message, a presigned URL or a token is one long word;
 * nothing else that a person needs from a message is, but an ARN.
 */
char *redact(const char *text)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-+/=%";
	autofree char *safe = text_printable(text, strlen(text), 8000);
	struct buf out = BUF_INIT;

	for (const char *p = safe; *p;) {
		size_t arn = arn_bytes(p), n = arn ? arn : strspn(p, word);

		if (n > 90 && !arn)
			(void)buf_adds(&out, "(cut)");
		else
			(void)buf_add(&out, p, n ? n : 1);
		p += n ? n : 1;
	}
	return buf_steal(&out);
}
