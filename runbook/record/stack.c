/* SPDX-License-Identifier: Apache-2.0 */
/* A stack: how its run begins, how it is recorded.  Where it is kept is behind stack_ops.h. */
#include "runbook/record/stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/home_place.h"
#include "runbook/record/stack_ops.h"

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

struct rb_error *stack_was_moved(const struct stack *st, const char *to)
{
	autofree char *shown = text_printable(to, strcspn(to, "\n"), 300);
	struct rb_error *err = rb_error_new(RB_USAGE, "stack '%s' was moved", st->name);

	err = rb_error_why(err,
			   "it is in '%s' now; what is here can be read, and nothing is written "
			   "to it any more",
			   shown);
	return rb_error_hint(err, "say --home '%s', or RUNBOOK_HOME", shown);
}

struct rb_error *stack_find_moved(const struct stack *st, char **ret_to)
{
	autofree char *to = NULL;

	*ret_to = NULL;
	TRY(st->ops->find_moved(st, &to));
	if (to)
		*ret_to = text_printable(to, strcspn(to, "\n"), 300);
	return NULL;
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
	TRY(stack_read_identity(st));
	if (st->state.run_id && st->ops->was_put_aside(st))
		forget_run(st);
	if (mode == STACK_READ)
		return st->ops->read_journal(st, state_apply, &st->state);
	TRY(st->ops->open_journal(st));
	if (st->journal)
		st->cut_bytes = journal_cut_bytes(st->journal);
	return st->state.run_id ? st->ops->keep_identity(st) : NULL;
}

void stack_init(struct stack *st, const char *home, const char *name,
		const struct procedure *const *procedures)
{
	memset(st, 0, sizeof(*st));
	st->lock_fd = -1;
	st->name = xstrdup(name);
	st->home = xstrdup(home);
	st->ops = home_is_s3(home) ? &stack_s3_ops : &stack_folder_ops;
	st->dir = st->ops->dir(home, name);
	state_init(&st->state, procedures);
	set_str(&st->state.stack, name);
}

struct rb_error *stack_open(struct stack *st, const char *home, const char *name,
			    enum stack_mode mode, const struct procedure *const *procedures)
{
	bool there = false;

	stack_init(st, home, name, procedures);
	TRY(stack_check_name(name));
	TRY(st->ops->open(st, mode, &there));
	return there ? load(st, mode) : NULL;
}

struct rb_error *stack_read_journal(const struct stack *st, journal_visitor *visit, void *arg)
{
	return st->ops->read_journal(st, visit, arg);
}

void stack_close(struct stack *st)
{
	journal_close(st->journal);
	st->journal = NULL;
	if (st->ops)
		st->ops->close(st);
	state_clear(&st->state);
	free(st->name);
	free(st->home);
	free(st->dir);
	json_decref(st->gathered);
	st->gathered = NULL;
	free(st->taken_from);
	free(st->set_aside);
	st->taken_from = st->set_aside = NULL;
	st->name = st->home = st->dir = NULL;
}

struct rb_error *stack_journal_text(const struct stack *st, struct buf *ret, char **ret_name)
{
	return st->ops->journal_text(st, ret, ret_name);
}

struct loop *stack_loop(const struct stack *st)
{
	return st->ops && st->ops->loop ? st->ops->loop(st) : NULL;
}

bool stack_has_run(const struct stack *st)
{
	return st->state.run_id && !st->state.undone;
}

char *stack_new_run_id(void)
{
	autofree char *random = text_random_hex(4);
	char day[CLOCK_ISO_SIZE];

	clock_amz_date(clock_utc_s(), day);
	return xasprintf("%.8s-%s", day, random);
}

struct rb_error *stack_begin_run(struct stack *st, const char *account, const char *partition,
				 const struct params *params)
{
	autofree char *run_id = stack_new_run_id();
	auto_params named = { 0 };
	json_t *rec;

	params_init(&named, params->procedure);
	params_take(&named, params);
	TRY(params_begin(&named, st->name, run_id, account)); /* before anything is moved */
	if (st->state.run_id)
		TRY(st->ops->put_aside(st));
	forget_run(st);
	state_choose(&st->state, params->procedure);
	st->state.run_id = steal_str(&run_id);
	set_str(&st->state.account, account);
	set_str(&st->state.partition, partition);
	st->state.created_ms = clock_utc_ms();
	params_take(&st->state.params, &named);
	TRY(stack_write_identity(st));
	if (!st->journal)
		TRY(st->ops->open_journal(st));
	rec = state_identity(&st->state);
	json_object_set_new(rec, "type", json_string("run"));
	st->begun_here = true;
	return stack_record(st, rec, /* sync= */ true);
}

void stack_gather_run(struct stack *st, const char *run_id, const char *account,
		      const char *partition, const struct params *params)
{
	state_choose(&st->state, params->procedure);
	set_str(&st->state.run_id, run_id);
	set_str(&st->state.account, account);
	set_str(&st->state.partition, partition);
	st->state.created_ms = clock_utc_ms();
	params_take(&st->state.params, params);
	st->gathered = json_array();
}

static struct rb_error *gather(struct stack *st, json_t *rec)
{
	json_object_set_new(rec, "at_ms", json_integer(clock_utc_ms()));
	json_array_append_new(st->gathered, rec);
	return state_apply(&st->state, rec);
}

struct rb_error *stack_write_recovered(struct stack *st, const struct stack *found)
{
	const struct run_state *from = &found->state;
	json_t *rec;
	size_t i;

	if (st->state.run_id || (st->journal && journal_records(st->journal)))
		return rb_error_new(RB_USAGE, "stack '%s' has a run already", st->name);
	state_choose(&st->state, from->procedure);
	set_str(&st->state.run_id, from->run_id);
	set_str(&st->state.account, from->account);
	set_str(&st->state.partition, from->partition);
	st->state.created_ms = from->created_ms;
	params_take(&st->state.params, &from->params);
	TRY(stack_write_identity(st));
	if (!st->journal)
		TRY(st->ops->open_journal(st));
	rec = state_identity(&st->state);
	json_object_set_new(rec, "type", json_string("run"));
	TRY(stack_record(st, rec, /* sync= */ true));
	json_array_foreach(found->gathered, i, rec) {
		json_t *copy = json_deep_copy(rec);

		json_object_del(copy, "at_ms"); /* the journal has its own */
		TRY(stack_record(st, copy, /* sync= */ false));
	}
	return journal_flush(st->journal);
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

	if (st->gathered)
		return gather(st, rec);
	if (journal_records(st->journal) == 0 && !text_eq(journal_type(rec), "run"))
		err = repeat_identity(st);
	if (err) {
		json_decref(rec);
		return err;
	}
	TRY(journal_append(st->journal, rec, sync, &written));
	err = state_apply(&st->state, written);
	json_decref(written);
	return err || !sync ? err : journal_settle(st->journal);
}
