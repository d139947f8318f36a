/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: what was asked, and how results and errors are printed.  Only
 * here and in the cmd_ and ui_ files anything is printed.
 */
#ifndef RUNBOOK_CLI_H
#define RUNBOOK_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/record/aws_reach.h"
#include "runbook/record/params.h"
#include "runbook/record/stack.h"
#include "runbook/record/state.h"
#include "runbook/contract/procedure.h"
#include "runbook/ui/hint.h"
#include "runbook/contract/step.h"

enum command_index {
#define COMMAND(name, ...) CMD_##name,
#include "runbook/cli/commands.def"
#undef COMMAND
	COMMANDS_N,
};

struct cli;

struct command {
	const char *name;
	const char *operands;
	int max_operands;
	bool takes_rest;
	const char *help;
	/* *status: the exit status when no error comes back; 0 before the call */
	struct rb_error *(*fn)(struct cli *cli, int *status);
};
extern const struct command all_commands[]; /* ends with a row without name */

#define COMMAND(name, ...) NODISCARD struct rb_error *cmd_##name(struct cli *cli, int *status);
#include "runbook/cli/commands.def"
#undef COMMAND

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_HELP, OPTION_VERSION };

struct option_row {
	const char *name;
	char letter;
	enum option_kind kind;
	const char *argument;
	size_t offset; /* of its member in struct cli */
	unsigned long commands;
	const char *help;
};
extern const struct option_row all_options[]; /* ends with a row without name */

/* The form of a test report, for CI. */
enum cli_cases { CASES_NONE, CASES_TAP, CASES_JUNIT };

struct aws_config;

struct cli {
	const struct command *command;
	const char *argv0;
	/* options as given; NULL or false when not */
	const char *procedure, *from, *to, *stack, *home, *config, *profile, *output, *timeout,
		*speed, *color, *lang, *out_file, *record, *hooks, *ttl, *try_steps, *by_hand;
	const char *instance_id, *private_ip, *endpoint_id, *endpoint_dns, *region, *port,
		*max_duration, *send_key, *os_user; /* tunnel */
	const char *policy_for, *account;	    /* policy */
	const char *step, *since;		    /* journal */
	const char *run_id;			    /* recover */
	const char *operator_name, *witness;
	bool step_by_step;
	struct strv sets;
	struct strv ssh_options; /* connect */
	bool yes, serial, sandbox, debug, delete_foreign_objects, expired, take_over, all;
	bool mask, diagram, calls, follow, export_undo, handed_over, probe;
	struct strv operands;
	char **rest; /* after "--", NULL-terminated; NULL: there was none */
	/* worked out from them */
	uint64_t given; /* a bit for each row of all_options that stood there */
	bool json;
	enum cli_cases cases; /* verify --output tap or junit */
	bool help, version;
	struct aws_reach reach; /* of the AWS CLI, where the run is a rehearsal */
	bool in_sandbox; /* further commands have to say --sandbox: the run did, or this one does */
	double speed_n;
	int64_t timeout_s; /* 0: not given */
	struct params params;
	char *own_stack; /* what `stack` points to, when it was not given; else NULL */
	struct aws_config *aws_config; /* AWS's settings, once aws_access_config has loaded them */
	struct rb_error
		*record_failed; /* the recording is not whole; NULL: it is, or none is made */
};

/*
 * Parse into `cli` (cli_clear it, also after a failure).  Options may stand
 * anywhere before "--".
 *   fails  USAGE  with the nearest name as hint
 */
NODISCARD struct rb_error *cli_parse(struct cli *cli, int argc, char **argv);
void cli_clear(struct cli *cli);
void cli_print_help(const struct cli *cli);
/* On stderr, in the form that every error has. */
void cli_print_error(const struct cli *cli, const struct rb_error *err);
/* A message for a person, on stderr. */
void cli_say(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* One JSON document on stdout, then decref'd. */
NODISCARD struct rb_error *cli_print_json(json_t *doc);
/*
 * What was printed on stdout so far is written, or was for a reader who has ended (`| head`): the
 * reader had what it wanted, so this is no failure and needs no word.
 *   fails  IO, when results are lost: a full disk, a closed descriptor
 */
NODISCARD struct rb_error *cli_flush_stdout(void);
/*
 * Results to where --out says: "-" is standard output, else the path is printed when a file came of
 * it.  A pipe whose reader had what it wanted is no failure.
 */
struct buf;
NODISCARD struct rb_error *cli_write_out(const char *path, const struct buf *text,
					 unsigned file_mode);
/* Whoever read the pipe has ended, as `head` does once it has its lines. */
bool cli_stdout_is_abandoned(void);
/* What every further command has to say, too; borrowed from `cli`. */
struct hint_place cli_place(const struct cli *cli);
/* "runbook VERB --stack x ...": the command that comes next, with the options that matter.
 * Caller frees. */
NODISCARD char *cli_next_command(const struct cli *cli, enum rb_next_verb verb);

/* The command's row in all_commands; USAGE with the near one when there is none. */
NODISCARD struct rb_error *cli_find_command(const char *word, const struct command **ret);

/* Colours are wanted on stdout / stderr. */
bool cli_wants_color(const struct cli *cli, int fd);

/* Where stacks are (caller frees), and which one is asked for. */
NODISCARD struct rb_error *cli_home(const struct cli *cli, char **ret);
const char *cli_stack_name(const struct cli *cli);
/* The run of that state is over, and the command is about another one. */
bool cli_begins_anew(const struct cli *cli, const struct run_state *st);
/* The parameters that were given, and defaults, for a run whose own nobody knows. */
NODISCARD struct rb_error *cli_read_params(struct cli *cli);
/* The same for another procedure than that which was asked for, or is the default. */
NODISCARD struct rb_error *cli_use_procedure(struct cli *cli, const struct procedure *procedure);
/* Where the commands of the AWS CLI that are printed have to go: cli->reach. */
void cli_find_reach(struct cli *cli, const struct stack *st);
NODISCARD struct rb_error *cli_open_stack(struct cli *cli, enum stack_mode mode, struct stack *st);
/*
 * The same for a command that needs a run, be it undone; nothing is made where there is none.
 * `refusal` (taken) is the error that comes back then; why and hint are filled in here, and with
 * --output json its twin is printed.
 */
NODISCARD struct rb_error *cli_open_run(struct cli *cli, enum stack_mode mode,
					struct rb_error *refusal, struct stack *st);
/*
 * `err` (taken) says that the run lacks what a command needs: with why, when the run, or `history`
 * of it (NULL: no step), was undone, and with what makes it.
 */
NODISCARD struct rb_error *cli_not_there(const struct run_state *st,
					 const struct step_history *history, struct rb_error *err);
/* The procedure of that name; USAGE with the near one when there is none. */
NODISCARD struct rb_error *cli_find_procedure(const char *name, const struct procedure **ret);
/* The procedure's step of that id; USAGE with the near one when there is none. */
NODISCARD struct rb_error *cli_find_step(const struct procedure *procedure, const char *id,
					 const struct step **ret);

#endif
