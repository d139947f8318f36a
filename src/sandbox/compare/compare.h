/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook-sandbox compare`: a recording is played, and what differs is reported. */
#ifndef SANDBOX_COMPARE_COMPARE_H
#define SANDBOX_COMPARE_COMPARE_H

#include "base/attr.h"
#include "base/error.h"
#include "sandbox/compare/difference.h"
#include "sandbox/compare/recording.h"

struct compare_options {
	double speed; /* AWS's time for the recording's; 0: what the recording says */
};
struct compare_result {
	size_t exchanges;  /* that were recorded */
	size_t unanswered; /* of them: played, and not compared */
	bool whole;	   /* no recording was cut short */
};

/* Play the recordings, one behind the other, to one sandbox in memory without lag. */
NODISCARD struct rb_error *compare_play(const struct recording *recordings, size_t n,
					const struct compare_options *options,
					struct differences *out, struct compare_result *ret);

/* cmd.c: argv[0] is "compare".  *ret_status: 0 nothing differs, 1 something does. */
NODISCARD struct rb_error *compare_command(int argc, char **argv, int *ret_status);

#endif
