/* SPDX-License-Identifier: Apache-2.0 */
/* What a proxy answers, and whose mistake that is. */
#include "net/peer_error_int.h"

#include "base/buf.h"
#include "base/span.h"
#include "net/peer.h"

static struct rb_error *wants_login(const struct peer_attempt *a)
{
	static const struct {
		unsigned long bit;
		const char *name;
	} names[] = { { CURLAUTH_BASIC, "Basic" },
		      { CURLAUTH_DIGEST, "Digest" },
		      { CURLAUTH_NTLM, "NTLM" },
		      { CURLAUTH_NEGOTIATE, "Negotiate" },
		      { CURLAUTH_BEARER, "Bearer" } };
	const char *variable = a->peer->proxy->variable;
	auto_buf list = BUF_INIT;
	long got = 0;
	unsigned long offered;

	(void)curl_easy_getinfo(a->easy, CURLINFO_PROXYAUTH_AVAIL, &got);
	offered = (unsigned long)got;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (offered & names[i].bit)
			(void)buf_addf(&list, "%s%s", list.n ? ", " : "", names[i].name);
	if (!(offered & CURLAUTH_BASIC))
		return rb_error_hint(
			rb_error_because(
				RB_FAILED,
				"%s wants a login by %s (HTTP 407), and only Basic is known "
				"here",
				a->proxy, list.n ? list.p : N_("a scheme of its own")),
			"run a local proxy that logs in for you (cntlm, px) and name it in %s, or "
			"have the hosts of AWS let through without a login",
			variable);
	if (a->peer->proxy->user)
		return rb_error_hint(
			rb_error_because(RB_FAILED,
					 "%s refuses the user name and password of %s (HTTP 407)",
					 a->proxy, variable),
			"correct them there, each special character in its %%XX form; they may "
			"have "
			"expired");
	return rb_error_hint(
		rb_error_because(RB_FAILED,
				 "%s wants a user name and password (HTTP 407), and %s "
				 "gives none",
				 a->proxy, variable),
		"write them into %s=%s://USER:PASSWORD@%s:%d", variable, a->peer->proxy->scheme,
		a->peer->proxy->host, a->peer->proxy->port);
}

struct rb_error *peer_proxy_refused(const struct peer_attempt *a, long status)
{
	if (status == 407)
		return wants_login(a);
	if (status >= 500)
		return rb_error_hint(
			rb_error_because(RB_NETWORK, "%s cannot reach '%s' (HTTP %ld)", a->proxy,
					 a->peer->host, status),
			"it may not know the name, or be kept from it: ask who runs it");
	if (status >= 400)
		return rb_error_hint(rb_error_because(RB_FAILED, "%s refuses '%s' (HTTP %ld)",
						      a->proxy, a->peer->host, status),
				     "allow the host in the proxy, or name it in NO_PROXY");
	return peer_check_variable(
		a,
		rb_error_because(RB_FAILED, "%s answers CONNECT with HTTP %ld", a->proxy, status),
		N_("a web server may listen there instead of a proxy"));
}

struct rb_error *peer_proxy_refusal(CURL *easy, const struct peer *peer, long status)
{
	struct peer_attempt a = peer_attempt_of(easy, peer, "");
	struct rb_error *err = peer_proxy_refused(&a, status);

	said_drop(&a.proxy);
	return err;
}

struct rb_error *peer_socks_error(const struct peer_attempt *a)
{
	long px = 0;

	(void)curl_easy_getinfo(a->easy, CURLINFO_PROXY_ERROR, &px);
	switch (px) {
	case CURLPX_USER_REJECTED:
	case CURLPX_NO_AUTH:
	case CURLPX_REPLY_NOT_ALLOWED:
		return peer_check_variable(
			a, rb_error_because(RB_FAILED, "%s refuses: %s", a->proxy, a->text),
			N_("it does not take the user, or the host"));
	default:
		return peer_check_variable(
			a,
			rb_error_because(RB_NETWORK, "%s gives no way to '%s': %s", a->proxy,
					 a->peer->host, a->text),
			N_("the proxy could not connect, or is none of this kind"));
	}
}
