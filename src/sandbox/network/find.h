/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the world for the path.  The world's lock is held by the caller throughout. */
#ifndef SANDBOX_SBX_FIND_H
#define SANDBOX_SBX_FIND_H

#include "sandbox/core/sbx.h"

/* Members of a document: NULL for a string that is not there or empty, -1 for no number. */
const char *find_str(const json_t *doc, const char *member);
const char *find_first(const json_t *doc, const char *member); /* string of an array */
bool find_flag(const json_t *doc, const char *member);
int find_number(const json_t *doc, const char *member);

/* All things of a kind, in every region, that pass: an array of [region, document].  New
 * reference. */
typedef bool find_test(const json_t *doc, const char *region, const void *arg);
json_t *find_all(struct sbx *sbx, const char *kind, find_test *is, const void *arg);
/* The one with that id: its document (new reference) and region; NULL when there is none. */
json_t *find_thing(struct sbx *sbx, const char *kind, const char *member, const char *id,
		   char region[32]);

/* As it is described to a looker in `region`; NULL when it is not listed.  New reference. */
json_t *find_view(struct sbx *sbx, int64_t now_ms, const char *kind, const char *region,
		  const json_t *doc);
/* Is the state that a Describe shows one of these (NULL-terminated)? */
bool find_state_is(struct sbx *sbx, int64_t now_ms, const char *kind, const char *region,
		   const json_t *doc, const char *const *wanted);

#endif
