/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's invariants (numbers as at the head of journal.c), the lock, and what a stack
 * is after each kind of crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/stack.h"
#include "steps/common/param_rules.h"
#include "steps/peering/params.h"
#include "runbook/record/journal_store.h"
#include "tests/lib/temp.h"

static const struct step one = { .id = "1-1", .title = "one" };
static const struct step two = { .id = "1-2", .title = "two" };
static const struct step *const steps[] = { &one, &two, NULL };
static const struct procedure two_steps = { .name = "first",
					    .title = "Two steps",
					    .steps = steps,
					    .params = peering_params,
					    .rules = { .finish = peering_params_finish,
						       .begin = param_name_bucket } };
static const struct procedure *const procedures[] = { &two_steps, NULL };

static char *dir; /* of the test that runs */

static int setup(void **state)
{
	char name[TEMP_MAX];

	(void)state;
	assert_true(temp_folder(name, "test_journal"));
	dir = xstrdup(name);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_null(file_remove_tree(dir));
	free(dir);
	return 0;
}

static void ok(struct rb_error *err)
{
	if (err)
		print_error("%s: %s\n", err->what ? err->what : "-", err->why ? err->why : "-");
	assert_null(err);
}

static void refused(struct rb_error *err, enum rb_kind kind, const char *part)
{
	assert_non_null(err);
	assert_int_equal(err->kind, kind);
	if (part && !(err->what && strstr(err->what, part)) &&
	    !(err->why && strstr(err->why, part)))
		fail_msg("no '%s' in '%s' / '%s'", part, err->what, err->why ? err->why : "-");
	(void)rb_error_free(err);
}

static json_t *state_record(const char *step, const char *name)
{
	return json_pack("{s:s, s:s, s:s}", "type", "state", "step", step, "state", name);
}

static json_t *output_record(const char *step, const char *name, const char *value)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "type", "output", "step", step, "name", name,
			 "value", value);
}

static struct rb_error *open_stack(struct stack *st, enum stack_mode mode)
{
	return stack_open(st, dir, "s", mode, procedures);
}

/* A run with a few records; its id is the caller's. */
static char *make_run(void)
{
	struct params params;
	struct stack st;
	char *run_id;

	params_init(&params, &two_steps);
	ok(params_finish(&params));
	ok(open_stack(&st, STACK_WRITE));
	ok(stack_begin_run(&st, "123456789012", "aws", &params));
	ok(stack_record(&st, state_record("1-1", "doing"), true));
	ok(stack_record(&st, output_record("1-1", "vpc_id", "vpc-1"), true));
	ok(stack_record(&st, state_record("1-1", "held"), true));
	run_id = xstrdup(st.state.run_id);
	stack_close(&st);
	params_clear(&params);
	return run_id;
}

static void read_whole(const char *path, struct buf *out)
{
	ok(file_read(path, 1 << 20, out));
}

