/* SPDX-License-Identifier: Apache-2.0 */
/* The stack's known_hosts: the host key that is remembered for an alias. */
#include "runbook/ssh/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/span.h"
#include "net/sshkey.h"

enum { KNOWN_HOSTS_MAX = 1024 * 1024 };

static bool is_of_alias(struct span line, const char *alias)
{
	size_t n = strlen(alias);

	return line.n > n && memcmp(line.p, alias, n) == 0 && line.p[n] == ' ';
}

char *connection_fingerprint(const char *known_hosts, const char *alias)
{
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(known_hosts, KNOWN_HOSTS_MAX, &text);
	struct span rest = { text.p, text.n }, line;

	if (err) {
		(void)rb_error_free(err);
		return NULL;
	}
	while (span_next_line(&rest, &line)) {
		struct span blob;
		const char *space;

		if (!is_of_alias(line, alias))
			continue;
		blob = span_trim((struct span){ line.p + strlen(alias), line.n - strlen(alias) });
		space = memchr(blob.p, ' ', blob.n); /* after the key's type */
		if (!space)
			continue;
		blob.n -= (size_t)(space + 1 - blob.p);
		blob.p = space + 1;
		autofree char *base64 = xstrndup(blob.p, blob.n);

		base64[strcspn(base64, " \r\n")] = '\0'; /* a comment may follow */
		return sshkey_fingerprint(base64);
	}
	return NULL;
}

struct rb_error *connection_forget(const char *known_hosts, const char *alias)
{
	auto_buf text = BUF_INIT;
	auto_buf kept = BUF_INIT;
	struct rb_error *err = file_read(known_hosts, KNOWN_HOSTS_MAX, &text);
	struct span rest, line;

	if (rb_error_is(err, RB_GONE)) {
		(void)rb_error_free(err);
		return NULL;
	}
	TRY(err);
	rest = (struct span){ text.p, text.n };
	while (span_next_line(&rest, &line))
		if (!is_of_alias(line, alias))
			(void)buf_add(&kept, line.p, line.n);
	if (!kept.n) {
		if (unlink(known_hosts) && errno != ENOENT)
			return rb_error_sys(errno, "cannot remove '%s'", known_hosts);
		return NULL;
	}
	if (kept.n == text.n)
		return NULL;
	return file_write_atomic(known_hosts, kept.p, kept.n, 0600);
}
