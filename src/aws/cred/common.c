/* SPDX-License-Identifier: Apache-2.0 */
/* What several credential sources need: JSON into keys, checks, one HTTP exchange. */
#include "aws/cred/source.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlmemory.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "aws/core/profile.h"
#include "aws/core/retry.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/uri.h"

#define TOKEN_FILE_MAX ((size_t)64 << 10)
#define KEY_MAX 1024	/* access key id, secret */
#define TOKEN_MAX 32768 /* session token: AWS gives no limit, headers have one */

void cred_note(struct cred_ctx *ctx, const char *fmt, ...)
{
	auto_said *note = NULL, *both = NULL;
	va_list ap;

	va_start(ap, fmt);
	note = said_vnew(fmt, ap);
	va_end(ap);
	if (*ctx->tried)
		both = said_new("%s; %s", *ctx->tried, said_english(note));
	said_drop(ctx->tried);
	*ctx->tried = said_english(said_copy(both ? both : note));
}

struct rb_error *cred_fail(const char *fmt, ...)
{
	va_list ap;

	struct rb_error *err;

	va_start(ap, fmt);
	err = rb_error_vbecause(RB_CREDENTIALS, fmt, ap);
	va_end(ap);
	return err;
}

const char *cred_key(const struct cred_ctx *ctx, const struct cred_query *q, const char *key)
{
	const char *value = aws_profiles_get(ctx->config->profiles, q->profile, key);

	return value && *value ? value : NULL;
}

char *cred_label(const struct cred_query *q, const char *how)
{
	autofree char *name = text_printable(q->profile, strlen(q->profile), 100);

	return xasprintf("profile '%s' (%s)", name, how);
}

/* ---- parsers ---------------------------------------------------------------- */

static void *plain_malloc(size_t n)
{
	return xmalloc(n);
}

static void wiping_free(void *p)
{
	if (p)
		OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}

void cred_parsers_wipe(void)
{
	json_set_alloc_funcs(plain_malloc, wiping_free);
	(void)xmlMemSetup(wiping_free, malloc, realloc, strdup);
}

void cred_wipe_str(char *s)
{
	if (s)
		OPENSSL_cleanse(s, strlen(s));
	free(s);
}

struct rb_error *cred_parse_json(struct span text, const char *whence, json_t **ret)
{
	json_error_t e; /* its text quotes the input: not shown */
	json_t *json = json_loadb(text.p, text.n, 0, &e);

	if (!json)
		return cred_fail("%-s is not JSON (line %d)", whence, e.line);
	if (!json_is_object(json)) {
		json_decref(json);
		return cred_fail("%-s is not a JSON object", whence);
	}
	*ret = json;
	return NULL;
}

const char *cred_json_text(const json_t *object, const char *name)
{
	const char *text = name ? json_string_value(json_object_get(object, name)) : NULL;

	return text && *text ? text : NULL;
}

static struct rb_error *take_expiry(const json_t *object, const struct cred_fields *fields,
				    const char *whence, int64_t *ret)
{
	const json_t *value = fields->expiry ? json_object_get(object, fields->expiry) : NULL;

	if (!value || json_is_null(value))
		return NULL;
	if (fields->expiry_in_ms) {
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return cred_fail("%-s: '%s' is not a time in milliseconds", whence,
					 fields->expiry);
		*ret = json_integer_value(value) / 1000;
	} else if (!json_is_string(value) || !cred_parse_time(json_string_value(value), ret)) {
		return cred_fail("%-s: '%s' is not an ISO 8601 time with an offset, as "
				 "2026-11-28T19:00:00Z is",
				 whence, fields->expiry);
	}
	return NULL;
}

struct rb_error *cred_from_json(const json_t *object, const struct cred_fields *fields,
				const char *whence, struct cred *ret)
{
	const char *id = cred_json_text(object, fields->id);
	const char *secret = cred_json_text(object, fields->secret);
	const char *token = cred_json_text(object, fields->token);
	int64_t expires = 0;

	if (!id || !secret)
		return cred_fail("%-s has no '%s'", whence, id ? fields->secret : fields->id);
	TRY(take_expiry(object, fields, whence, &expires));
	cred_clear(ret);
	ret->access_key_id = xstrdup(id);
	secret_set_str(&ret->secret_key, secret);
	if (token)
		secret_set_str(&ret->session_token, token);
	ret->account_id = xstrdup_or_null(cred_json_text(object, fields->account));
	ret->expires_utc_s = expires;
	return NULL;
}

/* ---- checks ----------------------------------------------------------------- */

static struct rb_error *check_one(const char *value, size_t max, const char *name)
{
	size_t n = strlen(value);

