/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small `aws`: `s3 cp` between a file and an object, for machines without the
 * AWS CLI.  Options, words and exit statuses are the CLI's, as far as they go.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/percent.h"
#include "base/secret.h"
#include "base/text.h"
#include "sandbox/instance/tools.h"

#define EXIT_TRANSFER 1
#define EXIT_USAGE 252
#define MAX_ANSWER (64 * 1024)

struct copy {
	const char *region, *endpoint, *ca_bundle;
	double connect_s, read_s;
	bool only_errors;
	const char *from, *to; /* as given */
	bool up;
	char *bucket, *key, *file;
	char *host, *path, *url;
	char *sha256; /* of what is sent, hex */
	struct secret secret_key;
	struct secret token;
	char *key_id;
};

static int usage(const char *fmt, const char *arg)
{
	fputs("aws: [ERROR]: ", stderr);
	if (arg)
		fprintf(stderr, "%s '%s'", fmt, arg);
	else
		fputs(fmt, stderr);
	fputs("\nusage: aws s3 cp FILE s3://BUCKET/KEY | s3://BUCKET/KEY FILE [--region R]\n"
	      "         [--endpoint-url URL] [--only-show-errors] [--no-progress]\n"
	      "         [--cli-connect-timeout S] [--cli-read-timeout S] [--ca-bundle FILE]\n"
	      "(this is the sandbox's small aws)\n",
	      stderr);
	return EXIT_USAGE;
}

/* ---- the command line ---------------------------------------------------------------------- */

static bool seconds(const char *s, double *ret)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !isfinite(v) || v < 0)
		return false;
	*ret = v;
	return true;
}

static bool take_value(struct copy *c, const char *option, const char *value)
{
	if (!strcmp(option, "--region"))
		c->region = value;
	else if (!strcmp(option, "--endpoint-url"))
		c->endpoint = value;
	else if (!strcmp(option, "--ca-bundle"))
		c->ca_bundle = value;
	else if (!strcmp(option, "--cli-connect-timeout"))
		return seconds(value, &c->connect_s);
	else if (!strcmp(option, "--cli-read-timeout"))
		return seconds(value, &c->read_s);
	else
		return !strcmp(option, "--output") || !strcmp(option, "--color");
	return true;
}

static bool is_flag(struct copy *c, const char *option)
{
	static const char *const ignored[] = { "--no-progress", "--debug", "--no-cli-pager",
					       "--no-paginate" };

	if (!strcmp(option, "--only-show-errors") || !strcmp(option, "--quiet")) {
		c->only_errors = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (!strcmp(option, ignored[i]))
			return true;
	return false;
}

/* 0, or the exit status. */
static int parse(struct copy *c, int argc, char **argv)
{
	const char *words[4] = { NULL };
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		if (text_starts_with(argv[i], "--")) {
			if (is_flag(c, argv[i]))
				continue;
			if (i + 1 >= argc || !take_value(c, argv[i], argv[i + 1]))
				return usage("unknown option, or a bad value for it:", argv[i]);
			i++;
		} else if (n == ARRAY_LEN(words)) {
			return usage("unknown argument", argv[i]);
		} else {
			words[n++] = argv[i];
		}
	}
	if (n != 4 || strcmp(words[0], "s3") != 0 || strcmp(words[1], "cp") != 0)
		return usage("what is asked for is not 's3 cp'", NULL);
	c->from = words[2];
	c->to = words[3];
	c->up = text_starts_with(c->to, "s3://");
	if (c->up == text_starts_with(c->from, "s3://"))
		return usage("one side has to be s3://, the other a file", NULL);
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Bucket, key and file; false when there is no bucket. */
static bool split_sides(struct copy *c)
{
	const char *s3 = (c->up ? c->to : c->from) + strlen("s3://");
	size_t n = strcspn(s3, "/");
	const char *key = s3[n] ? s3 + n + 1 : "";
	struct stat st;

	c->bucket = xstrndup(s3, n);
	if (c->up) {
		bool folder = !*key || text_ends_with(key, "/");

		c->key = folder ? xasprintf("%s%s", key, base_name(c->from)) : xstrdup(key);
		c->file = xstrdup(c->from);
	} else {
		bool folder = text_ends_with(c->to, "/") ||
			      (stat(c->to, &st) == 0 && S_ISDIR(st.st_mode));

		c->key = xstrdup(key);
		c->file = folder ? xasprintf("%s/%s", c->to, base_name(key)) : xstrdup(c->to);
	}
	return *c->bucket && *c->key;
}

/* With an endpoint the bucket is in the path, as the CLI has it; else in the name. */
static bool locate(struct copy *c)
{
	const struct region_partition *part = region_partition(c->region);
	auto_buf path = BUF_INIT;

	buf_addc(&path, '/');
	if (c->endpoint) {
		const char *p = strstr(c->endpoint, "://");

		if (!p)
			return false;
		c->host = xstrndup(p + 3, strcspn(p + 3, "/"));
		percent_encode(&path, c->bucket, strlen(c->bucket), false);
		buf_addc(&path, '/');
	} else {
		c->host = xasprintf("%s.s3.%s.%s", c->bucket, c->region,
				    part ? part->dns_suffix : "amazonaws.com");
	}
	percent_encode(&path, c->key, strlen(c->key), true);
	c->path = buf_steal(&path);
	c->url = c->endpoint
			 ? xasprintf("%.*s://%s%s", (int)(strstr(c->endpoint, "://") - c->endpoint),
				     c->endpoint, c->host, c->path)
			 : xasprintf("https://%s%s", c->host, c->path);
	return true;
}

/* ---- credentials
 * --------------------------------------------------------------------------------- */

static bool from_environment(struct copy *c)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *key = getenv("AWS_SECRET_ACCESS_KEY");
	const char *token = getenv("AWS_SESSION_TOKEN");

	if (!id || !*id || !key || !*key)
		return false;
	c->key_id = xstrdup(id);
	secret_set_str(&c->secret_key, key);
	if (token)
		secret_set_str(&c->token, token);
	return true;
}

