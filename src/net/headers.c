/* SPDX-License-Identifier: Apache-2.0 */
/* Header lists, and the life of requests and responses. */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void http_headers_add(struct http_headers *h, const char *name, const char *value)
{
	h->v = xreallocarray(h->v, h->n + 1, sizeof(*h->v));
	h->v[h->n++] = (struct http_header){ xstrdup(name), xstrdup(value) };
}

void http_headers_remove(struct http_headers *h, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (text_eq_nocase(h->v[i].name, name)) {
			free(h->v[i].name);
			free(h->v[i].value);
		} else {
			h->v[kept++] = h->v[i];
		}
	}
	h->n = kept;
}

void http_headers_set(struct http_headers *h, const char *name, const char *value)
{
	/* `value` may be of the header that goes. */
	autofree char *copy = xstrdup(value);

	http_headers_remove(h, name);
	http_headers_add(h, name, copy);
}

const char *http_headers_get(const struct http_headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (text_eq_nocase(h->v[i].name, name))
			return h->v[i].value;
	return NULL;
}

/* Authorization and session tokens lived in some of them. */
static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void http_headers_clear(struct http_headers *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].name);
		wipe(h->v[i].value);
	}
	free(h->v);
	*h = (struct http_headers){ 0 };
}

void http_request_clear(struct http_request *req)
{
	free(req->method);
	free(req->scheme);
	free(req->host);
	free(req->path);
	wipe(req->query); /* a presigned one is as good as a password */
	http_headers_clear(&req->headers);
	buf_cleanse(&req->body);
	*req = (struct http_request)HTTP_REQUEST_INIT;
}

void http_response_clear(struct http_response *res)
{
	http_headers_clear(&res->headers);
	buf_cleanse(&res->body);
	*res = (struct http_response)HTTP_RESPONSE_INIT;
}
