/* `runbook verify`: one look at what should hold; changes and records nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/lang.h"
#include "runbook/cli/walk.h"
#include "runbook/ui/rows.h"

enum { VERDICT_COLUMNS = 7, VERDICT_COLUMNS_JA = 12 };

static bool should_hold(const struct step_past *past)
{
	return past->state == STEP_MADE || past->state == STEP_HELD || past->state == STEP_STALE;
}

static struct rb_error *choose(const struct walk *w, struct engine_look *looks)
{
	const struct run_state *st = &w->stack.state;

	for (size_t i = 0; i < w->cli->operands.n; i++) {
		const struct step *step = NULL;

		TRY(cli_find_step(w->stack.state.procedure, w->cli->operands.v[i], &step));
		for (size_t k = 0; k < st->n; k++)
			looks[k].wanted |= st->past[k].step == step;
	}
	for (size_t k = 0; k < st->n && !w->cli->operands.n; k++)
		looks[k].wanted = should_hold(&st->past[k]);
	return NULL;
}

static bool holds(const struct engine_look *l)
{
	return l->looked && !l->err && l->verdict == VERDICT_HOLDS;
}

static json_t *look_json(const struct engine_look *l)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:O}", "id", l->step->id, "title",
			      l->step->title, "verdict",
			      l->err ? "error" : verdict_name(l->verdict), "claims", l->claims);

	if (l->missing)
		json_object_set_new(o, "missing", json_string(l->missing));
	if (!l->err && l->verdict == VERDICT_PENDING)
		json_object_set_new(o, "waits_for",
				    json_pack("{s:s, s:s, s:s?, s:i}", "what", l->wait.what,
					      "state", l->wait.state, "reason", l->wait.reason,
					      "usual_s", l->wait.usual_s));
	if (l->err)
		json_object_set_new(o, "error",
				    json_pack("{s:s, s:s?, s:s?, s:s?}", "kind",
					      rb_kind_name(l->err->kind), "what", l->err->what,
					      "why", l->err->why, "where", l->err->where));
	return o;
}

static void print_claim(const json_t *claim)
{
	const char *what = json_string_value(json_object_get(claim, "claim"));
	const char *expected = json_string_value(json_object_get(claim, "expected"));
	const char *found = json_string_value(json_object_get(claim, "found"));

	if (!json_is_true(json_object_get(claim, "agrees")))
		row_detail(tr("%s: expected '%s', found '%s'"), what, expected, found);
}

static void print_look(const struct engine_look *l)
{
	const char *title = step_title(l->step);
	json_t *claim;
	size_t i;

	row_print(l->step->id, title, l->err ? tr("error") : tr(verdict_name(l->verdict)),
		  lang_is_japanese() ? VERDICT_COLUMNS_JA : VERDICT_COLUMNS, NULL);
	if (l->missing) {
		autofree char *safe = text_printable(l->missing, strlen(l->missing), 500);

		row_detail("%s", safe);
	}
	if (l->wait.what && !l->err)
		row_detail("%s: %s%s%s", l->wait.what, l->wait.state, l->wait.reason ? ", " : "",
			   l->wait.reason ? l->wait.reason : "");
	json_array_foreach(l->claims, i, claim)
		print_claim(claim);
}

static struct rb_error *tell(const struct walk *w, struct engine_look *looks, int *status)
{
	const struct run_state *st = &w->stack.state;
	json_t *steps = json_array();
	struct rb_error *err = NULL;
	bool all = true;

	for (size_t i = 0; i < st->n; i++) {
		if (!looks[i].looked)
			continue;
		all &= holds(&looks[i]);
		json_array_append_new(steps, look_json(&looks[i]));
		if (!w->cli->json)
			print_look(&looks[i]);
		if (looks[i].err && !err) {
			err = looks[i].err; /* moved: reported by main, with its exit status */
			looks[i].err = NULL;
		}
	}
	if (w->cli->json) {
		struct rb_error *io = cli_print_json(json_pack(
			"{s:s, s:s, s:o, s:b, s:O}", "stack", w->stack.name, "run", st->run_id,
			"rehearsal", rehearsal_to_json(st->rehearsal, w->cli->speed_n), "holds",
			(int)(all && !err), "steps", steps));

		if (io && !err)
			err = io;
		else
			(void)rb_error_free(io);
	}
	json_decref(steps);
	if (st->rehearsal && !w->cli->json) {
		autofree char *mark = rehearsal_text(w->cli->speed_n);

		row_text("%s", mark);
	}
	if (!all && !err)
		*status = 3;
	return err;
}

static struct rb_error *look_and_tell(struct walk *w, int *status)
{
	struct engine_look *looks = xcalloc(w->stack.state.n + 1, sizeof(*looks));
	struct rb_error *err = choose(w, looks);
	size_t wanted = 0;

	for (size_t i = 0; i < w->stack.state.n; i++)
		wanted += looks[i].wanted;
	if (!err && !wanted)
		cli_say(w->cli, "%s", tr("no step should hold: nothing was looked at"));
	if (!err)
		err = walk_connect(w);
	w->run.sink = NULL; /* the result is told at once, on stdout */
	w->run.read_only = true;
	if (!err)
		err = engine_verify(&w->run, &w->options, looks);
	if (!err) {
		if (w->ui->ops->leave)
			w->ui->ops->leave(w->ui);
		err = tell(w, looks, status);
	}
	for (size_t i = 0; i < w->stack.state.n; i++)
		engine_look_clear(&looks[i]);
	free(looks);
	return err;
}

struct rb_error *cmd_verify(struct cli *cli, int *status)
{
	auto_walk w;

	/* A sandbox's world belongs to one process: so that the lock is needed for it. */
	TRY(walk_open(&w, cli, cli->sandbox ? STACK_WRITE : STACK_READ,
		      rb_error_new(RB_USAGE, "stack '%s' has no run to verify",
				   cli_stack_name(cli))));
	if (!stack_has_run(&w.stack))
		return rb_error_hint(
			rb_error_new(RB_USAGE, "stack '%s' has no run to verify", w.stack.name),
			"runbook run begins one");
	return look_and_tell(&w, status);
}
