/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a procedure builds, as a picture: boxes in boxes and the ways through them.  It is data; the
 * report draws it, and decides where everything stands (runbook/report/diagram.h).
 *
 * Texts are English, and their translation is looked up.  In them, {vpc_id} stands for an output of
 * the step that the row names, {2-3/vpc_endpoint_id} for that of another, {source.vpc_cidr} for a
 * parameter; a value that is not known yet is drawn as an ellipsis.
 */
#ifndef RUNBOOK_CONTRACT_DIAGRAM_H
#define RUNBOOK_CONTRACT_DIAGRAM_H

#include <stdbool.h>

enum diagram_kind {
	DIAGRAM_GROUP,	 /* keeps boxes together, and is not seen */
	DIAGRAM_OUTSIDE, /* what is nobody's region: the machine that runbook runs on */
	DIAGRAM_REGION,
	DIAGRAM_NETWORK, /* a VPC */
	DIAGRAM_SUBNET,
	DIAGRAM_THING, /* the rest; the only kind besides OUTSIDE that ways lead through */
};

/* Boxes around boxes are GROUP, REGION, NETWORK and SUBNET, in this order from the outside; any may
 * be left out. */

struct diagram_line {
	const char *step; /* that makes what the line shows; NULL: the box's own */
	const char *text;
};

struct diagram_box {
	const char *name;
	const char *in; /* the box around it, which comes before it; NULL: none */
	enum diagram_kind kind;
	const char *step;   /* that makes it; NULL: it is there anyway */
	const char *output; /* its id among that step's outputs; NULL: it has none */
	const char *title;
	const struct diagram_line *lines; /* ends with a row without text; NULL: none */
};

struct diagram_way {
	const char *step;	    /* that proves it */
	const char *claim;	    /* in whose evidence; NULL: all of it is the proof */
	bool is_refusal;	    /* what is proven is that nobody gets through */
	bool is_around;		    /* it passes by everything that lies between */
	const char *title;	    /* what goes there: "SSH through the endpoint" */
	const char *const *through; /* names of boxes, two at least; NULL-terminated */
};

struct diagram {
	/* What is so once all of it is built and proven, in a sentence; NULL: nobody wrote it. */
	const char *promise;
	const char *promise_kept; /* the same of what was so and was undone; NULL: as above */
	const struct diagram_box *boxes; /* in reading order; ends with a row without name */
	const struct diagram_way
		*ways; /* in the order of their numbers; ends with a row without step */
};

#endif