/* The instance's role; asked of the sandbox alone, whatever address the variable has. */
static bool from_role(struct copy *c)
{
	auto_secret_buf body;
	const char *id, *key, *token;
	long status = 0;
	json_t *doc;

	buf_init_limited(&body, MAX_ANSWER);
	if (!getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") ||
	    !tool_ask("GET", "/credentials", NULL, &status, &body) || status != 200)
		return false;
	doc = json_loadb(body.p, body.n, 0, NULL);
	id = json_string_value(json_object_get(doc, "AccessKeyId"));
	key = json_string_value(json_object_get(doc, "SecretAccessKey"));
	token = json_string_value(json_object_get(doc, "Token"));
	if (id && key && token) {
		c->key_id = xstrdup(id);
		secret_set_str(&c->secret_key, key);
		secret_set_str(&c->token, token);
	}
	json_decref(doc);
	return c->key_id != NULL;
}

/* ---- the request
 * ----------------------------------------------------------------------------------- */

static bool hash_file(struct copy *c, FILE *f, curl_off_t *ret_size)
{
	unsigned char block[65536], digest[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char hex[65];
	size_t n;
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	*ret_size = 0;
	while (ok && (n = fread(block, 1, sizeof(block), f)) > 0) {
		ok = EVP_DigestUpdate(ctx, block, n) == 1;
		*ret_size += (curl_off_t)n;
	}
	ok = ok && !ferror(f) && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	rewind(f);
	text_hex(digest, sizeof(digest), hex);
	set_str(&c->sha256, hex);
	return ok;
}

static struct curl_slist *sign(const struct copy *c)
{
	struct sigv4_header headers[4] = { { "host", c->host },
					   { "x-amz-content-sha256", c->sha256 } };
	struct sigv4_request req = { .method = c->up ? "PUT" : "GET",
				     .path = c->path,
				     .headers = headers,
				     .payload_hash = c->sha256,
				     .s3 = true };
	struct sigv4_scope scope = { clock_utc_s(), c->region, "s3" };
	auto_buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT, where = BUF_INIT;
	auto_secret_buf line = BUF_INIT;
	char date[CLOCK_ISO_SIZE], signature[SIGV4_HEX_SIZE];
	struct curl_slist *list = NULL;
	size_t n = 2;

	clock_amz_date(scope.utc_s, date);
	headers[n++] = (struct sigv4_header){ "x-amz-date", date };
	if (secret_is_set(&c->token))
		headers[n++] =
			(struct sigv4_header){ "x-amz-security-token", secret_reveal(&c->token) };
	req.n_headers = n;
	sigv4_canonical_request(&req, &canonical, &names);
	sigv4_string_to_sign(&scope, canonical.p, canonical.n, &to_sign);
	sigv4_signature(secret_reveal(&c->secret_key), &scope, to_sign.p, to_sign.n, signature);
	sigv4_credential_scope(&scope, &where);
	buf_cleanse(&canonical);
	for (size_t i = 1; i < n; i++) {
		buf_reset(&line);
		buf_addf(&line, "%s: %s", headers[i].name, headers[i].value);
		list = curl_slist_append(list, line.p);
	}
	buf_reset(&line);
	buf_addf(&line,
		 "Authorization: " SIGV4_ALGORITHM " Credential=%s/%s, SignedHeaders=%s, "
		 "Signature=%s",
		 c->key_id, where.p, names.p, signature);
	return curl_slist_append(list, line.p);
}

static size_t keep_answer(char *p, size_t size, size_t n, void *arg)
{
	(void)buf_add(arg, p, size * n); /* of an error's text the beginning is enough */
	return n;
}

/* The answer's body goes to `out` when it is an object, else to `reply_body`. */
static CURLcode send_request(struct copy *c, FILE *in, curl_off_t size, FILE *out,
			     struct buf *reply_body, long *ret_status)
{
	struct curl_slist *headers = sign(c);
	const char *bundle = c->ca_bundle ? c->ca_bundle : getenv("AWS_CA_BUNDLE");
	CURL *curl = curl_easy_init();
	CURLcode rc;

	curl_easy_setopt(curl, CURLOPT_URL, c->url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, getenv("https_proxy"));
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (bundle)
		curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(c->connect_s * 1000));
	if (c->read_s > 0) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ceil(c->read_s));
	}
	if (c->up) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_READDATA, in);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size);
	}
	if (out) {
		curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	} else {
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply_body);
	}
	rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return rc;
}

