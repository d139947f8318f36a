/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast we sign and ask, beside others, in one run on one machine:
 *
 *   signatures a second   ours, botocore's (python3-botocore), libcurl's own signer
 *   requests a second     ours and bare libcurl's, over one reused connection to loopback
 *
 * libcurl signs only inside a transfer, so its cost is what a signed transfer takes
 * more than a plain one; the least of several rounds, for noise only ever adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "aws/core/sign.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "net/http.h"
#include "tests/lib/faultd.h"

enum { SIGNATURES = 20000, ROUNDS = 15, TRANSFERS = 500 };

static const char body[] =
	"Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Arunbook%3Arun"
	"&Filter.1.Value.1=0123456789abcdef";
static const char type[] = "application/x-www-form-urlencoded; charset=utf-8";
static const char key_id[] = "AKIDEXAMPLE", secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

static void must(bool well)
{
	if (!well)
		abort();
}

static void make_request(struct http_request *req, const char *scheme, const char *host, int port)
{
	req->method = xstrdup("POST");
	req->scheme = xstrdup(scheme);
	req->host = xstrdup(host);
	req->port = port;
	req->path = xstrdup("/");
	http_headers_add(&req->headers, "Content-Type", type);
	(void)buf_adds(&req->body, body);
}

static double our_signatures_a_second(void)
{
	auto_cred cred = { .access_key_id = xstrdup(key_id) };
	int64_t start_us = clock_mono_us();

	secret_set_str(&cred.secret_key, secret);
	for (int i = 0; i < SIGNATURES; i++) {
		const struct sigv4_scope scope = { 1770000000 + i, "us-east-1", "ec2" };
		auto_http_request req = HTTP_REQUEST_INIT;

		make_request(&req, "https", "ec2.us-east-1.amazonaws.com", 0);
		sign_request(&req, &cred, &scope);
	}
	return SIGNATURES * 1e6 / (double)(clock_mono_us() - start_us);
}

static double botocores_signatures_a_second(void)
{
	FILE *f =
		popen("/usr/bin/python3 -W ignore tests/bench/bench_botocore.py 2>/dev/null", "r");
	char line[64] = "";
	bool well;

	must(f != NULL);
	well = fgets(line, sizeof(line), f) != NULL;
	return pclose(f) == 0 && well ? strtod(line, NULL) : 0;
}

static size_t drop(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

/* A handle whose connection is open already. */
static CURL *open_curl(const char *url, struct curl_slist *headers, bool sign)
{
	autofree char *pair = xasprintf("%s:%s", key_id, secret);
	CURL *easy = curl_easy_init();

	must(easy != NULL);
	must(curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK);
	must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK);
	must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK);
	must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body) == CURLE_OK);
	must(curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK);
	if (sign) {
		must(curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:ec2") ==
		     CURLE_OK);
		must(curl_easy_setopt(easy, CURLOPT_USERPWD, pair) == CURLE_OK);
	}
	must(curl_easy_perform(easy) == CURLE_OK);
	return easy;
}

/* CPU time of this thread. */
static double thread_us(void)
{
	struct timespec ts;

	must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts) == 0);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void keep_least(double *best, double us)
{
	if (*best <= 0 || us < *best)
		*best = us;
}

/* What one transfer takes, at best: time, and CPU time of this thread. */
struct curl_cost {
	double wall_us, cpu_us;
};

static void curl_round(CURL *easy, struct curl_cost *best)
{
	int64_t start_us = clock_mono_us();
	double cpu_us = thread_us();

	for (int i = 0; i < TRANSFERS; i++)
		must(curl_easy_perform(easy) == CURLE_OK);
	keep_least(&best->wall_us, (double)(clock_mono_us() - start_us) / TRANSFERS);
	keep_least(&best->cpu_us, (thread_us() - cpu_us) / TRANSFERS);
}

/* Plain and signed by turns, so that what else the machine does meets both. */
static void curl_transfers(const char *url, struct curl_cost *ret_plain,
			   struct curl_cost *ret_signed)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	autofree char *line = xasprintf("Content-Type: %s", type);
	CURL *plain, *with;

	headers = curl_slist_append(headers, line);
	must(headers != NULL);
	plain = open_curl(url, headers, /* sign= */ false);
	with = open_curl(url, headers, /* sign= */ true);
	for (int r = 0; r < ROUNDS; r++) {
		curl_round(plain, ret_plain);
		curl_round(with, ret_signed);
	}
	curl_easy_cleanup(plain);
	curl_easy_cleanup(with);
	curl_slist_free_all(headers);
}

/* The same by ours, signing included when asked for. */
static double our_transfer_us(int port, bool sign)
{
	struct loop *loop = loop_new();
	struct http *http = http_new(loop, NULL);
	auto_cred cred = { .access_key_id = xstrdup(key_id) };
	double best = 0;

	secret_set_str(&cred.secret_key, secret);
	for (int r = 0; r < ROUNDS; r++) {
		int64_t start_us = clock_mono_us();

		for (int i = 0; i < TRANSFERS; i++) {
			const struct sigv4_scope scope = { 1770000000 + i, "us-east-1", "ec2" };
			auto_http_request req = HTTP_REQUEST_INIT;
			auto_http_response res = HTTP_RESPONSE_INIT;
			struct rb_error *err;

			make_request(&req, "http", "127.0.0.1", port);
			if (sign)
				sign_request(&req, &cred, &scope);
			err = http_perform(http, &req, &res);
			must(!err && res.connection == 0);
		}
		keep_least(&best, (double)(clock_mono_us() - start_us) / TRANSFERS);
	}
	must(http_stats(http).connections == 1);
	http_free(http);
	loop_free(loop);
	return best;
}

static void print_row(const char *what, double ours, const char *other, double theirs)
{
	if (theirs > 0)
		(void)printf("%-24s ours %9.0f   %-16s %9.0f   ratio %6.1f\n", what, ours, other,
			     theirs, ours / theirs);
	else
		(void)printf("%-24s ours %9.0f   %-16s not measured\n", what, ours, other);
}

int main(void)
{
	autofree char *answer = faultd_http(200, "", 0, "<DescribeVpcsResponse/>");
	const struct faultd_step step = { FAULTD_ANSWER, answer, 0 };
	struct faultd *d = faultd_start(FAULTD_PLAIN, &step, 1);
	struct curl_cost plain = { 0 }, with = { 0 };
	double ours = our_signatures_a_second(), signing_us;

	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	curl_transfers(faultd_url(d), &plain, &with);
	signing_us = with.cpu_us - plain.cpu_us;
	print_row("signatures a second", ours, "botocore", botocores_signatures_a_second());
	print_row("signatures a second", ours, "libcurl's own",
		  signing_us > 0 ? 1e6 / signing_us : 0);
	print_row("signed requests a second", 1e6 / our_transfer_us(faultd_port(d), true),
		  "libcurl, signed", 1e6 / with.wall_us);
	print_row("plain requests a second", 1e6 / our_transfer_us(faultd_port(d), false),
		  "libcurl, plain", 1e6 / plain.wall_us);
	faultd_stop(d);
	return 0;
}
