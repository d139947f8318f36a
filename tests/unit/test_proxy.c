/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy a request goes by, and what is ever shown of a URL that somebody configured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/text.h"
#include "net/proxy.h"
#include "net/uri.h"

static void set_only(const char *name, const char *value)
{
	static const char *const all[] = { "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY",
					   "no_proxy",	 "NO_PROXY",	"all_proxy",  "ALL_PROXY" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_int_equal(unsetenv(all[i]), 0);
	if (name)
		assert_int_equal(setenv(name, value, 1), 0);
}

/* ---- what is shown ----------------------------------------------------------- */

static void a_url_is_shown_without_what_it_hides(void **state)
{
	static const struct {
		const char *url, *shown;
	} cases[] = {
		{ "https://ec2.example.com", "https://ec2.example.com" },
		{ "HTTP://EC2.example.com:8080/base?token=s3cretPW#x",
		  "http://ec2.example.com:8080" },
		{ "https://[2001:DB8::1]:443/x", "https://[2001:db8::1]:443" },
		{ "localhost:4566", "localhost:4566" },
		{ "http://alice:s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "alice:s3cretPW@127.0.0.1:1", "***@127.0.0.1:1" },
		{ "http://alice:s3cretPW@[::1]:1/p", "http://***@[::1]:1" },
		{ "http://alice:p@s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:p/s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:p#s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:p?s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:1/s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:p%40s3cretPW%40127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://alice:p://s3cretPW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "ftp://alice:s3cretPW@127.0.0.1:1", "ftp://***@127.0.0.1:1" },
		{ "s3cretPW://alice@127.0.0.1", "***@127.0.0.1" },
		{ "http://alice:s3cretPW@127.0.0.1:80a", "http://***" },
		{ "http://alice:s3cretPW@127.0.0.1:1 ", "http://***" },
		{ " http://alice:s3cretPW@127.0.0.1:1", "***@127.0.0.1:1" },
		{ "http://alice:s3cret PW@127.0.0.1:1", "http://***@127.0.0.1:1" },
		{ "http://127.0.0.1:1@alice:s3cretPW", "http://***" },
		{ "http://alice:s3cretPW", "http://***" },
		{ "http:alice:s3cretPW@127.0.0.1:1", "***@127.0.0.1:1" },
		{ "http:/alice:s3cretPW@127.0.0.1:1", "***@127.0.0.1:1" },
		{ "http://alice:s3cretPW@", "http://***" },
		{ "http://alice:s3cretPW@ho\x1bst", "http://***" },
		{ "", "***" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *shown = uri_shown(cases[i].url);
		struct uri uri = { 0 };
		struct rb_error *err = uri_parse(cases[i].url, &uri);

		if (!text_eq(shown, cases[i].shown))
			fail_msg("'%s' is shown as '%s'", cases[i].url, shown);
		if (err && (strstr(err->what, "s3cret") || strstr(err->why, "s3cret")))
			fail_msg("'%s', '%s'", err->what, err->why);
		(void)rb_error_free(err);
		uri_clear(&uri);
	}
}

/* ---- what a variable means ----------------------------------------------------- */

static void a_proxy_is_read_whole(void **state)
{
	static const struct {
		const char *value, *shown, *user, *password;
	} cases[] = {
		{ "http://proxy.example:3128", "http://proxy.example:3128", NULL, "" },
		{ "proxy.example:3128", "http://proxy.example:3128", NULL, "" },
		{ "HTTP://Proxy.Example", "http://proxy.example:80", NULL, "" },
		{ "https://proxy.example/", "https://proxy.example:443", NULL, "" },
		{ "socks5h://proxy.example", "socks5h://proxy.example:1080", NULL, "" },
		{ "http://[::1]:8080", "http://[::1]:8080", NULL, "" },
		{ "http://alice@proxy.example:1", "http://proxy.example:1", "alice", "" },
		{ "http://alice:pw@proxy.example:1", "http://proxy.example:1", "alice", "pw" },
		{ "alice:pw@proxy.example:1", "http://proxy.example:1", "alice", "pw" },
		{ "http://alice:a:b@proxy.example:1", "http://proxy.example:1", "alice", "a:b" },
		{ "http://alice:p@w@proxy.example:1", "http://proxy.example:1", "alice", "p@w" },
		{ "http://CORP%5Calice:p%40%2F%23@proxy.example:1", "http://proxy.example:1",
		  "CORP\\alice", "p@/#" },
		{ "http://alice:100%@proxy.example:1", "http://proxy.example:1", "alice", "100%" },
		{ "http://alice:%zz%@proxy.example:1", "http://proxy.example:1", "alice", "%zz%" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_proxy p = { 0 };
		autofree char *shown = NULL;

		set_only("HTTPS_PROXY", cases[i].value);
		assert_null(proxy_for("https", "ec2.example.com", &p));
		shown = proxy_shown(&p);
		assert_string_equal(shown, cases[i].shown);
		assert_true(text_eq(p.user, cases[i].user));
		assert_string_equal(secret_reveal(&p.password), cases[i].password);
		assert_string_equal(p.variable, "HTTPS_PROXY");
	}
	set_only(NULL, NULL);
}

static void what_is_no_proxy_is_refused_unquoted(void **state)
{
	static const struct {
		const char *value, *why;
	} cases[] = {
		{ "http://alice:s3cretPW@127.0.0.1:1 ", "blank" },
		{ " http://alice:s3cretPW@127.0.0.1:1", "blank" },
		{ "http://alice:s3cret PW@127.0.0.1:1", "blank" },
		{ "http://alice:s3cretPW@127.0.0.1:1\n", "control" },
		{ "http://alice:p#s3cretPW@127.0.0.1:1", "'#'" },
		{ "http://alice:p/s3cretPW@127.0.0.1:1", "'/'" },
		{ "http://alice:p?s3cretPW@127.0.0.1:1", "'?'" },
		{ "http://alice:1/s3cretPW@127.0.0.1:1", "'/'" },
		{ "ftp://alice:s3cretPW@127.0.0.1:1", "http://" },
		{ "s3cretPW://127.0.0.1:1", "http://" },
		{ "http://alice:s3cretPW@127.0.0.1:80a", "port" },
		{ "http://alice:s3cretPW@127.0.0.1:99999", "port" },
		{ "http://127.0.0.1:1@alice:s3cretPW", "port" },
		{ "http://alice:s3cretPW@", "host" },
		{ "http://alice:s3cretPW", "port" },
		{ "http:alice:s3cretPW", "port" },
		{ "http://alice:s3cretPW@ho%20st:1", "host" },
		{ "http://alice:s3cretPW@[::1", "not closed" },
		{ "http://al%0Aice:s3cretPW@127.0.0.1:1", "control" },
		{ "http://alice:s3cretPW%00@127.0.0.1:1", "control" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_proxy p = { 0 };
		struct rb_error *err;

		set_only("HTTPS_PROXY", cases[i].value);
		err = proxy_for("https", "ec2.example.com", &p);
		if (!rb_error_is(err, RB_USAGE) || !strstr(err->why, cases[i].why) || !err->hint)
			fail_msg("case %zu: %s", i, err ? err->why : "taken");
		assert_non_null(strstr(err->why, "HTTPS_PROXY"));
		assert_null(strstr(err->why, "s3cret"));
		assert_null(strstr(err->why, "alice"));
		assert_null(strstr(err->hint, "s3cret"));
		assert_null(p.scheme);
		(void)rb_error_free(err);
		/* Whom it does not concern is not stopped by it. */
		assert_int_equal(setenv("NO_PROXY", "example.com", 1), 0);
		assert_null(proxy_for("https", "ec2.example.com", &p));
		assert_null(proxy_for("http", "ec2.elsewhere.net", &p));
		assert_null(p.scheme);
	}
	set_only(NULL, NULL);
}

static void the_first_variable_that_is_set_counts(void **state)
{
	static const struct {
		const char *scheme, *names[2];
	} cases[] = {
		{ "https", { "https_proxy", "HTTPS_PROXY" } },
		{ "https", { "HTTPS_PROXY", "all_proxy" } },
		{ "https", { "all_proxy", "ALL_PROXY" } },
		{ "https", { "ALL_PROXY", "HTTP_PROXY" } },
		{ "http", { "http_proxy", "HTTP_PROXY" } },
		{ "http", { "HTTP_PROXY", "all_proxy" } },
		{ "http", { "all_proxy", "HTTPS_PROXY" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_proxy p = { 0 };

		set_only(cases[i].names[0], "http://first:1");
		assert_int_equal(setenv(cases[i].names[1], "http://second:1", 1), 0);
		assert_null(proxy_for(cases[i].scheme, "host.example", &p));
		assert_string_equal(p.host, "first");
		assert_string_equal(p.variable, cases[i].names[0]);
		/* Empty is as good as unset. */
		assert_int_equal(setenv(cases[i].names[0], "", 1), 0);
		assert_null(proxy_for(cases[i].scheme, "host.example", &p));
		assert_false(text_eq(p.host, "first"));
	}
	set_only(NULL, NULL);
}

static void exceptions_are_read_as_libcurl_reads_them(void **state)
{
	static const struct {
		const char *list, *host;
		bool excepted;
	} cases[] = {
		{ NULL, "a.example", false },
		{ "", "a.example", false },
		{ "*", "a.example", true },
		{ "b.example,*", "a.example", false },
		{ "a.example", "a.example", true },
		{ "A.EXAMPLE", "a.example", true },
		{ "example", "a.example", true },
		{ ".example", "a.example", true },
		{ ".a.example", "a.example", true },
		{ "a.example.", "a.example", true },
		{ "xa.example", "a.example", false },
		{ "a.example", "xa.example", false },
		{ "b.example, a.example", "a.example", true },
		{ "b.example a.example", "a.example", true },
		{ ",, ,", "a.example", false },
		{ "amazonaws.com", "sts.us-east-1.amazonaws.com", true },
		{ "10.0.0.0/8", "10.255.1.2", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "192.0.2.128/25", "192.0.2.129", true },
		{ "192.0.2.128/25", "192.0.2.1", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.0/33", "192.0.2.0", false },
		{ "2.1", "192.0.2.1", false },
		{ "2001:db8::/32", "2001:db8:1::1", true },
		{ "2001:db8::/32", "2001:db9::1", false },
		{ "[::1]", "::1", true },
		{ "10.0.0.0/8", "ten.example", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (proxy_is_excepted(cases[i].list, cases[i].host) != cases[i].excepted)
			fail_msg("case %zu: '%s'", i, cases[i].list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_shown_without_what_it_hides),
		cmocka_unit_test(a_proxy_is_read_whole),
		cmocka_unit_test(what_is_no_proxy_is_refused_unquoted),
		cmocka_unit_test(the_first_variable_that_is_set_counts),
		cmocka_unit_test(exceptions_are_read_as_libcurl_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
