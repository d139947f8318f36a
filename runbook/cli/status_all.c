/* SPDX-License-Identifier: Apache-2.0 */
/* The stacks of a home: state, who works on it, how old it is, what it costs, when it ends. */
#include "runbook/cli/status_all.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/ttl.h"
#include "runbook/record/bill.h"
#include "runbook/record/stack_busy.h"
#include "runbook/record/stack_list.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/rows.h"

/* The last operator that a command told, as text that came from outside; caller frees. */
static struct rb_error *find_operator(void *arg, const json_t *rec)
{
	char **ret = arg;
	const char *name = json_string_value(json_object_get(rec, "operator"));

	if (!name || !text_eq(journal_type(rec), "command"))
		return NULL;
	free(*ret);
	*ret = text_printable(name, strlen(name), 80);
	return NULL;
}

/* `moved_to`: where the stack is now, which knows what it costs; NULL: here. */
static json_t *row_json(const struct stack *st, const char *name, const char *operator_name,
			const char *moved_to, const struct rb_error *err)
{
	const struct run_state *state = &st->state;
	json_t *row, *billing;
	autofree char *busy = NULL;
	char at[CLOCK_ISO_SIZE];

	if (err)
		return json_pack("{s:s, s:n, s:{s:s, s:s?, s:s?}}", "stack", name, "state", "error",
				 "kind", rb_kind_name(err->kind), "what", err->what, "why",
				 err->why);
	row = json_pack("{s:s, s:s, s:s?, s:s?}", "stack", name, "state", state_summary(state),
			"run", state->run_id, "operator", operator_name);
	if (!state->run_id)
		return row;
	clock_iso8601(state->created_ms / 1000, at);
	json_object_set_new(row, "created_at", json_string(at));
	json_object_set_new(row, "age_s",
			    json_integer((clock_utc_ms() - state->created_ms) / 1000));
	if (state->expires)
		json_object_set_new(row, "expires_at", json_string(state->expires));
	if (moved_to) {
		json_object_set_new(row, "moved_to", json_string(moved_to));
		return row;
	}
	billing = standing_billing_json(state);
	if (billing)
		json_object_set_new(row, "billing", billing);
	busy = stack_busy_process(st);
	if (busy)
		json_object_set_new(row, "process", json_string(busy));
	return row;
}

static void print_row(const struct stack *st, const char *operator_name, const char *moved_to)
{
	const struct run_state *state = &st->state;
	autofree char *stands = state->undone ? NULL : standing_text(state);
	autofree char *ends = ttl_text(state, clock_utc_ms());
	autofree char *busy = stack_busy_process(st);
	char at[CLOCK_ISO_SIZE];

	row_text(tr("stack %s: %s"), st->name, tr(state_summary(state)));
	if (!state->run_id)
		return;
	clock_iso8601(state->created_ms / 1000, at);
	if (operator_name)
		row_detail(tr("run %s, begun %s; last operator %s"), state->run_id, at,
			   operator_name);
	else
		row_detail(tr("run %s, begun %s"), state->run_id, at);
	if (moved_to) {
		row_detail(tr("it was moved to '%s'"), moved_to);
		return;
	}
	if (stands)
		row_detail("%s", stands);
	if (ends && stands)
		row_detail("%s", ends);
	if (busy)
		row_detail(tr("process %s is at work on this stack now"), busy);
}

static void print_error(const char *name, const struct rb_error *err)
{
	autofree char *reason = tr_reason(err);

	row_text(tr("stack %s: %s"), name, reason);
}

static struct rb_error *one(const struct cli *cli, const char *home, const char *name, json_t *list)
{
	autofree char *operator_name = NULL, *moved_to = NULL;
	struct rb_error *err;
	auto_stack st;

	err = stack_open(&st, home, name, STACK_READ, all_procedures);
	if (!err)
		err = stack_read_journal(&st, find_operator, &operator_name);
	if (!err)
		err = stack_find_moved(&st, &moved_to);
	if (cli->json)
		json_array_append_new(list, row_json(&st, name, operator_name, moved_to, err));
	else if (err)
		print_error(name, err);
	else
		print_row(&st, operator_name, moved_to);
	return err;
}

struct rb_error *status_print_all(struct cli *cli)
{
	autofree char *home = NULL, *shown = NULL;
	struct rb_error *first = NULL;
	auto_strv stacks = { 0 };
	json_auto_t *list = json_array();

	TRY(cli_home(cli, &home));
	shown = stack_shown_path(home, NULL);
	TRY(stack_list_checked(home, &stacks));
	for (size_t i = 0; i < stacks.n; i++) {
		struct rb_error *err = one(cli, home, stacks.v[i], list);

		if (first)
			(void)rb_error_free(err);
		else
			first = err;
	}
	if (cli->json) {
		struct rb_error *io = cli_print_json(
			json_pack("{s:s, s:o}", "home", shown, "stacks", json_incref(list)));

		if (first)
			(void)rb_error_free(io);
		else
			first = io;
	} else if (!stacks.n) {
		row_text(tr("no stack is in '%s'"), shown);
	}
	return first;
}
