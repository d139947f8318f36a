/* SPDX-License-Identifier: Apache-2.0 */
/* A text with values, filled in for a shell; what by_hand.c is made of. */
#ifndef RUNBOOK_BY_HAND_TEXT_H
#define RUNBOOK_BY_HAND_TEXT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/strv.h"
#include "runbook/record/by_hand.h"

/* A text, of which some parts are variables of the shell. */
struct shell_text {
	struct shell_part {
		bool is_variable;
		char *text;
	} * v;
	size_t n;
};
void shell_text_clear(struct shell_text *t);
#define auto_shell_text CLEANUP(shell_text_clear) struct shell_text
void shell_text_add(struct shell_text *t, bool is_variable, const char *text);

/* As one word for the shell, quoted where that is needed. */
void shell_text_quote(const struct shell_text *t, struct buf *out);
/* As it reads: "${NAME}" for a variable, nothing quoted. */
void shell_text_plain(const struct shell_text *t, struct buf *out);

/* As one more word of a list. */
void shell_text_add_word(struct strv *words, const struct shell_text *text);

/* Who fills in, and what was met on the way. */
struct by_hand_filling {
	const struct by_hand_values *values;
	/* An output of the step itself is what a command before has caught, not the id of an
	 * earlier go. */
	bool own_by_variable;
	struct strv caught; /* variables that an earlier command has set */
	struct strv met;    /* variables of the present command, each once */
	json_t *variables;  /* those that none has, see by_hand_variables */
};

/* `text` with its values, for a command of that side, added to `out`. */
void by_hand_fill(struct by_hand_filling *f, int side, const char *text, struct shell_text *out);
/* The run's id, or its variable. */
void by_hand_fill_run(struct by_hand_filling *f, struct shell_text *out);
/* The words of a tags option: `type` is the resource's, for a specification.  `plain` gets them as
 * they read. */
void by_hand_tag_words(struct by_hand_filling *f, const struct cli_option *option, const char *type,
		       struct strv *words, struct buf *plain);
/* `call` as a statement that stands alone: it catches an id, waits, or asks again. */
void by_hand_statement(struct by_hand_filling *f, const struct cli_command *c, const char *call,
		       struct buf *out);
/* How much stands around the call in its line. */
size_t by_hand_statement_around(const struct cli_command *c);

/* `call` as a statement of a script (by_hand_script_commands), added to `out`. */
void by_hand_script_statement(const struct by_hand_filling *f, const struct cli_command *c,
			      enum by_hand_way way, const char *mark, const char *call,
			      struct buf *out);
/* How much such a statement adds to the call's line. */
size_t by_hand_script_around(const struct cli_command *c, enum by_hand_way way);
/* VPC_ID_1_1.  Caller frees. */
NODISCARD char *by_hand_variable(const char *step_id, const char *output);

#endif
