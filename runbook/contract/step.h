/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of a step, and all of runbook/ that a step includes.
 *
 *   do      makes it so, and is safe to run twice: adopts what this run already
 *           made (recorded, or found by run tag or client token), repairs what
 *           differs, else creates.  When it must wait for AWS first (a corpse that
 *           is in the way, a look-up that proves nothing yet) it says step_pending
 *           and returns: the engine calls it again.  One that fails with kind LOST
 *           is called again too: it then finds what the lost call made.
 *   verify  reads only, once, and reports each claim with what was expected
 *           and found.  Outputs that AWS gives late (a DNS name, an address) are
 *           recorded here, when they are first seen.
 *   undo    removes what this run made, in one pass: it asks for what can be asked
 *           now, and says step_pending for what it must wait for.  The engine comes
 *           again until a pass neither fails nor waits: then the step is undone.
 *
 *   recover finds what this run's step made when no journal tells: by its tags, and what carries
 *           none by its place (a route by its target).  It reads only, and tells outputs by
 *           step_recovered, parameters by step_recovered_param.
 *
 * No step sleeps, prints, opens a file or knows the journal.  Everything a step is
 * handed by the functions below is borrowed until the step returns.
 */
#ifndef RUNBOOK_STEP_H
#define RUNBOOK_STEP_H

#include <stdbool.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"

struct step_ctx;
struct by_hand;	    /* runbook/contract/by_hand.h */
struct tf_resource; /* runbook/contract/terraform.h */

/* A step's side: a row of its procedure's `sides`, or the machine that runbook runs on. */
enum { SIDE_LOCAL = -1 };

enum step_when {
	/* The other step's do has asked AWS for its first: it comes before in the procedure's
	 * order, and what is needed of it is not needed from the start.  The output that is named
	 * is waited for where do asks for it (step_need_output). */
	WHEN_BEGUN,
	WHEN_MADE, /* the other step's outputs exist */
	WHEN_HELD, /* the other step was verified, or as much of it as others need (REST_LATER) */
};

/* One need: a step, and how far it must be. A list ends with a row whose step is NULL. */
struct step_need {
	const char *step;
	enum step_when when;
	const char *output; /* WHEN_MADE: enough is that this one exists; NULL: all of them.
			     * WHEN_BEGUN: NULL: none is needed */
};

/* What AWS bills by the hour as long as it stands: its list price before tax, of 2026-11-28. */
struct step_price {
	const char *output;   /* the thing's id: billed while that is recorded */
	const char *name;     /* of the parameter that says another price: price.NAME */
	long usd_micros;      /* an hour */
	const char *of[3][2]; /* parameter and value that the price is of; an unused row is NULL */
};

struct step {
	const char *id; /* "1-1" */
	const char *title;
	/* Why the step is there, in a sentence or two, for who reads of it; its translation is
	 * looked up.  NULL: nobody wrote it down. */
	const char *why;
	int side;
	const struct step_need *needs;
	const char *const *params; /* parameters that it reads; NULL-terminated */
	const char *const *gives;  /* outputs that it records; NULL-terminated */
	const char *const *calls;  /* what do asks of AWS, for `plan`: "ec2 CreateVpc" */
	/* Steps whose undo must be done before this one's begins, "1-3"; or what of them must be
	 * gone, "1-4.security_group_id": the output was recorded, and is forgotten.  NULL: every
	 * step that needs this one. */
	const char *const *undo_after;
	int usual_s;		       /* usual time until it holds, on AWS */
	int undo_usual_s;	       /* usual time until its undo is done, on AWS */
	const struct by_hand *by_hand; /* how a person does the same; NULL: not described */
	/* What it makes, for Terraform; ends with a row without kind.  NULL: not described. */
	const struct tf_resource *terraform;
	const struct step_price *prices; /* ends with a row without output; NULL: nothing is billed
					  * by the hour */
	struct rb_error *(*do_)(struct step_ctx *ctx);
	struct rb_error *(*verify)(struct step_ctx *ctx);
	struct rb_error *(*undo)(struct step_ctx *ctx);
	/* Tries dry what do and undo would ask of EC2, as far as what they name is there already,
	 * and judges each answer by step_tried.  NULL: nothing can be tried.  Records nothing. */
	struct rb_error *(*try_dry)(struct step_ctx *ctx);
	/* NULL: nothing of it is left anywhere.  Steps are asked in running order, so what an
	 * earlier one has found is an output of it. */
	struct rb_error *(*recover)(struct step_ctx *ctx);
};

