/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of a procedure: what the program must know of one besides what its
 * steps do.  A procedure is a folder below steps/ and a line in steps/procedures.def.
 */
#ifndef RUNBOOK_PROCEDURE_H
#define RUNBOOK_PROCEDURE_H

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "runbook/contract/need.h"
#include "runbook/contract/params.h"
#include "runbook/contract/permit.h"
#include "runbook/contract/diagram.h"
#include "runbook/contract/step.h"
#include "runbook/contract/way.h"

/* The steps that others than steps ask for, by id: nobody else knows a step by its number. */
struct procedure_parts {
	const char *instance;	      /* gives instance_id, private_ip */
	const char *connect_endpoint; /* gives instance_connect_endpoint_id and _dns */
	const char *bucket;	      /* gives bucket */
	const char *login;	      /* the first that logs in to the instance */
	const char *upload;	      /* gives object_key */
	const char *image;	      /* the parameter that says its image, if one is wanted */
	const char *os_user;	      /* the parameter that says whose login it is */
};

enum { SIDES_MAX = 4 };

/* Where steps make their things. */
struct procedure_side {
	const char *name;   /* "source" */
	const char *region; /* the parameter that says its region: "source.region" */
};

/* What no look by tag finds: roles and buckets are not EC2's, and DescribeTags does not list an
 * Instance Connect Endpoint. */
enum untagged {
	UNTAGGED_BUCKET,
	UNTAGGED_CONNECT_ENDPOINT,
	UNTAGGED_PROFILE, /* of the run's path in IAM, as roles */
	UNTAGGED_ROLE,
};

/* Where the look for leftovers after an undo has to look besides. */
struct procedure_untagged {
	enum untagged kind;
	int side;
	const char *name; /* the parameter that has its name, if it is found by that */
};

/* What a gigabyte uploaded costs beside the hours: list prices, in the units of struct step_price;
 * all rows together. */
struct procedure_gb_price {
	long usd_micros;
	const char *of[2][2]; /* parameter and value that the price is of; an unused row is NULL */
};

/* For who chooses between procedures; English texts, their translations are looked up. */
struct procedure_about {
	const char *builds;
	const char *breaks;  /* what a failure of a region or a zone breaks */
	const char *take;    /* when it is the right one */
	const char *neither; /* when none of them is, and what is instead */
	const struct procedure_gb_price *gb_prices; /* ends with a row without price */
};

struct procedure {
	const char *name;  /* "peering": in journals and on the command line; [a-z]+ */
	const char *title; /* "Upload from a private instance to ..." */
	const struct procedure_about *about; /* NULL: nobody wrote it down */
	const struct step *const *steps;     /* in running order; ends with NULL */
	/* SIDES_MAX at most, then a row without name; credentials are those of the first one's
	 * region. */
	const struct procedure_side *sides;
	const struct procedure_untagged *untagged; /* that its steps make */
	size_t n_untagged;
	const struct param *const *params; /* in the order of the help; ends with NULL */
	struct param_rules rules;
	struct procedure_parts parts;
	const struct hop_way *ways;    /* of the connections that it proves, runbook/contract/way.h;
					* NULL: none is described */
	const struct diagram *diagram; /* what it builds, as a picture; NULL: nobody drew it */
	const struct permit *permits;  /* ends with a row without step */
	const struct need *needs;      /* the same; NULL: none */
	/* Tries dry what would remove that which a step has just made, as its try_dry; NULL: nobody
	 * can. */
	struct rb_error *(*try_undo)(struct step_ctx *ctx);
	/* What the report says below the evidence: what it does not prove. */
	const char *report_note; /* English; its translation is looked up */
};

/* All of them, the default first, ending with NULL; steps/procedures.c. */
extern const struct procedure *const all_procedures[];

/* NULL: there is none of that name.  `procedures` ends with NULL. */
static inline const struct procedure *procedure_named(const struct procedure *const *procedures,
						      const char *name)
{
	for (; name && *procedures; procedures++)
		if (strcmp((*procedures)->name, name) == 0)
			return *procedures;
	return NULL;
}

/* Its step of that id; NULL: none, or `id` is NULL. */
static inline const struct step *procedure_step(const struct procedure *procedure, const char *id)
{
	for (const struct step *const *s = procedure->steps; id && *s; s++)
		if (strcmp((*s)->id, id) == 0)
			return *s;
	return NULL;
}

/* The side of its step of that id; the first when there is none. */
static inline int procedure_side_of(const struct procedure *procedure, const char *id)
{
	const struct step *step = procedure_step(procedure, id);

	return step ? step->side : 0;
}

/* The section of a step is its number's part before the dash; the order within one is kept. */
static inline bool steps_are_of_one_section(const struct step *a, const struct step *b)
{
	size_t n = strcspn(a->id, "-");

	return strncmp(a->id, b->id, n) == 0 && b->id[n] == '-';
}

#endif
