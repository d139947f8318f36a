/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The diagnosis of a connection that did not come about.
 *
 * libcurl's code says what failed; which of host and proxy it was about follows from how far
 * the connection had come.  One text stands for one cause.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/x509_vfy.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"
#include "net/http.h"
#include "net/peer.h"

/* ---- how far it came --------------------------------------------------------- */

/* A connection that failed, and what is known of it. */
struct attempt {
	CURL *easy;
	const struct peer *peer;
	const char *proxy;   /* a sentence by its English: "the proxy 'http://...'"; NULL: there is
				none */
	bool at_proxy;	     /* it had not passed the proxy yet */
	long connect_code;   /* the proxy's answer to CONNECT; 0: none */
	curl_off_t found_us; /* until the name was resolved; 0: not yet */
	bool connected;
	long os_errno;
	const char *text;
};

static struct attempt attempt_of(CURL *easy, const struct peer *peer, const char *text)
{
	struct attempt a = {
		.easy = easy, .peer = peer, .text = text, .connected = peer->connected
	};

	(void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &a.connect_code);
	(void)curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &a.found_us);
	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &a.os_errno);
	if (peer->proxy->scheme) {
		autofree char *shown = proxy_shown(peer->proxy);

		a.proxy = said_english(said_new("the proxy '%s'", shown));
		a.at_proxy = a.connect_code / 100 != 2;
	}
	return a;
}

/* "'HOST'" or "the proxy 'URL'".  Caller frees. */
static struct said *whom(const struct attempt *a, bool proxy)
{
	return proxy ? said_copy(said_of(a->proxy)) : said_new("'%s'", a->peer->host);
}

static struct rb_error *check_variable(const struct attempt *a, struct rb_error *err,
				       const char *what)
{
	return rb_error_hint(err, "%-s: check %s", what, a->peer->proxy->variable);
}

/* ---- certificates and TLS ----------------------------------------------------- */

#define OWN_AUTHORITY                                                                              \
	N_("if this network has its own certificate authority, name its file in AWS_CA_BUNDLE")

/* X509_V_ERR_* as OpenSSL numbers them; the text comes with the error already. */
static const struct {
	long verify;
	const char *hint;
} tls_hints[] = {
	{ 9, N_("the server's certificate is not valid yet: is this machine's clock right") },
	{ 10, N_("the server's certificate has expired, or this machine's clock is wrong") },
	{ 18, OWN_AUTHORITY },
	{ 19, OWN_AUTHORITY },
	{ 20, OWN_AUTHORITY },
	{ 21, OWN_AUTHORITY },
};

static struct rb_error *certificate_error(const struct attempt *a)
{
	/* Of an https:// proxy the certificate comes first, before CONNECT. */
	bool proxys = a->at_proxy && text_eq(a->peer->proxy->scheme, "https");
	auto_said *says = whom(a, proxys);
	const char *who = said_english(says);
	/* What libcurl 7 and 8 say of TLS within TLS when the reason was lost on the way. */
	bool lost = peer_refused_certificate() &&
		    (strstr(a->text, "SSL_ERROR_SYSCALL") || strstr(a->text, "error:00000000"));
	struct rb_error *err = rb_error_because(
		RB_FAILED, "the TLS certificate of %s is refused: %s", who,
		lost ? X509_verify_cert_error_string(peer_refused_certificate()) : a->text);
	long verify = 0;

	(void)curl_easy_getinfo(
		a->easy, proxys ? CURLINFO_PROXY_SSL_VERIFYRESULT : CURLINFO_SSL_VERIFYRESULT,
		&verify);
	if (lost)
		verify = peer_refused_certificate();
	for (size_t i = 0; i < ARRAY_LEN(tls_hints); i++)
		if (tls_hints[i].verify == verify)
			return rb_error_hint(err, "%-s", tls_hints[i].hint);
	/* A wrong name leaves it at 0 or 1 (unspecified), whatever libcurl's version. */
	if (verify > 1)
		return rb_error_hint(err, OWN_AUTHORITY);
	if (proxys)
		return check_variable(a, err, N_("the proxy's certificate is for another name"));
	return rb_error_hint(err, "another server answers for this name: look at AWS_ENDPOINT_URL, "
				  "the proxy and DNS");
}

