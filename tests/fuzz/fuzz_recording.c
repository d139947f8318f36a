/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording that came from anywhere: it is read or refused with a word why, and some short ones
 * that read are played to a sandbox, which must take whatever is asked and told in them.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "sandbox/compare/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_PLAYED = 4, PLAYED_OF = 16 }; /* a sandbox takes a while to begin */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct recording r = { 0 };
	struct differences d = { 0 };
	struct compare_result result;
	struct rb_error *err = recording_parse((const char *)data, n, &r);
	struct buf out = BUF_INIT;

	if (err) {
		if (err->kind != RB_USAGE || !err->why || r.v)
			abort();
		(void)rb_error_free(err);
		return 0;
	}
	if (r.n <= MAX_PLAYED && n % PLAYED_OF == 0) {
		err = compare_play(&r, 1, &(struct compare_options){ 0 }, &d, &result);
		if (err || result.exchanges != r.n)
			abort();
		differences_to_text(&d, &out);
		json_decref(differences_to_json(&d));
		if (differences_open(&d) != d.n)
			abort();
	}
	buf_clear(&out);
	differences_clear(&d);
	recording_clear(&r);
	return 0;
}
