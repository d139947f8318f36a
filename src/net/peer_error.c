/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The diagnosis of a connection that did not come about.
 *
 * libcurl's code says what failed; which of host and proxy it was about follows from how far
 * the connection had come.  One text stands for one cause.
 */
#include <errno.h>
#include <string.h>
#include <openssl/x509_vfy.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"
#include "net/http.h"
#include "net/peer.h"
#include "net/peer_error_int.h"

/* ---- how far it came --------------------------------------------------------- */

struct peer_attempt peer_attempt_of(CURL *easy, const struct peer *peer, const char *text)
{
	struct peer_attempt a = {
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
static struct said *whom(const struct peer_attempt *a, bool proxy)
{
	return proxy ? said_copy(said_of(a->proxy)) : said_new("'%s'", a->peer->host);
}

struct rb_error *peer_check_variable(const struct peer_attempt *a, struct rb_error *err,
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

static struct rb_error *certificate_error(const struct peer_attempt *a)
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
		return peer_check_variable(a, err,
					   N_("the proxy's certificate is for another name"));
	return rb_error_hint(err, "another server answers for this name: look at AWS_ENDPOINT_URL, "
				  "the proxy and DNS");
}

static struct rb_error *handshake_error(const struct peer_attempt *a)
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
			return peer_check_variable(
				a, err,
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

static struct rb_error *name_error(const struct peer_attempt *a, bool proxy)
{
	if (proxy)
		return peer_check_variable(
			a,
			rb_error_because(RB_NETWORK, "the name of %s does not resolve", a->proxy),
			N_("this machine's DNS does not know it"));
	struct rb_error *err =
		rb_error_because(RB_NETWORK, "the name '%s' does not resolve", a->peer->host);

	err->sys_errno = HTTP_NO_SUCH_NAME;
	return rb_error_hint(err, "check the network and the region; FIPS and dual-stack endpoints "
				  "do not exist everywhere");
}

static struct rb_error *refused_error(const struct peer_attempt *a)
{
	bool proxys = a->at_proxy;
	auto_said *says = whom(a, proxys);
	const char *who = said_english(says);
	const char *why = a->os_errno ? strerror((int)a->os_errno) : a->text;
	struct rb_error *err = rb_error_because(RB_NETWORK, "no connection to %s: %s", who, why);

	if (proxys)
		return peer_check_variable(a, err, N_("the proxy cannot be reached"));
	if (a->os_errno == ECONNREFUSED)
		return rb_error_hint(err, "nothing listens at this address and port: check "
					  "AWS_ENDPOINT_URL, or what a firewall rejects");
	if (a->os_errno == ENETUNREACH || a->os_errno == EHOSTUNREACH)
		return rb_error_hint(err, "this machine has no way there: check its network");
	return rb_error_hint(err, "check the network, the proxy and AWS_ENDPOINT_URL");
}

static struct rb_error *late_error(const struct peer_attempt *a)
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
		return peer_check_variable(
			a,
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

/* ---- all of it ------------------------------------------------------------------ */

static struct rb_error *diagnose(const struct peer_attempt *a, CURLcode code)
{
	if (a->connect_code && a->connect_code / 100 != 2)
		return peer_proxy_refused(a, a->connect_code);
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
		return peer_socks_error(a);
	default:
		break;
	}
	if (a->at_proxy && code != CURLE_COULDNT_CONNECT)
		return peer_check_variable(
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
	struct peer_attempt a = peer_attempt_of(easy, peer, shown);
	struct rb_error *err = diagnose(&a, code);

	said_drop(&a.proxy);
	return err;
}
