/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in a pipe, each with the NUL at its end. */
#include "runbook/ssh/tunnel_keys.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

enum { KEY_ID, SECRET_KEY, SESSION_TOKEN, EXPIRES, SOURCE, SKEW, FIELDS };

static void add_field(struct buf *out, const char *text)
{
	(void)buf_add(out, text, strlen(text) + 1);
}

int tunnel_keys_offer(const char *path, const struct cred *cred, int64_t skew_s)
{
	auto_secret_buf text = BUF_INIT;
	/* those that are used past their time, for IMDS is late with others, have none here */
	autofree char *expires =
		xasprintf("%lld", cred->keep_when_expired ? 0LL : (long long)cred->expires_utc_s);
	autofree char *skew = xasprintf("%lld", (long long)skew_s);
	int fd;

	add_field(&text, cred->access_key_id);
	add_field(&text, secret_reveal(&cred->secret_key));
	add_field(&text, secret_reveal(&cred->session_token));
	add_field(&text, expires);
	add_field(&text, cred->source ? cred->source : "");
	add_field(&text, skew);
	if (mkfifo(path, 0600))
		return -1;
	/* Both ends, so that it neither waits for a reader nor ends without one. */
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A pipe, and nobody else's. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IRWXG | S_IRWXO));
}

static bool parse(const char *p, size_t n, struct cred *ret, int64_t *ret_skew_s)
{
	const char *fields[FIELDS] = { NULL };
	int64_t expires;

	for (size_t i = 0; i < FIELDS; i++) {
		const char *end = memchr(p, '\0', n);

		if (!end)
			return false;
		fields[i] = p;
		n -= (size_t)(end + 1 - p);
		p = end + 1;
	}
	if (n || !*fields[KEY_ID] || !*fields[SECRET_KEY] ||
	    !text_parse_i64(fields[EXPIRES], 0, INT64_MAX, &expires) ||
	    !text_parse_i64(fields[SKEW], -INT32_MAX, INT32_MAX, ret_skew_s))
		return false;
	set_str(&ret->access_key_id, fields[KEY_ID]);
	secret_set_str(&ret->secret_key, fields[SECRET_KEY]);
	secret_set_str(&ret->session_token, fields[SESSION_TOKEN]);
	set_str(&ret->source, fields[SOURCE]);
	ret->expires_utc_s = expires;
	return true;
}

bool tunnel_keys_take(struct cred *ret, int64_t *ret_skew_s)
{
	const char *path = getenv(TUNNEL_KEYS_ENV);
	char text[65536];
	auto_fd int fd = -1;
	ssize_t n;
	bool good;

	if (!path || !*path)
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !is_ours(fd))
		return false;
	n = read(fd, text, sizeof(text));
	good = n > 0 && parse(text, (size_t)n, ret, ret_skew_s);
	OPENSSL_cleanse(text, sizeof(text));
	return good;
}
