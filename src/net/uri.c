/* SPDX-License-Identifier: Apache-2.0 */
/* URLs.  What is odd is refused: no user names, no fragments, no blanks. */
#include "net/uri.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/span.h"
#include "base/text.h"

static struct rb_error *bad(const char *s, const char *why)
{
	autofree char *shown = uri_shown(s);

	return rb_error_why(rb_error_new(RB_USAGE, "'%s' is no URL to call", shown), "%-s", why);
}

/* Letters, digits, '-', '.', '_' for a name; hex and ':' (and '.') for an IPv6 address. */
static bool host_is_well(struct span host, bool ipv6)
{
	if (!host.n || host.n > 253)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (ipv6 ? percent_hex(c) < 0 && c != ':' && c != '.'
			 : !percent_is_unreserved(c) || c == '~')
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

const char *uri_parse_authority(struct span s, char **ret_host, int *ret_port)
{
	struct span host = s;
	bool ipv6 = s.n && s.p[0] == '[';
	const char *end = s.n ? memchr(s.p, ipv6 ? ']' : ':', s.n) : NULL;
	int64_t port = 0;

	if (ipv6) {
		if (!end)
			return N_("'[' is not closed");
		host = (struct span){ s.p + 1, (size_t)(end - s.p) - 1 };
		end++;
		if (end == s.p + s.n)
			end = NULL;
	} else if (end) {
		host.n = (size_t)(end - s.p);
	}
	if (!host_is_well(host, ipv6))
		return N_("its host is no host name or address");
	if (end) {
		autofree char *digits = xstrndup(end + 1, (size_t)(s.p + s.n - end) - 1);

		if (*end != ':' || !text_parse_i64(digits, 1, 65535, &port))
			return N_("its port is not a number from 1 to 65535");
		*ret_port = (int)port;
	}
	*ret_host = lower(host);
	return NULL;
}

static size_t at_sign_n(const char *s)
{
	if (*s == '@')
		return 1;
	return s[0] == '%' && s[1] == '4' && s[2] == '0' ? 3 : 0;
}

char *uri_shown(const char *s)
{
	static const char *const schemes[] = { "http",	  "https",  "ftp",    "socks4",
					       "socks4a", "socks5", "socks5h" };
	const char *sep = strstr(s, "://"), *host = sep ? sep + 3 : s, *hidden = "";
	autofree char *name = NULL;
	const char *scheme = "";
	struct span authority;
	int port = 0;
	bool ipv6;

	for (size_t i = 0; sep && i < ARRAY_LEN(schemes); i++) {
		autofree char *word = lower((struct span){ s, (size_t)(sep - s) });

		if (text_eq(word, schemes[i]))
			scheme = schemes[i];
	}
	/* Whatever stands before the last '@' may be a password, '/' and '#' in it or not. */
	for (const char *c = host; *c; c++)
		if (at_sign_n(c)) {
			host = c + at_sign_n(c);
			hidden = "***@";
		}
	authority = (struct span){ host, strcspn(host, "/?#") };
	if (uri_parse_authority(authority, &name, &port))
		return xasprintf("%s%s***", scheme, *scheme ? "://" : "");
	ipv6 = strchr(name, ':');
	autofree char *digits = port ? xasprintf(":%d", port) : xstrdup("");

	return xasprintf("%s%s%s%s%s%s%s", scheme, *scheme ? "://" : "", hidden, ipv6 ? "[" : "",
			 name, ipv6 ? "]" : "", digits);
}

struct rb_error *uri_parse(const char *s, struct uri *ret)
{
	const char *colon = strstr(s, "://");
	struct uri u = { 0 };
	const char *rest, *why;
	size_t n;

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '"' || *c == '<' || *c == '>')
			return bad(s, N_("it holds blanks, quotes or control characters"));
	if (!colon)
		return bad(s, N_("it does not begin with 'https://' or 'http://'"));
	u.scheme = lower((struct span){ s, (size_t)(colon - s) });
	if (!text_eq(u.scheme, "https") && !text_eq(u.scheme, "http")) {
		uri_clear(&u);
		return bad(s, N_("it does not begin with 'https://' or 'http://'"));
	}
	if (strchr(s, '#')) {
		uri_clear(&u);
		return bad(s, N_("it holds a fragment"));
	}
	rest = colon + 3;
	n = strcspn(rest, "/?");
	why = memchr(rest, '@', n)
		      ? N_("it holds a user name")
		      : uri_parse_authority((struct span){ rest, n }, &u.host, &u.port);
	if (why) {
		uri_clear(&u);
		return bad(s, why);
	}
	rest += n;
	n = strcspn(rest, "?");
	u.path = n ? xstrndup(rest, n) : xstrdup("/");
	if (strchr(u.path, '@') || strstr(u.path, "%40")) {
		uri_clear(&u); /* rather a password with a '/' in it than a path */
		return bad(s, N_("a '/' stands before its '@'"));
	}
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
