/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook export`: the procedure for who goes on without this program. */
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/cli/export.h"
#include "runbook/export/script.h"

/* For a script that is to be run, and holds no secret. */
enum { SCRIPT_MODE = 0755 };

static struct rb_error *write_out(const struct cli *cli, const struct buf *text)
{
	autofree char *path = NULL;

	if (cli->out_file)
		TRY(file_expand_home(cli->out_file, &path));
	return cli_write_out(path ? path : "-", text, SCRIPT_MODE);
}

void export_take_parameters(const struct cli *cli, const struct stack *st, struct run_state *to)
{
	const struct params *given = &cli->params;

	state_choose(to, stack_has_run(st) ? st->state.procedure : given->procedure);
	params_take(&to->params, stack_has_run(st) ? &st->state.params : given);
	if (!stack_has_run(st))
		return;
	for (size_t i = 0; i < to->params.n; i++)
		if (strstr(to->params.v[i], st->state.run_id))
			params_fill(&to->params, to->params.procedure->params[i]->name, "");
}

struct rb_error *export_cli(struct cli *cli)
{
	auto_state state = { 0 };
	struct script_subject subject = { &state, cli_stack_name(cli) };
	auto_buf text = BUF_INIT;
	auto_stack st;

	TRY(cli_open_stack(cli, STACK_READ, &st));
	state_init(&state, all_procedures);
	export_take_parameters(cli, &st, &state);
	TRY(script_write(&subject, cli->export_undo, &text));
	return write_out(cli, &text);
}

struct rb_error *cmd_export(struct cli *cli, int *status)
{
	const char *what = cli->operands.n ? cli->operands.v[0] : "";

	(void)status;
	if (text_eq(what, "cli") && cli->json)
		return rb_error_hint(rb_error_new(RB_USAGE, "export cli writes a shell script, and "
							    "has no JSON"),
				     "leave --output json out");
	if (text_eq(what, "cli"))
		return export_cli(cli);
	if (text_eq(what, "terraform") && cli->export_undo)
		return rb_error_hint(rb_error_new(RB_USAGE, "--undo is of export cli alone"),
				     "terraform destroy takes down what Terraform has");
	if (text_eq(what, "terraform"))
		return export_terraform(cli);
	return rb_error_hint(*what ? rb_error_new(RB_USAGE, "nothing is exported as '%s'", what)
				   : rb_error_new(RB_USAGE, "export needs to be told as what"),
			     "it is one of terraform, cli");
}
