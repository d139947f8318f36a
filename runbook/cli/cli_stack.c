/* SPDX-License-Identifier: Apache-2.0 */
/* The stack, the parameters and the step that a command line means. */
#include "runbook/cli/cli_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/regions.h"
#include "runbook/cli/world.h"
#include "runbook/record/stack_list.h"
#include "runbook/ui/lang.h"

static struct rb_error *load_params(struct cli *cli)
{
	autofree char *path = NULL;
	struct rb_error *err;

	TRY(file_expand_home(cli->config ? cli->config : "runbook.json", &path));
	err = params_load(&cli->params, path);
	if (rb_error_is(err, RB_GONE)) {
		if (cli->config) {
			err->kind = RB_USAGE;
			return err;
		}
		err = rb_error_free(err);
	}
	TRY(err);
	for (size_t i = 0; i < cli->sets.n; i++)
		TRY(params_set_pair(&cli->params, cli->sets.v[i]));
	return NULL;
}

/* A run that is there has parameters of its own: what is given has to agree with them alone, and
 * need not make sense without the rest. */
static struct rb_error *agree(const struct cli *cli, const struct stack *st)
{
	return params_agree(&cli->params, &st->state.params, st->state.run_id);
}

static bool is_live(const struct stack *st)
{
	return st->state.run_id && !st->state.undone;
}

bool cli_begins_anew(const struct cli *cli, const struct run_state *st)
{
	static const struct command *const for_a_new_run[] = { &all_commands[CMD_run],
							       &all_commands[CMD_plan],
							       &all_commands[CMD_preflight],
							       &all_commands[CMD_policy] };

	if (!st->run_id)
		return true;
	for (size_t i = 0; st->undone && i < ARRAY_LEN(for_a_new_run); i++)
		if (cli->command == for_a_new_run[i])
			return true;
	return false;
}

/* A rehearsal whose journal does not say so (any more): its world lies beside it. */
static bool has_world(const struct stack *stack)
{
	autofree char *world = stack_path(stack, "sandbox.db");

	return stack->state.rehearsal && file_exists(world);
}

/* A rehearsal goes on at the speed it began with, unless another is given, and where it began. */
static void keep_speed(struct cli *cli, const struct stack *stack)
{
	const struct run_state *st = &stack->state;

	if (cli_begins_anew(cli, st))
		return;
	if (!(st->speed > 0)) {
		cli->in_sandbox |= has_world(stack);
		if (!cli->speed && cli->in_sandbox)
			cli->speed_n = SANDBOX_SPEED;
		return;
	}
	if (!cli->speed && st->rehearsal)
		cli->speed_n = st->speed;
	cli->in_sandbox = st->own_sandbox;
}

void cli_find_reach(struct cli *cli, const struct stack *st)
{
	const struct run_state *run = stack_has_run(st) ? &st->state : NULL;
	const char *url = getenv("AWS_ENDPOINT_URL");

	if (run ? run->own_sandbox : cli->sandbox) {
		autofree char *path = stack_path(st, "sandbox.db");
		autofree char *state_file = stack_shown_path(path, NULL);

		aws_reach_own(&cli->reach, state_file,
			      run && run->speed > 0 ? run->speed : cli->speed_n);
	} else if (run && run->rehearsal) {
		aws_reach_named(&cli->reach, url && *url ? url : NULL);
	}
}

struct rb_error *cli_home(const struct cli *cli, char **ret)
{
	const char *home = cli->home ? cli->home : getenv("RUNBOOK_HOME");

	return file_expand_home(home && *home ? home : ".runbook", ret);
}

const char *cli_stack_name(const struct cli *cli)
{
	return cli->stack ? cli->stack : "default";
}

/* A run goes on with its own procedure; a new one has that which was asked for. */
static struct rb_error *choose_procedure(struct cli *cli, const struct run_state *st)
{
	struct rb_error *err;

	if (cli_begins_anew(cli, st) || st->procedure == cli->params.procedure)
		return NULL;
	if (cli->procedure) {
		err = rb_error_new(RB_USAGE, "run %s is of the procedure '%s', not of '%s'",
				   st->run_id, st->procedure->name, cli->procedure);
		return rb_error_hint(err, "leave --procedure out to carry on; or use another "
					  "--stack");
	}
	params_clear(&cli->params);
	params_init(&cli->params, st->procedure);
	return NULL;
}

/* Would a run take what is given, the rest being as in the one that is there? */
static struct rb_error *finish_with_the_rest(const struct params *given,
					     const struct params *recorded)
{
	auto_params all = { 0 };

	params_init(&all, recorded->procedure);
	params_take(&all, recorded);
	for (size_t i = 0; i < given->n; i++)
		if (given->given[i])
			TRY(params_set(&all, given->procedure->params[i]->name, given->v[i],
				       given->given[i]));
	return params_finish(&all);
}