static void write_whole(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static char *journal_file(void)
{
	return xasprintf("%s/s/journal.jsonl", dir);
}

/* (7) */
static void what_was_written_is_what_a_replay_gives(void **state)
{
	autofree char *run_id = make_run();
	struct stack st;

	(void)state;
	ok(open_stack(&st, STACK_READ));
	assert_string_equal(st.state.run_id, run_id);
	assert_string_equal(st.state.account, "123456789012");
	assert_int_equal(st.state.history[0].state, STEP_HELD);
	assert_int_not_equal(st.state.history[0].started_ms, 0);
	assert_int_not_equal(st.state.history[0].held_ms, 0);
	assert_string_equal(history_output(&st.state.history[0], "vpc_id"), "vpc-1");
	assert_int_equal(st.state.history[1].state, STEP_TODO);
	assert_string_equal(params_get(&st.state.params, "source.region"), "ap-northeast-1");
	assert_true(text_starts_with(params_get(&st.state.params, "destination.bucket"),
				     "runbook-s-20"));
	stack_close(&st);
}

/* (2) */
static void the_file_only_grows_and_is_private(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct stat sb;
	struct stack st;

	(void)state;
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	read_whole(path, &before);
	ok(open_stack(&st, STACK_WRITE));
	ok(stack_record(&st, state_record("1-2", "doing"), true));
	stack_close(&st);
	read_whole(path, &after);
	assert_true(after.n > before.n);
	assert_memory_equal(after.p, before.p, before.n);
	buf_clear(&before);
	buf_clear(&after);
}

/* (3), (4): whatever a crash left of the file, the run goes on under the same tag. */
static void cut_at_any_byte_the_run_goes_on(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf whole = BUF_INIT;
	size_t lines = 0;

	(void)state;
	read_whole(path, &whole);
	for (size_t n = 0; n <= whole.n; n++) {
		struct stack st;

		write_whole(path, whole.p, n);
		lines += n && whole.p[n - 1] == '\n';
		ok(open_stack(&st, STACK_READ)); /* reading leaves the file alone */
		stack_close(&st);
		ok(open_stack(&st, STACK_WRITE));
		assert_string_equal(st.state.run_id, run_id);
		assert_true(stack_has_run(&st));
		assert_int_equal(journal_records(st.journal), lines);
		ok(stack_record(&st, state_record("1-2", "made"), true));
		stack_close(&st);
		ok(open_stack(&st, STACK_READ));
		assert_string_equal(st.state.run_id, run_id);
		assert_int_equal(st.state.history[1].state, STEP_MADE);
		assert_int_equal(st.state.history[0].state == STEP_HELD, lines == 4);
		stack_close(&st);
	}
	assert_int_equal(lines, 4);
	buf_clear(&whole);
}

static size_t line_of(const struct buf *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text->p[i] == '\n';
	return line;
}

/* (3), (6): a flipped bit is damage, with its line; in the last line it is a torn end. */
static void each_flipped_byte_is_noticed_and_nothing_is_touched(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf whole = BUF_INIT;
	size_t last;

	(void)state;
	read_whole(path, &whole);
	last = line_of(&whole, whole.n - 1);
	for (size_t i = 0; i < whole.n; i++) {
		autofree char *copy = xmalloc(whole.n);
		struct buf after = BUF_INIT;
		struct rb_error *err;
		struct stack st;

		memcpy(copy, whole.p, whole.n);
		copy[i] ^= 0x05;
		write_whole(path, copy, whole.n);
		err = open_stack(&st, STACK_WRITE);
		if (line_of(&whole, i) == last) {
			ok(err);
			assert_int_equal(journal_records(st.journal), last - 1);
			assert_true(st.cut_bytes > 0);
			stack_close(&st);
			continue;
		}
		{
			autofree char *part = xasprintf("line %zu", line_of(&whole, i));

			/* The one digit that tells the format is damage of its own kind. */
			refused(err, RB_DAMAGED, whole.p[i] == '2' && i == 10 ? "format" : part);
		}
		stack_close(&st);
		read_whole(path, &after);
		assert_int_equal(after.n, whole.n);
		assert_memory_equal(after.p, copy, whole.n);
		buf_clear(&after);
	}
	buf_clear(&whole);
}

static void a_line_that_is_taken_out_or_doubled_is_damage(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf whole = BUF_INIT, bent = BUF_INIT;
	const char *second, *third;
	struct stack st;

	(void)state;
	read_whole(path, &whole);
	second = strchr(whole.p, '\n') + 1;
	third = strchr(second, '\n') + 1;
	(void)buf_add(&bent, whole.p, (size_t)(second - whole.p));
	(void)buf_adds(&bent, third);
	write_whole(path, bent.p, bent.n);
	refused(open_stack(&st, STACK_WRITE), RB_DAMAGED, "line 2");
	stack_close(&st);
	buf_reset(&bent);
	(void)buf_add(&bent, whole.p, (size_t)(third - whole.p));
	(void)buf_adds(&bent, second);
	write_whole(path, bent.p, bent.n);
	refused(open_stack(&st, STACK_WRITE), RB_DAMAGED, "line 3");
	stack_close(&st);
	buf_clear(&whole);
	buf_clear(&bent);
}

/* The checksum as docs/journal.md has it, worked out here once more. */
static void add_line(struct buf *journal, char sum[17], const char *record)
{
	autofree char *before = xasprintf("%s%s", sum, record);
	char hex[65];

	text_sha256_hex(before, strlen(before), hex);
	memcpy(sum, hex, 16);
	(void)buf_addf(journal, "%s,\"sum\":\"%s\"}\n", record, sum);
}

static void the_format_is_the_documented_one(void **state)
{
	static const char *const records[] = {
		"{\"format\":1,\"seq\":1,\"at_ms\":1795458901234,\"type\":\"run\"",
		"{\"seq\":2,\"at_ms\":1795458901240,\"type\":\"command\"",
		"{\"seq\":3,\"at_ms\":1795458901251,\"type\":\"note\"",
	};
	static const char skips[] = "{\"seq\":5,\"at_ms\":1795458901251,\"type\":\"note\"";
	autofree char *path = file_join(dir, "journal.jsonl");
	auto_error struct rb_error *err = NULL;
	char sum[17] = "0000000000000000";
	auto_buf text = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		add_line(&text, sum, records[i]);
	ok(file_write_atomic(path, text.p, text.n, 0600));
	ok(journal_read(path, NULL, NULL));
	/* right sums, and a number that is not the line's */
	add_line(&text, sum, skips);
	ok(file_write_atomic(path, text.p, text.n, 0600));
	err = journal_read(path, NULL, NULL);
	assert_true(rb_error_is(err, RB_DAMAGED));
	assert_non_null(strstr(err->what, "line 4"));
	assert_non_null(strstr(err->why, "number"));
}

static void a_newer_format_is_refused_with_what_to_do(void **state)
{
	static const char newer[] =
		"{\"format\":3,\"seq\":1,\"at_ms\":1,\"type\":\"run\",\"version\":\"9.0\"}\n";
	autofree char *path = journal_file();
	autofree char *folder = file_join(dir, "s");
	struct rb_error *err;
	struct buf after = BUF_INIT;
	struct stack st;

	(void)state;
	ok(file_make_private_dir(folder));
	write_whole(path, newer, sizeof(newer) - 1);
	err = open_stack(&st, STACK_WRITE);
	assert_non_null(err);
	assert_non_null(strstr(err->hint, "9.0"));
	refused(err, RB_DAMAGED, "format 3");
	stack_close(&st);
	read_whole(path, &after);
	assert_string_equal(after.p, newer);
	buf_clear(&after);
}

/* A whole record of a later version's step or procedure is no damage: it needs that version. */
static void what_a_later_version_added_names_that_version(void **state)
{
	static const char *const later[] = {
		"{\"type\":\"state\",\"step\":\"9-9\",\"state\":\"held\"}",
		"{\"type\":\"run\",\"run\":\"r\",\"stack\":\"s\",\"account\":\"1\",\"partition\":"
		"\"aws\","
		"\"parameters\":{},\"procedure\":\"tomorrow\",\"version\":\"" RUNBOOK_VERSION "\"}",
	};
	static const char *const names[] = { "step '9-9'", "procedure 'tomorrow'" };
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf whole = BUF_INIT;

	(void)state;
	read_whole(path, &whole);
	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		json_t *rec = json_loads(later[i], 0, NULL);
		struct journal *j = NULL;
		struct rb_error *err;
		struct stack st;

		write_whole(path, whole.p, whole.n);
		ok(journal_open(path, NULL, NULL, &j));
		if (json_object_get(rec, "run"))
			json_object_set_new(rec, "run", json_string(run_id));
		ok(journal_append(j, rec, true, NULL));
		journal_close(j);
		err = open_stack(&st, STACK_WRITE);
		assert_non_null(err);
		assert_non_null(strstr(err->why, RUNBOOK_VERSION));
		refused(err, RB_USAGE, names[i]);
		stack_close(&st);
	}
	buf_clear(&whole);
}

