/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instance's SSH server, spoken to by the system's own ssh: it lets in whom
 * it is told to, runs commands as sshd does and leaves nothing running.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/instance/proc.h"
#include "sandbox/instance/ssh.h"
#include "tests/lib/temp.h"

struct server {
	char dir[TEMP_MAX];
	int listener, stop_fd, port;
	pthread_t thread;
	struct sshd ssh;
	char *host_key;
	char *admitted; /* the client's public key */
};

static struct server srv;

static bool admits(void *arg, const char *user, const char *key)
{
	const struct server *s = arg;

	return strcmp(user, "ec2-user") == 0 && text_eq(s->admitted, key);
}

static struct rb_error *settle(void *arg, const char *user, char **ret_dir, struct strv *env)
{
	const struct server *s = arg;

	*ret_dir = file_join(s->dir, "home");
	strv_add(env, "PATH=/usr/bin:/bin");
	strv_addf(env, "HOME=%s", *ret_dir);
	strv_addf(env, "USER=%s", user);
	return NULL;
}

static bool alive(void *arg)
{
	(void)arg;
	return true;
}

static void *serve_one(void *arg)
{
	auto_error struct rb_error *err = sshd_serve(&srv.ssh, (int)(intptr_t)arg, srv.stop_fd);

	return NULL;
}

/* One connection at a time is what these tests make; each is joined before the next. */
static void *serve(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = accept4(srv.listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t t;

		if (fd < 0)
			return NULL;
		pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd);
		pthread_join(t, NULL);
	}
}

