/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a journal holds besides the state it adds up to: who gave which command when, and of each
 * step its calls, its failures, and when it was worked on.
 */
#ifndef RUNBOOK_REPORT_CHRONICLE_H
#define RUNBOOK_REPORT_CHRONICLE_H

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"

struct chronicle {
	json_t *commands; /* {"command","at","until",...} in order */
	json_t *steps;	  /* by id: {"timeline":[...],"calls":[...],"failures":[...]} */
	json_t *sweeps;	  /* {"command","from","until","clean"} */
	json_int_t records;
	char last_sum[17];     /* of the last record: it vouches for all before it */
	json_int_t last_at_ms; /* of a record that a command wrote at work; 0: none */
};

void chronicle_init(struct chronicle *t);
void chronicle_clear(struct chronicle *t);
#define auto_chronicle CLEANUP(chronicle_clear) struct chronicle

/* A journal_visitor: `arg` is the chronicle. */
NODISCARD struct rb_error *chronicle_record(void *arg, const json_t *rec);
/* Called after the last record: what was never ended is. */
void chronicle_finish(struct chronicle *t);

/* Of one step; a new one when it was never worked on.  Borrowed. */
json_t *chronicle_step(struct chronicle *t, const char *step_id);

#endif
