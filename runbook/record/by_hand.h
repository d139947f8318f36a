/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's commands, settings and console paths with the values of a run, from its table
 * (runbook/contract/by_hand.h).  What is not known yet is a variable of the shell: an output of
 * another step VPC_ID_1_1, a parameter DESTINATION_BUCKET, the run's id RUNBOOK_RUN.
 */
#ifndef RUNBOOK_RECORD_BY_HAND_H
#define RUNBOOK_RECORD_BY_HAND_H

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "runbook/contract/by_hand.h"
#include "runbook/record/aws_reach.h"
#include "runbook/record/state.h"

/* Where the values come from.  Borrowed. */
struct by_hand_values {
	const struct run_state *state; /* its run, if it has one; without one only its parameters */
	const char *stack;
	const struct step *step;
	/* How the AWS CLI gets there; NULL: as it gets to AWS.  Each command says the endpoint. */
	const struct aws_reach *reach;
};

enum by_hand_way { BY_HAND_MAKE, BY_HAND_UNMAKE };

/*
 * The same for a script that can be run again (runbook/export/script.c has the functions that it
 * calls): each command has in addition
 *   "mark":"1-1.2"       what the script notes when it is done
 *   "needs":["VPC_ID_1_1"]  the variables in it
 *   "login", "interactive": true|false, "there":"..."|null,
 *   "young":[{"since":"2.12", "call":"ec2 create-thing --option x"}]  what the CLI has to know
 * and its `shell` makes, waits and deletes by the functions.
 */
NODISCARD json_t *by_hand_script_commands(const struct by_hand_values *values,
					  enum by_hand_way way);

/*
 * A new array of the commands in order, each
 *   {"about":"..."|null, "operation":"ec2 create-vpc"|null, "region":"..."|null,
 *    "where":"here"|"instance", "options":[{"name":"--vpc-id","value":"${VPC_ID_1_1}"}],
 *    "gives":"vpc_id"|null, "shell":"VPC_ID_1_1=$(aws ec2 create-vpc ...)"}
 * `shell` is for a POSIX shell as it stands, over several lines when it is long.  `about` is
 * English.  Empty when the step has none.
 */
NODISCARD json_t *by_hand_commands(const struct by_hand_values *values, enum by_hand_way way);
/*
 * What these commands need beforehand: a new array of
 *   {"name":"VPC_ID_1_1", "step":"1-1"|null, "output":"vpc_id"|null, "parameter":"..."|null,
 *    "shell":": \"${VPC_ID_1_1:?...}\""}
 * `shell` stops a script in which it is not set.
 */
NODISCARD json_t *by_hand_variables(const struct by_hand_values *values, enum by_hand_way way);
/*
 * A new array of {"kind":"VPC", "output":"vpc_id"|null, "settings":[{"name":..., "value":...}]},
 * all English.  A value that is not known yet is "".
 */
NODISCARD json_t *by_hand_makes(const struct by_hand_values *values);
/* The same with `translate` asked for each value, before what it names is put into it. */
NODISCARD json_t *by_hand_makes_in(const struct by_hand_values *values,
				   const char *(*translate)(const char *english));

/* The variable that stands for a parameter: DESTINATION_BUCKET.  Caller frees. */
NODISCARD char *by_hand_parameter_variable(const char *name);

/* Is a row with this condition (struct cli_option.only_when) for this run? */
bool by_hand_applies(const struct by_hand_values *values, const char *only_when);

#endif