/* ---- what a step knows -------------------------------------------------- */

/* "source.vpc_cidr"; never NULL: an unset parameter without a default is "". */
const char *step_param(struct step_ctx *ctx, const char *name);
/* Whether tags beside our own were asked for, by PARAM_TAGS. */
bool step_has_given_tags(struct step_ctx *ctx);
/* An output of this step, recorded earlier in this run; NULL: none. */
const char *step_output(struct step_ctx *ctx, const char *name);
/* When it was recorded, "2026-11-23T10:00:00Z"; "" when there is none. */
const char *step_output_at(struct step_ctx *ctx, const char *name);
/* An output of another step; NULL: none. */
const char *step_output_of(struct step_ctx *ctx, const char *step_id, const char *name);
/* As step_output_of, but none is an error that names the step to run first.  In do it waits for one
 * of a step whose do is under way. */
NODISCARD struct rb_error *step_need_output(struct step_ctx *ctx, const char *step_id,
					    const char *name, const char **ret);
/* True when this step of this run held when it was last seen, and nothing was done to it since. */
bool step_held_before(struct step_ctx *ctx);
/* True when output `name` is of what do itself has made, by that call ("CreateSubnet"), and none
 * was there before it: no person made it, and it was not found by its tags. */
bool step_made_itself(struct step_ctx *ctx, const char *name, const char *by);
/* True when `id` is an output of any step of this run, or was the last one before. */
bool step_run_made(struct step_ctx *ctx, const char *id);
/*
 * The first step that this one needs, itself or through others, whose do or undo was to change a
 * thing of AWS's (tags aside) after output `name` of this step was recorded; NULL: none did.
 * *ret_at: when, as step_output_at has it.
 */
const char *step_changed_since(struct step_ctx *ctx, const char *name, const char **ret_at);
/* True when the other step is known to hold in this run. */
bool step_is_held(struct step_ctx *ctx, const char *step_id);
/* True when the other step was made in this run and was undone since. */
bool step_is_undone(struct step_ctx *ctx, const char *step_id);
/* True when no do of this step began before the present one in this run: nothing of ours can be
 * there yet, and a look for what an interrupted one left is a call saved.  In undo: no do ever
 * began. */
bool step_is_fresh(struct step_ctx *ctx);
/* True while a changing call of this step whose answer nobody saw is so recent that what it made
 * may not be listed yet: a look-up by tag that finds nothing proves nothing.  Say step_pending. */
bool step_may_be_unseen(struct step_ctx *ctx);
/* True when AWS said "done" to this call of a step in the last `within_s` seconds (of AWS's, in a
 * rehearsal that is faster; there the first five looks of a command count the real ones). */
bool step_done_lately(struct step_ctx *ctx, const char *step_id, const char *action, int within_s);
/*
 * True when output `name` was recorded, AWS said "done" to its delete (`by`: "DeleteVpc"), it was
 * forgotten again, do has changed nothing since (its answer may be known and its output not, when
 * the journal was cut between them), and the outcome of every changing call of this step is known:
 * no thing of that kind can be left that a look-up by tag would find.  "Not found" alone proves
 * nothing: what is minutes old may not be known everywhere.
 */
bool step_is_known_gone(struct step_ctx *ctx, const char *name, const char *by);
/* undo: the same command undoes step `step_id` as well, which begins when this one is undone. */
bool step_undo_follows(struct step_ctx *ctx, const char *step_id);
/*
 * True in a do that a person does by hand.  Every call that changes AWS, tags aside, is left to
 * them: it is not sent and fails with kind BY_HAND, which do hands on.  So do looks and adopts as
 * always, and what it would make itself is what the person has still to make.
 */
bool step_is_by_hand(struct step_ctx *ctx);
/*
 * do, by hand: these things of a kind are what this step makes, by what they are (`found_by`, a
 * noun for people: N_("its name")), and do not carry its tags.  One: *ret_id is it when the person
 * who is asked says that it is theirs; they are asked once a command.  In any other do, and of
 * none, *ret_id is NULL.
 *   fails  FAILED   several, of which none is chosen, or one that nobody says is theirs
 *          BY_HAND  it was seen for the first time: its tags may be on their way
 */
struct strv;
NODISCARD struct rb_error *step_offer(struct step_ctx *ctx, const char *kind, const char *found_by,
				      const struct strv *ids, const char **ret_id);
/* True when that was agreed to in this command. */
bool step_was_offered(struct step_ctx *ctx, const char *id);
/* --delete-foreign-objects: a bucket may be emptied of what this run did not put there. */
bool step_delete_foreign_objects(struct step_ctx *ctx);

