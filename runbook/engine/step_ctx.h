/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies behind step.h: one pass (do, verify or undo) of one step, what it may
 * see, and what it reported.
 */
#ifndef RUNBOOK_STEP_CTX_H
#define RUNBOOK_STEP_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"
#include "runbook/contract/event.h"
#include "runbook/record/stack.h"
#include "runbook/contract/step.h"
#include "runbook/contract/step_host.h"

/* The call that was denied, as far as is known; borrowed. */
struct denied_call {
	const struct step *step;
	const char *phase;  /* "do" */
	const char *call;   /* "ec2 CreateVpc"; NULL: it was none */
	const char *region; /* NULL: not known */
};

/* What step_offer asks about; borrowed, its texts English. */
struct step_found {
	const struct step *step;
	const char *kind, *found_by, *id;
};

/* What all passes of a command share. */
struct run {
	struct stack *stack;
	struct aws_session *session;	 /* NULL: no step may call AWS (tests) */
	struct loop *loop;		 /* NULL: nobody interrupts */
	const struct event_sink *sink;	 /* NULL: nobody listens */
	double speed;			 /* waits are divided by it */
	bool read_only;			 /* verify: nothing is journalled */
	const struct step *undo_down_to; /* the last that this undo undoes; NULL: it is none */
	bool undo_again; /* what is known to be gone is looked for by its tags all the same */
	bool delete_foreign_objects;
	/* Fills err->denial: what a call that was denied asked for, and what is missing; NULL:
	 * nobody does.  Called in the step's pass, so it may ask AWS. */
	void (*explain)(void *arg, const struct denied_call *call, struct rb_error *err);
	void *explain_arg;
	/* Asked when do has made a step, in its pass; NULL: nobody is.  Its error is do's. */
	struct rb_error *(*made)(void *arg, struct step_ctx *ctx);
	void *made_arg;
	/* Asks whether that is what a person made for the step; NULL: nobody can be asked.  Called
	 * in the step's pass, so it waits with loop_sleep. */
	struct rb_error *(*agree)(void *arg, const struct step_found *found, bool *ret_yes);
	void *agree_arg;
	const char *profile; /* for children that load the configuration again; NULL: none */
	const char *const *environment; /* "NAME=value" laid over theirs; NULL: nothing */
	/* answers whether a step holds or is undone in this command; NULL: the journal's word */
	bool (*is_held)(void *arg, const struct step *step);
	void *is_held_arg;
	struct recovery *recovery; /* recover: what the steps find; NULL: no recover */
};

enum phase { PHASE_DO, PHASE_VERIFY, PHASE_UNDO, PHASE_RECOVER };
const char *phase_name(enum phase phase);

struct step_wait {
	/* Sentences by their English (said_drop). */
	const char *what;
	const char *state;
	const char *reason;
	int usual_s;
	bool blocked;	     /* by what another step's undo may free */
	const char *undo_of; /* borrowed, static: that step, when it is known; else NULL */
};

struct step_ctx {
	struct run *run;
	const struct step *step;
	enum phase phase;
	bool fresh;	 /* no do of it began before this one */
	bool by_hand;	 /* a person does it, or undoes it: changes, tags aside, are not sent */
	bool expected;	 /* verify: AWS should be done with it by now */
	int verify_pass; /* verify: the number of this pass within the command, from 1 */

	/* REST_LATER: called when the first holds; the rest is read when it returns.  NULL: it is
	 * all read at once. */
	struct rb_error *(*rest_later)(void *arg);
	void *rest_later_arg;

	/* do: waits until that output of another step is there, or nothing works on it any more.
	 * NULL: what is not there is an error. */
	struct rb_error *(*await_output)(void *arg, const char *step_id, const char *name);
	void *await_arg;

	/* what it reported */
	json_t *claims; /* array of {claim, expected, found, agrees} */
	bool differs;
	const char *missing;	    /* a sentence by its English; NULL: it is there */
	const char *missing_output; /* that names it; static; NULL: none does */
	const char *untried;	    /* likewise; NULL: what it claims was tried just now */
	struct step_wait wait;	    /* what is NULL: it does not wait */
	bool replaced; /* an output took the place of another value: dependants are stale */

	/* Asked once, before the first call of the pass that changes AWS; NULL: nobody is. */
	struct rb_error *(*first_change)(struct step_ctx *ctx, void *arg);
	void *first_change_arg;

	/* the last changing call, from the client's observer */
	bool in_change;
	bool in_flight;
	char *token; /* lent since the last changing call */
	char *call;  /* "ec2 CreateVpc" */
	char *call_region;
	char *last_call; /* of any kind, for an error's where */
	char *last_region;

	struct aws_observer observer;
	struct aws_client *clients[SIDES_MAX]; /* by side; NULL: not asked for yet */
	struct aws_client *dry_client;	       /* NULL: nothing was tried */
	struct strv scratch;		       /* strings lent to the step */
	struct aws_tags tags[8];
	size_t n_tags;
	struct aws_filter filters[3];
};

void step_ctx_init(struct step_ctx *ctx, struct run *run, const struct step *step,
		   enum phase phase);
void step_ctx_clear(struct step_ctx *ctx);

/* Run the pass.  The error, if any, got its where. */
NODISCARD struct rb_error *step_ctx_call(struct step_ctx *ctx);

/* A call that changes AWS is about to be made: its intent is synced when this returns. */
NODISCARD struct rb_error *step_ctx_intent(struct step_ctx *ctx, const char *service,
					   const char *action, const char *region);

enum verdict step_ctx_verdict(const struct step_ctx *ctx);

/* How long what was made may stay unseen: looking by tag proves nothing before. */
int64_t run_settle_ms(const struct run *run);
void run_emit(const struct run *run, const struct event *e);
/* Text for the journal: what looks like a token or an encoded message is cut. */
NODISCARD char *redact(const char *text);

#endif
