/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the small `aws` share. */
#ifndef SANDBOX_INSTANCE_TOOL_AWS_H
#define SANDBOX_INSTANCE_TOOL_AWS_H

#include <stdbool.h>
#include <stdio.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/secret.h"

/* One `s3 cp`: what was asked for, and what follows from it. */
struct tool_aws_copy {
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

/* Prints what is wrong; `arg` may be NULL.  Returns the exit status. */
int tool_aws_usage(const char *fmt, const char *arg);
/* 0, or the exit status. */
int tool_aws_parse(struct tool_aws_copy *c, int argc, char **argv);
/* Bucket, key and file; false when there is no bucket. */
bool tool_aws_split_sides(struct tool_aws_copy *c);
/* Host, path and URL: with an endpoint the bucket is in the path, as the CLI has it; else in the
 * name. */
bool tool_aws_locate(struct tool_aws_copy *c);

/* The payload's SHA-256 and size; false when the file cannot be read. */
bool tool_aws_hash_file(struct tool_aws_copy *c, FILE *f, curl_off_t *ret_size);
/* The answer's body goes to `out` when it is an object, else to `reply_body`. */
CURLcode tool_aws_send(struct tool_aws_copy *c, FILE *in, curl_off_t size, FILE *out,
		       struct buf *reply_body, long *ret_status);

#endif
