/* SPDX-License-Identifier: Apache-2.0 */
/* HOME/STACK: who may use it, and whose run it holds. */
#include "runbook/record/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool stack_name_is_good(const char *name)
{
	return *name && *name != '-' && strlen(name) <= 32 && !name[strspn(name, name_chars)];
}

struct rb_error *stack_check_name(const char *name)
{
	struct rb_error *err;
	autofree char *shown = NULL;

	if (stack_name_is_good(name))
		return NULL;
	shown = text_printable(name, strlen(name), 60);
	err = rb_error_new(RB_USAGE, "a stack cannot be named '%s'", shown);
	return rb_error_why(err,
			    "a name has 1 to 32 of a-z, 0-9 and '-', and does not begin with '-'");
}

char *stack_path(const struct stack *st, const char *name)
{
	return file_join(st->dir, name);
}

/* "PID HOST SINCE\n", as text that came from outside. */
static struct rb_error *locked(const struct stack *st, int fd)
{
	struct rb_error *err = rb_error_new(RB_LOCKED, "stack '%s' is in use", st->name);
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *host, *since, *end;

	text[n > 0 ? n : 0] = '\0';
	host = strchr(text, ' ');
	since = host ? strchr(host + 1, ' ') : NULL;
	end = since ? strchr(since + 1, '\n') : NULL;
	if (!end || text[strspn(text, "0123456789")] != ' ')
		return rb_error_why(err, "another runbook holds it and has not told who it is yet");
	*host++ = *since++ = *end = '\0';
	{
		autofree char *safe_host = text_printable(host, strlen(host), 64);
		autofree char *safe_since = text_printable(since, strlen(since), 40);

		err = rb_error_why(err, "process %s on host %s holds it since %s", text, safe_host,
				   safe_since);
	}
	return rb_error_hint(err, "wait for it, or stop it on that host: kill %s", text);
}

/*
 * The kernel lets go of a lock when its holder dies, however it dies: so a dead
 * holder's lock needs no breaking, and what the file says is for people only.
 */
static struct rb_error *take_lock(struct stack *st)
{
	autofree char *path = stack_path(st, "lock");
	char host[65] = "", since[CLOCK_ISO_SIZE];
	autofree char *text = NULL;
	struct stat sb;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fstat(fd, &sb)) {
		int err = errno;

		if (fd >= 0)
			close(fd);
		if (err == ELOOP)
			return rb_error_why(
				rb_error_new(RB_USAGE, "cannot use the lock '%s'", path),
				"it is a symbolic link");
		return rb_error_sys(err, "cannot open the lock '%s'", path);
	}
	st->lock_fd = fd;
	if (!S_ISREG(sb.st_mode) || sb.st_uid != geteuid())
		return rb_error_why(rb_error_new(RB_USAGE, "cannot use the lock '%s'", path),
				    "it is not a plain file of yours");
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return locked(st, fd);
		return rb_error_sys(errno, "cannot lock stack '%s'", st->name);
	}
	(void)gethostname(host, sizeof(host) - 1);
	for (char *h = host; *h; h++)
		if (*h == ' ' || *h == '\n')
			*h = '-';
	clock_iso8601(clock_utc_s(), since);
	text = xasprintf("%ld %s %s\n", (long)getpid(), host, since);
	if (ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text))
		return rb_error_sys(errno, "cannot write the lock '%s'", path);
	return NULL;
}

/* run.json: {"format":1, identity..., "sum":"..."}; the sum is over all the rest. */
static struct rb_error *identity_damaged(const char *path, const char *why)
{
	struct rb_error *err = rb_error_new(RB_DAMAGED, "'%s' is damaged", path);

	err = rb_error_why(err, "%-s", why);
	return rb_error_hint(err,
			     "nothing was touched; restore the file from a copy: it tells by which "
			     "tag the run's resources are found");
}

