/* Files: what is no file, what fails half-way, paths as a shell would read them, whole trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

static char dir[32];

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/rbfile.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(a_write_that_fails_leaves_the_old_file_and_no_other), /* first: sets a fault */
		TEST(only_files_are_read_and_only_so_much),
		TEST(only_a_directory_of_our_own_is_private),
		TEST(a_tree_goes_without_what_its_links_lead_to),
		TEST(a_path_is_read_as_a_shell_would),
	};

	/* Read at the first fault point, once: the second pass of a sync is to fail. */
	(void)setenv("RUNBOOK_FAULT_FAIL", "file.sync:2:28", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
