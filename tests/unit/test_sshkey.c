/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that OpenSSH itself takes, and children that are waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/proc.h"
#include "net/sshkey.h"
#include "tests/lib/temp.h"

static void run(struct proc *p, const char *const *argv)
{
	const struct proc_options o = { .argv = argv };

	assert_null(proc_start(p, &o));
	while (!proc_poll(p))
		proc_wait(p, 100);
}

static void check_with_openssh(enum sshkey_type type, const char *name, size_t length)
{
	char dir[TEMP_MAX];
	auto_sshkey key = { 0 };
	auto_proc p = { 0 };
	auto_proc l = { 0 };

	assert_true(temp_folder(dir, "rbkey"));
	autofree char *path = file_join(dir, "key");

	assert_true(sshkey_generate_as(type, &key));
	assert_int_equal(strlen(key.public_line), length);
	assert_memory_equal(key.public_line, name, strlen(name));
	assert_null(
		file_write_atomic(path, secret_reveal(&key.private_pem), key.private_pem.n_, 0600));
	run(&p, (const char *const[]){ "ssh-keygen", "-y", "-f", path, NULL });
	assert_int_equal(p.exit_status, 0);
	assert_memory_equal(p.out.p, key.public_line, length);
	run(&l, (const char *const[]){ "ssh-keygen", "-l", "-f", path, NULL });
	autofree char *print = sshkey_fingerprint(key.public_line + strlen(name) + 1);
	assert_non_null(strstr(l.out.p, print));
	assert_null(sshkey_fingerprint("!!"));
	/* It signs, and the signature is that of its public half. */
	auto_proc s = { 0 };
	autofree char *data = file_join(dir, "data");
	assert_null(file_write_atomic(data, "x", 1, 0600));
	run(&s, (const char *const[]){ "ssh-keygen", "-Y", "sign", "-n", "test", "-f", path, data,
				       NULL });
	assert_int_equal(s.exit_status, 0);
	assert_null(file_remove_tree(dir));
}

/* Numbers of RSA that begin with a set bit, and those that do not, come about by chance. */
static void openssh_reads_our_key_and_agrees_on_its_public_half(void **state)
{
	(void)state;
	check_with_openssh(SSHKEY_ED25519, "ssh-ed25519", 80);
	for (int i = 0; i < 2; i++)
		check_with_openssh(SSHKEY_RSA, "ssh-rsa", 372 + 8);
}

static void a_child_s_output_status_and_absence_are_told_apart(void **state)
{
	auto_proc p = { 0 };
	auto_proc q = { 0 };
	auto_proc none = { 0 };
	const struct proc_options missing = { .argv = (const char *const[]){ "no-such-program-here",
									     NULL } };
	struct rb_error *err;

	(void)state;
	run(&p, (const char *const[]){ "sh", "-c", "echo out; echo err >&2; exit 7", NULL });
	assert_string_equal(p.out.p, "out\n");
	assert_string_equal(p.err.p, "err\n");
	assert_int_equal(p.exit_status, 7);
	run(&q, (const char *const[]){ "sh", "-c", "kill -9 $$", NULL });
	assert_int_equal(q.exit_status, 137);
	err = proc_start(&none, &missing);
	assert_true(rb_error_is(err, RB_USAGE));
	assert_int_equal(err->sys_errno, 2);
	(void)rb_error_free(err);
}

static void a_child_that_does_not_listen_is_killed(void **state)
{
	struct proc p = { 0 };
	const struct proc_options o = { .argv = (const char *const[]){
						"sh", "-c",
						"trap '' TERM; echo up; while :; do sleep 1; done",
						NULL } };

	(void)state;
	assert_null(proc_start(&p, &o));
	while (!p.out.n) {
		assert_false(proc_poll(&p));
		proc_wait(&p, 100);
	}
	proc_stop(&p, 50);
	assert_true(p.done);
	assert_int_equal(p.exit_status, 137);
	proc_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssh_reads_our_key_and_agrees_on_its_public_half),
		cmocka_unit_test(a_child_s_output_status_and_absence_are_told_apart),
		cmocka_unit_test(a_child_that_does_not_listen_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
