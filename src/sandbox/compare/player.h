/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded requests, put to a sandbox of its own in this process; its clock jumps, nothing waits.
 */
#ifndef SANDBOX_COMPARE_PLAYER_H
#define SANDBOX_COMPARE_PLAYER_H

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/compare/binding.h"
#include "sandbox/compare/node.h"
#include "sandbox/compare/recording.h"

struct sbx;

struct played {
	int status;
	struct node answer; /* with its headers */
};
/* Sign what was recorded, with what is bound put in, and hear the answer. */
void player_ask(struct sbx *sbx, const struct recorded *e, const struct bindings *b,
		struct played *ret);
/* An object of that many bytes comes through the interface endpoint, as the instance sends it. */
void player_upload(struct sbx *sbx, const struct recorded *head, const struct bindings *b,
		   const char *vpc_endpoint_id, size_t bytes);
void played_clear(struct played *p);

#endif
