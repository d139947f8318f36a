/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the HTTP client share. */
#ifndef NET_HTTP_INNER_H
#define NET_HTTP_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"
#include "net/peer.h"

enum { HTTP_MAX_SPARE_HANDLES = 16 };

struct http {
	struct loop *loop;
	char *ca_bundle;
	char *ca_pem;
	char *user_agent;
	bool steady;
	struct curl_slist *connect_to;
	struct http_stats stats;
	CURL *spare[HTTP_MAX_SPARE_HANDLES];
	size_t n_spare;
	uint32_t numbers[UINT16_MAX + 1]; /* of the connection from a local port, from 1 */
};

/* One http_perform. */
struct http_transfer {
	struct http_response *res;
	size_t header_bytes;
	int passes; /* through before_request: the request has left, or was about to */
	bool too_large;
	char error[CURL_ERROR_SIZE];
};

/* No part of the request ends a line before its time.  USAGE, why only. */
NODISCARD struct rb_error *http_check_request(const struct http_request *req);
/* Caller frees. */
NODISCARD char *http_url_of(const struct http_request *req);
NODISCARD struct curl_slist *http_header_lines(const struct http_request *req);
/* Wipes them: they hold credentials. */
void http_free_header_lines(struct curl_slist *list);
void http_set_options(const struct http *http, const struct http_request *req, struct peer *peer,
		      const char *url, struct curl_slist *headers, struct http_transfer *t,
		      CURL *easy);

#endif
