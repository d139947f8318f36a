/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that the instance runs for an upload, and what its programs print. */
#include "steps/common/upload.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { CONNECT_TIMEOUT_S = 5, READ_TIMEOUT_S = 60 };

void upload_script(struct step_ctx *ctx, const struct upload *u, struct buf *out)
{
	const char *bytes = step_param(ctx, "upload.bytes");
	autofree char *target = strchr(u->key, '/') ? xasprintf("s3://%s/%s", u->bucket, u->key)
						    : xasprintf("s3://%s/", u->bucket);
	autofree char *url = xasprintf("https://bucket.%s", u->endpoint_dns);
	auto_buf file = BUF_INIT;

	(void)buf_adds(&file, "./"); /* a name that begins with '-' is no option */
	(void)buf_adds(&file, u->file);
	(void)buf_adds(out, "cd \"$HOME\" && head -c ");
	text_shell_quote(out, bytes);
	(void)buf_adds(out, " /dev/urandom > ");
	text_shell_quote(out, file.p);
	(void)buf_adds(out, " && sha256sum < ");
	text_shell_quote(out, file.p);
	(void)buf_adds(out, " && md5sum < ");
	text_shell_quote(out, file.p);
	(void)buf_addf(out, " && AWS_MAX_ATTEMPTS=1 timeout %d aws s3 cp ", UPLOAD_TIMEOUT_S);
	text_shell_quote(out, file.p);
	(void)buf_addc(out, ' ');
	text_shell_quote(out, target);
	(void)buf_adds(out, " --region ");
	text_shell_quote(out, step_param(ctx, "destination.region"));
	(void)buf_adds(out, " --endpoint-url ");
	text_shell_quote(out, url);
	(void)buf_addf(out, " --cli-connect-timeout %d --cli-read-timeout %d --only-show-errors",
		       CONNECT_TIMEOUT_S, READ_TIMEOUT_S);
	(void)buf_adds(out, "; status=$?; rm -f ");
	text_shell_quote(out, file.p);
	(void)buf_adds(out, "; exit $status");
}

char *upload_sum_of(const struct buf *out, int nth, size_t digits)
{
	const char *line = out->p;

	for (; nth && line; nth--) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	if (!line || strspn(line, "0123456789abcdef") != digits)
		return NULL;
	return xstrndup(line, digits);
}

void upload_addresses_of(struct span text, struct strv *ret)
{
	while (text.n) {
		const char *eol = memchr(text.p, '\n', text.n);
		size_t line_n = eol ? (size_t)(eol - text.p) : text.n;
		size_t n = 0;

		while (n < line_n && !strchr(" \t", text.p[n]))
			n++;
		autofree char *address = text_printable(text.p, n, 64);

		if (n && !strv_has(ret, address))
			strv_add(ret, address);
		line_n += eol != NULL;
		text.p += line_n;
		text.n -= line_n;
	}
}

bool upload_all_inside(const struct strv *addresses, const char *cidr)
{
	for (size_t i = 0; i < addresses->n; i++) {
		autofree char *host = xasprintf("%s/32", addresses->v[i]);

		if (!text_cidr_within(host, cidr))
			return false;
	}
	return addresses->n > 0;
}