const char *step_run_id(struct step_ctx *ctx); /* "20261123-5f0c2a91" like; [a-z0-9-] */
const char *step_stack(struct step_ctx *ctx);
const char *step_account(struct step_ctx *ctx);
const char *step_partition(struct step_ctx *ctx); /* "aws", "aws-cn": for ARNs */

/* ---- AWS ---------------------------------------------------------------- */

/* The client of the region of a side; SIDE_LOCAL has the first's. */
struct aws_client *step_aws_of(struct step_ctx *ctx, int side);
/* That of the step's own side. */
struct aws_client *step_aws(struct step_ctx *ctx);

/* The same, dry: for `try_dry`. */
struct aws_client *step_aws_dry(struct step_ctx *ctx);
/* Takes what a dry call answered: that it would be denied is an error; that it would be allowed, or
 * that it is unknown, is none. */
NODISCARD struct rb_error *step_tried(struct rb_error *err);

/* Name, runbook:stack, runbook:run, runbook:step, runbook:expires if the run has a time to live,
 * and those of PARAM_TAGS; Name is "runbook-STACK-1-1-`what`". */
const struct aws_tags *step_tags(struct step_ctx *ctx, const char *what);
/* Filters that find what this run's step made: tag:runbook:run and tag:runbook:step. */
const struct aws_filter *step_filters(struct step_ctx *ctx);
/* True when `tags` say: this run, this step. */
bool step_owns(struct step_ctx *ctx, const struct aws_tags *tags);
/* The same of another step of this run: what it made may hold something of this step's. */
bool step_owned_by(struct step_ctx *ctx, const char *step_id, const struct aws_tags *tags);
/* A name for what has no id of its own, unique per run: "runbook-RUN-`what`", 64 characters at
 * most, [a-z0-9-]. */
const char *step_name(struct step_ctx *ctx, const char *what);
/* The client token for creating `what`: the same until step_retire_token, across crashes. */
const char *step_token(struct step_ctx *ctx, const char *what);
/* The thing made with this token is dead: the next step_token differs.  Journalled. */
NODISCARD struct rb_error *step_retire_token(struct step_ctx *ctx, const char *what);

/* ---- side by side -------------------------------------------------------- */

/* Some of a step's work.  `ctx` is its own: calls in one context go one after the other. */
struct step_branch {
	struct rb_error *(*fn)(struct step_ctx *ctx, void *arg); /* NULL ends a list */
	void *arg;
};
/*
 * Run the branches side by side and come back when all are done.  What they report is reported by
 * `ctx`: claims in the order of the list.  Fails with the first error in that order.
 */
NODISCARD struct rb_error *step_together(struct step_ctx *ctx, const struct step_branch *branches);
/* When the rest of what verify reads means something. */
enum step_rest {
	REST_UNLESS_PENDING, /* AWS does not work on the first any more */
	REST_IF_THERE,	     /* nor is it missing */
	REST_LATER,	  /* likewise; and who needs the step held may begin once the first holds */
	REST_IF_IT_HOLDS, /* nor does it differ */
};
/*
 * verify: `first`, and then `rest`, which is not read where it means nothing.  A step that held
 * when it was last seen, or that is looked at past its usual time, is expected to hold, and is read
 * all at once, as is what waits for nothing slow (REST_IF_THERE); what it reports is the same.
 * With REST_LATER the rest of what was made just now is read when other steps look, or seconds
 * later.
 */
NODISCARD struct rb_error *step_in_order(struct step_ctx *ctx, enum step_rest when,
					 const struct step_branch *first,
					 const struct step_branch *rest);

/* ---- what a step reports ------------------------------------------------ */

/* An output, as soon as it is known; synced before it returns.  Nothing is written when it is
 * recorded already.  When it replaces another value, later steps that embed it become stale. */
