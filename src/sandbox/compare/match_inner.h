/* SPDX-License-Identifier: Apache-2.0 */
/* One traversal of two answers, for match*.c alone. */
#ifndef SANDBOX_COMPARE_MATCH_INNER_H
#define SANDBOX_COMPARE_MATCH_INNER_H

#include "base/buf.h"
#include "sandbox/compare/match.h"

/* What a traversal is for. */
enum match_purpose { MATCH_FORESEE, MATCH_IS_BEHIND, MATCH_SEE_HERE, MATCH_COMPARE, MATCH_TRY };

struct traversal {
	struct match *m;
	enum match_purpose purpose;
	int64_t here_ms;
	bool behind;  /* MATCH_IS_BEHIND: the answer */
	bool differs; /* MATCH_TRY: the answer */
	int quiet;    /* nothing is reported: the states differ */
	struct buf path;
};

/* The thing that a traversal is in: its id in the recording, and where it began. */
struct owner {
	const char *id;
	size_t path_n;
};

/* Without what the protocols put around: "vpc/state" of "CreateVpcResponse/vpc/state". */
const char *match_shown_path(const char *path);

/* ---- states (match_state.c) ---------------------------------------------- */

/* The leaf tells the state of the thing that `parent` describes. */
bool match_is_state(const struct node *parent, const struct node *leaf);
/* Notes or compares the state of `owner`, as the purpose wants it. */
void match_visit_state(struct traversal *w, struct owner owner, const char *recorded,
		       const char *here);
/* Something below, one level deep, is in another state: its other elements are no question then. */
bool match_states_differ(const struct node *recorded, const struct node *here, int levels);

#endif
