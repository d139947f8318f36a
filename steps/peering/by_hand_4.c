/* SPDX-License-Identifier: Apache-2.0 */
/* Section 4 by hand: the login, the upload, and the proof that no other way is open. */
#include <stddef.h>

#include "steps/common/by_hand_s3.h"
#include "steps/peering/by_hand.h"

/* clang-format off */

const struct by_hand by_hand_4_2 = {
	.background = N_("What all of it is for: a file goes from the instance into the bucket by the private "
		  "path.  And the proof of the opposite: the same upload from here, by the public "
		  "endpoint, is refused."),
	.troubles = (const char *const[]){
		N_("a path that is broken somewhere hangs instead of failing: short time limits"),
		N_("without --endpoint-url the instance asks the public endpoint, and finds no way there"),
		N_("the upload from outside succeeds: the bucket's policy does not protect it"),
		NULL },
	.makes = (const struct made[]){ BY_HAND_UPLOAD_MADE, { 0 } },
	.console = (const struct console_path[]){ BY_HAND_UPLOAD_CONSOLE, { 0 } },
	.make = (const struct cli_command[]){ BY_HAND_UPLOAD("2-3"), { 0 } },
	.unmake = (const struct cli_command[]){ BY_HAND_UNMAKE_UPLOAD, { 0 } },
};