/* `st` NULL: the stack cannot be read, which opening it reports. */
static struct rb_error *read_params(struct cli *cli, const struct stack *st)
{
	struct rb_error *err, *other, *wrong;

	if (st)
		TRY(choose_procedure(cli, &st->state));
	TRY(load_params(cli));
	err = params_finish(&cli->params);
	if (!err || !st || !is_live(st))
		return err;
	other = agree(cli, st);
	wrong = other ? finish_with_the_rest(&cli->params, &st->state.params) : NULL;
	/* What makes no sense alone, and with the run's rest neither, no undo lets in. */
	if (wrong && text_eq(wrong->what, err->what)) {
		(void)rb_error_free(other);
		(void)rb_error_free(err);
		return wrong;
	}
	(void)rb_error_free(wrong);
	(void)rb_error_free(err);
	return other;
}

struct rb_error *cli_use_procedure(struct cli *cli, const struct procedure *procedure)
{
	if (cli->params.procedure == procedure)
		return NULL;
	params_clear(&cli->params);
	params_init(&cli->params, procedure);
	return read_params(cli, NULL);
}

struct rb_error *cli_read_params(struct cli *cli)
{
	return read_params(cli, NULL);
}

/* What opening a stack in a bucket met, which is no failure. */
static void tell_of_home(const struct cli *cli, const struct stack *st)
{
	if (st->offline)
		cli_say(cli,
			tr("runbook: the bucket of '%s' is not reached: this is what this machine "
			   "has of it, as of its last command here"),
			st->name);
	if (st->taken_from) {
		autofree char *from = tr_recorded(st->taken_from);

		cli_say(cli,
			tr("runbook: stack '%s' is taken over from %s; whoever that was can change "
			   "nothing any more"),
			st->name, from);
	}
	if (st->resent_bytes)
		cli_say(cli,
			tr("runbook: records of an earlier command here, which could not be "
			   "written then, are in the bucket now (%zu bytes)"),
			st->resent_bytes);
	if (st->set_aside)
		cli_say(cli,
			tr("runbook: records of an earlier command here could not be written, and "
			   "the run went on without them: they are put aside in '%s', and what they "
			   "tell of is looked for by its tag"),
			st->set_aside);
}

struct rb_error *cli_open_stack(struct cli *cli, enum stack_mode mode, struct stack *st)
{
	const char *name = cli_stack_name(cli);
	autofree char *home = NULL;
	struct rb_error *err, *unread;

	memset(st, 0, sizeof(*st));
	st->lock_fd = -1;
	TRY(cli_home(cli, &home));
	unread = stack_open(st, home, name, STACK_READ, all_procedures);
	keep_speed(cli, st); /* what is refused from here says where the run is, too */
	err = read_params(cli, unread ? NULL : st);
	if (err) {
		(void)rb_error_free(unread);
		return err;
	}
	cli_note_new_regions(cli);
	/* Before the lease is taken from somebody who is at work. */
	if (!unread && cli->take_over && cli->sandbox)
		TRY(world_check(cli, st));
	if (mode != STACK_READ) {
		(void)rb_error_free(unread);
		stack_close(st);
		TRY(stack_open(st, home, name, mode, all_procedures));
	} else {
		TRY(unread);
	}
	tell_of_home(cli, st);
	if (cli_begins_anew(cli, &st->state) && st->state.procedure != cli->params.procedure)
		state_choose(&st->state, cli->params.procedure);
	keep_speed(cli, st);
	cli_find_reach(cli, st);
	return is_live(st) ? agree(cli, st) : NULL;
}

/* The step whose digits these are: "31", "3.1", "3-1-".  Another digit is another step. */
static const char *meant_step(const struct procedure *procedure, const char *typed)
{
	char digits[3] = "";
	size_t n = 0;

	for (const char *p = typed; *p; p++) {
		if (!isdigit((unsigned char)*p))
			continue;
		if (n == 2)
			return NULL;
		digits[n++] = *p;
	}
	for (const struct step *const *s = procedure->steps; *s && n == 2; s++)
		if ((*s)->id[0] == digits[0] && (*s)->id[2] == digits[1])
			return (*s)->id;
	return NULL;
}

struct rb_error *cli_find_step(const struct procedure *procedure, const char *id,
			       const struct step **ret)
{
	autofree char *shown = NULL;
	struct rb_error *err;
	const char *near;

	for (const struct step *const *s = procedure->steps; *s; s++) {
		if (strcmp(id, (*s)->id) == 0) {
			*ret = *s;
			return NULL;
		}
	}
	shown = text_printable(id, strlen(id), 40);
	near = meant_step(procedure, id);
	err = rb_error_new(RB_USAGE, "there is no step '%s'", shown);
	if (near)
		return rb_error_next(err, RB_NEXT_CHOOSE, near);
	return rb_error_next(rb_error_hint(err, "lists them"), RB_NEXT_STEPS, NULL);
}
