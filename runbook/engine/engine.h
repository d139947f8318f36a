/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: the only caller of do, verify and undo, and the only one that waits.
 *
 * Each pass of a step is a task of the loop, so that round trips overlap; what AWS
 * still works on is asked after again at growing intervals, all together.
 */
#ifndef RUNBOOK_ENGINE_H
#define RUNBOOK_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "net/loop.h"
#include "runbook/engine/step_ctx.h"

/* Handles signals and the display while the engine runs. */
struct engine_host {
	void *arg;
	int wake_fd; /* readable: wake up at once; -1: none */
	/* Called at every turn; true from when the user asked to stop. */
	bool (*interrupted)(void *arg);
	/* Redraw; answers in how many ms it wants the next turn, -1: no matter when. */
	int64_t (*tick)(void *arg);
};

/*
 * Asked before a step's do or undo begins: once a command, also where do comes only to
 * repair, and never for a look.  It runs in a task of its own and waits with loop_sleep.
 *   fails  the step does not begin, nor does any other; those that are going are awaited until they
 *          hold (but for a person's), and then the command ends with that error
 */
struct engine_gate {
	void *arg;
	struct rb_error *(*before)(void *arg, const struct step *step, bool undoing);
};

/*
 * From now on the do (undoing: the undo) of a step is a person's, or the program's again, in this
 * command and in later ones: recorded, and synced.  To be called before the step begins: before
 * engine_forward or engine_back, or by a gate that is asked about it.  Nothing else is needed: at
 * its turn such a step says how it is done by hand (EVENT_BY_HAND) and is waited for, however long
 * that takes unless `timeout_ms` is given.
 */
NODISCARD struct rb_error *engine_set_by_hand(struct run *run, const struct step *step,
					      bool undoing, bool by_hand);

/*
 * Verifies a step now, in the present task, and records what was seen, which is the evidence of its
 * history then.  For a gate that is asked to look again; reads only.
 *   fails  it could not be verified
 */
NODISCARD struct rb_error *engine_verify_now(struct run *run, const struct step *step,
					     enum verdict *ret);

struct engine_options {
	struct loop *loop;
	const struct engine_host *host; /* NULL: nobody */
	const struct engine_gate *gate; /* NULL: every step may begin */
	const struct step *from;	/* run, resume: do it and later ones again; NULL: no */
	const struct step *to;		/* the last to do (undo: the first in order); NULL: all */
	bool serial;
	bool in_order;	    /* a do (undo: an undo) begins when all before it have begun */
	bool again;	    /* undo: those that are undone already, too */
	int64_t timeout_ms; /* the longest wait for one step; 0: default */
};

/*
 * Does the steps in order until every one in question holds.
 *   fails  INTERRUPTED  the user asked; what was in flight is finished and recorded
 *          else         the first failure, with its where; all is left in place
 */
NODISCARD struct rb_error *engine_forward(struct run *run, const struct engine_options *opt,
					  const struct step **ret_failed);

/* Undo backwards until nothing is left; a step that fails stops only those that wait for it. */
NODISCARD struct rb_error *engine_back(struct run *run, const struct engine_options *opt);

/*
 * What such an undo reads before anything else (undo_prefetch.c), begun beside what else has to be
 * asked before it, in a task of the loop; engine_back then does without a prefetch of its own as
 * long as this one is young.  It reads, and changes nothing.  NULL: this undo begins with none.
 * engine_prefetch_join waits for it, and fails when the user asked to stop; engine_prefetch_end
 * forgets what it showed, as engine_back does at its end.
 */
struct prefetch;
struct prefetch *engine_prefetch_begin(const struct run *run, const struct engine_options *opt);
/* Takes it; NULL: nothing. */
NODISCARD struct rb_error *engine_prefetch_join(struct prefetch *prefetch);
void engine_prefetch_end(const struct run *run);

/* Runs `fn` as a task while the host is served: for a call beside the steps. */
NODISCARD struct rb_error *engine_watch(const struct engine_options *opt,
					struct rb_error *(*fn)(void *arg), void *arg);

/* What verify found of one step. */
struct engine_verify_result {
	const struct step *step;
	bool wanted;  /* set by the caller */
	bool checked; /* also those that a wanted one needs, when they may explain why it fails */
	enum verdict verdict;
	json_t *claims;		    /* owned: json_decref */
	const char *missing;	    /* owned: a sentence by its English (said_drop) */
	const char *missing_output; /* static; as step_missing_output */
	const char *untried;	    /* likewise; see step_untried */
	struct strv blocked_by; /* steps that it needs and that do not hold: verdict "blocked" */
	struct step_wait wait;	/* owned */
	struct rb_error *err;	/* owned: it could not be verified */
};
/*
 * Verifies the wanted ones, all at once, changing nothing.  `results` as the state's steps.  A step
 * that fails, or proves nothing new, because one that it needs does not hold is "blocked" by that
 * one: it is no failure of its own.  `err` then is what it met.
 */
NODISCARD struct rb_error *engine_verify(struct run *run, const struct engine_options *opt,
					 struct engine_verify_result *results);
void engine_verify_result_clear(struct engine_verify_result *result);

/* The first claim of an array that does not agree; NULL: all do. */
const json_t *engine_first_disagreement(const json_t *claims);

#endif
