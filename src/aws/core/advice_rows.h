/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that advice.c reads: rows for codes, and for answers that brought none. */
#ifndef AWS_ADVICE_ROWS_H
#define AWS_ADVICE_ROWS_H

#include <stddef.h>

#include "base/error.h"

/* The columns of a hint where there is not more to say: words, the verb that comes next, its
 * arguments. */
#define ADVICE_NO_HINT NULL, RB_NEXT_NONE, NULL
#define ADVICE_BUSY "AWS is busy", RB_NEXT_WAIT, NULL

struct advice_row {
	const char *code;    /* one '*' at most */
	const char *service; /* signing name; NULL: any */
	const char *action;  /* as code; NULL: any */
	const char *text;    /* within the message, letter case apart; NULL: any */
	enum rb_kind kind;
	const char *hint;
	enum rb_next_verb next;
	const char *next_args;
};
extern const struct advice_row advice_rows[];
extern const size_t advice_rows_n;

/* An answer that brought no code of AWS's. */
struct advice_status {
	int status;
	enum rb_kind kind;
	const char *hint;
	enum rb_next_verb next;
	const char *next_args;
};
extern const struct advice_status advice_statuses[];
extern const size_t advice_statuses_n;

#endif
