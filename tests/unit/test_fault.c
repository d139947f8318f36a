/* SPDX-License-Identifier: Apache-2.0 */
/* A crash as a machine's: what was written and not synced, or renamed and its directory not synced,
 * is lost.  The process that crashes is this program, started again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/secret.h"
#include "tests/lib/temp.h"

static char dir[TEMP_MAX];

static int make_dir(void **state)
{
	(void)state;
	return temp_folder(dir, "rbfault") ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return file_remove_tree(dir) ? -1 : 0;
}

/* ---- what the started program does --------------------------------------- */

static int must(struct rb_error *err)
{
	if (err)
		_exit(9);
	return 0;
}

static int append(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	must(file_write_all(fd, "synced, ", 8, "t.write"));
	must(file_sync(fd, "t.sync"));
	must(file_write_all(fd, "written", 7, "t.write"));
	fault_crash_point("t.end");
	must(file_sync(fd, "t.sync"));
	fault_crash_point("t.last");
	close(fd);
	return 0;
}

/* As file_write_atomic with one thing left out. */
static int replace(const char *in, bool sync_file, bool sync_dir)
{
	autofree char *path = file_join(in, "f");
	autofree char *tmp = xasprintf("%s.tmp", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(file_write_all(fd, "new", 3, NULL));
	if (sync_file)
		must(file_sync(fd, NULL));
	close(fd);
	fault_renaming(tmp, path);
	if (rename(tmp, path))
		return 9;
	if (sync_dir)
		must(file_sync_dir(in));
	fault_crash_point("t.end");
	return 0;
}

static int act(const char *what, const char *in)
{
	autofree char *path = file_join(in, "f");

	if (strcmp(what, "append") == 0)
		return append(path);
	if (strcmp(what, "unsynced-file") == 0)
		return replace(in, false, true);
	if (strcmp(what, "unsynced-dir") == 0)
		return replace(in, true, false);
	if (strcmp(what, "atomic") == 0) {
		must(file_write_atomic(path, "new", 3, 0600));
		fault_crash_point("t.end");
		return 0;
	}
	return 9;
}

/* ---- the tests ------------------------------------------------------------ */

/* Do `what`, and crash at point `at` (0: not). */
static void act_and_crash(const char *what, const char *at, const char *seed)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (*at != '0')
			(void)setenv("RUNBOOK_FAULT_CRASH_AT", at, 1);
		if (seed)
			(void)setenv("RUNBOOK_FAULT_LOSE", seed, 1);
		(void)execl("/proc/self/exe", "test_fault", what, dir, (char *)NULL);
		_exit(8);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (*at != '0')
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void holds(const char *text)
{
	autofree char *path = file_join(dir, "f");
	auto_buf b = BUF_INIT;

	assert_null(file_read(path, 100, &b));
	assert_string_equal(b.p, text);
}

static void write_old(void)
{
	autofree char *path = file_join(dir, "f");

	assert_null(file_write_atomic(path, "old", 3, 0600));
}

static void what_was_written_and_not_synced_is_lost(void **state)
{
	autofree char *path = file_join(dir, "f");

	(void)state;
	act_and_crash("append", "2", NULL); /* at the first sync */
	holds("");
	act_and_crash("append", "4", NULL); /* t.end */
	holds("synced, ");
	assert_int_equal(unlink(path), 0);
	act_and_crash("append", "6", NULL); /* t.last */
	holds("synced, written");
	assert_int_equal(unlink(path), 0);
	act_and_crash("append", "0", NULL);
	holds("synced, written");
}

static void a_seed_says_how_much_of_it(void **state)
{
	autofree char *path = file_join(dir, "f");
	bool seen[8] = { false };
	size_t lengths = 0;

	(void)state;
	for (int i = 0; i < 24; i++) {
		autofree char *seed = xasprintf("%d", i);
		struct stat st;

		act_and_crash("append", "4", seed);
		assert_int_equal(stat(path, &st), 0);
		assert_in_range(st.st_size, 8, 15);
		lengths += !seen[st.st_size - 8];
		seen[st.st_size - 8] = true;
		assert_int_equal(unlink(path), 0);
	}
	assert_true(lengths > 3);
}

static void a_rename_is_lost_until_its_directory_is_synced(void **state)
{
	(void)state;
	write_old();
	act_and_crash("unsynced-dir", "1", NULL);
	holds("old");
	act_and_crash("unsynced-file", "1", NULL);
	holds("");
	write_old();
	act_and_crash("atomic", "1", NULL); /* its write */
	holds("old");
	act_and_crash("atomic", "2", NULL); /* its sync */
	holds("old");
	act_and_crash("atomic", "3", NULL);
	holds("new");
}

/* As a crash: nothing more is written, and nothing goes on without it. */
static void memory_that_runs_out_ends_it_like_a_crash(void **state)
{
	volatile size_t too_many = SIZE_MAX / 2;
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		(void)signal(SIGABRT, SIG_DFL);
		free(xreallocarray(NULL, too_many, sizeof(int)));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Each of the two by itself: a limit is passed on to children, and a core may go to a program. */
static void no_core_is_written_by_either_way(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit core = { 1, 1 };

		secret_no_core_dumps();
		if (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur || core.rlim_max)
			_exit(1);
		_exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
		TEST(what_was_written_and_not_synced_is_lost),
		TEST(a_seed_says_how_much_of_it),
		TEST(a_rename_is_lost_until_its_directory_is_synced),
		TEST(memory_that_runs_out_ends_it_like_a_crash),
		TEST(no_core_is_written_by_either_way),
#undef TEST
	};

	if (argc == 3)
		return act(argv[1], argv[2]);
	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