/* ---- telling
 * ----------------------------------------------------------------------------------------- */

/* The text of the first <NAME> in an error's XML.  Caller frees; NULL: none. */
static char *element(const struct buf *xml, const char *name)
{
	autofree char *open = xasprintf("<%s>", name);
	const char *p = strstr(xml->p, open);

	if (!p)
		return NULL;
	p += strlen(open);
	return text_printable(p, strcspn(p, "<"), 512);
}

static int fail(const struct copy *c, const char *why)
{
	fprintf(stderr, "%s failed: %s%s to %s %s\n", c->up ? "upload" : "download",
		c->up && c->file[0] != '/' && c->file[0] != '.' ? "./" : "",
		c->up ? c->file : c->from, c->up ? c->to : c->file, why);
	return EXIT_TRANSFER;
}

static int report(const struct copy *c, CURLcode rc, long status, const struct buf *reply_body)
{
	autofree char *code = element(reply_body, "Code"),
		      *message = element(reply_body, "Message");
	const char *operation = c->up ? "PutObject" : "GetObject";
	autofree char *why = NULL;

	if (rc == CURLE_OK && status == 200) {
		if (!c->only_errors && c->up)
			printf("upload: %s%s to s3://%s/%s\n",
			       c->file[0] != '/' && c->file[0] != '.' ? "./" : "", c->file,
			       c->bucket, c->key);
		else if (!c->only_errors)
			printf("download: %s to %s\n", c->from, c->file);
		return 0;
	}
	if (code)
		why = xasprintf("An error occurred (%s) when calling the %s operation: %s", code,
				operation, message ? message : "Unknown");
	else if (status)
		why = xasprintf("An error occurred (%ld) when calling the %s operation: Unknown",
				status, operation);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		why = xasprintf("Connect timeout on endpoint URL: \"%s\"", c->url);
	else
		why = xasprintf("Could not connect to the endpoint URL: \"%s\" (%s)", c->url,
				curl_easy_strerror(rc));
	return fail(c, why);
}

/* Once, as the CLI: an answer that names the bucket's region is asked again, signed for that. */
static char *other_region(const struct copy *c, const struct buf *reply_body)
{
	autofree char *region = element(reply_body, "Region");

	return region && strcmp(region, c->region) != 0 && region_partition(region)
		       ? steal_str(&region)
		       : NULL;
}

static int transfer(struct copy *c)
{
	auto_buf reply_body;
	autofree char *region = NULL;
	curl_off_t size = 0;
	FILE *f = fopen(c->file, c->up ? "rbe" : "wbe");
	long status = 0;
	CURLcode rc;

	if (!f)
		return fail(c, strerror(errno));
	set_str(&c->sha256, SIGV4_EMPTY_SHA256);
	buf_init_limited(&reply_body, MAX_ANSWER);
	if (c->up && !hash_file(c, f, &size)) {
		fclose(f);
		return fail(c, "cannot read it");
	}
	rc = send_request(c, f, size, c->up ? NULL : f, &reply_body, &status);
	if (rc == CURLE_OK && status != 200 && (region = other_region(c, &reply_body)) != NULL) {
		c->region = region;
		buf_reset(&reply_body);
		rewind(f);
		rc = send_request(c, f, size, c->up ? NULL : f, &reply_body, &status);
	}
	if (fclose(f) != 0)
		return fail(c, strerror(errno));
	return report(c, rc, status, &reply_body);
}

int tool_aws(int argc, char **argv)
{
	const char *region = getenv("AWS_REGION");
	struct copy c = { .connect_s = 60, .read_s = 60 };
	int status;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("aws-cli/2.0.0 runbook-sandbox/" RUNBOOK_VERSION);
		return 0;
	}
	c.region = region ? region : getenv("AWS_DEFAULT_REGION");
	if (!c.region)
		c.region = "us-east-1";
	status = parse(&c, argc, argv);
	if (!status && (!split_sides(&c) || !locate(&c)))
		status = usage("cannot make sense of", c.up ? c.to : c.from);
	if (!status)
		status = from_environment(&c) || from_role(&c)
				 ? transfer(&c)
				 : fail(&c, "Unable to locate credentials");
	free(c.bucket);
	free(c.key);
	free(c.file);
	free(c.host);
	free(c.path);
	free(c.url);
	free(c.sha256);
	free(c.key_id);
	secret_clear(&c.secret_key);
	secret_clear(&c.token);
	return status;
}