	if (n > max)
		return cred_fail("the %-s is longer than %zu characters", name, max);
	for (size_t i = 0; i < n; i++)
		if (value[i] <= ' ' || value[i] > '~')
			return cred_fail(
				"the %-s holds a blank, a control character or a character "
				"that is not ASCII",
				name);
	return NULL;
}

static struct rb_error *check(const struct cred *c)
{
	TRY(check_one(c->access_key_id, KEY_MAX, N_("access key id")));
	TRY(check_one(secret_reveal(&c->secret_key), KEY_MAX, N_("secret access key")));
	return check_one(secret_reveal(&c->session_token), TOKEN_MAX, N_("session token"));
}

struct rb_error *cred_ask(cred_fetch_fn *fetch, struct cred_ctx *ctx, const struct cred_query *q,
			  bool *ret_found, struct cred *ret)
{
	TRY(fetch(ctx, q, ret_found, ret));
	return *ret_found ? check(ret) : NULL;
}

void cred_sha1_hex(const char *text, char out[CRED_SHA1_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL) != 1 ||
	    2 * n + 1 != CRED_SHA1_HEX_SIZE)
		abort();
	text_hex(digest, n, out);
}

struct rb_error *cred_read_token_file(const char *path, const char *what_file, struct secret *ret)
{
	autofree char *file = file_expand(path);
	auto_secret_buf text = BUF_INIT;
	struct rb_error *err = file_read_input(file, TOKEN_FILE_MAX, &text);

	if (rb_error_is(err, RB_INTERRUPTED))
		return err;
	if (err) {
		struct rb_error *named = cred_fail("the %-s file '%s': %-s", what_file, file,
						   err->why ? err->why : N_("it cannot be read"));

		(void)rb_error_free(err);
		return named;
	}
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		buf_truncate(&text, text.n - 1);
	if (!text.n)
		return cred_fail("the %-s file '%s' is empty", what_file, file);
	if (strlen(text.p) != text.n)
		return cred_fail("the %-s file '%s' holds a NUL byte", what_file, file);
	secret_set(ret, text.p, text.n);
	return NULL;
}

/* ---- HTTP ------------------------------------------------------------------- */

void cred_headers_clear(struct http_headers *headers)
{
	for (size_t i = 0; i < headers->n; i++)
		OPENSSL_cleanse(headers->v[i].value, strlen(headers->v[i].value));
	http_headers_clear(headers);
}

void cred_response_clear(struct http_response *res)
{
	buf_cleanse(&res->body);
	http_response_clear(res);
}

struct rb_error *cred_pause_after(struct cred_ctx *ctx, int tries, const struct http_response *res)
{
	uint32_t random = 0;
	int64_t ms;

	(void)RAND_bytes((unsigned char *)&random, sizeof(random));
	ms = retry_delay_ms(tries,
			    &(const struct retry_wait){
				    .base_ms = RETRY_BASE_SLOW_MS, /* few are asked, and seldom */
				    .random = random / ((double)UINT32_MAX + 1),
				    .hint_ms = retry_hint_ms(&res->headers),
				    .floor_ms = retry_after_ms(&res->headers, ctx->utc_s()) });
	return loop_sleep(http_loop(ctx->http), ms * ctx->retry_pause_ms / 1000);
}

struct rb_error *cred_http_perform(struct cred_ctx *ctx, const struct cred_http *call,
				   struct http_response *ret)
{
	struct http_request req = HTTP_REQUEST_INIT;
	struct uri uri = { 0 };
	struct rb_error *err;

	err = uri_parse(call->url, &uri);
	if (err) {
		uri_clear(&uri);
		return err;
	}
	req.method = xstrdup(call->method);
	req.scheme = steal_str(&uri.scheme);
	req.host = steal_str(&uri.host);
	req.port = uri.port;
	req.path = steal_str(&uri.path);
	req.query = steal_str(&uri.query);
	uri_clear(&uri);
	for (size_t i = 0; call->headers && i < call->headers->n; i++)
		http_headers_add(&req.headers, call->headers->v[i].name, call->headers->v[i].value);
	if (call->body)
		(void)buf_adds(&req.body, call->body);
	req.timeout_ms = call->timeout_ms;
	req.connect_timeout_ms = call->timeout_ms;
	req.max_answer_bytes = CRED_ANSWER_MAX;
	req.no_proxy = call->no_proxy;
	req.path_is_secret = true;
	err = http_perform(ctx->http, &req, ret);
	cred_headers_clear(&req.headers);
	buf_cleanse(&req.body);
	http_request_clear(&req);
	return err;
}
