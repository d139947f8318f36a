/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers to one request, element by element; what one place holds in both is bound. */
#ifndef SANDBOX_COMPARE_MATCH_H
#define SANDBOX_COMPARE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/compare/binding.h"
#include "sandbox/compare/difference.h"
#include "sandbox/compare/node.h"
#include "sandbox/compare/states.h"

struct match {
	struct bindings bindings;
	struct tracks tracks;	/* what was seen so far, on both sides */
	struct tracks foreseen; /* all that the recording will return */
	struct differences *out;
	/* of the exchange at hand; borrowed */
	const char *service, *action, *region;
	bool changes;
	int64_t recorded_from_ms, recorded_to_ms; /* AWS's time */
};
/* The states in an answer that will be compared later. */
void match_foresee(struct match *m, const struct node *recorded);
/* Is a thing in a state here that the recording had before, or that it does not have at all? */
bool match_is_behind(struct match *m, const struct node *recorded, const struct node *here);
/* The states here were read. */
void match_see_here(struct match *m, const struct node *recorded, const struct node *here,
		    int64_t here_ms);
/* All of it: differences are reported, values bound, states noted. */
void match_answers(struct match *m, const struct node *recorded, const struct node *here,
		   int64_t here_ms);
/* The same, and no difference is reported: the sandbox is further than the recording was. */
void match_quietly(struct match *m, const struct node *recorded, const struct node *here,
		   int64_t here_ms);
/* Is there any difference, be it of states?  Nothing is reported or learnt. */
bool match_differs(struct match *m, const struct node *recorded, const struct node *here);
/* What is only known at the end: about states. */
void match_finish(struct match *m);
void match_clear(struct match *m);

#endif
