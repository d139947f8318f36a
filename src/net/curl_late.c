/* SPDX-License-Identifier: Apache-2.0 */
/* Each function of libcurl that the program calls, on to the library's own. */
#include "net/curl_late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/span.h"

/* These are macros as well, which check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define LIBRARY "libcurl.so.4" /* its ABI's name since 2006 */

/* Of the same types as the header says. */
static struct {
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_perform) easy_perform;
	__typeof__(&curl_easy_recv) easy_recv;
	__typeof__(&curl_easy_reset) easy_reset;
	__typeof__(&curl_easy_send) easy_send;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_multi_add_handle) multi_add_handle;
	__typeof__(&curl_multi_cleanup) multi_cleanup;
	__typeof__(&curl_multi_info_read) multi_info_read;
	__typeof__(&curl_multi_init) multi_init;
	__typeof__(&curl_multi_perform) multi_perform;
	__typeof__(&curl_multi_poll) multi_poll;
	__typeof__(&curl_multi_remove_handle) multi_remove_handle;
	__typeof__(&curl_multi_setopt) multi_setopt;
	__typeof__(&curl_multi_wakeup) multi_wakeup;
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
} curl;

static const struct {
	const char *name;
	void *pointer; /* to a member of `curl` */
} symbols[] = {
	{ "curl_easy_cleanup", &curl.easy_cleanup },
	{ "curl_easy_getinfo", &curl.easy_getinfo },
	{ "curl_easy_init", &curl.easy_init },
	{ "curl_easy_perform", &curl.easy_perform },
	{ "curl_easy_recv", &curl.easy_recv },
	{ "curl_easy_reset", &curl.easy_reset },
	{ "curl_easy_send", &curl.easy_send },
	{ "curl_easy_setopt", &curl.easy_setopt },
	{ "curl_easy_strerror", &curl.easy_strerror },
	{ "curl_global_init", &curl.global_init },
	{ "curl_multi_add_handle", &curl.multi_add_handle },
	{ "curl_multi_cleanup", &curl.multi_cleanup },
	{ "curl_multi_info_read", &curl.multi_info_read },
	{ "curl_multi_init", &curl.multi_init },
	{ "curl_multi_perform", &curl.multi_perform },
	{ "curl_multi_poll", &curl.multi_poll },
	{ "curl_multi_remove_handle", &curl.multi_remove_handle },
	{ "curl_multi_setopt", &curl.multi_setopt },
	{ "curl_multi_wakeup", &curl.multi_wakeup },
	{ "curl_slist_append", &curl.slist_append },
	{ "curl_slist_free_all", &curl.slist_free_all },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char missing[512]; /* the loader's message; "": all is there */

static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL), *found = library;

	for (size_t i = 0; found && i < ARRAY_LEN(symbols); i++) {
		found = dlsym(library, symbols[i].name);
		memcpy(symbols[i].pointer, &found, sizeof(found));
	}
	if (!found) {
		const char *why = dlerror();

		(void)snprintf(missing, sizeof(missing), "%s", why ? why : LIBRARY);
	}
}

struct rb_error *curl_late_load(void)
{
	(void)pthread_once(&once, load);
	if (!*missing)
		return NULL;
	return rb_error_hint(
		rb_error_why(rb_error_new(RB_USAGE, "libcurl cannot be loaded"), "%s", missing),
		"on Debian it is in the package libcurl4 (libcurl4t64)");
}

static void need(void)
{
	(void)pthread_once(&once, load);
	if (!*missing)
		return;
	(void)fprintf(stderr, "%s\n", missing);
	abort();
}

/* ---- easy ---------------------------------------------------------------- */

CURL *curl_easy_init(void)
{
	need();
	return curl.easy_init();
}

void curl_easy_cleanup(CURL *easy)
{
	need();
	curl.easy_cleanup(easy);
}

void curl_easy_reset(CURL *easy)
{
	need();
	curl.easy_reset(easy);
}

CURLcode curl_easy_perform(CURL *easy)
{
	need();
	return curl.easy_perform(easy);
}

CURLcode curl_easy_recv(CURL *easy, void *p, size_t n, size_t *ret)
{
	need();
	return curl.easy_recv(easy, p, n, ret);
}

CURLcode curl_easy_send(CURL *easy, const void *p, size_t n, size_t *ret)
{
	need();
	return curl.easy_send(easy, p, n, ret);
}

const char *curl_easy_strerror(CURLcode code)
{
	need();
	return curl.easy_strerror(code);
}

/* The argument's type is in the option's number, as libcurl reads it itself. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	int type = (int)option / 10000 * 10000;
	CURLcode rc;
	va_list ap;

	need();
	va_start(ap, option);
	if (type == CURLOPTTYPE_OFF_T)
		/* NOLINTNEXTLINE(bugprone-branch-clone): each takes another type */
		rc = curl.easy_setopt(easy, option, va_arg(ap, curl_off_t));
	else if (type == CURLOPTTYPE_LONG)
		rc = curl.easy_setopt(easy, option, va_arg(ap, long));
	else /* of data or, which POSIX has alike, of a function */
		rc = curl.easy_setopt(easy, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* All that is told is told through a pointer. */
CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	CURLcode rc;
	va_list ap;

	need();
	va_start(ap, info);
	rc = curl.easy_getinfo(easy, info, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* ---- multi --------------------------------------------------------------- */

CURLcode curl_global_init(long flags)
{
	need();
	return curl.global_init(flags);
}

CURLM *curl_multi_init(void)
{
	need();
	return curl.multi_init();
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
	need();
	return curl.multi_cleanup(multi);
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	need();
	return curl.multi_add_handle(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
	need();
	return curl.multi_remove_handle(multi, easy);
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *ret_queued)
{
	need();
	return curl.multi_info_read(multi, ret_queued);
}

CURLMcode curl_multi_perform(CURLM *multi, int *ret_running)
{
	need();
	return curl.multi_perform(multi, ret_running);
}

CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd extra[], unsigned int n_extra,
			  int timeout_ms, int *ret_n)
{
	need();
	return curl.multi_poll(multi, extra, n_extra, timeout_ms, ret_n);
}

CURLMcode curl_multi_wakeup(CURLM *multi)
{
	need();
	return curl.multi_wakeup(multi);
}

CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
	int type = (int)option / 10000 * 10000;
	CURLMcode rc;
	va_list ap;

	need();
	va_start(ap, option);
	if (type == CURLOPTTYPE_OFF_T)
		/* NOLINTNEXTLINE(bugprone-branch-clone): each takes another type */
		rc = curl.multi_setopt(multi, option, va_arg(ap, curl_off_t));
	else if (type == CURLOPTTYPE_LONG)
		rc = curl.multi_setopt(multi, option, va_arg(ap, long));
	else /* of data or, which POSIX has alike, of a function */
		rc = curl.multi_setopt(multi, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* ---- lists --------------------------------------------------------------- */

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
	need();
	return curl.slist_append(list, text);
}

void curl_slist_free_all(struct curl_slist *list)
{
	if (!list)
		return;
	need();
	curl.slist_free_all(list);
}
