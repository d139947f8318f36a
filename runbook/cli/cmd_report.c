/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook report`: the evidence of the run as a page, or as JSON; no calls. */

#include "base/alloc.h"
#include "base/file.h"
#include "runbook/cli/cli.h"
#include "runbook/report/facts.h"
#include "runbook/report/mask.h"
#include "runbook/report/page.h"

struct rb_error *cmd_report(struct cli *cli, int *status)
{
	auto_buf page = BUF_INIT;
	auto_stack st;
	json_t *report;

	(void)status;
	TRY(cli_open_run(cli, STACK_READ,
			 rb_error_new(RB_USAGE, "there is no run to report on in stack '%s'",
				      cli_stack_name(cli)),
			 &st));
	TRY(report_facts(&st, &report));
	if (cli->mask)
		report_mask(report);
	if (cli->json && !cli->out_file)
		return cli_print_json(report);
	if (cli->json) {
		char *text = json_dumps(report, JSON_INDENT(2));

		(void)buf_adds(&page, text);
		(void)buf_addc(&page, '\n');
		free(text);
	} else {
		report_to_html(report, st.state.procedure, &page);
	}
	json_decref(report);

	autofree char *path = NULL;

	if (cli->out_file)
		TRY(file_expand_home(cli->out_file, &path));
	else
		path = stack_path(&st, "report.html");
	return cli_write_out(path, &page, 0600);
}