NODISCARD struct rb_error *step_record(struct step_ctx *ctx, const char *name, const char *value);
/* The thing behind an output is gone (undo, or dead): so is the output, if there is one. */
NODISCARD struct rb_error *step_forget(struct step_ctx *ctx, const char *name);
/* A fact for the journal and the report that is no output: "adopted vpc-... by its run tag". */
void step_note(struct step_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Notes what undo keeps on purpose, and names at its end: "service-linked role ...". */
void step_note_kept(struct step_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * verify: one claim, with evidence.  Strings compare exactly; NULL found is "(none)".  Each is
 * recorded whether it agrees or not; one disagreement makes the verdict "differs".
 */
void step_expect(struct step_ctx *ctx, const char *claim, const char *expected, const char *found);
void step_expect_bool(struct step_ctx *ctx, const char *claim, bool expected, bool found);
/* For claims that are no equality; expected and found are text for a person. */
void step_expect_that(struct step_ctx *ctx, bool agrees, const char *claim, const char *expected,
		      const char *found);
/*
 * The same of a state that AWS puts a thing in, and no setting: "instance.state".  A thing that is
 * in another just after do could not be made.
 */
void step_expect_state(struct step_ctx *ctx, bool agrees, const char *claim, const char *expected,
		       const char *found);
/* The same of a tag: the claim is "`thing`.tag.`key`". */
void step_expect_tag(struct step_ctx *ctx, const char *thing, const char *key, const char *expected,
		     const char *found);
/* verify: the thing itself is not there, or none was recorded.  Verdict "missing". */
void step_missing(struct step_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same of the thing that `output` (static) names, so that it costs nothing any more. */
void step_missing_output(struct step_ctx *ctx, const char *output, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/*
 * verify: the claims are about a trace of what was done then, and whether it would work again was
 * not tried: "uploaded at ...".  Such a step does not hold while one that it needs does not.
 */
void step_untried(struct step_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * AWS is still working on `what`: its state and AWS's own reason (may be NULL).
 * The engine asks again; other steps go on meanwhile.
 */
void step_pending(struct step_ctx *ctx, const char *what, const char *state, const char *reason,
		  int usual_s);
/* The same of what AWS has no state for: `why` is a text for people, N_("not listed"), and so may
 * `what` and `reason` be. */
void step_waiting(struct step_ctx *ctx, const char *what, const char *why, const char *reason,
		  int usual_s);
/*
 * undo: as step_pending, state "in use", but another step's undo may free it, so the engine also
 * comes again when one has ended.  `step_id` (a constant) is the one that must come first: once
 * its undo has failed nobody waits, and this step has failed with it.  NULL: nobody knows which.
 */
void step_pending_undo(struct step_ctx *ctx, const char *what, const char *reason,
		       const char *step_id, int usual_s);
/* True once step_pending was called in this pass. */
bool step_waits(struct step_ctx *ctx);
/* When `state` is `waiting` (letter case does not matter): step_pending, and true. */
bool step_still(struct step_ctx *ctx, const char *what, const char *waiting, const char *state,
		int usual_s);

/* ---- recover ------------------------------------------------------------ */

/* How it is known that something is this run's. */
enum step_known {
	KNOWN_BY_TAG = 1,
	KNOWN_BY_SHAPE = 2, /* its name, its place, or a value that is read from a thing of ours */
	KNOWN_BY_BOTH = KNOWN_BY_TAG | KNOWN_BY_SHAPE,
};

/* An output that was found; `value` NULL: AWS does not tell it, and it stays missing. */
NODISCARD struct rb_error *step_recovered(struct step_ctx *ctx, const char *name, const char *value,
					  enum step_known by);
/* The same, with when AWS says that it came to be: "2026-11-23T10:00:00Z", from when on it is
 * billed. NULL, or what is no time: AWS does not say. */
NODISCARD struct rb_error *step_recovered_at(struct step_ctx *ctx, const char *name,
					     const char *value, enum step_known by, const char *at);
/* The value that a parameter had, as a thing of this run's shows; NULL: it does not show it.  The
 * first that tells it is believed.  False: it is none that the parameter could have had. */
bool step_recovered_param(struct step_ctx *ctx, const char *name, const char *value,
			  enum step_known by);
/* The tags of a thing of this run's: those that all have are parameters of PARAM_TAGS. */
void step_recovered_tags(struct step_ctx *ctx, const struct aws_tags *tags);
/* All that do makes is there, known so. */
void step_stands(struct step_ctx *ctx, enum step_known by);
/* Buckets of the account that carry this run's tag, or whose name holds its id; ends with NULL. */
const char *const *step_recovered_buckets(struct step_ctx *ctx);
/* In any phase: two things carry the tags of one place, and none of them is taken. */
void step_cannot_tell(struct step_ctx *ctx, const char *kind, const char *first,
		      const char *second);
/* Something is in a place of this run's and not known to be its: "bucket 'b' holds 'x'". */
void step_left_alone(struct step_ctx *ctx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The IAM path of what a run makes, from its id: it is found again under it. */
#define RUN_IAM_PATH_FORMAT "/runbook/%s/"

#endif
