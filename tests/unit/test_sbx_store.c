/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's world: copies, lag, transactions, and what outlives the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "base/file.h"
#include "sandbox/core/store.h"
#include "tests/lib/temp.h"

static char dir[TEMP_MAX];
static char *path;

static int setup(void **state)
{
	(void)state;
	if (!temp_folder(dir, "test_sbx_store"))
		return 1;
	path = file_join(dir, "world.db");
	return 0;
}

static int teardown(void **state)
{
	struct rb_error *err = file_remove_tree(dir);

	(void)state;
	free(path);
	return err ? 1 : 0;
}

static struct store *open_store(const char *at)
{
	struct store *st = NULL;

	assert_null(store_open(at, &st));
	return st;
}

static void put(struct store *st, const char *id, int value, int64_t now_ms, int64_t lag_ms)
{
	json_t *doc = json_pack("{s:i}", "value", value);

	store_put(st, "thing", "here", id, doc, now_ms, lag_ms);
	json_decref(doc);
}

/* The value as the rules see it; -1 for none. */
static int truth(struct store *st, const char *id)
{
	json_t *doc = store_get(st, "thing", "here", id);
	int value = doc ? (int)json_integer_value(json_object_get(doc, "value")) : -1;

	json_decref(doc);
	return value;
}

static int seen(struct store *st, const char *id, int64_t now_ms)
{
	json_t *doc = store_get_visible(st, "thing", "here", id, now_ms);
	int value = doc ? (int)json_integer_value(json_object_get(doc, "value")) : -1;

	json_decref(doc);
	return value;
}

/* "1 2 3": the values of a list, in its order. */
static char *values(json_t *list)
{
	struct buf out = BUF_INIT;
	json_t *doc;
	size_t i;

	json_array_foreach(list, i, doc)
		(void)buf_addf(&out, "%s%d", i ? " " : "",
			       (int)json_integer_value(json_object_get(doc, "value")));
	json_decref(list);
	return buf_steal(&out);
}

static void assert_values(json_t *list, const char *want)
{
	autofree char *got = values(list);

	assert_string_equal(got, want);
}

static void what_is_got_is_a_copy(void **state)
{
	struct store *st = open_store(NULL);
	json_t *doc = json_pack("{s:{s:i}}", "deep", "value", 1), *got;

	(void)state;
	store_put(st, "k", "", "a", doc, 0, 0);
	json_object_set_new(json_object_get(doc, "deep"), "value", json_integer(2));
	got = store_get(st, "k", "", "a");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(got, "deep"), "value")),
			 1);
	json_object_set_new(json_object_get(got, "deep"), "value", json_integer(3));
	json_decref(got);
	got = store_get(st, "k", "", "a");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(got, "deep"), "value")),
			 1);
	json_decref(got);
	json_decref(doc);
	assert_null(store_get(st, "k", "elsewhere", "a"));
	assert_null(store_get(st, "other", "", "a"));
	store_close(st);
}

static void lists_are_in_the_order_of_making(void **state)
{
	struct store *st = open_store(NULL);

	(void)state;
	for (int i = 0; i < 300; i++) { /* past several growths of the table */
		autofree char *id = xasprintf("t%d", (i * 7919) % 1000);

		put(st, id, i, 0, 0);
	}
	put(st, "t0", 1000, 0, 0); /* the first, changed: keeps its place */
	for (int i = 1; i < 299; i++) {
		autofree char *id = xasprintf("t%d", (i * 7919) % 1000);

		store_delete(st, "thing", "here", id);
	}
	assert_values(store_list(st, "thing", "here"), "1000 299");
	store_close(st);
}

static void readers_see_a_change_only_after_its_lag(void **state)
{
	struct store *st = open_store(NULL);

	(void)state;
	put(st, "a", 1, 1000, 500);
	assert_int_equal(truth(st, "a"), 1);
	assert_int_equal(seen(st, "a", 1499), -1);
	assert_int_equal(seen(st, "a", 1500), 1);
	put(st, "a", 2, 2000, 500);
	assert_int_equal(truth(st, "a"), 2);
	assert_int_equal(seen(st, "a", 2499), 1);
	put(st, "a", 3, 2100, 500); /* the second change is not seen before the third */
	assert_int_equal(seen(st, "a", 2550), 1);
	assert_int_equal(seen(st, "a", 2600), 3);
	assert_values(store_list_visible(st, "thing", "here", 2300), "1");
	assert_values(store_list(st, "thing", "here"), "3");
	store_close(st);
}

static void a_deleted_thing_is_seen_for_its_lag(void **state)
{
	struct store *st = open_store(NULL);

	(void)state;
	put(st, "a", 1, 0, 0);
	store_delete_late(st, "thing", "here", "a", 1000, 500);
	assert_int_equal(truth(st, "a"), -1);
	assert_values(store_list(st, "thing", "here"), "");
	assert_int_equal(seen(st, "a", 1400), 1);
	assert_values(store_list_visible(st, "thing", "here", 1400), "1");
	assert_int_equal(seen(st, "a", 1500), -1);
	put(st, "a", 2, 1600, 0); /* the name is free again */
	assert_int_equal(truth(st, "a"), 2);
	store_delete_late(st, "thing", "here", "a", 2000, 0);
	assert_int_equal(seen(st, "a", 2000), -1);
	store_delete_late(st, "thing", "here", "never", 0, 1);
	store_close(st);
}

