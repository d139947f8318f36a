/* `runbook status`: what the journal says; no calls, no credentials. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/cli/cli.h"
#include "runbook/ui/lang.h"
#include "runbook/ui/width.h"

static void print_step(const struct step_past *past)
{
	const char *title = step_title(past->step);
	int w = text_width(title);
	char at[CLOCK_ISO_SIZE] = "";

	if (past->held_ms)
		clock_iso8601(past->held_ms / 1000, at);
	printf("%s  %s%*s  %-8s %s\n", past->step->id, title, w < 52 ? 52 - w : 0, "",
	       step_state_name(past->state), at);
	for (size_t i = 0; i < past->n_outputs; i++)
		if (past->outputs[i].value) {
			const char *v = past->outputs[i].value;
			autofree char *safe = text_printable(v, strlen(v), 300);

			printf("       %s %s\n", past->outputs[i].name, safe);
		}
	if (past->error) {
		const char *what = json_string_value(json_object_get(past->error, "what"));
		const char *why = json_string_value(json_object_get(past->error, "why"));
		autofree char *safe_what =
			text_printable(what ? what : "", what ? strlen(what) : 0, 500);
		autofree char *safe_why =
			text_printable(why ? why : "", why ? strlen(why) : 0, 500);

		printf("       ! %s%s%s\n", safe_what, why ? ": " : "", safe_why);
	}
}

static void print_status(const struct run_state *st)
{
	printf(tr("stack %s: %s\n"), st->stack, state_summary(st));
	printf(tr("run %s in account %s, %s to %s\n"), st->run_id, st->account,
	       params_get(&st->params, "source.region"),
	       params_get(&st->params, "destination.region"));
	for (size_t i = 0; i < st->n; i++)
		print_step(&st->past[i]);
}

struct rb_error *cmd_status(struct cli *cli, int *status)
{
	auto_stack st;

	(void)status;
	TRY(cli_open_run(cli, STACK_READ,
			 rb_error_new(RB_USAGE, "stack '%s' has no run to show",
				      cli_stack_name(cli)),
			 &st));
	if (cli->json)
		return cli_print_json(state_to_json(&st.state));
	print_status(&st.state);
	return NULL;
}
