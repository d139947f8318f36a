/* SPDX-License-Identifier: Apache-2.0 */
/* Files: what is no file, what fails half-way, paths as a shell would read them, whole trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <signal.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/lib/temp.h"

static char dir[TEMP_MAX];

static int make_dir(void **state)
{
	(void)state;
	return temp_folder(dir, "rbfile") ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)chmod(dir, 0700);
	return file_remove_tree(dir) || file_exists(dir) ? -1 : 0;
}

/* Fails with `kind`, names the path, and says `why`. */
static void fails(struct rb_error *err, enum rb_kind kind, const char *path, const char *why)
{
	assert_non_null(err);
	assert_int_equal(err->kind, kind);
	assert_non_null(strstr(err->what, path));
	if (!strstr(err->why, why))
		fail_msg("'%s' does not say '%s'", err->why, why);
	(void)rb_error_free(err);
}

static void write_text(const char *path, const char *text)
{
	assert_null(file_write_atomic(path, text, strlen(text), 0600));
}

static void only_files_are_read_and_only_so_much(void **state)
{
	autofree char *path = file_join(dir, "f"), *below = file_join(path, "g");
	auto_buf text = BUF_INIT;

	(void)state;
	(void)buf_adds(&text, "as before");
	write_text(path, "0123456789");
	fails(file_read(path, 9, &text), RB_USAGE, path, "it is larger than 9 bytes");
	fails(file_read(dir, 99, &text), RB_USAGE, dir, "it is not a regular file");
	fails(file_read("/dev/null", 99, &text), RB_USAGE, "/dev/null", "not a regular file");
	fails(file_read(below, 99, &text), RB_GONE, below, "");
	assert_string_equal(text.p, "as before");
	assert_null(file_read(path, 10, &text));
	assert_string_equal(text.p, "0123456789");
}

static void a_write_that_fails_leaves_the_old_file_and_no_other(void **state)
{
	autofree char *path = file_join(dir, "f"), *none = file_join(dir, "none/f");
	auto_buf text = BUF_INIT;

	(void)state;
	write_text(path, "old");
	fails(file_write_atomic(none, "x", 1, 0600), RB_IO, none, "No such file");
	fails(file_write_atomic(path, "new", 3, 0600), RB_IO, path, "No space left");
	assert_null(file_read(path, 99, &text));
	assert_string_equal(text.p, "old");
	assert_null(file_write_atomic(path, "new", 3, 0600)); /* that was the one */
	fails(file_write_atomic(dir, "x", 1, 0600), RB_IO, dir, "directory");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* nothing was left beside it */
	assert_int_equal(mkdir(dir, 0700), 0);
}

static void only_a_directory_of_our_own_is_private(void **state)
{
	autofree char *link = file_join(dir, "link"), *file = file_join(dir, "file");
	autofree char *open_one = file_join(dir, "open"), *deep = file_join(dir, "a/b/c");
	autofree char *under = file_join(file, "x");
	struct stat st;
	mode_t before = umask(0777);
	struct rb_error *err = file_make_private_dir(deep);

	(void)umask(before);
	(void)state;
	assert_null(err);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_null(file_make_private_dir(deep)); /* again: it is ours */
	assert_int_equal(symlink(deep, link), 0);
	fails(file_make_private_dir(link), RB_USAGE, link, "it is a symbolic link");
	write_text(file, "");
	fails(file_make_private_dir(file), RB_USAGE, file, "it is not a directory");
	fails(file_make_private_dir(under), RB_IO, under, "Not a directory");
	assert_int_equal(mkdir(open_one, 0700), 0);
	assert_int_equal(chmod(open_one, 0770), 0);
	fails(file_make_private_dir(open_one), RB_USAGE, open_one, "others may write to it");
	fails(file_make_private_dir("/proc/none"), RB_IO, "/proc/none", "");
}

static void a_tree_goes_without_what_its_links_lead_to(void **state)
{
	autofree char *kept = file_join(dir, "kept"), *tree = file_join(dir, "tree");
	autofree char *sub = file_join(tree, "a/b"), *link = file_join(sub, "link");
	autofree char *file = file_join(sub, "file"), *locked = file_join(dir, "none/x");

	(void)state;
	assert_null(file_make_private_dir(sub));
	assert_null(file_make_private_dir(kept));
	assert_int_equal(symlink(kept, link), 0);
	write_text(file, "x");
	assert_null(file_remove_tree(tree));
	assert_false(file_exists(tree));
	assert_true(file_exists(kept));
	assert_null(file_remove_tree(tree)); /* missing is fine */
	assert_null(file_remove_tree(locked));
	fails(file_remove_tree("/proc/self/status"), RB_IO, "/proc/self/status", "");
}