static void a_rollback_puts_everything_back(void **state)
{
	struct store *st = open_store(path);
	auto_buf blob = BUF_INIT;

	(void)state;
	put(st, "a", 1, 0, 0);
	put(st, "b", 2, 0, 0);
	put(st, "c", 3, 0, 0);
	store_put_blob(st, "x", "old", 3);
	store_begin(st);
	put(st, "a", 10, 1000, 500);
	put(st, "a", 11, 1001, 500);
	store_delete(st, "thing", "here", "b");
	put(st, "b", 12, 1000, 0);
	put(st, "d", 4, 1000, 0);
	store_delete(st, "thing", "here", "d");
	store_put_blob(st, "x", "new", 3);
	store_delete_late(st, "thing", "here", "c", 1000, 500);
	store_rollback(st);
	assert_values(store_list(st, "thing", "here"), "1 2 3");
	assert_values(store_list_visible(st, "thing", "here", 1001), "1 2 3");
	assert_true(store_get_blob(st, "x", &blob));
	assert_string_equal(blob.p, "old");
	store_close(st);

	st = open_store(path); /* SQLite rolled back what memory did */
	assert_values(store_list(st, "thing", "here"), "1 2 3");
	store_close(st);
}

static void the_world_outlives_its_process(void **state)
{
	struct store *st = open_store(path);
	auto_buf blob = BUF_INIT;

	(void)state;
	put(st, "b", 1, 0, 0);
	put(st, "a", 2, 1000, 500);
	store_delete_late(st, "thing", "here", "b", 1000, 500);
	store_put_blob(st, "bytes", "\0\xff", 2);
	store_put_blob(st, "none", "", 0);
	store_close(st);

	st = open_store(path);
	assert_int_equal(truth(st, "b"), -1);
	assert_int_equal(seen(st, "b", 1200), 1);
	assert_int_equal(seen(st, "a", 1200), -1);
	assert_int_equal(seen(st, "a", 1500), 2);
	assert_true(store_get_blob(st, "bytes", &blob));
	assert_int_equal(blob.n, 2);
	assert_memory_equal(blob.p, "\0\xff", 2);
	buf_reset(&blob);
	assert_true(store_get_blob(st, "none", &blob));
	assert_int_equal(blob.n, 0);
	store_delete_blob(st, "none");
	assert_false(store_get_blob(st, "none", &blob));
	put(st, "c", 3, 2000, 0); /* made after what was there before */
	assert_values(store_list(st, "thing", "here"), "2 3");
	store_close(st);
}

/* The child commits changes and says so, one byte each, until it is killed in the middle. */
static void write_until_killed(int tell)
{
	struct store *st = NULL;

	if (store_open(path, &st))
		_exit(1);
	for (int i = 1;; i++) {
		json_t *doc = json_pack("{s:i}", "value", i);

		store_begin(st);
		store_put(st, "thing", "here", "left", doc, 0, 0);
		store_put(st, "thing", "here", "right", doc, 0, 0);
		json_decref(doc);
		if (store_commit(st) || write(tell, "", 1) != 1)
			_exit(1);
	}
}

static void a_kill_loses_nothing_that_was_committed(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		int pipe_fds[2], told = 0;
		struct store *st;
		pid_t pid;
		char sink[256];
		ssize_t n;

		assert_int_equal(pipe(pipe_fds), 0);
		pid = fork();
		if (pid == 0)
			write_until_killed(pipe_fds[1]);
		close(pipe_fds[1]);
		while (told < 5 + round * 3) {
			n = read(pipe_fds[0], sink, 1);
			assert_int_equal(n, 1);
			told++;
		}
		kill(pid, SIGKILL);
		while ((n = read(pipe_fds[0], sink, sizeof(sink))) > 0)
			told += (int)n;
		close(pipe_fds[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);

		st = open_store(path); /* the lock went with the process */
		assert_true(truth(st, "left") >= told);
		assert_int_equal(truth(st, "left"), truth(st, "right"));
		store_close(st);
	}
}

static void a_second_sandbox_is_refused(void **state)
{
	static struct store *held; /* the child ends without closing it */
	struct store *other = NULL;
	int status = 0;
	pid_t pid;

	(void)state;
	held = open_store(path);
	pid = fork(); /* the lock is a process's: ask from another one */
	if (pid == 0) {
		struct rb_error *err = store_open(path, &other);

		_exit(err && err->kind == RB_LOCKED && strstr(err->what, path) && err->hint ? 0
											    : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store_close(held);
	held = NULL;
}

static void refuse_to_open(const char *at)
{
	struct store *st = NULL;
	auto_error struct rb_error *err = store_open(at, &st);

	assert_non_null(err);
	assert_null(st);
	assert_non_null(strstr(err->what, at));
}

static void what_is_no_world_is_refused(void **state)
{
	static const char junk[] =
		"this is no database, whatever its name says: not at all, no.....";
	autofree char *nowhere = file_join(dir, "no/such/folder.db");
	autofree char *damaged = file_join(dir, "damaged.db");
	autofree char *later = file_join(dir, "later.db");
	struct store *st;
	sqlite3 *db;

	(void)state;
	assert_null(file_write_atomic(path, junk, sizeof(junk), 0600));
	refuse_to_open(path);
	refuse_to_open(nowhere);
	refuse_to_open(dir);
	st = open_store(damaged);
	put(st, "a", 1, 0, 0);
	store_close(st);
	assert_int_equal(sqlite3_open(damaged, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE thing SET doc = '{'", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	refuse_to_open(damaged);
	assert_int_equal(sqlite3_open(later, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	refuse_to_open(later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_got_is_a_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_are_in_the_order_of_making, setup, teardown),
		cmocka_unit_test_setup_teardown(readers_see_a_change_only_after_its_lag, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_deleted_thing_is_seen_for_its_lag, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_rollback_puts_everything_back, setup, teardown),
		cmocka_unit_test_setup_teardown(the_world_outlives_its_process, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kill_loses_nothing_that_was_committed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_second_sandbox_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_world_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
