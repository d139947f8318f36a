/* SPDX-License-Identifier: Apache-2.0 */
/* The connection's words: what ssh is told, and what its failures mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/strv.h"
#include "net/tunnel.h"
#include "runbook/ssh/connection.h"
#include "runbook/ssh/target.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/temp.h"

static const struct connection_target target = { .instance_id = "i-0123456789abcdef0",
						 .private_ip = "10.0.1.23",
						 .os_user = "ec2-user",
						 .endpoint_id = "eice-1",
						 .endpoint_dns = "eice-1.example",
						 .endpoint_step = "9-3" };

/* The tunnel knows no step; what verifies the endpoint is known here. */
static void what_the_tunnel_says_to_verify_is_the_endpoints_step(void **state)
{
	autofree char *report = xasprintf("{\"kind\":2,\"what\":\"gone\",\"next\":[[%d,null]]}",
					  (int)RB_NEXT_VERIFY);
	const struct ssh_end end = { .said = "", .report = report, .tunnel_ran = true };
	struct rb_error *err;

	(void)state;
	err = connection_judge(&target, &end);
	assert_int_equal(err->next_n, 1);
	assert_int_equal(err->next[0].verb, RB_NEXT_VERIFY);
	assert_string_equal(err->next[0].args, "9-3");
	(void)rb_error_free(err);
}

