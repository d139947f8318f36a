/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run whose journal is lost, found again: which runs the account has, and what of one stands.
 * All of it only reads, and nothing is written before somebody chooses a run.
 */
#ifndef RUNBOOK_RECOVER_H
#define RUNBOOK_RECOVER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/said.h"
#include "base/strv.h"
#include "runbook/engine/engine.h"
#include "runbook/engine/step_ctx.h"

/* Sentences for people. */
struct recover_words {
	struct recover_sentence {
		struct said *said;
	} * v;
	size_t n;
};
/* Takes `said`. */
void recover_say(struct recover_words *w, struct said *said);
void recover_words_clear(struct recover_words *w);
/* A new array of them, in English. */
NODISCARD json_t *recover_words_json(const struct recover_words *w);
/* What of an error is its reason; it stays the caller's. */
void recover_say_error(struct recover_words *w, const struct rb_error *err);

/* ---- which runs there are ---------------------------------------------------- */

/* Where something carries a step's tag. */
struct found_place {
	char *region;
	char *step;
};

/* One run, as the tags of its things tell; some of those may be dead, and listed for an hour. */
struct found_run {
	char *run_id;
	char *stack;	     /* NULL: no tag says a name that a stack can have */
	bool since_is_day;   /* nothing of its tells a time: the day is that of its id */
	int64_t since_ms;    /* the earliest that is known of a thing of its, or its id's day */
	struct strv steps;   /* of which something carries the tag, each once */
	struct strv regions; /* where, each once */
	struct found_place *places;
	size_t n_places;
	struct strv buckets; /* that carry its tag, or whose name holds its id */
	bool here; /* something of it is in a region that was asked for, IAM, or a bucket */
};

struct found_runs {
	struct found_run *v;
	size_t n;
	struct recover_words blind; /* where could not be looked, and why */
};
void found_runs_clear(struct found_runs *l);
#define auto_found_runs CLEANUP(found_runs_clear) struct found_runs

/* Of the form that runs have; what else stands in a tag, which is anybody's text, is none. */
bool recover_run_id_is_good(const char *s);

/*
 * Looks in the regions of `params` and all others of the account's, in IAM below /runbook/, and at
 * the tags of the buckets.  A region of `params` that cannot be looked into is an error; the rest
 * is told in `blind`.
 */
NODISCARD struct rb_error *recover_find(struct aws_session *session,
					const struct engine_options *opt,
					const struct params *params, const char *account,
					struct found_runs *ret);

/* ---- what of one stands ------------------------------------------------------- */

struct recovered_step {
	const struct step *step;
	unsigned stands; /* all that its do makes is there: enum step_known; 0: it is not */
	json_t *known;	 /* output to "tag", "shape" or "both"; owned */
	struct recover_words alone; /* what is in its place, and not taken */
	struct recover_words blind; /* what could not be looked at */
};

struct recovery {
	struct stack stack; /* of no folder: its state, and what it gathered */
	struct strv buckets;
	struct recovered_step *steps; /* as the state's */
	json_t *params;		      /* parameter to how it is known, as above */
	struct aws_tags common;	      /* tags that all things have that were looked at */
	bool has_common;
	char *expires;			 /* of the tag; NULL: none */
	struct recover_words candidates; /* two things for one place */
	struct recover_words unfit;	 /* values of the world that no parameter takes */
	size_t n_standing;		 /* steps of which something was found */
};
/* "tag", "shape" or "both". */
const char *recover_known_name(enum step_known by);
void recovery_clear(struct recovery *r);
#define auto_recovery CLEANUP(recovery_clear) struct recovery

/*
 * Has each step of the procedure find its things, in order.  `params` are those that were given and
 * defaults: what the world shows takes their place.  `run` as for a command; its stack is not used.
 *   owns  recovery_clear, also after a failure
 */
NODISCARD struct rb_error *recover_read_steps(const struct run *run,
					      const struct engine_options *opt,
					      const struct found_run *found, const char *stack,
					      const char *account, const char *partition,
					      const struct params *params, struct recovery *ret);

/* Whether the steps that its tags name are all of the procedure of `params`, and where its steps
 * make their things.  A thing of no region that was asked for says nothing of that. */
bool recover_fits(const struct found_run *found, const struct params *params);

#endif
