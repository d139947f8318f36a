/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the stack of a command that needs a run.  Asked for in the wrong folder or under a
 * mistyped name, nothing is made there, and the answer says where was looked and what is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/said.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/standing.h"
#include "runbook/cli/world.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_list.h"

enum { SHOWN_STACKS = 20 };

static struct said *names_of(const struct strv *stacks)
{
	auto_strv shown = { 0 };
	autofree char *joined = NULL;

	for (size_t i = 0; i < stacks->n && i < SHOWN_STACKS; i++)
		strv_add(&shown, stacks->v[i]);
	joined = strv_join(&shown, ", ");
	return stacks->n > SHOWN_STACKS
		       ? said_new("%s and %zu more", joined, stacks->n - SHOWN_STACKS)
		       : said_new("%s", joined);
}

static bool is_there(const char *home, const char *name)
{
	bool there = false;
	struct rb_error *err = stack_is_there(home, name, &there);

	(void)rb_error_free(err); /* a folder that cannot be read is not offered */
	return there;
}

/* The home of a folder above this one, "../.runbook", that has the stack; NULL: none. */
static char *home_above(const char *name)
{
	autofree char *here = realpath(".", NULL);
	char *up = xstrdup("");

	for (const char *p = here ? here : ""; *p && strcmp(here, "/") != 0; p++) {
		autofree char *below = up;

		if (*p != '/') {
			up = xstrdup(below);
			continue;
		}
		up = xasprintf("../%s", below);

		autofree char *home = xasprintf("%s.runbook", up);

		if (is_there(home, name)) {
			free(up);
			return steal_str(&home);
		}
	}
	free(up);
	return NULL;
}

/* The options that name the stack whose own folder was given as its home; NULL: it is no stack's.
 */
static char *stack_as_home(const char *home)
{
	autofree char *path = xstrdup(home);
	size_t n = strlen(path);
	const char *name, *parent;
	char *slash;

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	parent = !slash ? "." : slash == path ? "/" : path;
	if (slash)
		*slash = '\0';
	if (!stack_name_is_good(name) || !is_there(parent, name))
		return NULL;
	return xasprintf("--home %s --stack %s", parent, name);
}

/* What was meant by the place that was given, or by the folder; NULL: nobody knows. */
static char *meant_place(const struct cli *cli, const char *home, const char *name)
{
	const char *env = getenv("RUNBOOK_HOME");
	autofree char *above = NULL;

	if (cli->home || (env && *env))
		return stack_as_home(home);
	above = home_above(name);
	return above ? xasprintf("--home %s", above) : NULL;
}

/* A run is begun by who wants to have one, not by who looks for it or takes it down. */
static bool may_begin(const struct cli *cli)
{
	return cli->command == &all_commands[CMD_resume] ||
	       cli->command == &all_commands[CMD_connect] ||
	       cli->command == &all_commands[CMD_tunnel];
}

static struct rb_error *add_hint(const struct cli *cli, const char *home, const char *name,
				 const struct strv *stacks, struct rb_error *err)
{
	const char *near = text_near(name, strv_list(stacks));
	autofree char *place = meant_place(cli, home, name);

	if (may_begin(cli))
		rb_error_advise(err,
				"--stack and --home (or RUNBOOK_HOME) say where a run is; when "
				"that folder is lost, runbook recover writes it anew; a new one is "
				"begun by:",
				RB_NEXT_RUN, NULL);
	else
		rb_error_advise(err,
				"--stack and --home (or RUNBOOK_HOME) say where a run is; when "
				"that folder is lost:",
				RB_NEXT_RECOVER, NULL);
	if (place)
		err = rb_error_next(err, RB_NEXT_CHOOSE, place);
	if (near) {
		autofree char *meant = xasprintf("--stack %s", near);

		err = rb_error_next(err, RB_NEXT_CHOOSE, meant);
	}
	return err;
}

static bool has_stdout_of_its_own(const struct cli *cli)
{
	return cli->command == &all_commands[CMD_connect] ||
	       cli->command == &all_commands[CMD_tunnel];
}

static bool prints_events(const struct cli *cli)
{
	return cli->command == &all_commands[CMD_resume] || cli->command == &all_commands[CMD_undo];
}

