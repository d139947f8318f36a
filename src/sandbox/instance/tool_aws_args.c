/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the small `aws`: options, and where the two sides of a copy are. */
#include "sandbox/instance/tool_aws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <curl/curl.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/percent.h"
#include "base/text.h"
#include "sandbox/core/host.h"
#include "sandbox/core/sbx.h"
#include "sandbox/core/server.h"

#define EXIT_USAGE 252

int tool_aws_usage(const char *fmt, const char *arg)
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

static bool seconds(const char *s, double *ret)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !isfinite(v) || v < 0)
		return false;
	*ret = v;
	return true;
}

static bool take_value(struct tool_aws_copy *c, const char *option, const char *value)
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

static bool take_flag(struct tool_aws_copy *c, const char *option)
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
int tool_aws_parse(struct tool_aws_copy *c, int argc, char **argv)
{
	const char *words[4] = { NULL };
	size_t n = 0;

	for (int i = 1; i < argc; i++) {
		if (text_starts_with(argv[i], "--")) {
			if (take_flag(c, argv[i]))
				continue;
			if (i + 1 >= argc || !take_value(c, argv[i], argv[i + 1]))
				return tool_aws_usage("unknown option, or a bad value for it:",
						      argv[i]);
			i++;
		} else if (n == ARRAY_LEN(words)) {
			return tool_aws_usage("unknown argument", argv[i]);
		} else {
			words[n++] = argv[i];
		}
	}
	if (n != 4 || strcmp(words[0], "s3") != 0 || strcmp(words[1], "cp") != 0)
		return tool_aws_usage("what is asked for is not 's3 cp'", NULL);
	c->from = words[2];
	c->to = words[3];
	c->up = text_starts_with(c->to, "s3://");
	if (c->up == text_starts_with(c->from, "s3://"))
		return tool_aws_usage("one side has to be s3://, the other a file", NULL);
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Bucket, key and file; false when there is no bucket. */
bool tool_aws_split_sides(struct tool_aws_copy *c)
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
bool tool_aws_locate(struct tool_aws_copy *c)
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