/* The exit status of a shell command whose output goes to `out`. */
static int sh(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int sh(struct buf *out, const char *fmt, ...)
{
	autofree char *command = NULL;
	char block[4096];
	va_list ap;
	size_t n;
	FILE *f;

	va_start(ap, fmt);
	command = xvasprintf(fmt, ap);
	va_end(ap);
	buf_reset(out);
	f = popen(command, "r");
	assert_non_null(f);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(out, block, n);
	return WEXITSTATUS(pclose(f));
}

#define SSH SSH_FOR("60")
#define SSH_FOR(seconds)                                                                           \
	"cd %s && LC_TEST=kept timeout -s KILL " seconds                                           \
	" ssh -F /dev/null -q -p %d -i key -o IdentitiesOnly=yes "                                 \
	"-o IdentityAgent=none -o UserKnownHostsFile=known -o StrictHostKeyChecking=accept-new "   \
	"-o BatchMode=yes -o SendEnv='LC_TEST SECRET' "

static int set_up(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	auto_buf out = BUF_INIT;
	auto_buf pem = BUF_INIT;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_true(temp_folder(srv.dir, "sbx-ssh"));
	assert_int_equal(sh(&out,
			    "cd %s && mkdir home && ssh-keygen -q -t ed25519 -N '' -C '' -f key && "
			    "ssh-keygen -q -t ed25519 -N '' -C '' -f other && cat key.pub",
			    srv.dir),
			 0);
	srv.admitted = xstrndup(out.p, strcspn(out.p, "\n"));
	srv.admitted[strcspn(srv.admitted, "\n")] = 0;
	while (text_ends_with(srv.admitted, " "))
		srv.admitted[strlen(srv.admitted) - 1] = 0;
	assert_null(sshd_new_host_key(&pem));
	srv.host_key = xstrdup(pem.p);
	srv.ssh = (struct sshd){ .host_key = srv.host_key,
				 .admits = admits,
				 .settle = settle,
				 .alive = alive,
				 .arg = &srv };
	srv.stop_fd = eventfd(0, EFD_CLOEXEC);
	srv.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(srv.listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(srv.listener, 16), 0);
	getsockname(srv.listener, (struct sockaddr *)&a, &n);
	srv.port = ntohs(a.sin_port);
	pthread_create(&srv.thread, NULL, serve, NULL);
	return 0;
}

static int tear_down(void **state)
{
	uint64_t one = 1;

	(void)state;
	assert_int_equal(write(srv.stop_fd, &one, sizeof(one)), sizeof(one));
	shutdown(srv.listener, SHUT_RDWR);
	pthread_join(srv.thread, NULL);
	close(srv.listener);
	close(srv.stop_fd);
	assert_null(file_remove_tree(srv.dir));
	free(srv.host_key);
	free(srv.admitted);
	return 0;
}

static void a_command_runs_in_its_own_place_with_its_own_environment(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	setenv("SECRET", "leaked", 1);
	assert_int_equal(sh(&out, SSH "ec2-user@127.0.0.1 'pwd; env; exit 7'", srv.dir, srv.port),
			 7);
	assert_non_null(strstr(out.p, "/home\n"));
	assert_non_null(strstr(out.p, "LC_TEST=kept"));
	assert_non_null(strstr(out.p, "USER=ec2-user"));
	assert_null(strstr(out.p, "leaked"));
	assert_null(strstr(out.p, "RUNNER"));
}

static void stdin_stdout_and_stderr_are_kept_apart(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(sh(&out,
			    SSH "ec2-user@127.0.0.1 'cat; echo oops >&2' <key.pub 2>err; cat err",
			    srv.dir, srv.port),
			 0);
	assert_true(text_starts_with(out.p, srv.admitted));
	assert_true(text_ends_with(out.p, "oops\n"));
	/* a program that does not read its input does not hold the end up */
	assert_int_equal(sh(&out,
			    "head -c 3000000 /dev/zero 2>/dev/null | ( " SSH
			    "ec2-user@127.0.0.1 'exit 3' )",
			    srv.dir, srv.port),
			 3);
}

static void large_streams_arrive_whole_both_ways(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(
		sh(&out,
		   "cd %s && head -c 20000000 /dev/urandom >in && ( " SSH
		   "-o RekeyLimit=4M ec2-user@127.0.0.1 cat <in >out ) && cmp in out && echo same",
		   srv.dir, srv.dir, srv.port),
		0);
	assert_string_equal(out.p, "same\n");
}

static void a_slow_reader_holds_the_program_back(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	/* the writer counts what it could write before the reader went away */
	assert_int_equal(sh(&out,
			    "( " SSH
			    "ec2-user@127.0.0.1 'trap \"\" PIPE; head -c 300000000 /dev/zero "
			    "2>/dev/null; true' ) | head -c 1000 | wc -c",
			    srv.dir, srv.port),
			 0);
	assert_string_equal(out.p, "1000\n");
}

/* The most memory this process has had at once, KiB. */
static long peak_kib(void)
{
	auto_buf status = BUF_INIT;

	assert_int_equal(sh(&status, "sed -n 's/^VmHWM:[ \t]*\\([0-9]*\\).*/\\1/p' /proc/%d/status",
			    (int)getpid()),
			 0);
	return strtol(status.p, NULL, 10);
}

static void a_program_that_reads_slowly_holds_the_client_back(void **state)
{
	auto_buf out = BUF_INIT;
	long before;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its quarantine keeps what was freed */
#endif
	before = peak_kib();
	assert_int_equal(
		sh(&out,
		   "head -c 80000000 /dev/zero 2>/dev/null | ( " SSH "ec2-user@127.0.0.1 "
		   "'for i in $(seq 60); do dd bs=32k count=1 iflag=fullblock of=/dev/null "
		   "status=none; sleep 0.02; done' )",
		   srv.dir, srv.port),
		0);
	assert_true(peak_kib() - before < 12 * 1024);
}

static void a_terminal_is_a_real_one(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(sh(&out,
			    "echo 'tty; stty size; echo $TERM; exit 5' | ( export TERM=xterm; " SSH
			    "-tt ec2-user@127.0.0.1 )",
			    srv.dir, srv.port),
			 5);
	assert_non_null(strstr(out.p, "/dev/pts/"));
	assert_non_null(strstr(out.p, "xterm"));
	assert_non_null(strstr(out.p, "24 80"));
}

static void the_signal_that_ended_a_program_is_told(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	/* ssh itself answers 255 when the far program was killed */
	assert_int_equal(sh(&out, SSH "ec2-user@127.0.0.1 'kill -9 $$'", srv.dir, srv.port), 255);
}

static void others_are_refused(void **state)
{
	auto_buf out = BUF_INIT;
	char *kept = srv.admitted;

	(void)state;
	assert_int_equal(sh(&out, SSH "root@127.0.0.1 true 2>&1", srv.dir, srv.port), 255);
	assert_int_equal(sh(&out, SSH "-i other -o IdentityFile=other ec2-user@127.0.0.1 true 2>&1",
			    srv.dir, srv.port),
			 0); /* the first key is the right one */
	srv.admitted = NULL;
	assert_int_equal(
		sh(&out,
		   "cd %s && ssh -F /dev/null -p %d -i key -o IdentitiesOnly=yes "
		   "-o UserKnownHostsFile=known -o BatchMode=yes ec2-user@127.0.0.1 true 2>&1",
		   srv.dir, srv.port),
		255);
	srv.admitted = kept;
	assert_non_null(strstr(out.p, "Permission denied (publickey)"));
}

/* True within ten seconds. */
static bool nobody_runs(const char *marker)
{
	int64_t until = clock_mono_ms() + 10000;
	auto_buf out = BUF_INIT;
	int rc;

	do
		rc = sh(&out, "pgrep -f '[s]leep %s'", marker);
	while (rc == 0 && clock_mono_ms() < until);
	return rc != 0;
}

static void programs_end_with_their_connection(void **state)
{
	auto_buf out = BUF_INIT;
	autofree char *marker = xasprintf("98765.%d", (int)getpid());

	(void)state;
	/* ssh is killed while its program and that one's child still run */
	sh(&out, SSH_FOR("2") "ec2-user@127.0.0.1 'sleep %s & echo started; sleep %s'", srv.dir,
	   srv.port, marker, marker);
	assert_string_equal(out.p, "started\n");
	assert_true(nobody_runs(marker));
}

static void noise_is_not_a_login(void **state)
{
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(sh(&out,
			    "head -c 100000 /dev/urandom | timeout 20 bash -c "
			    "'exec 3<>/dev/tcp/127.0.0.1/%d; cat >&3 2>/dev/null; cat <&3' "
			    "2>/dev/null | head -c 8",
			    srv.port),
			 0);
	assert_int_equal(sh(&out, SSH "ec2-user@127.0.0.1 echo still here", srv.dir, srv.port), 0);
	assert_string_equal(out.p, "still here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_runs_in_its_own_place_with_its_own_environment),
		cmocka_unit_test(stdin_stdout_and_stderr_are_kept_apart),
		cmocka_unit_test(large_streams_arrive_whole_both_ways),
		cmocka_unit_test(a_slow_reader_holds_the_program_back),
		cmocka_unit_test(a_program_that_reads_slowly_holds_the_client_back),
		cmocka_unit_test(a_terminal_is_a_real_one),
		cmocka_unit_test(the_signal_that_ended_a_program_is_told),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(programs_end_with_their_connection),
		cmocka_unit_test(noise_is_not_a_login),
	};

	return cmocka_run_group_tests_name("sshd", tests, set_up, tear_down);
}
