/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small curl over libcurl, for instances.  It is there because every request
 * has to go by the sandbox's proxy: an address of a private network or of the
 * metadata service must never be dialled for real, whatever options say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "sandbox/instance/tool_curl.h"
#include "sandbox/instance/tools.h"

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
		status = tool_curl_parse(&c, argc, argv) ? perform(&c) : CURLE_FAILED_INIT;
	curl_slist_free_all(c.headers);
	curl_easy_cleanup(c.curl);
	buf_clear(&c.data);
	return status;
}
