/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of things over time, as they were recorded and as the sandbox shows them.  A state is
 * only seen when somebody reads it, so times are intervals, and a state that was passed between two
 * reads is no difference; the first one, the order and the last are reported.
 */
#ifndef SANDBOX_COMPARE_STATES_H
#define SANDBOX_COMPARE_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/compare/difference.h"

struct sighting {
	char *state;
	int64_t from_ms, to_ms; /* when it was first seen: at some instant of these, AWS's time */
	int64_t last_from_ms;	/* when it was last seen, at the earliest */
};
struct course {
	struct sighting *v;
	size_t n;
};
struct track {
	char *thing;		       /* its id in the recording */
	char *element;		       /* "state" */
	char *service, *action, *path; /* that showed it first */
	struct course recorded, here;
	/* Both when the call that made it answered; NULL: it was first read later. */
	char *made_recorded, *made_here;
};
struct tracks {
	struct track *v;
	size_t n;
};

/* Borrowed until the next. */
struct track *tracks_find(struct tracks *t, const char *thing, const char *element,
			  const char *service, const char *action, const char *path);
void course_see(struct course *c, const char *state, int64_t from_ms, int64_t to_ms);
/* The state was seen. */
bool course_has(const struct course *c, const char *state);
void tracks_compare(const struct tracks *t, struct differences *out);
/* Seconds that two durations, each known as an interval of ms, are apart for certain and by more
 * than is reported: 2 s and a tenth of the longer; 0: they may be the same. */
int64_t states_apart_s(int64_t lo_a, int64_t hi_a, int64_t lo_b, int64_t hi_b);
void tracks_clear(struct tracks *t);

#endif
