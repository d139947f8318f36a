/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, clients, tags. */
#include "aws/core/client.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "aws/core/session.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* ---- session ------------------------------------------------------------- */

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

struct rb_error *session_sleep(struct aws_session *s, int64_t ms)
{
	return loop_sleep(http_loop(s->http), (int64_t)((double)ms / s->speed));
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

/* ---- ids that are known to exist ----------------------------------------- */

static bool is_young(const struct aws_session *s, const struct known_id *k)
{
	return (double)(clock_mono_ms() - k->born_ms) * s->speed < SETTLE_MS;
}

static void forget_at(struct aws_session *s, size_t i)
{
	free(s->known[i].id);
	s->known[i] = s->known[--s->n_known];
}

static struct known_id *find_known(const struct aws_session *s, const char *id)
{
	for (size_t i = 0; i < s->n_known; i++)
		if (strcmp(s->known[i].id, id) == 0)
			return &s->known[i];
	return NULL;
}

void aws_session_forget_id(struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	if (k)
		forget_at(s, (size_t)(k - s->known));
}

static struct known_id *know(struct aws_session *s, const char *id)
{
	struct known_id *k = find_known(s, id);

	if (k)
		return k;
	s->known = xreallocarray(s->known, s->n_known + 1, sizeof(*s->known));
	k = &s->known[s->n_known++];
	*k = (struct known_id){ .id = xstrdup(id), .born_ms = INT64_MIN / 2 };
	return k;
}

static void drop_settled(struct aws_session *s)
{
	for (size_t i = s->n_known; i-- > 0;)
		if (!is_young(s, &s->known[i]) && !s->known[i].expected)
			forget_at(s, i);
}

void aws_session_note_id(struct aws_session *s, const char *id, int64_t age_s)
{
	know(s, id)->born_ms = clock_mono_ms() - age_s * 1000;
	drop_settled(s);
}

void aws_session_expect_id(struct aws_session *s, const char *id)
{
	know(s, id)->expected = true;
}

bool session_is_young(struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	return k && is_young(s, k);
}

bool session_is_expected(const struct aws_session *s, const char *id)
{
	const struct known_id *k = find_known(s, id);

	return k && k->expected;
}

static bool is_id_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool names_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; n && (at = strstr(at, word)); at++)
		if ((at == text || !is_id_char(at[-1])) && !is_id_char(at[n]))
			return true;
	return false;
}

const char *session_young_in(struct aws_session *s, const char *text)
{
	drop_settled(s);
	for (size_t i = 0; text && i < s->n_known; i++)
		if (is_young(s, &s->known[i]) && names_word(text, s->known[i].id))
			return s->known[i].id;
	return NULL;
}

const char *session_expected_in(struct aws_session *s, const char *text)
{
	for (size_t i = 0; text && i < s->n_known; i++)
		if (s->known[i].expected && names_word(text, s->known[i].id))
			return s->known[i].id;
	return NULL;
}

/* ---- client -------------------------------------------------------------- */

struct aws_client *aws_client_new(struct aws_session *session, const char *region)
{
	struct aws_client *c = xcalloc(1, sizeof(*c));

	c->session = session;
	c->region = xstrdup(region);
	return c;
}

void aws_client_free(struct aws_client *c)
{
	if (!c)
		return;
	free(c->region);
	free(c);
}

const char *aws_client_region(const struct aws_client *c)
{
	return c->region;
}

struct aws_session *aws_client_session(struct aws_client *c)
{
	return c->session;
}

void aws_client_observe(struct aws_client *c, const struct aws_observer *observer)
{
	c->observer = observer;
}

/* ---- tags ---------------------------------------------------------------- */

void aws_tags_add(struct aws_tags *tags, const char *key, const char *value)
{
	tags->v = xreallocarray(tags->v, tags->n + 1, sizeof(*tags->v));
	tags->v[tags->n++] = (struct aws_tag){ xstrdup(key), xstrdup(value) };
}

const char *aws_tags_get(const struct aws_tags *tags, const char *key)
{
	for (size_t i = 0; i < tags->n; i++)
		if (strcmp(tags->v[i].key, key) == 0)
			return tags->v[i].value;
	return NULL;
}

void aws_tags_copy(struct aws_tags *dst, const struct aws_tags *src)
{
	aws_tags_clear(dst);
	for (size_t i = 0; i < src->n; i++)
		aws_tags_add(dst, src->v[i].key, src->v[i].value);
}

void aws_tags_clear(struct aws_tags *tags)
{
	for (size_t i = 0; i < tags->n; i++) {
		free(tags->v[i].key);
		free(tags->v[i].value);
	}
	free(tags->v);
	*tags = (struct aws_tags){ 0 };
}