/* Copied from a run of version 1.0.0, which stopped after 2-2. */
static void copy_sample(const char *name)
{
	autofree char *folder = file_join(dir, "s");
	autofree char *from = file_join("tests/data/journals/format-1", name);
	autofree char *to = file_join(folder, name);
	struct buf text = BUF_INIT;

	if (!file_exists(folder))
		ok(file_make_private_dir(folder));
	ok(file_read(from, 1 << 20, &text));
	ok(file_write_atomic(to, text.p, text.n, 0600));
	buf_clear(&text);
}

static void a_journal_of_format_1_is_read_and_carried_on(void **state)
{
	static const struct {
		const char *step;
		enum step_state state;
	} cases[] = { { "1-1", STEP_HELD },
		      { "1-4", STEP_HELD },
		      { "2-2", STEP_HELD },
		      { "2-3", STEP_TODO },
		      { "4-2", STEP_TODO } };
	autofree char *path = journal_file();
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct stack st;

	(void)state;
	copy_sample("journal.jsonl");
	copy_sample("run.json");
	read_whole(path, &before);
	ok(stack_open(&st, dir, "s", STACK_WRITE, all_procedures));
	assert_string_equal(st.state.procedure->name, "peering");
	assert_string_equal(st.state.run_id, "20261128-6cbc0761");
	assert_string_equal(st.state.version, "1.0.0");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(state_history(&st.state, cases[i].step)->state, cases[i].state);
	ok(stack_record(&st, state_record("2-3", "doing"), true));
	stack_close(&st);
	ok(stack_open(&st, dir, "s", STACK_READ, all_procedures));
	assert_int_equal(state_history(&st.state, "2-3")->state, STEP_DOING);
	stack_close(&st);
	read_whole(path, &after);
	assert_true(after.n > before.n);
	assert_memory_equal(after.p, before.p, before.n);
	buf_clear(&before);
	buf_clear(&after);
}