/* One text never stands for several causes: each row has its kind, code, reason and way out. */
static void what_ssh_leaves_behind_is_told_apart(void **state)
{
	static const struct {
		const char *said;
		const char *report;
		enum rb_kind kind;
		const char *code;
		const char *why;
	} cases[] = {
		{ "", "{\"kind\":0,\"what\":\"closed\",\"code\":\"" TUNNEL_UNREACHABLE "\"}",
		  RB_RETRY, TUNNEL_UNREACHABLE, NULL },
		{ "Connection closed by UNKNOWN port 65535",
		  "{\"kind\":13,\"what\":\"cannot open\"}", RB_DENIED, NULL, NULL },
		{ "ec2-user@10.0.1.23: Permission denied (publickey).\r\n", "", RB_FAILED,
		  CONNECTION_KEY_REFUSED, "it does not let 'ec2-user' in with it" },
		{ "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\n"
		  "Host key verification failed.\r\n",
		  "", RB_FAILED, CONNECTION_HOST_CHANGED, "not the one that was remembered" },
		{ "@ WARNING: REVOKED HOST KEY DETECTED! @\r\nHost key verification failed.\r\n",
		  "", RB_FAILED, NULL, "its host key is revoked: " },
		{ "No ED25519 host key is known for i-0 and you have requested strict checking.\r\n"
		  "Host key verification failed.\r\n",
		  "", RB_FAILED, NULL,
		  "its host key is not known: No ED25519 host key is known for i-0 and you have "
		  "requested strict checking. Host key verification failed." },
		{ "Host key verification failed.\r\n", "", RB_FAILED, NULL,
		  "ssh does not trust its host key: Host key verification failed." },
		{ "No user exists for uid 54321\r\n", "", RB_USAGE, NULL,
		  "for this user: No user" },
		{ "Bad owner or permissions on /h/.ssh/config\r\n", "", RB_USAGE, NULL,
		  "does not read its configuration: Bad owner or permissions on /h/.ssh/config" },
		{ "/h/.ssh/config: line 1: Bad configuration option: x\r\n"
		  "/h/.ssh/config: terminating, 1 bad configuration options\r\n",
		  "", RB_USAGE, NULL, "does not understand its configuration: /h/" },
		{ "command-line: line 0: Bad configuration option: x\r\n", "", RB_USAGE, NULL,
		  "understand its configuration: command-line" },
		{ "Bad local forwarding specification 'x'\r\n", "", RB_USAGE, NULL,
		  "does not take an option: Bad local forwarding specification 'x'" },
		{ "Unable to negotiate with UNKNOWN port 65535: no matching cipher found.\r\n", "",
		  RB_FAILED, NULL, "no algorithm in common: Unable" },
		{ "bind [127.0.0.1]:80: Permission denied\r\n"
		  "Could not request local forwarding.\r\n",
		  "", RB_FAILED, NULL, "a forwarding was not possible: bind" },
		{ "channel 0: open failed: connect failed: Connection refused\r\n"
		  "stdio forwarding failed\r\n",
		  "", RB_FAILED, NULL, "cannot be reached from there: channel 0" },
		{ "Connection timed out during banner exchange\r\n", "", RB_RETRY, NULL,
		  "Connection timed out during banner exchange" },
		{ "kex_exchange_identification: Connection closed", "", RB_RETRY, NULL, NULL },
		{ "client_loop: send disconnect: Broken pipe\r\n", "", RB_LOST, NULL, NULL },
		{ "", "not json", RB_LOST, NULL, "ssh ended with status 255 and no word" },
		{ "", "{\"kind\":99,\"what\":\"x\"}", RB_LOST, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct ssh_end end = { .said = cases[i].said,
					     .report = cases[i].report,
					     .tunnel_ran = true };
		struct rb_error *err = connection_judge(&target, &end);

		assert_non_null(err);
		assert_int_equal(err->kind, cases[i].kind);
		if (cases[i].code)
			assert_string_equal(err->aws_code, cases[i].code);
		if (cases[i].why && !strstr(err->why, cases[i].why))
			fail_msg("'%s' is told as '%s'", cases[i].said, err->why);
		assert_true(!err->why || !strchr(err->why, '\r'));
		(void)rb_error_free(err);
	}
}

static void a_tunnel_that_never_ran_is_no_booting_instance(void **state)
{
	struct ssh_end end = { .said = "sh: 1: exec: /x/runbook: not found\n"
				       "Connection closed by UNKNOWN port 65535\r\n",
			       .report = "" };
	struct rb_error *err = connection_judge(&target, &end);

	(void)state;
	assert_int_equal(err->kind, RB_FAILED);
	assert_string_equal(err->what, "ssh could not start the tunnel");
	assert_non_null(strstr(err->why, "/x/runbook: not found"));
	(void)rb_error_free(err);
	end.said = "ec2-user@10.0.1.23: Permission denied (publickey).\r\n";
	end.key_age_s = 61;
	err = connection_judge(&target, &end);
	assert_string_equal(err->why, "it was 61 s old, and lives for 60");
	(void)rb_error_free(err);
}

static void what_is_asked_of_ssh_may_not_change_whom_it_reaches(void **state)
{
	static const struct {
		const char *option;
		const char *words; /* joined by '|'; NULL: refused */
	} cases[] = {
		{ "-L 8080:localhost:80", "-L|8080:localhost:80" },
		{ "-L8080:localhost:80", "-L|8080:localhost:80" },
		{ "-Nv", "-N|-v" },
		{ "-A", "-A" },
		{ "-ND 1080", "-N|-D|1080" },
		{ "-o LogLevel=DEBUG", "-o|LogLevel=DEBUG" },
		{ "-oExitOnForwardFailure=yes", "-o|ExitOnForwardFailure=yes" },
		{ "-o  ServerAliveInterval 30", "-o|ServerAliveInterval 30" },
		{ "-W 169.254.169.254:80", "-W|169.254.169.254:80" },
		{ "", NULL },
		{ "-", NULL },
		{ "--", NULL },
		{ "host", NULL },
		{ "-L", NULL },
		{ "-o", NULL },
		{ "-o   ", NULL },
		{ "-Z", NULL },
		{ "-F /dev/null", NULL },
		{ "-vF/dev/null", NULL },
		{ "-i key", NULL },
		{ "-J jump", NULL },
		{ "-l root", NULL },
		{ "-p 2222", NULL },
		{ "-E log", NULL },
		{ "-f", NULL },
		{ "-M", NULL },
		{ "-S path", NULL },
		{ "-O exit", NULL },
		{ "-w any", NULL },
		{ "-o StrictHostKeyChecking=no", NULL },
		{ "-oStrictHostKeyChecking=no", NULL },
		{ "-o stricthostkeychecking no", NULL },
		{ "-o UserKnownHostsFile=/dev/null", NULL },
		{ "-o HostKeyAlias=x", NULL },
		{ "-o VerifyHostKeyDNS=yes", NULL },
		{ "-o ProxyCommand=none", NULL },
		{ "-o proxycommand=none", NULL },
		{ "-o IDENTITYFILE x", NULL },
		{ "-o IdentityAgent=SSH_AUTH_SOCK", NULL },
		{ "-o UpdateHostKeys=yes", NULL },
		{ "-o ProxyJump=x", NULL },
		{ "-o User=root", NULL },
		{ "-o IdentityFile=x", NULL },
		{ "-o ControlMaster=yes", NULL },
		{ "-o PermitLocalCommand=yes", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_strv words = { 0 };
		struct rb_error *err = connection_ssh_words(cases[i].option, &words);
		autofree char *joined = strv_join(&words, "|");

		if (!cases[i].words != !!err)
			fail_msg("'%s' is %s", cases[i].option, err ? "refused" : "taken");
		if (cases[i].words)
			assert_string_equal(joined, cases[i].words);
		assert_true(!err || err->kind == RB_USAGE);
		(void)rb_error_free(err);
	}
}

/* The first value wins: what is fixed stands before what was asked for, the rest after it. */
static void what_is_asked_of_ssh_stands_between_what_is_fixed_and_what_is_usual(void **state)
{
	static const char *const asked[] = { "-o", "LogLevel=DEBUG", NULL };
	struct aws_world w;
	auto_strv argv = { 0 };
	size_t fixed = 0, at = 0, usual = 0;

	(void)state;
	aws_world_start(&w, "http://127.0.0.1:1", "ap-northeast-1");
	const struct connection c = { .aws = w.client,
				      .target = target,
				      .known_hosts = "/h",
				      .program = "/r",
				      .ssh_words = asked };

	connection_argv(&c, "/k", /* batch= */ false, &argv);
	for (size_t i = 0; i < argv.n; i++) {
		fixed = strcmp(argv.v[i], "StrictHostKeyChecking=accept-new") == 0 ? i : fixed;
		at = !at && strcmp(argv.v[i], "LogLevel=DEBUG") == 0 ? i : at;
		usual = strcmp(argv.v[i], "LogLevel=INFO") == 0 ? i : usual;
	}
	assert_true(0 < fixed && fixed < at && at < usual);
	aws_world_stop(&w);
}

static void a_report_survives_the_way_through_its_file(void **state)
{
	char dir[TEMP_MAX];
	auto_buf text = BUF_INIT;
	struct rb_error *err, *back;

	(void)state;
	assert_true(temp_folder(dir, "rbreport"));
	autofree char *path = file_join(dir, "report");

	err = rb_error_new(RB_DENIED, "cannot open the tunnel");
	err = rb_error_why(err, "quote \" and newline \n");
	err->http_status = 403;
	assert_int_equal(setenv(TUNNEL_REPORT_ENV, path, 1), 0);
	err = rb_error_next(err, RB_NEXT_VERIFY, "1-3");
	assert_true(tunnel_report_write(err));
	assert_false(tunnel_report_write(err)); /* one a connection */
	assert_int_equal(unsetenv(TUNNEL_REPORT_ENV), 0);
	assert_null(file_read(path, 4096, &text));
	back = tunnel_report_parse(text.p);
	assert_non_null(back);
	assert_int_equal(back->kind, RB_DENIED);
	assert_int_equal(back->http_status, 403);
	assert_string_equal(back->why, err->why);
	assert_int_equal(back->next_n, 1);
	assert_int_equal(back->next[0].verb, RB_NEXT_VERIFY);
	assert_string_equal(back->next[0].args, "1-3");
	(void)rb_error_free(back);
	(void)rb_error_free(err);

	/* The name of a file need not be text: the rest of the report is. */
	assert_int_equal(unlink(path), 0);
	err = rb_error_hint(rb_error_new(RB_USAGE, "cannot read '/d\xff/x'"), "look at /d\xfe");
	assert_int_equal(setenv(TUNNEL_REPORT_ENV, path, 1), 0);
	assert_true(tunnel_report_write(err));
	assert_int_equal(unsetenv(TUNNEL_REPORT_ENV), 0);
	assert_null(file_read(path, 4096, &text));
	back = tunnel_report_parse(text.p);
	assert_non_null(back);
	assert_string_equal(back->what, "cannot read '/d?/x'");
	assert_string_equal(back->hint, "look at /d?");
	(void)rb_error_free(back);
	(void)rb_error_free(err);
	assert_null(file_remove_tree(dir));
}

static void credentials_are_handed_over_once_and_by_a_pipe_of_ours_alone(void **state)
{
	struct cred given = { .access_key_id = xstrdup("ASIA1"),
			      .source = xstrdup("profile 'x'"),
			      .expires_utc_s = 1234567890123 };
	char dir[TEMP_MAX];
	auto_cred taken = { 0 };
	int64_t skew_s = 0;
	int fd;

	(void)state;
	secret_set_str(&given.secret_key, "s/3+cret");
	assert_true(temp_folder(dir, "rbkeys"));
	autofree char *path = file_join(dir, "keys");
	autofree char *file = file_join(dir, "file");

	assert_int_equal(unsetenv(TUNNEL_KEYS_ENV), 0);
	assert_false(tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(setenv(TUNNEL_KEYS_ENV, path, 1), 0);
	assert_false(tunnel_keys_take(&taken, &skew_s)); /* not there */
	fd = tunnel_keys_offer(path, &given, -42);
	assert_true(fd >= 0);
	assert_int_equal(tunnel_keys_offer(path, &given, -42), -1); /* the name is taken */
	assert_true(tunnel_keys_take(&taken, &skew_s));
	assert_string_equal(taken.access_key_id, "ASIA1");
	assert_string_equal(secret_reveal(&taken.secret_key), "s/3+cret");
	assert_false(secret_is_set(&taken.session_token));
	assert_string_equal(taken.source, "profile 'x'");
	assert_int_equal(taken.expires_utc_s, 1234567890123);
	assert_int_equal(skew_s, -42);
	assert_false(tunnel_keys_take(&taken, &skew_s)); /* once */

	/* what others could have put there, and what is no whole set, is not used */
	assert_int_equal(write(fd,
			       "ASIA2\0secret\0\0"
			       "0\0",
			       16),
			 16);
	assert_false(tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(write(fd,
			       "ASIA2\0secret\0\0"
			       "0\0x\0"
			       "0\0y",
			       21),
			 21);
	assert_false(tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(write(fd,
			       "ASIA2\0secret\0\0"
			       "0\0x\0"
			       "7\0",
			       20),
			 20);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_false(tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_true(tunnel_keys_take(&taken, &skew_s));
	assert_string_equal(taken.access_key_id, "ASIA2");
	assert_int_equal(skew_s, 7);
	close(fd);
	assert_int_equal(unlink(path), 0);
	given.keep_when_expired = true; /* the tunnel must not refuse what its parent uses */
	fd = tunnel_keys_offer(path, &given, 0);
	assert_true(fd >= 0 && tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(taken.expires_utc_s, 0);
	close(fd);
	assert_null(file_write_atomic(file,
				      "ASIA3\0secret\0\0"
				      "0\0x\0"
				      "7\0",
				      20, 0600));
	assert_int_equal(setenv(TUNNEL_KEYS_ENV, file, 1), 0);
	assert_false(tunnel_keys_take(&taken, &skew_s));
	assert_int_equal(unsetenv(TUNNEL_KEYS_ENV), 0);
	cred_clear(&given);
	assert_null(file_remove_tree(dir));
}

static void a_host_key_is_remembered_and_forgotten_by_alias(void **state)
{
	static const char text[] =
		"i-0aaa ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbtFmWfQvWEiIv6ChGBiHEN3lJmIsPZBbjgVHxMzEQE\n"
		"i-0aaabbb ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbtFmWfQvWEiIv6ChGBiHEN3lJmIsPZBbjgVHxMzEQE\n";
	char dir[TEMP_MAX];

	(void)state;
	assert_true(temp_folder(dir, "rbhosts"));
	autofree char *path = file_join(dir, "known_hosts");

	assert_null(connection_fingerprint(path, "i-0aaa"));
	assert_null(connection_forget(path, "i-0aaa"));
	assert_null(file_write_atomic(path, text, strlen(text), 0600));
	autofree char *one = connection_fingerprint(path, "i-0aaa");
	autofree char *two = connection_fingerprint(path, "i-0aaabbb");
	assert_non_null(one);
	assert_non_null(two);
	assert_string_not_equal(one, two);
	assert_int_equal(strncmp(one, "SHA256:", 7), 0);
	assert_null(connection_forget(path, "i-0aaa"));
	assert_null(connection_fingerprint(path, "i-0aaa"));
	autofree char *still = connection_fingerprint(path, "i-0aaabbb");
	assert_string_equal(still, two);
	assert_null(connection_forget(path, "i-0aaabbb"));
	assert_false(file_exists(path));
	assert_null(file_remove_tree(dir));
}

static void only_what_looks_right_goes_on_into_arguments(void **state)
{
	static const char id[] = "i-0123456789abcdef0", ip[] = "10.0.1.23", eice[] = "eice-0a_B",
			  dns[] = "eice-1.0a.ec2-instance-connect-endpoint.x.amazonaws.com";
	static const char *const hostile[] = {
		"",
		"-oProxyCommand=touch x",
		"$(touch x)",
		"`touch x`",
		"a;touch x",
		"a b",
		"a\nb",
		"a'b",
		"a\"b",
		"a%h",
		"../../x",
		"\x1b[2J",
		"i-",
		"i-0 ",
		"eice-",
		"eice-0/x",
		"i-$(touch x)",
		"eice-;x",
		"10.0.1.23;x",
	};

	(void)state;
	assert_null(target_check(id, ip, eice, dns));
	assert_null(target_check(NULL, "2600:1f10::1", NULL, NULL));
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct rb_error *errs[] = { target_check(hostile[i], ip, eice, dns),
					    target_check(id, hostile[i], eice, dns),
					    target_check(id, ip, hostile[i], dns),
					    target_check(id, ip, eice, hostile[i]) };

		for (size_t k = 0; k < ARRAY_LEN(errs); k++) {
			/* a name may well be what no id is */
			if (k == 3 && (!strcmp(hostile[i], "i-") || !strcmp(hostile[i], "eice-"))) {
				(void)rb_error_free(errs[k]);
				continue;
			}
			if (!errs[k])
				fail_msg("'%s' is taken for part %zu", hostile[i], k);
			assert_null(strchr(errs[k]->why, '\x1b'));
			(void)rb_error_free(errs[k]);
		}
	}
}

static void every_word_for_a_shell_is_quoted_and_every_percent_doubled(void **state)
{
	struct aws_world w;

	aws_world_start(&w, "http://127.0.0.1:1", "ap-northeast-1");
	const struct connection c = { .aws = w.client,
				      .target = target,
				      .profile = "o'd d%h $(touch x)",
				      .known_hosts = "/h o/50%\"\\/known_hosts",
				      .program = "/opt/it's/runbook" };
	auto_strv argv = { 0 };

	(void)state;
	connection_argv(&c, "/t %/key", /* batch= */ true, &argv);
	assert_string_equal(argv.v[0], "ssh");
	assert_non_null(strstr(argv.v[2], "ProxyCommand='/opt/it'\\''s/runbook' "));
	assert_non_null(strstr(argv.v[2], "'o'\\''d d%%h $(touch x)'"));
	assert_true(strv_has(&argv, "UserKnownHostsFile=\"/h o/50%%\\\"\\\\/known_hosts\""));
	assert_true(strv_has(&argv, "IdentityFile=\"/t %%/key\""));
	aws_world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_tunnel_says_to_verify_is_the_endpoints_step),
		cmocka_unit_test(what_ssh_leaves_behind_is_told_apart),
		cmocka_unit_test(a_tunnel_that_never_ran_is_no_booting_instance),
		cmocka_unit_test(what_is_asked_of_ssh_may_not_change_whom_it_reaches),
		cmocka_unit_test(
			what_is_asked_of_ssh_stands_between_what_is_fixed_and_what_is_usual),
		cmocka_unit_test(a_report_survives_the_way_through_its_file),
		cmocka_unit_test(only_what_looks_right_goes_on_into_arguments),
		cmocka_unit_test(every_word_for_a_shell_is_quoted_and_every_percent_doubled),
		cmocka_unit_test(credentials_are_handed_over_once_and_by_a_pipe_of_ours_alone),
		cmocka_unit_test(a_host_key_is_remembered_and_forgotten_by_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
