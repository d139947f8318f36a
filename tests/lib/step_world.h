/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step at a time, the real ones, against the sandbox in this process, with a journal of their
 * own: what `runbook` does without the engine.  Somebody else works in the same world through `c`.
 * Every change needs a synced intent of its own (sandbox/core/intents.c).
 */
#ifndef TESTS_STEP_WORLD_H
#define TESTS_STEP_WORLD_H

#include <stddef.h>

#include "runbook/engine/step_ctx.h"
#include "runbook/record/stack.h"
#include "tests/lib/aws_world.h"
#include "tests/lib/sbx_client.h"

struct step_world {
	struct sbx_client c;
	struct server *server;
	struct aws_world aws;
	char *dir;
	struct params params;
	struct stack stack;
	struct run run;
};

extern struct step_world sw;

/* First of all in main: it sets what the first allocation reads. */
void sw_begin(void);
/* For cmocka: an empty world without lag, a run that has just begun. */
int sw_setup(void **state);
int sw_teardown(void **state);

/* Passes of one step until one neither fails nor waits; five seconds at most. */
NODISCARD struct rb_error *sw_do(const char *step_id);
NODISCARD struct rb_error *sw_undo(const char *step_id);
/* One pass; *ret_waits: it has more to do. */
NODISCARD struct rb_error *sw_pass(const char *step_id, enum phase phase, bool *ret_waits);
/* Likewise, do of a step of which no do began before. */
NODISCARD struct rb_error *sw_first_do(const char *step_id, bool *ret_waits);
/* Looks until it is not pending; the claims that differ go to *ret_differ ("claim: expected,
 * found" a line), which the caller frees. */
enum verdict sw_verify(const char *step_id, char **ret_differ);
/* do and verify of all steps up to this one; each must hold. */
void sw_build(const char *last_step_id);

/* As another process would find it: all from the journal. */
void sw_restart(void);

/* An output that must be there; borrowed. */
const char *sw_output(const char *step_id, const char *name);

/* A call by somebody else, in a region; it must go well.  "DeleteTags&ResourceId.1=..." */
void sw_other(const char *region, const char *service, const char *fmt, ...) PRINTF_LIKE(3, 4);
void sw_other_s3(const char *method, const char *target, const char *body);

/* How often the program itself has called an action since the last sw_forget_calls, whatever came
 * of it. */
size_t sw_calls(const char *action);
void sw_forget_calls(void);
/* do of all steps before this one. */
void sw_make_up_to(const char *step_id);
/* Members of a thing as the sandbox keeps it, from JSON. */
void sw_bend(const char *kind, const char *region, const char *id, const char *members);
/* The journal as if the program had written it. */
void sw_record_output(const char *step_id, const char *name, const char *value);
void sw_record_forget(const char *step_id, const char *name);

/* How many things of a kind are alive. */
size_t sw_alive(const char *kind);

#endif
