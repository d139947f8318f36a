/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small curl over libcurl, for instances.  It is there because every request
 * has to go by the sandbox's proxy: an address of a private network or of the
 * metadata service must never be dialled for real, whatever options say.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/instance/tools.h"

#define MAX_DATA (64 * 1024 * 1024)

struct curl_call {
	CURL *curl;
	struct curl_slist *headers;
	struct buf data;
	const char *url, *output, *write_out, *upload;
	bool silent, show_error, fail, include, head, has_data;
};

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

static bool parse(struct curl_call *c, int argc, char **argv)
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

static void write_out(CURL *curl, const char *fmt)
{
	static const struct {
		const char *name;
		CURLINFO info;
		int kind; /* 0 number, 1 seconds, 2 text */
	} variables[] = {
		{ "http_code", CURLINFO_RESPONSE_CODE, 0 },
		{ "response_code", CURLINFO_RESPONSE_CODE, 0 },
		{ "http_connect", CURLINFO_HTTP_CONNECTCODE, 0 },
		{ "remote_ip", CURLINFO_PRIMARY_IP, 2 },
		{ "time_connect", CURLINFO_CONNECT_TIME, 1 },
		{ "time_total", CURLINFO_TOTAL_TIME, 1 },
	};

	for (const char *p = fmt; *p; p++) {
		size_t n;

		if (p[0] == '\\' && p[1]) {
			p++;
			putchar(*p == 'n' ? '\n' : *p == 't' ? '\t' : *p == 'r' ? '\r' : *p);
			continue;
		}
		if (p[0] != '%' || p[1] != '{' || !strchr(p, '}')) {
			putchar(*p);
			continue;
		}
		p += 2;
		n = strcspn(p, "}");
		for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
			char *text = NULL;
			double s = 0;
			long number = 0;

			if (strlen(variables[i].name) != n || memcmp(variables[i].name, p, n) != 0)
				continue;
			if (variables[i].kind == 0 &&
			    curl_easy_getinfo(curl, variables[i].info, &number) == CURLE_OK)
				printf("%03ld", number);
			else if (variables[i].kind == 1 &&
				 curl_easy_getinfo(curl, variables[i].info, &s) == CURLE_OK)
				printf("%.6f", s);
			else if (variables[i].kind == 2 &&
				 curl_easy_getinfo(curl, variables[i].info, &text) == CURLE_OK &&
				 text)
				fputs(text, stdout);
		}
		p += n;
	}
}

/* Opens what is uploaded; false, with a message printed, when it cannot. */
static bool open_upload(struct curl_call *c, FILE **ret)
{
	struct stat st;

	*ret = strcmp(c->upload, "-") == 0 ? stdin : fopen(c->upload, "rbe");
	if (!*ret) {
		fprintf(stderr, "curl: cannot open '%s'\n", c->upload);
		return false;
	}
	curl_easy_setopt(c->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c->curl, CURLOPT_READDATA, *ret);
	if (fstat(fileno(*ret), &st) == 0 && S_ISREG(st.st_mode))
		curl_easy_setopt(c->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)st.st_size);
	return true;
}

static int perform(struct curl_call *c)
{
	const char *proxy = getenv("http_proxy");
	char error[CURL_ERROR_SIZE] = "";
	FILE *in = NULL, *out = stdout;
	CURLcode rc;

	if (!proxy) {
		fputs("curl: this is the sandbox's small curl, and there is no sandbox here\n",
		      stderr);
		return CURLE_COULDNT_RESOLVE_PROXY;
	}
	if (c->upload && !open_upload(c, &in))
		return CURLE_READ_ERROR;
	if (c->output && !(out = fopen(c->output, "wbe"))) {
		fprintf(stderr, "curl: cannot open '%s'\n", c->output);
		return CURLE_WRITE_ERROR;
	}
	if (c->has_data) {
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->data.n);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, c->data.p);
	}
	if (c->head)
		curl_easy_setopt(c->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(c->curl, CURLOPT_HEADER, c->include || c->head ? 1L : 0L);
	curl_easy_setopt(c->curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c->curl, CURLOPT_FAILONERROR, c->fail ? 1L : 0L);
	curl_easy_setopt(c->curl, CURLOPT_URL, c->url);
	curl_easy_setopt(c->curl, CURLOPT_DEFAULT_PROTOCOL, "http");
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->curl, CURLOPT_PROXY, proxy);
	curl_easy_setopt(c->curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	rc = curl_easy_perform(c->curl);
	if (out != stdout)
		fclose(out);
	if (in && in != stdin)
		fclose(in);
	if (rc != CURLE_OK && (!c->silent || c->show_error))
		fprintf(stderr, "curl: (%d) %s\n", (int)rc,
			error[0] ? error : curl_easy_strerror(rc));
	if (c->write_out)
		write_out(c->curl, c->write_out);
	return (int)rc;
}

int tool_curl(int argc, char **argv)
{
	struct curl_call c = { .curl = curl_easy_init(), .data = BUF_INIT };
	const char *bundle = getenv("CURL_CA_BUNDLE");
	int status = CURLE_FAILED_INIT;

	if (c.curl && bundle)
		curl_easy_setopt(c.curl, CURLOPT_CAINFO, bundle);
	if (c.curl)
		status = parse(&c, argc, argv) ? perform(&c) : CURLE_FAILED_INIT;
	curl_slist_free_all(c.headers);
	curl_easy_cleanup(c.curl);
	buf_clear(&c.data);
	return status;
}
