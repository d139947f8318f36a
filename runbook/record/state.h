/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a run got: its journal, replayed.  The same function applies a record
 * on replay and when it was just written, so both always agree.
 */
#ifndef RUNBOOK_STATE_H
#define RUNBOOK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "runbook/record/params.h"
#include "runbook/contract/procedure.h"
#include "runbook/contract/step.h"
#include "runbook/contract/step_state.h"

/* An output; `value` is NULL once forgotten, `former` what it was before that or before a change.
 */
struct history_output {
	char *name;
	char *value;
	char *former;
	int64_t at_ms;
	int64_t nth;	       /* of the records: what came after it has a greater number */
	int64_t forgotten_nth; /* that of the record by which it went; 0: none */
};

/* The last answer to a call of a step that said "done". */
struct history_call {
	char *action; /* "DeleteVpc" */
	int64_t at_ms;
};

/* A call that is to change a thing, and was not answered yet. */
struct history_change {
	char *action; /* "DeleteVpc" */
	int64_t nth, at_ms;
};

struct history_token {
	char *what;
	int retired;
};

/* Whose the do, or the undo, of a step is. */
struct history_hand {
	bool chosen; /* it is a person's, and stays so until that is taken back */
	bool done;   /* a person did it the last time */
	char *by;    /* who; NULL: nobody, or unknown */
};

/* What the journal records about one step. */
struct step_history {
	const struct step *step;
	enum step_state state;
	int64_t started_ms; /* first do; 0: never */
	int64_t held_ms;    /* last time that it was found to hold; 0: not now */
	struct history_output *outputs;
	size_t n_outputs;
	struct history_token *tokens;
	size_t n_tokens;
	struct history_call *calls;
	size_t n_calls;
	json_t *error;	      /* record of the failure that it stands on; NULL */
	int64_t error_ms;     /* when that was */
	bool undo_failed;     /* and it was the undo that failed */
	json_t *evidence;     /* last record of what verify saw; NULL */
	int64_t evidence_nth; /* its record's number */
	bool is_evidence_old; /* the step was changed, or an undo of it begun, since */
	struct strv notes;
	struct strv kept; /* what undo leaves on purpose */
	struct history_hand made_by_hand;
	struct history_hand unmade_by_hand;
	/* Of this command alone: what was offered to a person as theirs, and their answers. */
	struct strv offered, declined, agreed;
	/* The last intent of do or undo to change a thing of AWS's, tags aside: its record's number
	 * and time; 0: none. */
	int64_t changed_nth;
	int64_t changed_ms;
	/* What that is made of: those without an answer, and the last one that was not refused. */
	struct history_change *changes;
	size_t n_changes;
	int64_t answered_nth;
	int64_t answered_ms;
	int64_t do_nth;	       /* the record of do's last intent of any change; 0: none */
	int unanswered;	       /* changing calls whose outcome is not known */
	int64_t unanswered_ms; /* when the last of them was lost, as far as is known */
	int in_flight; /* of these, sent by this command and not answered yet: none of them is lost
			*/
};

struct run_state {
	char *stack;
	char *run_id; /* NULL: there is no run */
	char *account;
	char *partition;
	int64_t created_ms;
	char *expires;	     /* "2026-11-29T05:45:00Z": its time to live ends then; NULL: never */
	int64_t expires_nth; /* the number of the record that said so */
	char *version;	     /* of the program that began the run; NULL: unknown */
	struct params params;
	const struct procedure *const *procedures; /* that are known; the default first */
	const struct procedure *procedure;
	struct step_history *history; /* as the procedure's steps */
	size_t n;
	bool undone;	   /* an undo ended with nothing left */
	bool undoing_all;  /* the last command was an undo of everything, which has not ended so */
	char *handed_over; /* to whom it was: "terraform"; NULL: to nobody */
	json_t *sweep;	   /* record of what the last sweep found; NULL */
	bool rehearsal;	   /* the run was made in a sandbox */
	bool own_sandbox;  /* in that of its stack, which --sandbox starts */
	char *operator_name; /* of the last command; NULL: unknown */
	char *witness;	     /* likewise; NULL: none */
	/* Whom a command named last, other than its credentials do: `resume` takes them over. NULL:
	 * nobody. */
	char *named_operator, *named_witness;
	bool step_by_step; /* the last command that changes things asked before each step */
	bool last_undoes;  /* and it was an undo */
	char *world;	   /* the name of its sandbox's world; NULL: it reported none, or is none */
	double speed;	   /* that its first command divided waits by; 0: no command yet */
	int64_t recovered_ms; /* its journal was lost, and written anew then; 0: no */
	int64_t last_ms;
	int64_t n_records; /* that were replayed or written */
};

/* `procedures` ends with NULL and outlives the state; without a run the state is of the first. */
void state_init(struct run_state *st, const struct procedure *const *procedures);
void state_clear(struct run_state *st);
#define auto_state CLEANUP(state_clear) struct run_state

/* For a run that is about to begin: what was known of another is gone. */
void state_choose(struct run_state *st, const struct procedure *procedure);

/* Who the run is: from a run record or run.json.  DAMAGED (why only) when it is not such, USAGE
 * when it is of a procedure that this program does not know. */
NODISCARD struct rb_error *state_set_identity(struct run_state *st, const json_t *rec);
/* The same as a new object. */
NODISCARD json_t *state_identity(const struct run_state *st);

/* A journal_visitor: `arg` is the state. */
NODISCARD struct rb_error *state_apply(void *arg, const json_t *rec);

/* Returns NULL when there is no such step, or `step_id` is NULL. */
struct step_history *state_history(const struct run_state *st, const char *step_id);
const char *history_output(const struct step_history *history, const char *name); /* NULL: none */
struct history_output *history_output_row(const struct step_history *history, const char *name);
/* The last time that AWS said "done" to this; 0: never, as far as is known. */
int64_t history_call_done_ms(const struct step_history *history, const char *action);
int history_token_retired(const struct step_history *history, const char *what);
/* A run that comes to this step looks before it does: a do of it ended, and no undo began. */
bool history_begins_with_verify(const struct step_history *history);
/* True when nothing of it is recorded: no do of it began, as far as is known. */
bool history_is_untouched(const struct step_history *history);
/* True when its things should exist: it was made, and no undo of it began. */
bool history_is_made(const struct step_history *history);
/* True when an undo of it began and did not end: it was interrupted, or it failed. */
bool history_is_half_undone(const struct step_history *history);
/* The one of its do, or of its undo. */
struct history_hand *history_hand(struct step_history *history, bool undoing);
/* True when all that it gives is recorded. */
bool history_has_all_outputs(const struct step_history *history);

/* True when each step is undone, or nothing of it was ever recorded. */
bool state_nothing_is_left(const struct run_state *st);
bool state_any_is_undone(const struct run_state *st);

/* "new", "partial", "done", "undone". */
const char *state_summary(const struct run_state *st);
/* The document of `status --output json`: a new object. */
NODISCARD json_t *state_to_json(const struct run_state *st);
/* "alice" of "arn:aws:sts::123456789012:assumed-role/Builder/alice"; NULL: it names nobody. */
const char *state_session_of(const char *arn);
/* {"speed":60}, or null when it is no rehearsal: a new value. */
NODISCARD json_t *rehearsal_to_json(bool rehearsal, double speed);

#endif
