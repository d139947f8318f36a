/* argv to command to exit status. */
#include <signal.h>
#include <stdio.h>

#include "base/error.h"
#include "base/secret.h"
#include "runbook/cli.h"

static int finish(const struct cli *cli, struct rb_error *err, int status)
{
	if (err) {
		cli_print_error(cli, err);
		status = rb_error_exit_status(err);
		(void)rb_error_free(err);
	}
	if (fflush(stdout) && !status)
		status = 1;
	return status;
}

int main(int argc, char **argv)
{
	struct rb_error *err;
	struct cli cli;
	int status = 0;

	secret_no_core_dumps();
	(void)signal(SIGPIPE, SIG_IGN);
	err = cli_parse(&cli, argc, argv);
	if (!err && cli.version)
		printf("runbook %s\n", RUNBOOK_VERSION);
	else if (!err && cli.help)
		cli_print_help(&cli);
	else if (!err)
		err = cli.command->fn(&cli, &status);
	status = finish(&cli, err, status);
	cli_clear(&cli);
	return status;
}