static void a_path_is_read_as_a_shell_would(void **state)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "~", "/home/me" },
		{ "~/x", "/home/me/x" },
		{ "~other/x", "~other/x" },
		{ "~root/x", "/root/x" },
		{ "a~", "a~" },
		{ "$RB_DIR/x", "/data/x" },
		{ "${RB_DIR}x", "/datax" },
		{ "$RB_DIRx", "$RB_DIRx" },
		{ "$RB_NONE/x", "$RB_NONE/x" },
		{ "${RB_DIR", "${RB_DIR" },
		{ "${RB_DIR/x}", "${RB_DIR/x}" },
		{ "$", "$" },
		{ "$$RB_DIR", "$/data" },
		{ "", "" },
	};

	(void)state;
	assert_int_equal(setenv("HOME", "/home/me", 1), 0);
	assert_int_equal(setenv("RB_DIR", "/data", 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *got = file_expand(cases[i].path);

		assert_string_equal(got, cases[i].want);
	}
	assert_int_equal(setenv("HOME", "", 1), 0);
	{
		autofree char *got = file_expand("~/x"); /* from the list of users */

		assert_true(text_ends_with(got, "/x"));
		assert_true(got[0] == '/' || got[0] == '~');
	}
}

/* Writes `text` to the FIFO `path`, its last byte later than the others; in a process of its own.
 */
static pid_t write_slowly(const char *path, const char *text)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	pid_t pid = fork();

	if (!pid) {
		size_t n = strlen(text), last = n ? 1 : 0;
		int fd;

		(void)alarm(20);	       /* a reader that goes away leaves it waiting */
		(void)nanosleep(&pause, NULL); /* the reader is there before */
		fd = open(path, O_WRONLY);
		(void)!write(fd, text, n - last);
		(void)nanosleep(&pause, NULL);
		(void)!write(fd, text + n - last, last);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void a_pipe_is_waited_for_and_bounded(void **state)
{
	static const char *const texts[] = { "", "0", "0123456789" };
	autofree char *path = file_join(dir, "fifo");
	auto_buf text = BUF_INIT;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(file_is_stream(path));
	assert_false(file_is_stream(dir));
	assert_false(file_is_stream("/dev/null"));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		pid_t pid = write_slowly(path, texts[i]);

		assert_null(file_read_input(path, 10, &text));
		assert_string_equal(text.p, texts[i]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	(void)write_slowly(path, texts[2]);
	fails(file_read_input(path, 9, &text), RB_USAGE, path, "it is larger than 9 bytes");
	assert_true(wait(NULL) > 0);
	fails(file_read_input(dir, 99, &text), RB_USAGE, dir, "not a regular file or a pipe");
	fails(file_read_input("/dev/null", 99, &text), RB_USAGE, "/dev/null", "not a regular");
}

static void a_pipe_that_nobody_writes_to_can_be_interrupted(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	autofree char *path = file_join(dir, "fifo");
	auto_buf text = BUF_INIT;
	sigset_t held, before;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		int got = 0;

		(void)sigemptyset(&held);
		(void)sigaddset(&held, signals[i]);
		assert_int_equal(sigprocmask(SIG_BLOCK, &held, &before), 0);
		assert_int_equal(kill(getpid(), signals[i]), 0);
		fails(file_read_input(path, 9, &text), RB_INTERRUPTED, path, "interrupted");
		assert_int_equal(sigwait(&held, &got), 0); /* it is still there, for who looks */
		assert_int_equal(got, signals[i]);
		assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	}
}

static void a_home_directory_is_found_or_the_path_refused(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: refused */
	} cases[] = {
		{ "~", "/home/me" },
		{ "~/x y", "/home/me/x y" },
		{ "~root/x", "/root/x" },
		{ "~root", "/root" },
		{ "./~root/x", "./~root/x" },
		{ "a/~/b", "a/~/b" },
		{ "$HOME/x", "$HOME/x" },
		{ "", "" },
		{ "~no-such-user/x", NULL },
		{ "~no-such-user", NULL },
		{ "~\xff", NULL },
	};

	(void)state;
	assert_int_equal(setenv("HOME", "/home/me", 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *got = NULL;
		struct rb_error *err = file_expand_home(cases[i].path, &got);

		if (cases[i].want) {
			assert_null(err);
			assert_string_equal(got, cases[i].want);
		} else {
			assert_true(rb_error_is(err, RB_USAGE));
			assert_non_null(strstr(err->hint, "./~"));
			(void)rb_error_free(err);
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(a_write_that_fails_leaves_the_old_file_and_no_other), /* first: sets a fault */
		TEST(only_files_are_read_and_only_so_much),
		TEST(only_a_directory_of_our_own_is_private),
		TEST(a_tree_goes_without_what_its_links_lead_to),
		TEST(a_path_is_read_as_a_shell_would),
		TEST(a_pipe_is_waited_for_and_bounded),
		TEST(a_pipe_that_nobody_writes_to_can_be_interrupted),
		TEST(a_home_directory_is_found_or_the_path_refused),
	};

	/* Read at the first fault point, once: the second pass of a sync is to fail. */
	(void)setenv("RUNBOOK_FAULT_FAIL", "file.sync:2:28", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
