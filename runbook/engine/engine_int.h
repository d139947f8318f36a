/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's parts, for each other. */
#ifndef RUNBOOK_ENGINE_INT_H
#define RUNBOOK_ENGINE_INT_H

#include "runbook/engine/engine.h"

enum slot_phase {
	SLOT_IDLE,    /* not begun, or put back */
	SLOT_BUSY,    /* a task runs a pass */
	SLOT_WAITING, /* the next pass is due at next_ms */
	SLOT_DONE,
	SLOT_FAILED,
};

struct engine;

/* One step in one command. */
struct slot {
	const struct step *step;
	struct step_history *history;
	bool in_scope;
	bool must_hold; /* before --from: verified, never done */
	bool redo;	/* from --from on: done again */
	enum slot_phase phase;
	enum phase pass;     /* running, or next */
	struct step_ctx ctx; /* of the running pass */
	struct task *task;
	struct rb_error *err; /* of the pass that just ended */

	const struct engine_gate *gate; /* being asked, or NULL */
	void (*passed)(struct engine *e, struct slot *s);
	bool at_gate;	  /* BUSY with the question whether it may begin */
	bool gate_passed; /* in this command */
	bool quiet;	  /* undo: nothing of it is recorded, so it is only looked for */
	struct engine *engine;

	bool by_hand;	       /* a person does it, or undoes it */
	bool hand_waits;       /* the last pass found something that is still theirs to do */
	int64_t hand_moved_ms; /* when what they have still to do changed */
	const char *hand_left; /* what that is, as it was last seen: by its English (said_drop) */
	char *hand_differs;    /* claims that did not agree in the last look; owned */
	bool hand_told;	       /* and they were told */

	bool did;   /* do was called in this command */
	bool first; /* nothing of it was recorded before this command's do */
	bool made;  /* others that need it made may start */
	bool again; /* became stale while it was busy */
	int lost;   /* answers lost in a row */
	int late_polls;
	int verify_passes; /* of this command */
	bool blocked;	   /* it waits for what another step may free */
	int64_t begun_ms;
	int64_t pass_begun_ms; /* of the pass that runs, or ran last */
	unsigned begun_turn;   /* the engine's turn in which it began */
	int64_t pass_ms;       /* what that took */
	int64_t busy_ms;       /* what all passes of this do, or undo, took */
	int64_t deadline_ms;
	int64_t wait_since_ms; /* 0: it does not wait for AWS */
	int64_t settled_ms;    /* until then a difference may be a stale read */
	int64_t next_ms;
	bool expected; /* the next pass comes past the usual time: AWS should be done with it */
	bool put_off;  /* it is due, and waits for others (first_look.c) */
	int64_t rest_until_ms; /* its look holds so far, and the rest waits so long; 0: no */
	bool rest_waited;      /* once in a command is enough */
	const char *undo_of;   /* undo: the step whose undo it waits for; NULL: none */
};

/* What the directions (forward, verify, undo) do differently. */
struct engine_mode {
	bool (*ready)(struct engine *e, struct slot *s); /* may it begin? */
	void (*begin)(struct engine *e, struct slot *s); /* choose the first pass */
	void (*ended)(struct engine *e, struct slot *s); /* a pass ended: s->ctx, s->err */
	/* A quiet slot is about to change something after all; in the step's task.  May be NULL. */
	struct rb_error *(*first_change)(struct step_ctx *ctx, void *slot);
	const char *overdue; /* "does not hold yet", for a deadline that passed */
	bool failure_stops;  /* one step's failure is everybody's */
	int64_t timeout_ms;  /* default, in AWS's time */
};

struct engine {
	struct run *run;
	const struct engine_options *opt;
	const struct engine_mode *mode;
	struct slot *slots;
	size_t n;
	struct rb_error *failure; /* the first */
	unsigned turn;		  /* counts them */
	bool stopping;		  /* nothing new is begun, and no pass either */
	bool refused; /* a gate said no: no step is begun, and what is going is awaited */
	bool interrupted;
	void *arg; /* the mode's own */
};

void engine_init(struct engine *e, struct run *run, const struct engine_options *opt,
		 const struct engine_mode *mode);