/* Its run.json alone tells the run, too. */
static void a_run_json_of_format_1_is_read(void **state)
{
	struct stack st;

	(void)state;
	copy_sample("run.json");
	ok(stack_open(&st, dir, "s", STACK_WRITE, all_procedures));
	assert_string_equal(st.state.procedure->name, "peering");
	assert_string_equal(st.state.run_id, "20261128-6cbc0761");
	stack_close(&st);
}

/* Whole lines with right checksums that tell nonsense are damage too: no half-known state. */
static void a_record_that_makes_no_sense_is_damage(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"state\",\"step\":\"1-1\",\"state\":\"great\"}",
		"{\"type\":\"output\",\"step\":\"1-1\",\"name\":\"vpc_id\"}",
		"{\"type\":\"surprise\"}",
		"{\"type\":\"evidence\",\"step\":\"1-1\"}",
		"{\"type\":\"evidence\",\"step\":\"1-1\",\"claims\":{}}",
		"{\"type\":\"output\",\"step\":\"1-1\",\"value\":\"vpc-1\"}",
		"{\"type\":\"state\",\"step\":\"1-1\"}",
		"{\"type\":\"state\",\"step\":7,\"state\":\"held\"}",
		"{\"type\":\"state\",\"state\":\"held\"}",
		"{\"type\":\"forget\",\"step\":\"1-1\"}",
		"{\"type\":\"token-retired\",\"step\":\"1-1\"}",
		"{\"type\":\"note\",\"step\":\"1-1\"}",
		"{\"type\":\"keeps\",\"step\":\"1-1\",\"text\":7}",
		"{\"type\":\"run\"}",
		"{\"type\":\"run\",\"run\":\"a/b\",\"stack\":\"s\",\"account\":\"1\","
		"\"partition\":\"aws\",\"parameters\":{}}",
		"{\"type\":\"run\",\"run\":\"r\",\"stack\":\"s\",\"account\":\"1\","
		"\"partition\":\"aws\",\"parameters\":[]}",
	};
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf whole = BUF_INIT;

	(void)state;
	read_whole(path, &whole);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct journal *j = NULL;
		struct stack st;

		write_whole(path, whole.p, whole.n);
		ok(journal_open(path, NULL, NULL, &j));
		ok(journal_append(j, json_loads(bad[i], 0, NULL), true, NULL));
		ok(journal_append(j, state_record("1-2", "doing"), true, NULL));
		journal_close(j);
		refused(open_stack(&st, STACK_WRITE), RB_DAMAGED, "line 5");
		stack_close(&st);
	}
	buf_clear(&whole);
}

/* Whoever writes it: number and time are the journal's own. */
static void a_record_has_the_journals_number_and_time(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct journal *j = NULL;
	json_t *rec = NULL;

	(void)state;
	ok(journal_open(path, NULL, NULL, &j));
	ok(journal_append(j,
			  json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", "note", "step", "1-1",
				    "text", "x", "seq", 99, "at_ms", 1),
			  true, &rec));
	assert_int_equal(json_integer_value(json_object_get(rec, "seq")), journal_records(j));
	assert_true(journal_time_ms(rec) > 1);
	json_decref(rec);
	journal_close(j);
}

/*
 * In a process of its own, for fault points read the environment once: the first
 * append fails, so does every later one, and the state stays as the file is.
 */
