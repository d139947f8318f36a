/* SPDX-License-Identifier: Apache-2.0 */
/* argv to command to exit status. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/stdio_fds.h"
#include "runbook/record/home_s3.h"
#include "runbook/cli/cli.h"

static int finish(const struct cli *cli, struct rb_error *err, int status)
{
	/* What a command failed with goes first; that its results are lost is one more word about
	 * it. */
	if (!err && !status)
		err = cli_flush_stdout();
	if (cli->record_failed) {
		cli_print_error(cli, cli->record_failed);
		status = status || err ? status : rb_error_exit_status(cli->record_failed);
	}
	if (err) {
		cli_print_error(cli, err);
		status = rb_error_exit_status(err);
		(void)rb_error_free(err);
	}
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct rb_error *err = cli_parse(cli, argc, argv);
	int status = 0;

	if (!err && cli->version)
		printf("runbook %s\n", RUNBOOK_VERSION);
	else if (!err && cli->help)
		cli_print_help(cli);
	else if (!err)
		err = crypto_check();
	if (!err && !cli->version && !cli->help) {
		home_configure(&(struct home_settings){ .profile = cli->profile,
							.operator_name = cli->operator_name,
							.command = cli->command->name,
							.take_over = cli->take_over });
		err = cli->command->fn(cli, &status);
	}
	return finish(cli, err, status);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	struct rb_error *err;
	int status;

	secret_no_core_dumps();
	/* Tasks run one at a time: memory of their own would gain nothing, and takes 64 MB of
	 * `ulimit -v` each. */
	(void)mallopt(M_ARENA_MAX, 1);
	err = stdio_fds_open();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ,
		     SIG_IGN); /* past the limit a write fails, and the journal's is reported */
	status = err ? finish(&cli, err, 0) : run(&cli, argc, argv);
	cli_clear(&cli);
	home_s3_close_all();
	return status;
}
