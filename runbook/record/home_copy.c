/* SPDX-License-Identifier: Apache-2.0 */
/* Moves a stack from one home to another: written, read again and compared, then marked. */
#include "runbook/record/home_copy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "runbook/record/home_place.h"
#include "runbook/record/journal_store.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_list.h"
#include "runbook/record/stack_ops.h"

enum { FILE_MAX = 1 << 30 };

static struct rb_error *check_ends(const char *from, const char *to, const char *name)
{
	struct rb_error *err;
	bool there = false;

	TRY(stack_is_there(from, name, &there));
	if (!there) {
		err = rb_error_new(RB_USAGE, "stack '%s' is not in '%s'", name, from);
		return rb_error_hint(err, "--stack says which one");
	}
	TRY(stack_is_there(to, name, &there));
	if (!there)
		return NULL;
	err = rb_error_new(RB_USAGE, "stack '%s' is in '%s' already", name, to);
	return rb_error_hint(err, "nothing was changed; copy to another home");
}

static struct rb_error *copy_file(const struct stack *from, const struct stack *to,
				  const char *name)
{
	autofree char *source = stack_path(from, name), *target = stack_path(to, name);
	auto_buf content = BUF_INIT;
	struct rb_error *err = file_read(source, FILE_MAX, &content);

	if (rb_error_is(err, RB_GONE))
		return rb_error_free(err);
	TRY(err);
	return file_write_atomic(target, content.p, content.n, 0600);
}

static size_t lines_in(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++)
		n += text->p[i] == '\n';
	return n;
}

/* Who a run is, as text that read_identity takes, from its journal; that is replayed on the way. */
static struct rb_error *identity_of(const struct stack *st, const char *run, const struct buf *text,
				    char **ret)
{
	auto_state state;
	struct rb_error *err;

	state_init(&state, st->state.procedures);
	set_str(&state.stack, st->name);
	err = journal_read_text(run, text, /* may_be_torn= */ false, state_apply, &state);
	if (!err && text_eq(run, st->state.run_id))
		*ret = stack_identity_text(
			&st->state); /* its journal may have lost the first record */
	else if (!err && state.run_id)
		*ret = stack_identity_text(&state);
	else if (!err)
		err = rb_error_new(RB_DAMAGED, "the journal of run %s does not say who it is", run);
	return err;
}

static struct rb_error *copy_run(struct stack *from, struct stack *to, const char *run,
				 bool current, struct home_copied *ret)
{
	auto_buf text = BUF_INIT, again = BUF_INIT;
	autofree char *identity = NULL;
	struct rb_error *err = from->ops->run_text(from, run, &text);

	if (!err)
		err = identity_of(from, run, &text, &identity);
	if (!err)
		err = to->ops->import_run(to, run, current, identity, &text);
	if (!err)
		err = to->ops->run_text(to, run, &again);
	if (err) /* what it points to is its own: cppcheck cannot see behind the operations */
		return err;
	if (again.n != text.n || memcmp(again.p, text.p, text.n) != 0)
		return rb_error_why(rb_error_new(RB_IO, "run %s was not copied", run),
				    "what is read there is not what was written");
	ret->runs++;
	ret->records += lines_in(&text);
	return NULL;
}

static struct rb_error *copy_all(struct stack *from, struct stack *to, struct home_copied *ret)
{
	static const char *const files[] = { "known_hosts", "record.key", "sandbox.db" };
	autofree char *there =
		home_is_s3(to->home) ? xstrdup(to->home) : stack_shown_path(to->home, NULL);
	auto_strv runs = { 0 };

	TRY(from->ops->runs(from, &runs));
	for (size_t i = 0; i < runs.n; i++)
		TRY(copy_run(from, to, runs.v[i], text_eq(runs.v[i], from->state.run_id), ret));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		TRY(copy_file(from, to, files[i]));
	return from->ops->mark_moved(from, there);
}

struct rb_error *home_copy_stack(const char *from, const char *to, const char *name,
				 const struct procedure *const *procedures, struct home_copied *ret)
{
	struct stack source, target;
	struct rb_error *err;

	*ret = (struct home_copied){ 0 };
	TRY(stack_check_name(name));
	TRY(check_ends(from, to, name));
	err = stack_open(&source, from, name, STACK_WRITE, procedures);
	if (!err) {
		err = stack_open(&target, to, name, STACK_WRITE, procedures);
		if (!err)
			err = copy_all(&source, &target, ret);
		stack_close(&target);
	}
	stack_close(&source);
	return err;
}
