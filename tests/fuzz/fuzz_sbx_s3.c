/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any request to the sandbox's S3: "METHOD TARGET", header lines, an empty line,
 * the body.  The bucket's policy lets everybody do everything, so all of S3 is
 * reached without a signature.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/inner.h"

#define RENEW_EVERY 50 /* inputs: the world only grows, and so does the time that it takes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sbx *fresh(void)
{
	static const char policy[] =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\","
		"\"Resource\":[\"arn:aws:s3:::one\",\"arn:aws:s3:::one/*\"]}]}";
	struct sbx_options opt = { .speed = 1000 };
	struct sbx *sbx;
	json_t *doc =
		json_pack("{s:s, s:s, s:I, s:s, s:s}", "name", "one", "region", "us-east-1",
			  "created_ms", (json_int_t)1, "policy", policy, "versioning", "Enabled");

	if (sbx_new(&opt, &sbx))
		abort();
	store_put(sbx_store(sbx), "bucket", "", "one", doc, 1, 0);
	json_decref(doc);
	return sbx;
}

/* The next line of *at, without its end; NULL when there is none.  Caller frees. */
static char *take_line(const char **at, const char *end)
{
	const char *start = *at, *nl = memchr(start, '\n', (size_t)(end - start));

	if (!nl)
		return NULL;
	*at = nl + 1;
	return xstrndup(start, (size_t)(nl - start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sbx *sbx;
	static unsigned runs;
	const char *at = (const char *)data, *end = at + size;
	autofree char *first = take_line(&at, end);
	char *space = first ? strchr(first, ' ') : NULL, *line;
	struct sbx_pairs headers = { 0 };
	struct sbx_reply rep = { .body = BUF_INIT };
	auto_buf body = BUF_INIT;
	struct sbx_http http = { .headers = &headers, .body = &body, .connection = 1 };

	if (!space)
		return 0;
	*space = '\0';
	http.method = first;
	http.target = space + 1;
	while ((line = take_line(&at, end))) {
		char *colon = strchr(line, ':');

		if (colon) {
			*colon = '\0';
			sbx_pairs_add(&headers, line, colon + 1 + strspn(colon + 1, " "));
		}
		free(line);
		if (!colon)
			break;
	}
	(void)buf_add(&body, at, (size_t)(end - at));
	if (runs++ % RENEW_EVERY == 0) {
		sbx_free(sbx);
		sbx = fresh();
	}
	sbx_answer(sbx, &http, &rep);
	sbx_reply_clear(&rep);
	sbx_pairs_clear(&headers);
	return 0;
}