static struct rb_error *handshake_error(const struct attempt *a)
{
	static const char *const no_tls[] = { "wrong version number", "http request",
					      "packet length too long", "record layer failure",
					      "unexpected message" };
	static const char *const old_tls[] = { "protocol version", "unsupported protocol",
					       "no protocols available" };
	bool proxys = a->at_proxy && text_eq(a->peer->proxy->scheme, "https");
	auto_said *says = whom(a, proxys);
	const char *who = said_english(says);

	for (size_t i = 0; i < ARRAY_LEN(no_tls); i++) {
		struct rb_error *err;

		if (!strcasestr(a->text, no_tls[i]))
			continue;
		err = rb_error_because(RB_FAILED, "%s does not answer in TLS: %s", who, a->text);
		if (proxys)
			return check_variable(a, err,
					      N_("a proxy that takes plain connections is written "
						 "http://HOST:PORT"));
		return rb_error_hint(err, "something else answers at this port: look at "
					  "AWS_ENDPOINT_URL (http or https), the proxy, and if the "
					  "network wants a login first");
	}
	for (size_t i = 0; i < ARRAY_LEN(old_tls); i++)
		if (strcasestr(a->text, old_tls[i]))
			return rb_error_hint(
				rb_error_because(RB_NETWORK,
						 "no connection to %s: it speaks no TLS of version "
						 "1.2 or newer: %s",
						 who, a->text),
				"something old answers at this address: look at the proxy and at "
				"AWS_ENDPOINT_URL");
	return rb_error_hint(
		rb_error_because(RB_NETWORK,
				 "no connection to %s: it broke off the TLS handshake: %s", who,
				 a->text),
		"something on the way may refuse TLS to this name: a firewall or a "
		"proxy");
}

/* ---- names, connections, time ------------------------------------------------- */

static struct rb_error *name_error(const struct attempt *a, bool proxy)
{
	if (proxy)
		return check_variable(
			a,
			rb_error_because(RB_NETWORK, "the name of %s does not resolve", a->proxy),
			N_("this machine's DNS does not know it"));
	struct rb_error *err =
		rb_error_because(RB_NETWORK, "the name '%s' does not resolve", a->peer->host);

	err->sys_errno = HTTP_NO_SUCH_NAME;
	return rb_error_hint(err, "check the network and the region; FIPS and dual-stack endpoints "
				  "do not exist everywhere");
}

static struct rb_error *refused_error(const struct attempt *a)
{
	bool proxys = a->at_proxy;
	auto_said *says = whom(a, proxys);
	const char *who = said_english(says);
	const char *why = a->os_errno ? strerror((int)a->os_errno) : a->text;
	struct rb_error *err = rb_error_because(RB_NETWORK, "no connection to %s: %s", who, why);

	if (proxys)
		return check_variable(a, err, N_("the proxy cannot be reached"));
	if (a->os_errno == ECONNREFUSED)
		return rb_error_hint(err, "nothing listens at this address and port: check "
					  "AWS_ENDPOINT_URL, or what a firewall rejects");
	if (a->os_errno == ENETUNREACH || a->os_errno == EHOSTUNREACH)
		return rb_error_hint(err, "this machine has no way there: check its network");
	return rb_error_hint(err, "check the network, the proxy and AWS_ENDPOINT_URL");
}

static struct rb_error *late_error(const struct attempt *a)
{
	auto_said *says = whom(a, a->at_proxy);
	const char *who = said_english(says);
	double limit_s = (double)a->peer->timeout_ms / 1000;

