/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of the small curl asks for, for tool_curl*.c alone. */
#ifndef SANDBOX_INSTANCE_TOOL_CURL_H
#define SANDBOX_INSTANCE_TOOL_CURL_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/buf.h"

struct curl_call {
	CURL *curl;
	struct curl_slist *headers;
	struct buf data;
	const char *url, *output, *write_out, *upload;
	bool silent, show_error, fail, include, head, has_data;
};

/* The words of the command line into `c` and its handle; false, with a message printed, when they
 * cannot be followed. */
bool tool_curl_parse(struct curl_call *c, int argc, char **argv);

#endif