/* Notes the ids made minutes ago, which may not be visible everywhere yet: reads are patient. */
void engine_note_recent_ids(const struct run *run);
/* Go until nothing more can be done; the engine's error. */
NODISCARD struct rb_error *engine_go(struct engine *e);
void engine_clear(struct engine *e);
/* Takes `err`: the engine's own when it is the first. */
void engine_fail(struct engine *e, struct rb_error *err);

struct slot *engine_slot(struct engine *e, const char *step_id);
bool slot_needs(const struct slot *s, const char *step_id);
/* await.c: a do that is about to begin may ask for what other steps have still to make. */
void slot_may_await(struct engine *e, struct slot *s);
/* Who waits for another step's output looks whether it still can come. */
void engine_wake_awaiting(struct engine *e);

/* True when the slots before it (undo: after it) that are in question have begun. */
bool slot_is_next(const struct engine *e, const struct slot *s, bool undoing);

/* forward_ready.c: may the step begin, and does it with a verify, as something of it is there? */
bool forward_is_ready(struct engine *e, struct slot *s);
bool forward_begins_with_verify(const struct slot *s);

/* gate.c: true when the step may begin `pass` at once; else the gate is asked, and `passed` comes
 * when it agrees. */
bool slot_gate(struct engine *e, struct slot *s, enum phase pass,
	       void (*passed)(struct engine *e, struct slot *s));
void slot_gate_ended(struct engine *e, struct slot *s);
/* by_hand.c: the step's turn has come: is it a person's?  Then they are told how. */
void slot_begin_by_hand(struct engine *e, struct slot *s, enum phase pass);
/* A pass left something to the person, or met what is theirs to put right: true, and s->err is
 * taken. */
bool slot_is_left_by_hand(struct engine *e, struct slot *s);
/* It is not done yet: looked at again, by `pass`, when that may be worth it. */
void slot_wait_by_hand(struct engine *e, struct slot *s, enum phase pass);
/* AWS works on what they made, or all is done. */
void slot_goes_on_by_hand(struct slot *s);
/* They did it: recorded with their name. */
void slot_done_by_hand(struct engine *e, struct slot *s);
void slot_clear_by_hand(struct slot *s);

/* From now on the step's longest wait counts. */
void engine_start_clock(const struct engine *e, struct slot *s);
/* The next pass begins when the engine next comes round, or in `ms`. */
void slot_next(struct slot *s, enum phase pass, int64_t ms);
/* AWS still works on it, as s->ctx reports: ask again when it is time. */
void slot_wait(struct engine *e, struct slot *s, enum phase pass);
/* It was asked for just now: it is first read when the step's usual time makes it worth it. */
void slot_give_time(struct engine *e, struct slot *s, enum phase pass);
/* first_look.c: it is due, and waits for others to look with it. */
bool slot_looks_later(struct engine *e, struct slot *s);
/* A verify that is about to begin may wait between its first part and the rest. */
void slot_may_look_in_parts(struct engine *e, struct slot *s);
/* The rest of what it looks at waits; who needs it held need not. */
bool slot_rest_waits(const struct slot *s);
/* Each turn: the rest of a look that has nothing to wait for goes on. */
void engine_go_on_looking(struct engine *e);
/* When the pass of a waiting slot begins at the latest; monotonic. */
int64_t slot_looks_ms(const struct slot *s);
/* Record a state; a journal that cannot be written stops the engine. */
void slot_state(struct engine *e, struct slot *s, enum step_state state);
/* Take `err`: it is recorded, reported, and the engine's failure when it is the first. */
void slot_fail(struct engine *e, struct slot *s, struct rb_error *err);
/* The record of what a verify has seen, which took so long: a new object. */
NODISCARD json_t *evidence_record(const struct step_ctx *ctx, int64_t busy_ms);
void slot_evidence(struct engine *e, struct slot *s);
int64_t engine_scaled_ms(const struct engine *e, int64_t aws_ms);

/* Reads what undo is about to ask for, unless that has begun already (engine_prefetch_begin). Fails
 * when the user asked to stop, and never else. */
NODISCARD struct rb_error *undo_prefetch(struct engine *e);

/* judge.c: adds to `in_scope` the steps to verify as well, as they may be the cause. */
bool judge_wants_more(const struct run_state *st, const struct engine_verify_result *results,
		      bool *in_scope);
/* What fails or is untried because of a step that does not hold is blocked by that one. */
void judge_verdicts(const struct run *run, struct engine_verify_result *results);

#endif