static int append_twice(const char *folder)
{
	struct rb_error *err;
	struct stack st;

	if (stack_open(&st, folder, "s", STACK_WRITE, procedures))
		return 1;
	err = stack_record(&st, state_record("1-2", "doing"), true);
	if (!err || err->sys_errno != ENOSPC || st.state.history[1].state != STEP_TODO)
		return 2;
	(void)rb_error_free(err);
	err = stack_record(&st, state_record("1-2", "made"), false);
	if (!err || st.state.history[1].state != STEP_TODO)
		return 3;
	(void)rb_error_free(err);
	stack_close(&st);
	return 0;
}

static void append_twice_under(const char *fault)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		(void)setenv("RUNBOOK_FAULT_FAIL", fault, 1);
		(void)execl("/proc/self/exe", "test_journal", "append-twice", dir, (char *)NULL);
		_exit(9);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* (1) */
static void after_a_failed_write_nothing_is_written_any_more(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct buf before = BUF_INIT, after = BUF_INIT;

	(void)state;
	read_whole(path, &before);
	append_twice_under("journal.write:1:28"); /* ENOSPC */
	read_whole(path, &after);
	assert_int_equal(after.n, before.n); /* the half line is gone again */
	assert_memory_equal(after.p, before.p, before.n);
	buf_clear(&before);
	buf_clear(&after);
}

static void a_failed_sync_counts_as_a_failed_write(void **state)
{
	autofree char *run_id = make_run();

	(void)state;
	append_twice_under("journal.sync:1:28");
}

static void the_lock_names_its_holder_and_dies_with_it(void **state)
{
	autofree char *run_id = make_run();
	int ready[2], go[2], status;
	autofree char *pid_text = NULL;
	struct stack st;
	pid_t child;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		struct stack held;

		if (open_stack(&held, STACK_WRITE))
			_exit(1);
		(void)!write(ready[1], "r", 1);
		(void)!read(go[0], &c, 1); /* until it is killed */
		_exit(2);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	pid_text = xasprintf("process %ld on host ", (long)child);
	refused(open_stack(&st, STACK_WRITE), RB_LOCKED, pid_text);
	stack_close(&st);
	ok(open_stack(&st, STACK_READ)); /* reading asks nobody */
	stack_close(&st);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	ok(open_stack(&st, STACK_WRITE));
	stack_close(&st);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
}

static json_t *sweep_record(bool clean)
{
	return json_pack("{s:s, s:b, s:[], s:[]}", "type", "sweep", "clean", (int)clean, "left",
			 "fading");
}

static void a_new_run_keeps_the_old_journal_under_its_run(void **state)
{
	autofree char *run_id = make_run();
	autofree char *name = xasprintf("%s/s/journal-%s.jsonl", dir, run_id);
	autofree char *path = journal_file();
	struct params params;
	struct buf old = BUF_INIT, kept = BUF_INIT;
	struct stack st;

	(void)state;
	params_init(&params, &two_steps);
	ok(params_finish(&params));
	ok(open_stack(&st, STACK_WRITE));
	ok(stack_record(&st, sweep_record(true), true));
	assert_false(stack_has_run(&st));
	assert_string_equal(state_summary(&st.state), "undone");
	read_whole(path, &old);
	ok(stack_begin_run(&st, "123456789012", "aws", &params));
	assert_string_not_equal(st.state.run_id, run_id);
	assert_int_equal(st.state.history[0].state, STEP_TODO);
	stack_close(&st);
	read_whole(name, &kept);
	assert_string_equal(kept.p, old.p);
	buf_clear(&old);
	buf_clear(&kept);
	params_clear(&params);
}

/* The two instants between: the old journal is aside, run.json still tells the old run. */
static void a_run_whose_journal_is_aside_is_over(void **state)
{
	autofree char *run_id = make_run();
	autofree char *name = xasprintf("%s/s/journal-%s.jsonl", dir, run_id);
	autofree char *path = journal_file();
	struct stack st;

	(void)state;
	assert_int_equal(rename(path, name), 0);
	ok(open_stack(&st, STACK_WRITE));
	assert_null(st.state.run_id);
	assert_string_equal(state_summary(&st.state), "new");
	stack_close(&st);
}

static off_t stat_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

