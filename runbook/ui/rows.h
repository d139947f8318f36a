/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a list of steps, as status, plan, verify and steps print them on
 * stdout, and questions on stderr.  On a terminal they fit its columns; elsewhere nothing is cut or
 * wrapped.
 */
#ifndef RUNBOOK_ROWS_H
#define RUNBOOK_ROWS_H

#include "base/attr.h"
#include "base/strv.h"

/* From now on the rows are printed on stdout, or on stderr as part of a dialogue. */
enum rows_place { ROWS_ON_STDOUT, ROWS_ON_STDERR };
void rows_go_to(enum rows_place place);

/*
 * "1-1  TITLE   WORD  MORE": the title is cut when there is no room for it, the others never.
 * `word_columns`: what the widest word of this list takes.  `more` (NULL or empty: none) goes into
 * a row of its own where it would leave no title.
 */
void row_print(const char *id, const char *title, const char *word, int word_columns,
	       const char *more);

/* A line of text under a row, indented; a long one goes on in the next line. */
void row_detail(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A line of text above or below the rows. */
void row_text(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same of a text with commands in it, which are not broken: they are copied from there. */
void row_detail_commands(const char *text, const struct strv *commands);
void row_text_commands(const char *text, const struct strv *commands);

/* "LABEL a, b, c" as a detail; nothing for an empty list.  `list` ends with NULL, or is NULL. */
void row_list(const char *label, const char *const *list);

#endif
