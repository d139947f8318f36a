/* argv to command to exit status. */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/secret.h"
#include "runbook/cli/cli.h"

/* Nobody reads any more, as after head. */
static bool is_abandoned(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

/* Did all that stdout was given get there?  Who stopped reading needs no word about it. */
static bool told(const struct cli *cli)
{
	bool broken = ferror(stdout);
	struct rb_error *err;

	if (!fflush(stdout) && !broken)
		return true;
	if (is_abandoned())
		return false;
	err = rb_error_new(RB_IO, "cannot write to stdout");
	cli_print_error(cli, err);
	(void)rb_error_free(err);
	return false;
}

static int finish(const struct cli *cli, struct rb_error *err, int status)
{
	if (err) {
		cli_print_error(cli, err);
		status = rb_error_exit_status(err);
		(void)rb_error_free(err);
	}
	return status || told(cli) ? status : 1;
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