/* So that no cut of the journal can lose the run's tag. */
static void no_record_stands_before_run_json_is_there(void **state)
{
	autofree char *json = xasprintf("%s/s/run.json", dir);
	autofree char *path = journal_file();
	struct params params;
	struct rb_error *err;
	struct stack st;

	(void)state;
	params_init(&params, &two_steps);
	ok(params_finish(&params));
	ok(open_stack(&st, STACK_WRITE));
	assert_int_equal(mkdir(json, 0700), 0); /* in its way */
	err = stack_begin_run(&st, "123456789012", "aws", &params);
	assert_non_null(err);
	(void)rb_error_free(err);
	stack_close(&st);
	params_clear(&params);
	assert_true(!file_exists(path) || stat_size(path) == 0);
	assert_int_equal(rmdir(json), 0);
}

static void a_run_json_of_another_run_is_damage(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	autofree char *away = xasprintf("%s/other", dir);
	struct buf first = BUF_INIT;
	struct stack st;

	(void)state;
	read_whole(path, &first);
	assert_int_equal(rename(path, away), 0);
	{
		autofree char *json = xasprintf("%s/s/run.json", dir);

		assert_int_equal(unlink(json), 0);
	}
	free(run_id);
	run_id = make_run(); /* another one, with its own run.json */
	write_whole(path, first.p, first.n);
	refused(open_stack(&st, STACK_WRITE), RB_DAMAGED, "belongs to run");
	stack_close(&st);
	buf_clear(&first);
}

static void a_bent_run_json_is_refused_and_a_missing_one_is_made_again(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = xasprintf("%s/s/run.json", dir);
	struct buf text = BUF_INIT;
	struct stack st;
	char *at;

	(void)state;
	read_whole(path, &text);
	at = strstr(text.p, "123456789012");
	assert_non_null(at);
	*at = '9';
	write_whole(path, text.p, text.n);
	refused(open_stack(&st, STACK_WRITE), RB_DAMAGED, "checksum");
	stack_close(&st);
	assert_int_equal(unlink(path), 0);
	ok(open_stack(&st, STACK_WRITE));
	stack_close(&st);
	assert_true(file_exists(path));
	ok(open_stack(&st, STACK_READ));
	assert_string_equal(st.state.run_id, run_id);
	stack_close(&st);
	buf_clear(&text);
}

static void a_hostile_stack_directory_is_refused(void **state)
{
	autofree char *target = file_join(dir, "target");
	autofree char *link = file_join(dir, "s");
	autofree char *planted = NULL;
	struct stack st;

	(void)state;
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, link), 0);
	refused(open_stack(&st, STACK_WRITE), RB_USAGE, "symbolic link");
	stack_close(&st);
	refused(open_stack(&st, STACK_READ), RB_USAGE, "symbolic link");
	stack_close(&st);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkdir(link, 0777), 0);
	assert_int_equal(chmod(link, 0777), 0);
	refused(open_stack(&st, STACK_WRITE), RB_USAGE, "others may write");
	stack_close(&st);
	refused(open_stack(&st, STACK_READ), RB_USAGE, "others may write");
	stack_close(&st);
	assert_int_equal(chmod(link, 0700), 0);
	planted = file_join(link, "journal.jsonl");
	assert_int_equal(symlink("/etc/passwd", planted), 0);
	refused(open_stack(&st, STACK_WRITE), RB_USAGE, "symbolic link");
	stack_close(&st);
}

static void a_stack_needs_a_plain_name(void **state)
{
	static const char *const bad[] = {
		"", "-x", "../x", "A", "a/b", "a.b", "abcdefghijklmnopqrstuvwxyz0123456"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct stack st;

		refused(stack_open(&st, dir, bad[i], STACK_WRITE, procedures), RB_USAGE, "named");
		stack_close(&st);
	}
}

/* As where one intent's record was torn off, or a call was answered twice. */
static void an_answer_without_an_intent_answers_nothing(void **state)
{
	autofree char *run_id = make_run();
	struct stack st;

	(void)state;
	ok(open_stack(&st, STACK_WRITE));
	assert_int_equal(st.state.history[0].unanswered, 0);
	ok(stack_record(&st,
			json_pack("{s:s, s:s, s:s, s:s}", "type", "outcome", "step", "1-1", "call",
				  "ec2 CreateVpc", "result", "ok"),
			true));
	assert_int_equal(st.state.history[0].unanswered, 0);
	stack_close(&st);
}