/* The refusal's twin for programs, in the form that the command's results have. */
static struct rb_error *print_twin(const struct cli *cli, const char *name, const char *path,
				   const struct strv *stacks, const struct rb_error *err)
{
	const struct hint_place place = cli_place(cli);
	autofree char *hint = hint_text(&place, err);
	json_t *list = json_array();
	json_t *doc;

	for (size_t i = 0; i < stacks->n; i++)
		json_array_append_new(list, json_string(stacks->v[i]));
	doc = json_pack("{s:s, s:s, s:n, s:o, s:{s:s, s:s, s:s?, s:s?, s:o*}}", "stack", name,
			"path", path, "run", "stacks", list, "error", "kind",
			rb_kind_name(err->kind), "what", err->what, "why", err->why, "hint", hint,
			"next", hint_next_json(&place, err));
	if (prints_events(cli)) {
		char *line;

		json_object_set_new(doc, "event", json_string("end"));
		json_object_set_new(doc, "ok", json_false());
		line = json_dumps(doc, JSON_COMPACT);
		json_decref(doc);
		(void)puts(line ? line : "{}");
		free(line);
		return NULL;
	}
	return cli_print_json(doc);
}

/* Nothing tells of a run.  `rehearsed`: the world of one lies there. */
static struct rb_error *no_run(const struct cli *cli, const char *home, const char *name,
			       bool rehearsed, struct rb_error *err)
{
	autofree char *path = stack_shown_path(home, name);
	autofree char *place = stack_shown_path(home, NULL);
	auto_strv stacks = { 0 };
	auto_said *names = NULL;

	stack_list(home, &stacks);
	names = names_of(&stacks);
	if (rehearsed)
		err = rb_error_why(err,
				   "no journal is in '%s', and the world of a rehearsal "
				   "(sandbox.db) lies there",
				   path);
	else if (stacks.n)
		err = rb_error_why(err, "no run is known at '%s'; the stacks in '%s': %s", path,
				   place, said_english(names));
	else
		err = rb_error_why(err, "no run is known at '%s'; no stack is in '%s'", path,
				   place);
	if (rehearsed)
		rb_error_advise(err, "this finds its run there and writes the journal anew:",
				RB_NEXT_RECOVER, cli->in_sandbox ? NULL : "--sandbox");
	else
		err = add_hint(cli, home, name, &stacks, err);
	if (cli->json && !has_stdout_of_its_own(cli)) {
		struct rb_error *io = print_twin(cli, name, path, &stacks, err);

		if (io) {
			(void)rb_error_free(err);
			err = io;
		}
	}
	return err;
}

struct rb_error *cli_not_there(const struct run_state *st, const struct step_history *history,
			       struct rb_error *err)
{
	if (st->undone) {
		err = rb_error_why(err, "its run %s was undone", st->run_id);
		err = rb_error_hint(err, "a new one is begun by:");
	} else if (history && (history->state == STEP_UNDONE || history_is_half_undone(history))) {
		err = rb_error_why(err, "step %s of its run %s was undone", history->step->id,
				   st->run_id);
		err = rb_error_hint(err, "what was undone is built again by:");
	} else { /* it did not come so far yet */
		if (standing_is_unknown(st))
			err = rb_error_why(err, "%-s",
					   N_("run.json is here and no journal: what AWS has of "
					      "it is not known"));
		return rb_error_next(err, RB_NEXT_RESUME, NULL);
	}
	return rb_error_next(err, RB_NEXT_RUN, NULL);
}

struct rb_error *cli_open_run(struct cli *cli, enum stack_mode mode, struct rb_error *refusal,
			      struct stack *st)
{
	const char *name = cli_stack_name(cli);
	autofree char *home = NULL;
	struct rb_error *err = cli_home(cli, &home);
	bool there = false;

	stack_init(st, home ? home : "", name, all_procedures);
	if (!err)
		err = stack_check_name(name);
	if (!err)
		err = stack_is_there(home, name, &there);
	if (!err && there) {
		stack_close(st);
		err = cli_open_stack(cli, mode, st);
	}
	if (!err && !st->state.run_id)
		return no_run(cli, home, name, world_lies_in(st), refusal);
	(void)rb_error_free(refusal);
	return err;
}