static void identity_sum(const json_t *identity, char out[65])
{
	char *text = json_dumps(identity, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		abort();
	text_sha256_hex(text, strlen(text), out);
	free(text);
}

static struct rb_error *read_identity(struct stack *st)
{
	autofree char *path = stack_path(st, "run.json");
	auto_buf text = BUF_INIT;
	struct rb_error *err = file_read(path, 1024 * 1024, &text);
	autofree char *sum = NULL;
	char ours[65];
	json_t *o;

	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	sum = xstrdup_or_null(json_string_value(json_object_get(o, "sum")));
	json_object_del(o, "sum");
	if (!o || !sum) {
		json_decref(o);
		return identity_damaged(path, N_("it is no record of a run"));
	}
	identity_sum(o, ours);
	if (strcmp(ours, sum) != 0)
		err = identity_damaged(path, N_("its checksum does not agree"));
	else if (!journal_knows_format(json_integer_value(json_object_get(o, "format"))))
		err = identity_damaged(path, N_("it has a format that this runbook does not know"));
	else
		err = state_set_identity(&st->state, o);
	json_decref(o);
	if (err && !err->what) {
		struct rb_error *named = identity_damaged(path, err->why ? err->why : "");

		(void)rb_error_free(err);
		err = named;
	}
	return err;
}

static struct rb_error *write_identity(const struct stack *st)
{
	autofree char *path = stack_path(st, "run.json");
	json_t *o = state_identity(&st->state);
	struct rb_error *err;
	char sum[65];
	char *text;

	json_object_set_new(o, "format", json_integer(JOURNAL_FORMAT));
	identity_sum(o, sum);
	json_object_set_new(o, "sum", json_string(sum));
	text = json_dumps(o, JSON_INDENT(1));
	err = text ? file_write_atomic(path, text, strlen(text), 0600) : NULL;
	free(text);
	json_decref(o);
	return err;
}

/* Somebody removed run.json: without it a cut journal would lose its run. */
static struct rb_error *keep_identity(const struct stack *st)
{
	autofree char *path = stack_path(st, "run.json");

	return file_exists(path) ? NULL : write_identity(st);
}

/* A run whose journal was put aside is over, whatever run.json still says. */
static bool was_put_aside(const struct stack *st, const char *run_id)
{
	autofree char *name = xasprintf("journal-%s.jsonl", run_id);
	autofree char *path = stack_path(st, name);

	return file_exists(path);
}

static void forget_run(struct stack *st)
{
	const struct procedure *const *procedures = st->state.procedures;

	state_clear(&st->state);
	state_init(&st->state, procedures);
	set_str(&st->state.stack, st->name);
}

/*
 * What the journal says goes first.  Only when nothing of it is left, or nothing
 * was written yet, run.json alone names the run.
 */
static struct rb_error *load(struct stack *st, enum stack_mode mode)
{
	autofree char *path = stack_path(st, "journal.jsonl");

	TRY(read_identity(st));
	if (st->state.run_id && was_put_aside(st, st->state.run_id) && !file_exists(path))
		forget_run(st);
	if (mode == STACK_READ)
		return journal_read(path, state_apply, &st->state);
	TRY(journal_open(path, state_apply, &st->state, &st->journal));
	st->cut_bytes = journal_cut_bytes(st->journal);
	return st->state.run_id ? keep_identity(st) : NULL;
}

void stack_init(struct stack *st, const char *home, const char *name,
		const struct procedure *const *procedures)
{
	memset(st, 0, sizeof(*st));
	st->lock_fd = -1;
	st->name = xstrdup(name);
	st->home = xstrdup(home);
	st->dir = file_join(home, name);
	state_init(&st->state, procedures);
	set_str(&st->state.stack, name);
}

struct rb_error *stack_open(struct stack *st, const char *home, const char *name,
			    enum stack_mode mode, const struct procedure *const *procedures)
{
	stack_init(st, home, name, procedures);
	TRY(stack_check_name(name));
	if (mode == STACK_READ) {
		if (!file_exists(st->dir))
			return NULL;
		/* What others may have written is believed as little as it is written to. */
		TRY(file_check_private_dir(st->dir));
		return load(st, mode);
	}
	TRY(file_make_private_dir(st->dir));
	TRY(take_lock(st));
	return load(st, mode);
}

void stack_close(struct stack *st)
{
	journal_close(st->journal);
	st->journal = NULL;
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	st->lock_fd = -1;
	state_clear(&st->state);
	free(st->name);
	free(st->home);
	free(st->dir);
	st->name = st->home = st->dir = NULL;
}

bool stack_has_run(const struct stack *st)
{
	return st->state.run_id && !st->state.undone;
}

static char *new_run_id(void)
{
	autofree char *random = text_random_hex(4);
	char day[CLOCK_ISO_SIZE];

	clock_amz_date(clock_utc_s(), day);
	return xasprintf("%.8s-%s", day, random);
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

struct rb_error *stack_begin_run(struct stack *st, const char *account, const char *partition,
				 const struct params *params)
{
	autofree char *path = stack_path(st, "journal.jsonl");
	autofree char *run_id = new_run_id();
	auto_params named = { 0 };
	json_t *rec;

	params_init(&named, params->procedure);
	params_take(&named, params);
	TRY(params_begin(&named, st->name, run_id, account)); /* before anything is moved */
	if (st->state.run_id)
		TRY(put_aside(st));
	forget_run(st);
	state_choose(&st->state, params->procedure);
	st->state.run_id = steal_str(&run_id);
	set_str(&st->state.account, account);
	set_str(&st->state.partition, partition);
	st->state.created_ms = clock_utc_ms();
	params_take(&st->state.params, &named);
	TRY(write_identity(st));
	if (!st->journal)
		TRY(journal_open(path, state_apply, &st->state, &st->journal));
	rec = state_identity(&st->state);
	json_object_set_new(rec, "type", json_string("run"));
	st->begun_here = true;
	return stack_record(st, rec, /* sync= */ true);
}

/* A run whose first record was cut off with the rest gets it again: others stand on it. */
static struct rb_error *repeat_identity(struct stack *st)
{
	json_t *rec = state_identity(&st->state);

	json_object_set_new(rec, "type", json_string("run"));
	return journal_append(st->journal, rec, /* sync= */ true, NULL);
}

struct rb_error *stack_record(struct stack *st, json_t *rec, bool sync)
{
	json_t *written = NULL;
	struct rb_error *err = NULL;

	if (journal_records(st->journal) == 0 && !text_eq(journal_type(rec), "run"))
		err = repeat_identity(st);
	if (err) {
		json_decref(rec);
		return err;
	}
	TRY(journal_append(st->journal, rec, sync, &written));
	err = state_apply(&st->state, written);
	json_decref(written);
	return err;
}
