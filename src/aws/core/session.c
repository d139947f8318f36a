/* SPDX-License-Identifier: Apache-2.0 */
/* A session: what all clients of a program share. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "aws/core/client.h"
#include "aws/core/session.h"
#include "base/alloc.h"
#include "base/buf.h"

/* A user agent's words hold these; anything else becomes '-'. */
static void add_word(struct buf *out, const char *prefix, const char *s)
{
	(void)buf_addf(out, " %s", prefix);
	for (; *s; s++)
		(void)buf_addc(out, isalnum((unsigned char)*s) || strchr("!$%&'*+-.^_`|~,", *s)
					    ? *s
					    : '-');
}

static char *user_agent(const struct aws_config *config)
{
	struct buf out = BUF_INIT;
	struct utsname os;

	(void)buf_adds(&out, "runbook/" RUNBOOK_VERSION " ua/2.1");
	if (uname(&os) == 0) {
		add_word(&out, "os/linux#", os.release);
		add_word(&out, "md/arch#", os.machine);
	}
	(void)buf_adds(&out, " cfg/retry-mode#standard");
	if (config->app_id && *config->app_id)
		add_word(&out, "app/", config->app_id);
	return buf_steal(&out);
}

struct aws_session *aws_session_new(struct aws_config *config, struct http *http)
{
	struct aws_session *s = xcalloc(1, sizeof(*s));

	s->config = config;
	s->http = http;
	s->creds = cred_chain_new(config, http);
	s->bucket = (struct retry_bucket)RETRY_BUCKET_INIT;
	s->speed = 1;
	s->user_agent = user_agent(config);
	return s;
}

void aws_session_free(struct aws_session *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_known; i++)
		free(s->known[i].id);
	free(s->known);
	strv_clear(&s->reached);
	free(s->user_agent);
	cred_chain_free(s->creds);
	aws_config_free(s->config);
	free(s);
}

void aws_session_set_program(struct aws_session *s, const char *program)
{
	char *ua = xasprintf("%s%s", program, strchr(s->user_agent, ' '));

	free(s->user_agent);
	s->user_agent = ua;
}

const struct aws_config *aws_session_config(const struct aws_session *s)
{
	return s->config;
}

struct http *aws_session_http(struct aws_session *s)
{
	return s->http;
}

struct cred_chain *aws_session_creds(struct aws_session *s)
{
	return s->creds;
}

void aws_session_set_skew(struct aws_session *s, int64_t skew_s)
{
	s->skew_s = skew_s;
}

int64_t aws_session_skew_s(const struct aws_session *s)
{
	return s->skew_s;
}

void aws_session_set_speed(struct aws_session *s, double speed)
{
	s->speed = speed > 0 ? speed : 1;
}

double aws_session_speed(const struct aws_session *s)
{
	return s->speed;
}

void aws_session_share_reads(struct aws_session *s, bool on)
{
	s->shares_reads = on;
}

void aws_session_listen(struct aws_session *s, const struct aws_listener *listener)
{
	s->listener = listener;
}

struct rb_error *session_sleep(struct aws_session *s, int64_t ms)
{
	int64_t scaled_ms = (int64_t)((double)ms / s->speed);

	if (!http_is_steady(s->http))
		return loop_sleep(http_loop(s->http), scaled_ms);
	loop_sleep_steadily(http_loop(s->http), scaled_ms);
	return NULL;
}

bool session_has_reached(const struct aws_session *s, const char *host)
{
	for (size_t i = 0; i < s->reached.n; i++)
		if (strcmp(s->reached.v[i], host) == 0)
			return true;
	return false;
}

void session_note_reached(struct aws_session *s, const char *host)
{
	if (!session_has_reached(s, host))
		strv_add(&s->reached, host);
}