	if (!a->found_us)
		return rb_error_hint(
			rb_error_because(RB_NETWORK,
					 "the name of %s was not resolved within %.3g s", who,
					 limit_s),
			"this machine's DNS server does not answer");
	if (!a->connected)
		return rb_error_hint(
			rb_error_because(RB_NETWORK, "%s did not take the connection within %.3g s",
					 who, limit_s),
			a->proxy ? "check that the proxy runs and may be reached"
				 : N_("a firewall may drop it; if this network needs a "
				      "proxy, name it in HTTPS_PROXY"));
	if (a->at_proxy)
		return check_variable(a,
				      rb_error_because(RB_NETWORK,
						       "%s took the connection and did not answer "
						       "within %.3g s",
						       who, limit_s),
				      N_("another service may listen there"));
	return rb_error_hint(
		rb_error_because(RB_NETWORK,
				 "no connection to %s: its TLS did not begin within %.3g s", who,
				 limit_s),
		"something on the way holds it up: a firewall or a proxy");
}

/* ---- what a proxy answers ------------------------------------------------------ */

static struct rb_error *wants_login(const struct attempt *a)
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

static struct rb_error *refusal(const struct attempt *a, long status)
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
	return check_variable(
		a,
		rb_error_because(RB_FAILED, "%s answers CONNECT with HTTP %ld", a->proxy, status),
		N_("a web server may listen there instead of a proxy"));
}

struct rb_error *peer_proxy_refusal(CURL *easy, const struct peer *peer, long status)
{
	struct attempt a = attempt_of(easy, peer, "");
	struct rb_error *err = refusal(&a, status);

	said_drop(&a.proxy);
	return err;
}

static struct rb_error *socks_error(const struct attempt *a)
{
	long px = 0;

	(void)curl_easy_getinfo(a->easy, CURLINFO_PROXY_ERROR, &px);
	switch (px) {
	case CURLPX_USER_REJECTED:
	case CURLPX_NO_AUTH:
	case CURLPX_REPLY_NOT_ALLOWED:
		return check_variable(
			a, rb_error_because(RB_FAILED, "%s refuses: %s", a->proxy, a->text),
			N_("it does not take the user, or the host"));
	default:
		return check_variable(a,
				      rb_error_because(RB_NETWORK, "%s gives no way to '%s': %s",
						       a->proxy, a->peer->host, a->text),
				      N_("the proxy could not connect, or is none of this kind"));
	}
}

/* ---- all of it ------------------------------------------------------------------ */

static struct rb_error *diagnose(const struct attempt *a, CURLcode code)
{
	if (a->connect_code && a->connect_code / 100 != 2)
		return refusal(a, a->connect_code);
	switch ((int)code) { /* an open set: libcurl grows */
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return certificate_error(a);
	case CURLE_SSL_CONNECT_ERROR:
		return peer_refused_certificate() ? certificate_error(a) : handshake_error(a);
	case CURLE_SSL_CACERT_BADFILE:
		return rb_error_hint(rb_error_because(RB_FAILED,
						      "the certificate authorities cannot be read: "
						      "%s",
						      a->text),
				     "check the file that AWS_CA_BUNDLE or ca_bundle names");
	case CURLE_COULDNT_RESOLVE_PROXY:
		return name_error(a, /* proxy= */ true);
	case CURLE_COULDNT_RESOLVE_HOST:
		return name_error(a, /* proxy= */ false);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return rb_error_because(RB_USAGE, "'%s' is no host to call: %s", a->peer->host,
					a->text);
	case CURLE_OPERATION_TIMEDOUT:
		return late_error(a);
	case CURLE_PROXY:
		return socks_error(a);
	default:
		break;
	}
	if (a->at_proxy && code != CURLE_COULDNT_CONNECT)
		return check_variable(
			a,
			rb_error_because(RB_NETWORK, "%s broke off instead of leading to '%s': %s",
					 a->proxy, a->peer->host, a->text),
			N_("another service may listen there"));
	return refused_error(a);
}

struct rb_error *peer_error(CURL *easy, const struct peer *peer, CURLcode code, const char *text)
{
	autofree char *shown = text_printable(*text ? text : curl_easy_strerror(code),
					      strlen(*text ? text : curl_easy_strerror(code)),
					      /* max= */ 300);
	struct attempt a = attempt_of(easy, peer, shown);
	struct rb_error *err = diagnose(&a, code);

	said_drop(&a.proxy);
	return err;
}