static void apply_at(struct stack *st, int64_t at_ms, json_t *rec)
{
	json_object_set_new(rec, "at_ms", json_integer(at_ms));
	ok(state_apply(&st->state, rec));
	json_decref(rec);
}

static json_t *intent_record(void)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "type", "intent", "step", "1-1", "phase", "do",
			 "action", "CreateVpc");
}

static json_t *outcome_record(const char *result)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "type", "outcome", "step", "1-1", "call",
			 "ec2 CreateVpc", "result", result);
}

/* It is as old as the last news of it: when it was sent, was lost, or may have been sent. */
static void how_old_an_unanswered_call_is_the_records_say(void **state)
{
	autofree char *run_id = make_run();
	const struct step_history *history;
	struct stack st;

	(void)state;
	ok(open_stack(&st, STACK_READ));
	history = &st.state.history[0];
	apply_at(&st, 1000, intent_record());
	assert_int_equal(history->unanswered_ms, 1000);
	apply_at(&st, 2000, intent_record());
	assert_int_equal(history->unanswered_ms, 2000);
	apply_at(&st, 5000, outcome_record("lost"));
	assert_int_equal(history->unanswered_ms, 5000);
	apply_at(&st, 6000, outcome_record("ok"));
	assert_int_equal(history->unanswered_ms, 5000);
	assert_int_equal(history->unanswered, 1);
	apply_at(&st, 7000,
		 json_pack("{s:s, s:s, s:b}", "type", "recovered", "step", "1-1", "stands", 0));
	assert_int_equal(history->unanswered_ms, 7000);
	assert_int_equal(history->unanswered, 2);
	stack_close(&st);
}

/* Right sums and numbers alone make no record. */
static void what_has_no_time_or_says_a_thing_twice_is_damage(void **state)
{
	static const char *const bad[] = {
		"{\"format\":2,\"seq\":1,\"type\":\"note\",\"text\":\"x\"",
		"{\"format\":2,\"seq\":1,\"at_ms\":\"1\",\"type\":\"note\",\"text\":\"x\"",
		"{\"format\":2,\"seq\":1,\"at_ms\":1,\"text\":\"x\"",
		"{\"format\":2,\"seq\":1,\"at_ms\":1,\"type\":\"note\",\"type\":\"x\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_buf text = BUF_INIT;
		char sum[17] = "0000000000000000";

		add_line(&text, sum, bad[i]);
		refused(journal_read_text("j", &text, /* may_be_torn= */ false, NULL, NULL),
			RB_DAMAGED, "line 1");
	}
}

/* A journal of three lines, the second of so many bytes. */
static void make_long_line(size_t n, struct buf *ret)
{
	static const char begin[] = "{\"seq\":2,\"at_ms\":1,\"type\":\"note\",\"text\":\"";
	static const char tail[] = ",\"sum\":\"0123456789abcdef\"}";
	size_t filled = n - (sizeof(begin) - 1) - 1 - (sizeof(tail) - 1), first;
	autofree char *filling = xcalloc(filled, 1);
	char sum[17] = "0000000000000000";
	auto_buf record = BUF_INIT;

	memset(filling, 'x', filled);
	(void)buf_adds(&record, begin);
	(void)buf_add(&record, filling, filled);
	(void)buf_adds(&record, "\"");
	add_line(ret, sum, "{\"format\":2,\"seq\":1,\"at_ms\":1,\"type\":\"note\"");
	first = ret->n;
	add_line(ret, sum, record.p);
	assert_int_equal(ret->n - first, n + 1);
	add_line(ret, sum, "{\"seq\":3,\"at_ms\":1,\"type\":\"note\"");
}

static void a_line_has_four_mebibytes_at_most(void **state)
{
	enum { MOST = 4 * 1024 * 1024 };
	auto_buf text = BUF_INIT, longer = BUF_INIT;

	(void)state;
	make_long_line(MOST, &text);
	ok(journal_read_text("j", &text, /* may_be_torn= */ false, NULL, NULL));
	make_long_line(MOST + 1, &longer);
	refused(journal_read_text("j", &longer, /* may_be_torn= */ true, NULL, NULL), RB_DAMAGED,
		"line 2");
}

