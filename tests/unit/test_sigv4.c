/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer against AWS's own vectors (tests/data/sigv4), stage by stage: a
 * failure names the case and the first stage that differs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <cmocka.h>

#include <jansson.h>

#include "aws/core/sign.h"
#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/percent.h"
#include "base/strv.h"
#include "base/text.h"

#define DATA "tests/data/sigv4/"

/* ---- reading vectors ----------------------------------------------------- */

static void slurp(const char *path, struct buf *out)
{
	struct rb_error *err = file_read(path, 1 << 20, out);

	if (err)
		fail_msg("%s: %s", path, err->what);
}

/* A raw request: target may hold blanks, headers may be folded, the body may be missing. */
struct raw_request {
	char *method, *path, *query, *body;
	struct http_headers headers;
};

static void raw_clear(struct raw_request *r)
{
	free(r->method);
	free(r->path);
	free(r->query);
	free(r->body);
	http_headers_clear(&r->headers);
}
#define auto_raw CLEANUP(raw_clear) struct raw_request

static void parse_target(struct raw_request *r, const char *line, size_t n)
{
	const char *space = memchr(line, ' ', n), *end, *mark;

	assert_non_null(space);
	r->method = xstrndup(line, (size_t)(space - line));
	end = line + n - strlen(" HTTP/1.1");
	assert_memory_equal(end, " HTTP/1.1", strlen(" HTTP/1.1"));
	mark = memchr(space + 1, '?', (size_t)(end - space) - 1);
	r->path = xstrndup(space + 1, (size_t)((mark ? mark : end) - space) - 1);
	if (mark)
		r->query = xstrndup(mark + 1, (size_t)(end - mark) - 1);
}

static void parse_raw(const char *text, struct raw_request *r)
{
	size_t n = strcspn(text, "\r\n");

	parse_target(r, text, n);
	text += n + 1;
	while (*text && *text != '\n' && *text != '\r') {
		auto_buf line = BUF_INIT;
		const char *colon;

		do {
			n = strcspn(text, "\n");
			(void)buf_add(&line, text, n);
			text += n + (text[n] == '\n');
			(void)buf_addc(&line, '\n');
		} while (*text == ' ' || *text == '\t');
		buf_truncate(&line, line.n - 1);
		colon = strchr(line.p, ':');
		assert_non_null(colon);
		{
			autofree char *name = xstrndup(line.p, (size_t)(colon - line.p));

			http_headers_add(&r->headers, name, colon + 1);
		}
	}
	text += strspn(text, "\r\n");
	r->body = xstrdup(text);
}

/* ---- comparing stages ---------------------------------------------------- */

static void assert_stage(const char *name, const char *stage, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: the %s differs\n--- got\n%s\n--- want\n%s", name, stage, got, want);
}

struct expected {
	const char *canonical, *to_sign, *signature; /* NULL: not given */
};

static void check_stages(const char *name, const struct raw_request *r, const char *query,
			 const char *payload_hash, bool s3, bool keep_path,
			 const struct sigv4_scope *scope, const char *secret,
			 const struct expected *want)
{
	struct sigv4_header *headers = xcalloc(r->headers.n + 1, sizeof(*headers));
	const struct sigv4_request req = { .method = r->method,
					   .path = r->path,
					   .query = query,
					   .headers = headers,
					   .n_headers = r->headers.n,
					   .payload_hash = payload_hash,
					   .s3 = s3,
					   .keep_path = keep_path };
	auto_buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT;
	char signature[SIGV4_HEX_SIZE];

	for (size_t i = 0; i < r->headers.n; i++)
		headers[i] = (struct sigv4_header){ r->headers.v[i].name, r->headers.v[i].value };
	sigv4_canonical_request(&req, &canonical, &names);
	assert_stage(name, "canonical request", canonical.p, want->canonical);
	sigv4_string_to_sign(scope, canonical.p, canonical.n, &to_sign);
	assert_stage(name, "string to sign", to_sign.p, want->to_sign);
	sigv4_signature(secret, scope, to_sign.p, to_sign.n, signature);
	assert_stage(name, "signature", signature, want->signature);
	free(headers);
}

