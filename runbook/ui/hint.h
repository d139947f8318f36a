/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person may do next, from data to words: an error's hint and the verbs that come with it
 * become text here and nowhere else.  A command names the stack and the rest of its place, so that
 * it can be pasted and does not meet another stack.
 */
#ifndef RUNBOOK_HINT_H
#define RUNBOOK_HINT_H

#include <stdbool.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/record/aws_reach.h"

/* What every further command says, too; borrowed.  NULL and false: it was not given. */
struct hint_place {
	const char *stack, *home, *profile, *speed;
	bool sandbox;
	/* The end that the command had: what comes next has the same, or it would do more. */
	const char *to;
	bool undoes;		       /* that command takes down */
	const struct aws_reach *reach; /* of the AWS CLI; NULL: as it reaches AWS */
};

/* "runbook resume --from 3-1 --stack a".  `args` NULL: none.  Caller frees. */
NODISCARD char *hint_command(const struct hint_place *place, enum rb_next_verb verb,
			     const char *args);
/* "aws ec2 delete-route ...": with what makes it reach a rehearsal.  Caller frees. */
NODISCARD char *hint_aws_command(const struct hint_place *place, const char *words);
/* Hint and verbs of the error as one text; NULL: it has none.  Caller frees. */
NODISCARD char *hint_text(const struct hint_place *place, const struct rb_error *err);
/*
 * The same of the error of a journal's record, which a step of the run had; "the same command" was
 * not the reader's, and is left out.
 */
NODISCARD char *hint_text_of_record(const struct hint_place *place, const json_t *error);
/* The commands that stand in these texts are added to `ret`, as they stand there. */
void hint_commands(const struct hint_place *place, const struct rb_error *err, struct strv *ret);
void hint_commands_of_record(const struct hint_place *place, const json_t *error, struct strv *ret);
/* [{"verb", "arguments", "command" (of those that are one)}]; NULL: none.  Caller owns. */
NODISCARD json_t *hint_next_json(const struct hint_place *place, const struct rb_error *err);

#endif
