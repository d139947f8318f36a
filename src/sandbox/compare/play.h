/* SPDX-License-Identifier: Apache-2.0 */
/* The state of playing a recording; shared by the files that do it. */
#ifndef SANDBOX_COMPARE_PLAY_H
#define SANDBOX_COMPARE_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/compare/match.h"
#include "sandbox/compare/player.h"
#include "sandbox/compare/recording.h"

enum {
	STEP_MS = 1000,
	AWAIT_STATE_MS = 900000, /* AWS's slowest state of those that are met takes minutes */
	AWAIT_CALL_MS = 120000,
	LOOKS_IN_A_GAP = 60,
	LOOKS_AHEAD = 8,
	SLACK_MS = 50, /* of the recording's clock, between what was caused and its cause */
};

/* A change that the sandbox let through while the recording was still refused. */
struct early {
	char *key;		   /* of its request */
	int64_t first_ms, last_ms; /* AWS's time of the recording's first and last refusal */
	int64_t here_ms;	   /* when it was answered here */
	struct played played;
};

struct compare {
	struct sbx *sbx;
	struct match match;
	const struct recording *recording;
	double speed;
	int64_t base_ms;   /* AWS's time at which this recording begins */
	int64_t here_ms;   /* AWS's time in the sandbox */
	int64_t behind_ms; /* how much later things are played than they were recorded */
	char *vpc_endpoint;
	struct early *early;
	size_t n_early;
	json_t *put; /* paths of objects that are there */
};

bool play_is_good(int status);
/* AWS's time of an instant of the recording. */
int64_t play_aws_ms(const struct compare *c, int64_t recorded_ms);
/* The exchange at hand, for match.h. */
void play_about(struct compare *c, const struct recorded *e);
/* What was answered; node_clear it. */
void play_read_answer(const struct recorded *e, struct node *ret);

/* time.c: the sandbox's clock jumps to AWS's time `ms`, at once or with reads on the way. */
NODISCARD struct rb_error *play_skip_to(struct compare *c, int64_t ms);
NODISCARD struct rb_error *play_pass_time(struct compare *c, const struct recorded *e);

/* The same, for the next read of a wait that began at `since_ms`: a second, later a twentieth of
 * what was waited, so that the longest takes a hundred reads. */
NODISCARD struct rb_error *play_wait_on(struct compare *c, int64_t since_ms);

/* overlap.c: the tags of a thing that were set beside this change are taken out of both answers. */
void overlap_forget_tags(const struct compare *c, const struct recorded *e, struct node *recorded,
			 struct node *here);

/* refusal.c: calls that one side was refused. */
void refusal_compare_status(struct compare *c, const struct recorded *e, const struct played *p);
void refusal_compare(struct compare *c, const struct recorded *e, const struct node *answer,
		     const struct played *p);
/* Ask again until it is let through.  The time that took is added to all that follows. */
NODISCARD struct rb_error *refusal_await(struct compare *c, const struct recorded *e,
					 struct played *p);
/* The recording was refused what the sandbox let through: by and by, or for good?  May take `p`. */
void refusal_let_through(struct compare *c, const struct recorded *e, const struct node *answer,
			 struct played *p);
void refusals_clear(struct compare *c);
/* True when the sandbox has done this already, when the recording had not yet.  Where it is let
 * through there, too, both answers are compared. */
bool refusal_is_done_already(struct compare *c, const struct recorded *e);
/* It asks after a thing of which the sandbox has let a call through, and the recording not yet. */
bool refusal_asks_after_done(const struct compare *c, const struct recorded *e);

#endif
