/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the small curl. */
#include "sandbox/instance/tool_curl.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define MAX_DATA (64 * 1024 * 1024)

enum option_id {
	CURL_SILENT,
	CURL_SHOW_ERROR,
	CURL_FAIL,
	CURL_INCLUDE,
	CURL_HEAD,
	CURL_LOCATION,
	CURL_INSECURE,
	CURL_VERBOSE,
	CURL_GLOBOFF,
	CURL_IPV4,
	CURL_REQUEST,
	CURL_HEADER,
	CURL_OUTPUT,
	CURL_WRITE_OUT,
	CURL_MAX_TIME,
	CURL_CONNECT_TIMEOUT,
	CURL_DATA,
	CURL_DATA_BINARY,
	CURL_UPLOAD,
	CURL_CACERT,
	CURL_USER_AGENT,
	CURL_NOPROXY,
	CURL_URL,
};

/* Rows are in the order that people read; padding in 20 of them costs nothing. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
static const struct {
	const char *name;
	enum option_id id;
	char letter;
	bool has_value;
} options[] = {
	{ "silent", CURL_SILENT, 's', false },
	{ "show-error", CURL_SHOW_ERROR, 'S', false },
	{ "fail", CURL_FAIL, 'f', false },
	{ "include", CURL_INCLUDE, 'i', false },
	{ "head", CURL_HEAD, 'I', false },
	{ "location", CURL_LOCATION, 'L', false },
	{ "insecure", CURL_INSECURE, 'k', false },
	{ "verbose", CURL_VERBOSE, 'v', false },
	{ "globoff", CURL_GLOBOFF, 'g', false },
	{ "ipv4", CURL_IPV4, '4', false },
	{ "request", CURL_REQUEST, 'X', true },
	{ "header", CURL_HEADER, 'H', true },
	{ "output", CURL_OUTPUT, 'o', true },
	{ "write-out", CURL_WRITE_OUT, 'w', true },
	{ "max-time", CURL_MAX_TIME, 'm', true },
	{ "connect-timeout", CURL_CONNECT_TIMEOUT, 0, true },
	{ "data", CURL_DATA, 'd', true },
	{ "data-binary", CURL_DATA_BINARY, 0, true },
	{ "upload-file", CURL_UPLOAD, 'T', true },
	{ "cacert", CURL_CACERT, 0, true },
	{ "user-agent", CURL_USER_AGENT, 'A', true },
	{ "noproxy", CURL_NOPROXY, 0, true },
	{ "url", CURL_URL, 0, true },
};

static bool set_seconds(CURL *curl, CURLoption option, const char *value)
{
	char *end;
	double s;

	assert(value); /* the options that come here have one */
	s = strtod(value, &end);

	if (end == value || *end || !isfinite(s) || s < 0 || s > 1e6)
		return false;
	curl_easy_setopt(curl, option, (long)(s * 1000));
	return true;
}

static bool add_data(struct curl_call *c, const char *value)
{
	auto_error struct rb_error *err = NULL;

	assert(value);
	if (c->data.n)
		buf_addc(&c->data, '&');
	c->has_data = true;
	if (value[0] != '@') {
		buf_adds(&c->data, value);
		return true;
	}
	err = file_read(value + 1, MAX_DATA, &c->data);
	return !err;
}

static bool take(struct curl_call *c, enum option_id id, const char *value)
{
	switch (id) {
	case CURL_SILENT:
		c->silent = true;
		return true;
	case CURL_SHOW_ERROR:
		c->show_error = true;
		return true;
	case CURL_FAIL:
		c->fail = true;
		return true;
	case CURL_INCLUDE:
		c->include = true;
		return true;
	case CURL_HEAD:
		c->head = true;
		return true;
	case CURL_LOCATION:
		curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 1L);
		return true;
	case CURL_INSECURE:
		curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYHOST, 0L);
		return true;
	case CURL_VERBOSE:
		curl_easy_setopt(c->curl, CURLOPT_VERBOSE, 1L);
		return true;
	case CURL_GLOBOFF:
	case CURL_IPV4:
	case CURL_NOPROXY: /* see above */
		return true;
	case CURL_REQUEST:
		curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, value);
		return true;
	case CURL_HEADER:
		c->headers = curl_slist_append(c->headers, value);
		return true;
	case CURL_OUTPUT:
		c->output = value;
		return true;
	case CURL_WRITE_OUT:
		c->write_out = value;
		return true;
	case CURL_MAX_TIME:
		return set_seconds(c->curl, CURLOPT_TIMEOUT_MS, value);
	case CURL_CONNECT_TIMEOUT:
		return set_seconds(c->curl, CURLOPT_CONNECTTIMEOUT_MS, value);
	case CURL_DATA:
	case CURL_DATA_BINARY:
		return add_data(c, value);
	case CURL_UPLOAD:
		c->upload = value;
		return true;
	case CURL_CACERT:
		curl_easy_setopt(c->curl, CURLOPT_CAINFO, value);
		return true;
	case CURL_USER_AGENT:
		curl_easy_setopt(c->curl, CURLOPT_USERAGENT, value);
		return true;
	case CURL_URL:
		c->url = value;
		return true;
	}
	return false;
}

static bool unknown(const char *word)
{
	fprintf(stderr,
		"curl: option %s: is unknown, or has no good value (this is the sandbox's "
		"small curl)\n",
		word);
	return false;
}

/* One word of long or short options; *i moves on when a value is the next word. */
static bool take_word(struct curl_call *c, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	bool is_long = text_starts_with(word, "--");

	for (const char *p = word + 1 + is_long; *p; p++) {
		const char *value = NULL;
		size_t k = 0;

		while (k < ARRAY_LEN(options) &&
		       !(is_long ? !strcmp(options[k].name, p) : options[k].letter == *p))
			k++;
		if (k == ARRAY_LEN(options))
			return unknown(word);
		if (options[k].has_value) {
			if (!is_long && p[1])
				value = p + 1;
			else if (*i + 1 < argc)
				value = argv[++*i];
			else
				return unknown(word);
		}
		if (!take(c, options[k].id, value))
			return unknown(word);
		if (is_long || value)
			break;
	}
	return true;
}

bool tool_curl_parse(struct curl_call *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			if (!take_word(c, argc, argv, &i))
				return false;
		} else if (c->url) {
			return unknown(argv[i]);
		} else {
			c->url = argv[i];
		}
	}
	if (!c->url)
		fputs("curl: no URL specified\n", stderr);
	return c->url != NULL;
}
