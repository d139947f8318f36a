/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small `aws`: `s3 cp` between a file and an object, for machines without the
 * AWS CLI.  Options, words and exit statuses are the CLI's, as far as they go.
 */
#include <errno.h>
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
#include "base/secret.h"
#include "base/text.h"
#include "sandbox/instance/tool_aws.h"
#include "sandbox/instance/tools.h"

#define EXIT_TRANSFER 1
#define MAX_ANSWER (64 * 1024)

/* ---- credentials ------------------------------------------------------------ */

static bool from_environment(struct tool_aws_copy *c)
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
static bool from_role(struct tool_aws_copy *c)
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

/* ---- telling ------------------------------------------------------------ */

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

static int fail(const struct tool_aws_copy *c, const char *why)
{
	fprintf(stderr, "%s failed: %s%s to %s %s\n", c->up ? "upload" : "download",
		c->up && c->file[0] != '/' && c->file[0] != '.' ? "./" : "",
		c->up ? c->file : c->from, c->up ? c->to : c->file, why);
	return EXIT_TRANSFER;
}

static int report(const struct tool_aws_copy *c, CURLcode rc, long status,
		  const struct buf *reply_body)
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
static char *other_region(const struct tool_aws_copy *c, const struct buf *reply_body)
{
	autofree char *region = element(reply_body, "Region");

	return region && strcmp(region, c->region) != 0 && region_partition(region)
		       ? steal_str(&region)
		       : NULL;
}

static int transfer(struct tool_aws_copy *c)
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
	if (c->up && !tool_aws_hash_file(c, f, &size)) {
		fclose(f);
		return fail(c, "cannot read it");
	}
	rc = tool_aws_send(c, f, size, c->up ? NULL : f, &reply_body, &status);
	if (rc == CURLE_OK && status != 200 && (region = other_region(c, &reply_body)) != NULL) {
		c->region = region;
		buf_reset(&reply_body);
		rewind(f);
		rc = tool_aws_send(c, f, size, c->up ? NULL : f, &reply_body, &status);
	}
	if (fclose(f) != 0)
		return fail(c, strerror(errno));
	return report(c, rc, status, &reply_body);
}

int tool_aws(int argc, char **argv)
{
	const char *region = getenv("AWS_REGION");
	struct tool_aws_copy c = { .connect_s = 60, .read_s = 60 };
	int status;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("aws-cli/2.0.0 runbook-sandbox/" RUNBOOK_VERSION);
		return 0;
	}
	c.region = region ? region : getenv("AWS_DEFAULT_REGION");
	if (!c.region)
		c.region = "us-east-1";
	status = tool_aws_parse(&c, argc, argv);
	if (!status && (!tool_aws_split_sides(&c) || !tool_aws_locate(&c)))
		status = tool_aws_usage("cannot make sense of", c.up ? c.to : c.from);
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
