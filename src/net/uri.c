/* Percent-encoding and URLs.  What is odd is refused: no user names, no fragments, no blanks. */
#include "net/uri.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '~';
}

void uri_encode(struct buf *out, const char *s, size_t n, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char hex[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (is_unreserved(s[i]) || (keep_slash && c == '/'))
			(void)buf_addc(out, s[i]);
		else
			(void)buf_add(out, hex, sizeof(hex));
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uri_decode(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi, lo;

		if (s[i] != '%') {
			(void)buf_addc(out, s[i]);
			continue;
		}
		if (n - i < 3)
			return false;
		hi = hex_value(s[i + 1]);
		lo = hex_value(s[i + 2]);
		if (hi < 0 || lo < 0)
			return false;
		(void)buf_addc(out, (char)(hi << 4 | lo));
		i += 2;
	}
	return true;
}

static struct rb_error *bad(const char *s, const char *why)
{
	autofree char *shown = text_printable(s, strlen(s), /* max= */ 200);

	return rb_error_why(rb_error_new(RB_USAGE, "'%s' is no URL to call", shown), "%s", why);
}

/* Letters, digits, '-', '.', '_' for a name; hex and ':' (and '.') for an IPv6 address. */
static bool host_is_well(struct span host, bool ipv6)
{
	if (!host.n || host.n > 253)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (ipv6 ? hex_value(c) < 0 && c != ':' && c != '.' : !is_unreserved(c) || c == '~')
			return false;
	}
	return true;
}

static char *lower(struct span s)
{
	char *low = xstrndup(s.p, s.n);

	for (char *c = low; *c; c++)
		*c = text_lower(*c);
	return low;
}

/* "host", "host:80", "[::1]:80" */
static struct rb_error *parse_authority(const char *whole, struct span s, struct uri *u)
{
	struct span host = s;
	bool ipv6 = s.n && s.p[0] == '[';
	const char *end = memchr(s.p, ipv6 ? ']' : ':', s.n);
	int64_t port = 0;

	if (memchr(s.p, '@', s.n))
		return bad(whole, "it holds a user name");
	if (ipv6) {
		if (!end)
			return bad(whole, "'[' is not closed");
		host = (struct span){ s.p + 1, (size_t)(end - s.p) - 1 };
		end++;
		if (end == s.p + s.n)
			end = NULL;
	} else if (end) {
		host.n = (size_t)(end - s.p);
	}
	if (!host_is_well(host, ipv6))
		return bad(whole, "its host is no host name or address");
	if (end) {
		autofree char *digits = xstrndup(end + 1, (size_t)(s.p + s.n - end) - 1);

		if (*end != ':' || !text_parse_i64(digits, 1, 65535, &port))
			return bad(whole, "its port is not a number from 1 to 65535");
	}
	u->host = lower(host);
	u->port = (int)port;
	return NULL;
}

struct rb_error *uri_parse(const char *s, struct uri *ret)
{
	const char *colon = strstr(s, "://");
	struct uri u = { 0 };
	struct rb_error *err;
	const char *rest;
	size_t n;

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '"' || *c == '<' || *c == '>')
			return bad(s, "it holds blanks, quotes or control characters");
	if (!colon)
		return bad(s, "it does not begin with 'https://' or 'http://'");
	u.scheme = lower((struct span){ s, (size_t)(colon - s) });
	if (!text_eq(u.scheme, "https") && !text_eq(u.scheme, "http")) {
		uri_clear(&u);
		return bad(s, "it does not begin with 'https://' or 'http://'");
	}
	if (strchr(s, '#')) {
		uri_clear(&u);
		return bad(s, "it holds a fragment");
	}
	rest = colon + 3;
	n = strcspn(rest, "/?");
	err = parse_authority(s, (struct span){ rest, n }, &u);
	if (err) {
		uri_clear(&u);
		return err;
	}
	rest += n;
	n = strcspn(rest, "?");
	u.path = n ? xstrndup(rest, n) : xstrdup("/");
	if (rest[n] == '?')
		u.query = xstrdup(rest + n + 1);
	*ret = u;
	return NULL;
}

void uri_clear(struct uri *u)
{
	free(u->scheme);
	free(u->host);
	free(u->path);
	free(u->query);
	*u = (struct uri){ 0 };
}
