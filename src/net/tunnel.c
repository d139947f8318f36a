/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket tunnel's life: connect, upgrade (net/upgrade.c), carry bytes (net/tunnel_carry.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http.h"
#include "net/peer.h"
#include "net/proxy.h"
#include "net/tunnel.h"
#include "net/tunnel_inner.h"
#include "net/upgrade.h"

enum {
	PIPE_SIZE = 256 * 1024, /* of the pipes to ssh */
	DEFAULT_OPEN_MS = 20000,
};

/* ---- life ---------------------------------------------------------------- */

static struct curl_slist *list_of(const char *const *items)
{
	struct curl_slist *list = NULL;

	for (; items && *items; items++)
		list = curl_slist_append(list, *items);
	return list;
}

static struct rb_error *open_connection(struct tunnel *t, struct curl_slist *connect_to,
					int64_t timeout_ms)
{
	autofree char *url = xasprintf("https://%s/", t->opt->host);
	char detail[CURL_ERROR_SIZE] = "";
	auto_proxy proxy = { 0 };
	struct peer peer = { .host = t->opt->host,
			     .proxy = &proxy,
			     .timeout_ms = timeout_ms,
			     .carries_bytes = true };
	struct rb_error *err;
	CURLcode rc;

	if (!t->opt->no_proxy)
		TRY(rb_error_what(proxy_for("https", t->opt->host, &proxy),
				  "cannot connect to '%s'", t->opt->host));
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, detail);
	if (connect_to)
		curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to);
	peer_trust(t->easy, t->opt->ca_bundle, t->opt->ca_pem);
	peer_watch(t->easy, &peer);
	proxy_apply(&proxy, t->easy);
	rc = curl_easy_perform(t->easy);
	if (!rc)
		rc = curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &t->sock);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 1L); /* peer's life ends here */
	t->on_socket = !proxy.scheme || !text_starts_with(proxy.scheme, "https");
	if (!rc)
		return NULL;
	err = rb_error_what(peer_error(t->easy, &peer, rc, detail), "cannot connect to '%s'",
			    t->opt->host);
	if (http_no_such_name(err)) {
		err->aws_code = xstrdup(TUNNEL_NO_SUCH_NAME);
		rb_error_advise(err, "a new endpoint's name takes a few minutes to be published",
				RB_NEXT_WAIT, NULL);
	}
	return err;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return flags;
}

static void restore(int fd, int flags)
{
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags);
}

static struct rb_error *open_and_carry(struct tunnel *t, struct curl_slist *connect_to)
{
	int64_t timeout_ms = t->opt->open_timeout_ms ? t->opt->open_timeout_ms : DEFAULT_OPEN_MS;
	const struct upgrade up = {
		.host = t->opt->host,
		.path_and_query = t->opt->path_and_query,
		.user_agent = t->opt->user_agent ? t->opt->user_agent : "runbook",
		.deadline_ms = clock_mono_ms() + timeout_ms,
	};
	auto_buf early = BUF_INIT;
	struct rb_error *err;
	int in_flags, out_flags;

	TRY(open_connection(t, connect_to, timeout_ms));
	TRY(upgrade_run(t->easy, &up, &early));
	wire_open(&t->wire, t->easy, t->sock, t->on_socket);
	log_debug("tunnel: upgraded, endpoint %s", t->opt->host);
	memcpy(t->rx, early.p, early.n);
	tunnel_take(t, t->rx, early.n);
	/* Room for a frame of whoever writes; what is no pipe does without. */
	(void)fcntl(t->opt->in_fd, F_SETPIPE_SZ, PIPE_SIZE);
	(void)fcntl(t->opt->out_fd, F_SETPIPE_SZ, PIPE_SIZE);
	in_flags = set_nonblocking(t->opt->in_fd);
	out_flags = set_nonblocking(t->opt->out_fd);
	err = tunnel_carry(t);
	/* A reader who has ended wants no more; anything else lost what the endpoint sent. */
	if (!err && t->out_errno && t->out_errno != EPIPE && t->out_errno != ECONNRESET)
		err = rb_error_sys(t->out_errno, "cannot write what came through the tunnel");
	restore(t->opt->in_fd, in_flags);
	restore(t->opt->out_fd, out_flags);
	return err;
}

struct rb_error *tunnel_run(const struct tunnel_options *options)
{
	struct curl_slist *connect_to = list_of(options->connect_to);
	struct tunnel *t = xcalloc(1, sizeof(*t));
	struct rb_error *err;

	t->opt = options;
	buf_init(&t->leaving);
	buf_init(&t->queue);
	buf_init_limited(&t->close_payload, 125);
	err = open_and_carry(t, connect_to);
	wire_close(&t->wire);
	if (t->easy)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(connect_to);
	buf_clear(&t->leaving);
	buf_clear(&t->queue);
	buf_clear(&t->close_payload);
	free(t);
	return err;
}