/* ---- aws-c-auth ---------------------------------------------------------- */

static const char *text_in(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

struct auth_case {
	const char *name;
	json_t *context;
	struct raw_request request;
	struct sigv4_scope scope;
	const char *key_id, *secret, *token; /* token NULL: none to sign */
	char hash[SIGV4_HEX_SIZE];
};

static void load_auth_case(const char *name, struct auth_case *c)
{
	autofree char *context = xasprintf(DATA "aws-c-auth/%s/context.json", name);
	autofree char *request = xasprintf(DATA "aws-c-auth/%s/request.txt", name);
	auto_buf text = BUF_INIT;
	const json_t *credentials;

	*c = (struct auth_case){ .name = name };
	c->context = json_load_file(context, 0, NULL);
	assert_non_null(c->context);
	slurp(request, &text);
	parse_raw(text.p, &c->request);
	credentials = json_object_get(c->context, "credentials");
	c->key_id = text_in(credentials, "access_key_id");
	c->secret = text_in(credentials, "secret_access_key");
	if (!json_is_true(json_object_get(c->context, "omit_session_token")))
		c->token = text_in(credentials, "token");
	c->scope.region = text_in(c->context, "region");
	c->scope.service = text_in(c->context, "service");
	assert_true(clock_parse_iso8601(text_in(c->context, "timestamp"), &c->scope.utc_s));
	text_sha256_hex(c->request.body, strlen(c->request.body), c->hash);
}

static void free_auth_case(struct auth_case *c)
{
	raw_clear(&c->request);
	json_decref(c->context);
}

static void check_auth_files(struct auth_case *c, const char *form, const char *query)
{
	static const char *const parts[] = { "canonical-request", "string-to-sign", "signature" };
	bool keep = !json_is_true(json_object_get(c->context, "normalize"));
	struct buf texts[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	autofree char *shown = xasprintf("%s (%s)", c->name, form);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		autofree char *path =
			xasprintf(DATA "aws-c-auth/%s/%s-%s.txt", c->name, form, parts[i]);

		slurp(path, &texts[i]);
	}
	check_stages(shown, &c->request, query, c->hash, /* s3= */ false, keep, &c->scope,
		     c->secret, &(struct expected){ texts[0].p, texts[1].p, texts[2].p });
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		buf_clear(&texts[i]);
}

static void check_auth_header(const char *name)
{
	struct auth_case c;
	char date[CLOCK_ISO_SIZE];

	load_auth_case(name, &c);
	clock_amz_date(c.scope.utc_s, date);
	http_headers_add(&c.request.headers, "X-Amz-Date", date);
	if (c.token)
		http_headers_add(&c.request.headers, "X-Amz-Security-Token", c.token);
	if (json_is_true(json_object_get(c.context, "sign_body")))
		http_headers_add(&c.request.headers, "x-amz-content-sha256", c.hash);
	check_auth_files(&c, "header", c.request.query);
	free_auth_case(&c);
}

static void add_param(struct buf *out, const char *name, const char *value)
{
	(void)buf_addf(out, "%s%s=", out->n ? "&" : "", name);
	percent_encode(out, value, strlen(value), /* keep_slash= */ false);
}

static void check_auth_query(const char *name)
{
	struct auth_case c;
	auto_buf query = BUF_INIT, credential = BUF_INIT, names = BUF_INIT, unused = BUF_INIT;
	struct sigv4_header headers[16];
	char date[CLOCK_ISO_SIZE];
	autofree char *expires = NULL;

	load_auth_case(name, &c);
	assert_true(c.request.headers.n <= ARRAY_LEN(headers));
	for (size_t i = 0; i < c.request.headers.n; i++)
		headers[i].name = c.request.headers.v[i].name, headers[i].value = "";
	sigv4_canonical_request(&(struct sigv4_request){ .method = "",
							 .headers = headers,
							 .n_headers = c.request.headers.n,
							 .payload_hash = "" },
				&unused, &names);
	clock_amz_date(c.scope.utc_s, date);
	(void)buf_addf(&credential, "%s/", c.key_id);
	sigv4_credential_scope(&c.scope, &credential);
	expires = xasprintf("%lld", (long long)json_integer_value(
					    json_object_get(c.context, "expiration_in_seconds")));
	if (c.request.query)
		(void)buf_adds(&query, c.request.query);
	add_param(&query, "X-Amz-Algorithm", SIGV4_ALGORITHM);
	add_param(&query, "X-Amz-Credential", credential.p);
	add_param(&query, "X-Amz-Date", date);
	add_param(&query, "X-Amz-SignedHeaders", names.p);
	add_param(&query, "X-Amz-Expires", expires);
	if (c.token)
		add_param(&query, "X-Amz-Security-Token", c.token);
	/* What a receiver sees has the signature in it; it is no part of what is signed. */
	add_param(&query, "X-Amz-Signature", "0123");
	check_auth_files(&c, "query", query.p);
	free_auth_case(&c);
}

static int each_folder(const char *dir, const char *marker, void (*check)(const char *name))
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int n = 0;

	assert_non_null(d);
	while ((entry = readdir(d))) {
		autofree char *path = xasprintf("%s/%s/%s", dir, entry->d_name, marker);

		if (entry->d_name[0] == '.' || !file_exists(path))
			continue;
		check(entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static void every_vector_of_aws_c_auth_signs_in_headers(void **state)
{
	(void)state;
	assert_int_equal(each_folder(DATA "aws-c-auth", "header-signature.txt", check_auth_header),
			 38);
}

static void every_vector_of_aws_c_auth_signs_in_the_query(void **state)
{
	(void)state;
	assert_int_equal(each_folder(DATA "aws-c-auth", "query-signature.txt", check_auth_query),
			 38);
}

/* ---- botocore ------------------------------------------------------------ */

static const char *botocore_dir;

/* get-vanilla-with-session-token lacks the header that its canonical request has. */
static void add_missing_token(struct raw_request *r, const char *canonical)
{
	static const char name[] = "x-amz-security-token:";
	const char *at = strstr(canonical, name);
	autofree char *value = NULL;

	if (!at || http_headers_get(&r->headers, "x-amz-security-token"))
		return;
	at += strlen(name);
	value = xstrndup(at, strcspn(at, "\n"));
	http_headers_add(&r->headers, "X-Amz-Security-Token", value);
}

static void check_botocore(const char *name)
{
	static const char *const ends[] = { "req", "creq", "sts", "authz" };
	struct buf texts[4] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT };
	const struct sigv4_scope scope = { .utc_s = 1440938160, /* 2015-08-30T12:36:00Z */
					   .region = "us-east-1",
					   .service = "service" };
	char hash[SIGV4_HEX_SIZE];
	auto_raw r = { 0 };
	const char *signature;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		autofree char *path = xasprintf("%s/%s/%s.%s", botocore_dir, name, name, ends[i]);

		slurp(path, &texts[i]);
	}
	parse_raw(texts[0].p, &r);
	add_missing_token(&r, texts[1].p);
	text_sha256_hex(r.body, strlen(r.body), hash);
	signature = strstr(texts[3].p, "Signature=");
	assert_non_null(signature);
	check_stages(
		name, &r, r.query, hash, /* s3= */ false, /* keep_path= */ false, &scope,
		"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		&(struct expected){ texts[1].p, texts[2].p, signature + strlen("Signature=") });
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		buf_clear(&texts[i]);
}

/* Folders whose name is their files': NAME/NAME.req. */
static int each_botocore(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int n = 0;

	assert_non_null(d);
	botocore_dir = dir;
	while ((entry = readdir(d))) {
		autofree char *path = xasprintf("%s/%s/%s.req", dir, entry->d_name, entry->d_name);

		if (entry->d_name[0] == '.' || !file_exists(path))
			continue;
		check_botocore(entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static void every_vector_of_botocore_signs(void **state)
{
	int n = each_botocore(DATA "botocore");

	(void)state;
	n += each_botocore(DATA "botocore/normalize-path");
	n += each_botocore(DATA "botocore/post-sts-token");
	assert_int_equal(n, 34);
}

/* ---- the documentation's examples ---------------------------------------- */

static void every_example_of_the_documentation_signs(void **state)
{
	json_t *all = json_load_file(DATA "s3-doc/cases.json", 0, NULL);
	const json_t *defaults = json_object_get(all, "defaults"), *c;
	size_t i, n = 0;

	(void)state;
	json_array_foreach(json_object_get(all, "cases"), i, c) {
		const char *service = text_in(c, "service"), *secret = text_in(c, "secret_key");
		const char *date = text_in(c, "date"), *payload = text_in(c, "payload"), *name;
		struct sigv4_scope scope = { .region = "us-east-1",
					     .service = service ? service : "s3" };
		char hash[SIGV4_HEX_SIZE];
		auto_raw r = { 0 };
		const json_t *value;

		assert_true(clock_parse_amz_date(date ? date : text_in(defaults, "date"),
						 &scope.utc_s));
		r.method = xstrdup(text_in(c, "method"));
		r.path = xstrdup(text_in(c, "path"));
		json_object_foreach((json_t *)(uintptr_t)json_object_get(c, "headers"), name, value)
			http_headers_add(&r.headers, name, json_string_value(value));
		if (strcmp(text_in(c, "kind"), "query") == 0)
			(void)snprintf(hash, sizeof(hash), "%s", SIGV4_UNSIGNED_PAYLOAD);
		else
			text_sha256_hex(payload, strlen(payload), hash);
		check_stages(text_in(c, "name"), &r, text_in(c, "query"), hash,
			     strcmp(scope.service, "s3") == 0, /* keep_path= */ false, &scope,
			     secret ? secret : text_in(defaults, "secret_key"),
			     &(struct expected){ text_in(c, "canonical_request"),
						 text_in(c, "string_to_sign"),
						 text_in(c, "signature") });
		n++;
	}
	assert_int_equal(n, 6);
	json_decref(all);
}

/* ---- sign.h on requests -------------------------------------------------- */

struct tunnel_case {
	const char *key_id, *secret, *token, *date, *region, *host, *query;
	const char *signature;
};

/* The EC2 Instance Connect openTunnel URL: the AWS CLI's published test, and two made beside it. */
static void tunnel_urls_are_signed_as_the_aws_cli_signs_them(void **state)
{
	static const char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
	static const char host[] =
		"eice-0123456789abcdef0.b1946ac9.ec2-instance-connect-endpoint.ap-northeast-1."
		"amazonaws.com";
	static const struct tunnel_case cases[] = {
		{ "access_key", "secret_key", NULL, "20200101T010101Z", "us-west-2",
		  "eice-123.ec2-instance-connect-endpoint.us-west-2.amazonaws.com",
		  "instanceConnectEndpointId=eice-123&remotePort=22&privateIpAddress=10.0.0.0"
		  "&maxTunnelDuration=1",
		  "3a56740422a5b9aebd22d860b7a30c729e459a6f71a83bc0de3a2b44b7353f28" },
		{ "AKIDEXAMPLE", secret, "IQoJb3JpZ2luX2VjEXAMPLE//token+with/specials==",
		  "20261123T120000Z", "ap-northeast-1", host,
		  "instanceConnectEndpointId=eice-0123456789abcdef0&remotePort=22"
		  "&privateIpAddress=10.0.1.23",
		  "54403a26016e2be05f7da515e42cee4537d77c6e9109c0edeab16a15dc9ccca3" },
		{ "AKIDEXAMPLE", secret, NULL, "20261123T120000Z", "ap-northeast-1", host,
		  "instanceConnectEndpointId=eice-0123456789abcdef0&remotePort=22"
		  "&privateIpAddress=2600%3A1f10%3A4f8e%3Adb01%3A73f5%3A6b9d%3Ac0da%3A1c27",
		  "9768d3b6ee675e706dd119820436233bbac900f482441936b87223d79959a4d4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct tunnel_case *c = &cases[i];
		auto_http_request req = HTTP_REQUEST_INIT;
		auto_cred cred = { .access_key_id = xstrdup(c->key_id) };
		struct sigv4_scope scope = { .region = c->region,
					     .service = "ec2-instance-connect" };
		const char *at;

		secret_set_str(&cred.secret_key, c->secret);
		if (c->token)
			secret_set_str(&cred.session_token, c->token);
		assert_true(clock_parse_amz_date(c->date, &scope.utc_s));
		req.method = xstrdup("GET");
		req.scheme = xstrdup("https");
		req.host = xstrdup(c->host);
		req.path = xstrdup("/openTunnel");
		req.query = xstrdup(c->query);
		sign_presign(&req, &cred, &scope, /* expires_s= */ 60);
		at = strstr(req.query, "&X-Amz-Signature=");
		assert_non_null(at);
		assert_string_equal(at + strlen("&X-Amz-Signature="), c->signature);
		assert_true(text_starts_with(req.query, c->query));
		assert_int_equal(!!strstr(req.query, "&X-Amz-Security-Token="), !!c->token);
		assert_non_null(strstr(req.query, "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&"));
		assert_string_equal(http_headers_get(&req.headers, "host"), c->host);
	}
}

static void make_put(struct http_request *req, struct cred *cred)
{
	req->method = xstrdup("PUT");
	req->scheme = xstrdup("http");
	req->host = xstrdup("127.0.0.1");
	req->port = 4566;
	req->path = xstrdup("/b/k%20%2B");
	(void)buf_adds(&req->body, "hello");
	cred->access_key_id = xstrdup("AKIDEXAMPLE");
	secret_set_str(&cred->secret_key, "secret");
	secret_set_str(&cred->session_token, "token/one==");
}

static void signing_again_replaces_the_old_signature(void **state)
{
	const struct sigv4_scope first = { 1000000000, "us-east-1", "s3" },
				 second = { 1000000001, "eu-west-1", "s3" };
	auto_http_request again = HTTP_REQUEST_INIT, once = HTTP_REQUEST_INIT;
	auto_cred cred = { 0 }, other = { 0 };

	(void)state;
	make_put(&again, &cred);
	make_put(&once, &other);
	sign_request(&again, &cred, &first);
	sign_request(&again, &cred, &second);
	sign_request(&once, &cred, &second);
	assert_int_equal(again.headers.n, once.headers.n);
	assert_string_equal(http_headers_get(&again.headers, "authorization"),
			    http_headers_get(&once.headers, "authorization"));
	assert_string_equal(http_headers_get(&again.headers, "host"), "127.0.0.1:4566");
	/* Keys without a token leave none behind. */
	secret_clear(&cred.session_token);
	sign_request(&again, &cred, &second);
	assert_null(http_headers_get(&again.headers, "x-amz-security-token"));
}

static void what_changes_on_the_way_is_not_signed(void **state)
{
	static const char *const unsigned_names[] = { "User-Agent",
						      "Expect",
						      "Content-Length",
						      "amz-sdk-request",
						      "amz-sdk-invocation-id",
						      "X-Amzn-Trace-Id",
						      "Connection" };
	const struct sigv4_scope scope = { 1000000000, "us-east-1", "s3" };
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_cred cred = { 0 };
	const char *names;

	(void)state;
	make_put(&req, &cred);
	for (size_t i = 0; i < ARRAY_LEN(unsigned_names); i++)
		http_headers_add(&req.headers, unsigned_names[i], "x");
	http_headers_add(&req.headers, "x-amz-expected-bucket-owner", "123456789012");
	sign_request(&req, &cred, &scope);
	names = strstr(http_headers_get(&req.headers, "authorization"), "SignedHeaders=");
	assert_true(text_starts_with(names, "SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
					    "x-amz-expected-bucket-owner;x-amz-security-token, "));
	assert_string_equal(http_headers_get(&req.headers, "x-amz-content-sha256"),
			    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_of_aws_c_auth_signs_in_headers),
		cmocka_unit_test(every_vector_of_aws_c_auth_signs_in_the_query),
		cmocka_unit_test(every_vector_of_botocore_signs),
		cmocka_unit_test(every_example_of_the_documentation_signs),
		cmocka_unit_test(tunnel_urls_are_signed_as_the_aws_cli_signs_them),
		cmocka_unit_test(signing_again_replaces_the_old_signature),
		cmocka_unit_test(what_changes_on_the_way_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
