/* SPDX-License-Identifier: Apache-2.0 */
/* ec2-metadata: Amazon Linux's reader of the metadata service. */
#include "sandbox/instance/tools.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

static const struct {
	char letter;
	const char *option, *shown, *path;
} metadata[] = {
	{ 'a', "ami-id", "ami-id", "ami-id" },
	{ 'i', "instance-id", "instance-id", "instance-id" },
	{ 't', "instance-type", "instance-type", "instance-type" },
	{ 'h', "local-hostname", "local-hostname", "local-hostname" },
	{ 'o', "local-ipv4", "local-ipv4", "local-ipv4" },
	{ 'z', "availability-zone", "placement", "placement/availability-zone" },
	{ 'R', "region", "region", "placement/region" },
	{ 'p', "public-hostname", "public-hostname", "public-hostname" },
	{ 'v', "public-ipv4", "public-ipv4", "public-ipv4" },
	{ 'e', "reservation-id", "reservation-id", "reservation-id" },
	{ 's', "security-groups", "security-groups", "security-groups" },
};

#define METADATA "http://169.254.169.254/latest/"

static bool show_metadata(size_t i, const char *token_header)
{
	autofree char *url = xasprintf(METADATA "meta-data/%s", metadata[i].path);
	auto_buf body;
	long status = 0;

	buf_init_limited(&body, TOOL_MAX_ANSWER);
	if (!tool_ask("GET", url, token_header, &status, &body))
		return false;
	printf("%s: %s\n", metadata[i].shown, status == 200 ? body.p : "not available");
	return true;
}

static int metadata_usage(const char *what)
{
	fprintf(stderr, "ec2-metadata: unknown option '%s'; one of:\n", what);
	for (size_t i = 0; i < ARRAY_LEN(metadata); i++)
		fprintf(stderr, "  -%c, --%s\n", metadata[i].letter, metadata[i].option);
	return 1;
}

int tool_metadata(int argc, char **argv)
{
	bool wanted[ARRAY_LEN(metadata)] = { false };
	bool all = argc < 2;
	auto_buf token;
	autofree char *header = NULL;
	long status = 0;

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		if (!strcmp(argv[i], "--all")) {
			all = true;
			continue;
		}
		while (k < ARRAY_LEN(metadata) &&
		       !(argv[i][0] == '-' && argv[i][1] == metadata[k].letter && !argv[i][2]) &&
		       !(text_starts_with(argv[i], "--") &&
			 !strcmp(argv[i] + 2, metadata[k].option)))
			k++;
		if (k == ARRAY_LEN(metadata))
			return metadata_usage(argv[i]);
		wanted[k] = true;
	}
	buf_init_limited(&token, TOOL_MAX_ANSWER);
	if (!tool_ask("PUT", METADATA "api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60",
		      &status, &token) ||
	    status != 200) {
		fputs("ec2-metadata: cannot reach the instance metadata service\n", stderr);
		return 1;
	}
	header = xasprintf("X-aws-ec2-metadata-token: %s", token.p);
	for (size_t i = 0; i < ARRAY_LEN(metadata); i++)
		if ((all || wanted[i]) && !show_metadata(i, header))
			return 1;
	return 0;
}
