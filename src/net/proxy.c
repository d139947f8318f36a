/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies of the environment: which variable, what its value means, who is excepted. */
#include "net/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/percent.h"
#include "base/span.h"
#include "base/text.h"
#include "net/uri.h"

/* The ports are those of the AWS CLI; libcurl alone would take 1080 for http, too. */
static const struct {
	const char *scheme;
	int port;
} schemes[] = {
	{ "http", 80 },	     { "https", 443 },	 { "socks4", 1080 },
	{ "socks4a", 1080 }, { "socks5", 1080 }, { "socks5h", 1080 },
};

#define PROXY_FORM N_("write it as http://USER:PASSWORD@HOST:PORT")
#define PROXY_ENCODE                                                                                  \
	N_("in user name and password write '/' as %2F, '?' as %3F, '#' as %23, '@' as %40, a blank " \
	   "as %20 and '%' as %25")

void proxy_clear(struct proxy *p)
{
	free(p->scheme);
	free(p->host);
	free(p->user);
	secret_clear(&p->password);
	*p = (struct proxy){ 0 };
}

/* ---- who is excepted ------------------------------------------------------- */

static bool bits_agree(const unsigned char *a, const unsigned char *b, int64_t bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned char mask = (unsigned char)(0xff00 >> (bits % 8));

	return memcmp(a, b, whole) == 0 && (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* "10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "[::1]" */
static bool excepts_address(struct span word, int family, const unsigned char *address)
{
	const char *slash = memchr(word.p, '/', word.n);
	size_t n = slash ? (size_t)(slash - word.p) : word.n;
	bool bracketed = n > 2 && word.p[0] == '[' && word.p[n - 1] == ']';
	autofree char *net = xstrndup(word.p + bracketed, n - (bracketed ? 2 : 0));
	int64_t bits = family == AF_INET ? 32 : 128;
	unsigned char other[16];

	if (slash) {
		autofree char *number = xstrndup(slash + 1, word.n - n - 1);

		if (!text_parse_i64(number, 1, bits, &bits))
			return false;
	}
	return inet_pton(family, net, other) == 1 && bits_agree(address, other, bits);
}

/* "example.com" and ".example.com" both name it and all below it. */
static bool excepts_name(struct span word, const char *host)
{
	size_t n = strlen(host);

	if (n && host[n - 1] == '.')
		n--;
	if (word.n && word.p[word.n - 1] == '.')
		word.n--;
	if (word.n && word.p[0] == '.') {
		word.p++;
		word.n--;
	}
	if (!word.n || word.n > n || (word.n < n && host[n - word.n - 1] != '.'))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (text_lower(word.p[i]) != text_lower(host[n - word.n + i]))
			return false;
	return true;
}

bool proxy_is_excepted(const char *no_proxy, const char *host)
{
	unsigned char address[16];
	int family = inet_pton(AF_INET, host, address) == 1    ? AF_INET
		     : inet_pton(AF_INET6, host, address) == 1 ? AF_INET6
							       : 0;

	if (!no_proxy)
		return false;
	if (text_eq(no_proxy, "*"))
		return true;
	for (const char *p = no_proxy; *p;) {
		struct span word = { p, strcspn(p, ", \t") };

		if (word.n &&
		    (family ? excepts_address(word, family, address) : excepts_name(word, host)))
			return true;
		p += word.n + (p[word.n] != '\0');
	}
	return false;
}

/* ---- the variable and its value -------------------------------------------- */

/* As getenv, but an empty variable is as good as none. */
static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static const char *find_variable(const char *scheme)
{
	static const char *const https[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
					     NULL };
	static const char *const http[] = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY",
					    NULL };

	for (const char *const *name = text_eq(scheme, "https") ? https : http; *name; name++)
		if (env(*name))
			return *name;
	return NULL;
}

static struct rb_error *bad(const char *variable, const char *why, const char *hint)
{
	return rb_error_hint(
		rb_error_because(RB_USAGE, "%-s is no proxy to use: %-s", variable, why), "%-s",
		hint);
}

/* "USER" or "USER:PASSWORD", encoded.  False: control characters. */
static bool take_user(struct span s, struct proxy *p)
{
	const char *colon = memchr(s.p, ':', s.n);
	size_t user_n = colon ? (size_t)(colon - s.p) : s.n;
	auto_secret_buf user = BUF_INIT, password = BUF_INIT;

	percent_decode_lenient(&user, s.p, user_n);
	if (colon)
		percent_decode_lenient(&password, colon + 1, s.n - user_n - 1);
	for (size_t i = 0; i < user.n; i++)
		if ((unsigned char)user.p[i] < ' ' || user.p[i] == ':')
			return false;
	for (size_t i = 0; i < password.n; i++)
		if ((unsigned char)password.p[i] < ' ')
			return false;
	p->user = xstrdup(user.p);
	secret_set(&p->password, password.p, password.n);
	return true;
}

static bool take_scheme(const char *value, const char **ret_rest, struct proxy *p)
{
	const char *sep = strstr(value, "://");
	autofree char *scheme = sep ? xstrndup(value, (size_t)(sep - value)) : xstrdup("http");

	*ret_rest = sep ? sep + 3 : value;
	for (char *c = scheme; *c; c++)
		*c = text_lower(*c);
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (text_eq(schemes[i].scheme, scheme)) {
			p->scheme = steal_str(&scheme);
			p->port = schemes[i].port;
			return true;
		}
	return false;
}

static struct rb_error *parse(const char *variable, const char *value, struct proxy *p)
{
	struct span authority;
	const char *rest, *why, *at;
	int port = 0;

	p->variable = variable;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return bad(variable, N_("it holds a blank or a control character"),
				   PROXY_ENCODE);
	if (!take_scheme(value, &rest, p))
		return bad(variable, N_("it does not begin with http://, https:// or socks5h://"),
			   PROXY_FORM);
	authority = (struct span){ rest, strcspn(rest, "/?#") };
	if (strchr(rest + authority.n, '@'))
		return bad(variable, N_("a '/', '?' or '#' stands before its last '@'"),
			   PROXY_ENCODE);
	at = memrchr(authority.p, '@', authority.n);
	if (at) {
		size_t n = (size_t)(at - authority.p);

		if (!take_user((struct span){ authority.p, n }, p))
			return bad(variable,
				   N_("its user name or password holds control characters"),
				   PROXY_ENCODE);
		authority.p += n + 1;
		authority.n -= n + 1;
	}
	why = uri_parse_authority(authority, &p->host, &port);
	if (why)
		return bad(variable, why, at ? PROXY_ENCODE : PROXY_FORM);
	if (port)
		p->port = port;
	return NULL;
}

struct rb_error *proxy_for(const char *scheme, const char *host, struct proxy *ret)
{
	const char *variable = find_variable(scheme);
	const char *value = variable ? env(variable) : NULL;
	const char *no_proxy = env("no_proxy") ? env("no_proxy") : env("NO_PROXY");
	struct proxy p = { 0 };
	struct rb_error *err;

	proxy_clear(ret);
	if (!value || proxy_is_excepted(no_proxy, host))
		return NULL;
	err = parse(variable, value, &p);
	if (err) {
		proxy_clear(&p);
		return err;
	}
	*ret = p;
	return NULL;
}

/* ---- using it -------------------------------------------------------------- */

char *proxy_shown(const struct proxy *p)
{
	bool ipv6 = strchr(p->host, ':');

	return xasprintf("%s://%s%s%s:%d", p->scheme, ipv6 ? "[" : "", p->host, ipv6 ? "]" : "",
			 p->port);
}

/* An option that this libcurl does not take is our mistake, not the network's. */
static void set_text(CURL *easy, CURLoption option, const char *value)
{
	if (curl_easy_setopt(easy, option, value) != CURLE_OK)
		abort();
}

void proxy_apply(const struct proxy *p, CURL *easy)
{
	autofree char *url = p->scheme ? proxy_shown(p) : xstrdup("");

	/* Both empty strings mean "and do not look into the environment". */
	set_text(easy, CURLOPT_PROXY, url);
	set_text(easy, CURLOPT_NOPROXY, "");
	if (!p->user)
		return;
	set_text(easy, CURLOPT_PROXYUSERNAME, p->user);
	set_text(easy, CURLOPT_PROXYPASSWORD, secret_reveal(&p->password));
}
