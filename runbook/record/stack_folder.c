/* SPDX-License-Identifier: Apache-2.0 */
/* A stack that is a folder, HOME/STACK, with its files: stack_ops.h over them. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_ops.h"

enum { JOURNAL_MAX = 256 << 20 };

static char *dir_of(const char *home, const char *name)
{
	return file_join(home, name);
}

static char *identity_name(const struct stack *st)
{
	return stack_path(st, "run.json");
}

static struct rb_error *read_identity(struct stack *st, struct buf *ret)
{
	autofree char *path = identity_name(st);

	return file_read(path, 1024 * 1024, ret);
}

static struct rb_error *write_identity(struct stack *st, const char *text, size_t n)
{
	autofree char *path = identity_name(st);

	return file_write_atomic(path, text, n, 0600);
}

/* Somebody removed run.json: without it a cut journal would lose its run. */
static struct rb_error *keep_identity(struct stack *st)
{
	autofree char *path = identity_name(st);

	return file_exists(path) ? NULL : stack_write_identity(st);
}

/* A run whose journal was put aside is over, whatever run.json still says. */
static bool was_put_aside(const struct stack *st)
{
	autofree char *name = xasprintf("journal-%s.jsonl", st->state.run_id);
	autofree char *aside = stack_path(st, name);
	autofree char *path = stack_path(st, "journal.jsonl");

	return file_exists(aside) && !file_exists(path);
}

static struct rb_error *read_journal(const struct stack *st, journal_visitor *visit, void *arg)
{
	autofree char *path = stack_path(st, "journal.jsonl");

	return journal_read(path, visit, arg);
}

static struct rb_error *journal_text(const struct stack *st, struct buf *ret, char **ret_name)
{
	*ret_name = stack_path(st, "journal.jsonl");
	return file_read(*ret_name, JOURNAL_MAX, ret);
}

static struct rb_error *open_journal(struct stack *st)
{
	autofree char *path = stack_path(st, "journal.jsonl");

	return journal_open(path, state_apply, &st->state, &st->journal);
}

/*
 * In this order, so that a crash between any two leaves one run and no doubt: the
 * old journal aside (its run is over then), run.json, the new journal's record.
 */
static struct rb_error *put_aside(struct stack *st)
{
	autofree char *from = stack_path(st, "journal.jsonl");
	autofree char *name = xasprintf("journal-%s.jsonl", st->state.run_id);
	autofree char *to = stack_path(st, name);

	fault_renaming(from, to);
	if (rename(from, to))
		return rb_error_sys(errno, "cannot put the journal of run %s aside as '%s'",
				    st->state.run_id, to);
	TRY(file_sync_dir(st->dir));
	fault_crash_point("stack.aside");
	journal_close(st->journal);
	st->journal = NULL;
	return NULL;
}

/* ---- moving --------------------------------------------------------------- */

/* Those that were put aside, by the date in their ids; then the current one. */
static struct rb_error *runs_of(struct stack *st, struct strv *ret)
{
	static const char begin[] = "journal-", end[] = ".jsonl";
	const struct dirent *entry;
	DIR *dir = opendir(st->dir);

	if (!dir)
		return rb_error_sys(errno, "cannot look into '%s'", st->dir);
	while ((entry = readdir(dir)))
		if (text_starts_with(entry->d_name, begin) && text_ends_with(entry->d_name, end))
			strv_add_owned(ret, xstrndup(entry->d_name + sizeof(begin) - 1,
						     strlen(entry->d_name) - sizeof(begin) + 1 -
							     (sizeof(end) - 1)));
	(void)closedir(dir);
	strv_sort(ret);
	if (st->state.run_id)
		strv_add(ret, st->state.run_id);
	return NULL;
}

static char *run_path(const struct stack *st, const char *run, bool current)
{
	autofree char *name = xasprintf("journal-%s.jsonl", run);

	return stack_path(st, current ? "journal.jsonl" : name);
}

static struct rb_error *run_text(struct stack *st, const char *run, struct buf *ret)
{
	autofree char *aside = run_path(st, run, /* current= */ false);
	autofree char *path = run_path(st, run, !file_exists(aside));

	return file_read(path, JOURNAL_MAX, ret);
}

static struct rb_error *import_run(struct stack *st, const char *run, bool current,
				   const char *identity, const struct buf *text)
{
	autofree char *path = run_path(st, run, current);

	st->made_dir = false; /* it is used now */
	if (current)
		TRY(write_identity(st, identity, strlen(identity)));
	return file_write_atomic(path, text->p, text->n, 0600);
}

static struct rb_error *mark_moved(struct stack *st, const char *to)
{
	autofree char *path = stack_path(st, "moved"), *text = xasprintf("%s\n", to);

	return file_write_atomic(path, text, strlen(text), 0600);
}

static struct rb_error *find_moved(const struct stack *st, char **ret_to)
{
	autofree char *path = stack_path(st, "moved");
	auto_buf to = BUF_INIT;
	struct rb_error *err = file_read(path, 4096, &to);

	*ret_to = NULL;
	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	*ret_to = buf_steal(&to);
	return NULL;
}

static struct rb_error *check_moved(const struct stack *st)
{
	autofree char *to = NULL;

	TRY(find_moved(st, &to));
	return to ? stack_was_moved(st, to) : NULL;
}

/* ---- who uses it ------------------------------------------------------------ */

static struct rb_error *open_folder(struct stack *st, enum stack_mode mode, bool *ret_there)
{
	if (mode == STACK_READ) {
		*ret_there = file_exists(st->dir);
		/* What others may have written is believed as little as it is written to. */
		return *ret_there ? file_check_private_dir(st->dir) : NULL;
	}
	*ret_there = true;
	TRY(stack_folder_make_and_lock(st));
	return check_moved(st);
}

/*
 * What a command that was refused before it began a run leaves: the lock, an empty journal, a
 * rehearsal's world that nobody saw.  All of it goes while the lock is held, so that who opened
 * that meanwhile finds it without its name, and takes another.
 */
static void remove_unused(const struct stack *st)
{
	static const char *const files[] = { "journal.jsonl",	  "sandbox.db",
					     "sandbox.db-wal",	  "sandbox.db-shm",
					     "sandbox.db.ca.pem", "lock" };

	if (!st->made_dir || st->lock_fd < 0 || st->state.run_id)
		return;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autofree char *path = stack_path(st, files[i]);

		(void)unlink(path);
	}
	if (rmdir(st->dir) == 0 && st->made_home)
		(void)rmdir(st->home);
}

static void close_folder(struct stack *st)
{
	remove_unused(st);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	st->lock_fd = -1;
}

const struct stack_ops stack_folder_ops = {
	.dir = dir_of,
	.open = open_folder,
	.identity_name = identity_name,
	.read_identity = read_identity,
	.write_identity = write_identity,
	.keep_identity = keep_identity,
	.was_put_aside = was_put_aside,
	.read_journal = read_journal,
	.journal_text = journal_text,
	.open_journal = open_journal,
	.put_aside = put_aside,
	.close = close_folder,
	.runs = runs_of,
	.run_text = run_text,
	.import_run = import_run,
	.mark_moved = mark_moved,
	.find_moved = find_moved,
};
