/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a connection, hop by hop, there and back: what decides at each hop whether it gets
 * on, as it is now.  A procedure has a table of hops for each connection that it proves; what a
 * hop is found to be is data, and becomes words where it is shown.
 *
 * It is read, not tried: nothing here asks the instance.  The exception is the probe, which is
 * asked for, and which logs in.
 */
#ifndef RUNBOOK_CONTRACT_WAY_H
#define RUNBOOK_CONTRACT_WAY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/said.h"
#include "base/strv.h"
#include "runbook/contract/step.h"

/* STATE(enumerator, word) */
#define HOP_STATES(STATE)                                                                          \
	STATE(OK, N_("ok"))                                                                        \
	STATE(BROKEN, N_("broken"))                                                                \
	/* it could not be looked at, or hangs on a hop that is broken */                          \
	STATE(UNKNOWN, N_("unknown"))

enum hop_state {
#define HOP_STATE_ENUM_(name, word) HOP_##name,
	HOP_STATES(HOP_STATE_ENUM_)
#undef HOP_STATE_ENUM_
};

enum hop_leg { HOP_THERE, HOP_BACK };

/*
 * When it is met in time, which is not quite the order on the way: the name is asked for before
 * the first packet, and nobody reads a policy before the answers of TCP have come back.  Of hops
 * that are broken the one with the least stage, and then the first, is the one that bites.
 */
enum hop_stage {
	HOP_BEGINS,   /* who begins is there, and may begin */
	HOP_NAME,     /* an address is found for the name */
	HOP_CONNECTS, /* packets, there and back */
	HOP_ASKS,     /* the request is answered */
};

enum mend_kind {
	MEND_NONE,   /* no command of the operator's mends it; `why` says who can */
	MEND_RESUME, /* that step's do puts it right */
	MEND_AWS,    /* a command of the AWS CLI */
};
struct hop_mend {
	enum mend_kind kind;
	const char *step;  /* RESUME: from there; static.  NULL: as far as the run is */
	const char *how;   /* RESUME: what that does, "this starts it again:"; static, English */
	struct strv words; /* AWS: what follows "aws", each its own word */
	bool then_resume;  /* AWS: and then that step's do, for what it took away was in the way */
};

struct hop;
struct path; /* what a procedure has read; its own */

/* A row of a way, in the order of the way. */
struct hop_row {
	const char *name;  /* "instance-egress": in JSON; NULL ends a table */
	const char *title; /* English; its translation is looked up */
	enum hop_leg leg;
	enum hop_stage stage;
	const char *box; /* of the procedure's diagram; NULL: it is in none */
	int end;	 /* which end of the way it is at */
	/* Fills what follows `row`; the hop is OK already.  Calls nobody. */
	void (*judge)(const struct path *path, const struct hop_row *row, struct hop *hop);
};

/* Owns its strings. */
struct hop {
	const struct hop_row *row;
	enum hop_state state;
	char *region;	     /* where that thing is; NULL: it is in none */
	char *thing;	     /* the id or name of what decides; NULL: there is none yet */
	const char *setting; /* of it: a noun, English, static; its translation is looked up */
	struct said *expected, *found;
	const char *unmade;	/* BROKEN: the step whose thing is not there as it is not made, or
				 * not any more; static.  NULL: it is something else */
	struct said *problem;	/* BROKEN: all of it in one sentence */
	struct said *why;	/* UNKNOWN: why it could not be looked at; BROKEN without a mend:
				 * who can mend it */
	struct rb_error *blind; /* UNKNOWN: what AWS answered to the look; NULL: it was not asked */
	struct hop_mend mend;	/* BROKEN */
};

struct hops {
	struct hop *v;
	size_t n;
};
void hops_clear(struct hops *l);
#define auto_hops CLEANUP(hops_clear) struct hops

/* What was asked from the instance itself. */
struct probe {
	const char *name;  /* "name", "tcp", "tls", "request"; static */
	const char *title; /* English, static */
	enum hop_state state;
	struct said *found;
};
struct probes {
	struct probe *v;
	size_t n;
};
void probes_clear(struct probes *l);
#define auto_probes CLEANUP(probes_clear) struct probes

struct hop_way {
	const char *step;  /* whose connection it is; NULL ends a table */
	const char *title; /* English; its translation is looked up */
	const struct hop_row *rows;
	const void *plan; /* the procedure's own */
	/*
	 * Reads what the rows need and judges each.  `caller`: the ARN that asks (NULL: not known).
	 *   fails  INTERRUPTED and what no look of these credentials would get past; what AWS
	 *          refuses to one look makes hops UNKNOWN
	 */
	struct rb_error *(*describe)(struct step_ctx *ctx, const struct hop_way *way,
				     const char *caller, struct hops *ret);
	/* Asks from inside; NULL: there is nothing to be asked.  As describe. */
	struct rb_error *(*probe)(struct step_ctx *ctx, const struct hop_way *way,
				  struct probes *ret);
};

/* Its describe. */
NODISCARD struct rb_error *hops_describe(struct step_ctx *ctx, const struct hop_way *way,
					 const char *caller, struct hops *ret);

/* Static. */
const char *hop_state_name(enum hop_state state);
const char *hop_leg_name(enum hop_leg leg);

/* The hop that bites; NULL: none is broken. */
const struct hop *hops_bite(const struct hops *hops);
/* The first that is unknown for a refused look; NULL: all could be looked at. */
const struct hop *hops_blind(const struct hops *hops);
/* "ec2 delete-route ...", words of the AWS CLI as a shell takes them; NULL: its mend is none of the
 * AWS CLI's.  Caller frees. */
NODISCARD char *hop_aws_words(const struct hop *hop);

#endif