/* It is not begun to be written, and the journal goes on. */
static void a_record_that_is_too_long_is_not_written(void **state)
{
	autofree char *run_id = make_run();
	autofree char *text = xcalloc(4 * 1024 * 1024, 1);
	struct rb_error *err;
	struct stack st;

	(void)state;
	memset(text, 'x', 4 * 1024 * 1024 - 1);
	ok(open_stack(&st, STACK_WRITE));
	err = journal_append(st.journal, json_pack("{s:s, s:s}", "type", "note", "text", text),
			     true, NULL);
	refused(err, RB_FAILED, "longer than");
	ok(stack_record(&st, state_record("1-2", "doing"), true));
	stack_close(&st);
	ok(open_stack(&st, STACK_READ));
	assert_int_equal(st.state.history[1].state, STEP_DOING);
	stack_close(&st);
}

static void an_output_that_changes_remembers_what_it_was(void **state)
{
	autofree char *run_id = make_run();
	const struct history_output *row;
	struct stack st;

	(void)state;
	ok(open_stack(&st, STACK_WRITE));
	ok(stack_record(&st, output_record("1-1", "vpc_id", "vpc-2"), true));
	row = history_output_row(&st.state.history[0], "vpc_id");
	assert_string_equal(row->value, "vpc-2");
	assert_string_equal(row->former, "vpc-1");
	ok(stack_record(&st, output_record("1-1", "vpc_id", "vpc-2"), true)); /* seen again */
	row = history_output_row(&st.state.history[0], "vpc_id");
	assert_string_equal(row->former, "vpc-1");
	ok(stack_record(&st, state_record("1-1", "undone"), true));
	assert_null(history_output(&st.state.history[0], "vpc_id"));
	row = history_output_row(&st.state.history[0], "vpc_id");
	assert_string_equal(row->former, "vpc-2");
	stack_close(&st);
}

static void a_hundred_thousand_lines_are_read(void **state)
{
	autofree char *run_id = make_run();
	autofree char *path = journal_file();
	struct stack st;

	(void)state;
	ok(open_stack(&st, STACK_WRITE));
	for (int i = 0; i < 100000; i++)
		ok(stack_record(&st,
				output_record("1-2", "subnet_id", i % 2 ? "subnet-a" : "subnet-b"),
				false));
	stack_close(&st);
	ok(open_stack(&st, STACK_READ));
	assert_string_equal(history_output(&st.state.history[1], "subnet_id"), "subnet-a");
	stack_close(&st);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_what_a_replay_gives),
		TEST(the_file_only_grows_and_is_private),
		TEST(cut_at_any_byte_the_run_goes_on),
		TEST(each_flipped_byte_is_noticed_and_nothing_is_touched),
		TEST(a_line_that_is_taken_out_or_doubled_is_damage),
		TEST(the_format_is_the_documented_one),
		TEST(a_newer_format_is_refused_with_what_to_do),
		TEST(a_record_that_makes_no_sense_is_damage),
		TEST(an_answer_without_an_intent_answers_nothing),
		TEST(how_old_an_unanswered_call_is_the_records_say),
		TEST(what_has_no_time_or_says_a_thing_twice_is_damage),
		TEST(a_line_has_four_mebibytes_at_most),
		TEST(a_record_that_is_too_long_is_not_written),
		TEST(a_record_has_the_journals_number_and_time),
		TEST(what_a_later_version_added_names_that_version),
		TEST(a_journal_of_format_1_is_read_and_carried_on),
		TEST(a_run_json_of_format_1_is_read),
		TEST(after_a_failed_write_nothing_is_written_any_more),
		TEST(a_failed_sync_counts_as_a_failed_write),
		TEST(the_lock_names_its_holder_and_dies_with_it),
		TEST(a_new_run_keeps_the_old_journal_under_its_run),
		TEST(a_run_whose_journal_is_aside_is_over),
		TEST(no_record_stands_before_run_json_is_there),
		TEST(a_run_json_of_another_run_is_damage),
		TEST(a_bent_run_json_is_refused_and_a_missing_one_is_made_again),
		TEST(a_hostile_stack_directory_is_refused),
		TEST(a_stack_needs_a_plain_name),
		TEST(an_output_that_changes_remembers_what_it_was),
		TEST(a_hundred_thousand_lines_are_read),
	};

	if (argc == 3 && strcmp(argv[1], "append-twice") == 0)
		return append_twice(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
