/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that may be published in place of real ones.
 *
 * (1) Nothing is kept unless it is known to be harmless: a word of AWS's vocabulary in an element
 *     that holds nothing else, a boolean, a small number.
 * (2) The same value becomes the same value wherever it stands, for one key: recordings of one
 *     stack fit together, those of two stacks tell nothing about each other.
 * (3) The shape stays: ids keep their prefix, addresses stay inside the networks that held them,
 *     ARNs, host names and policies stay such.
 */
#ifndef AWS_RECORD_REDACT_H
#define AWS_RECORD_REDACT_H

#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/strv.h"

enum { REDACT_KEY_BYTES = 32 };

struct redactor {
	unsigned char key[REDACT_KEY_BYTES]; /* secret: who has it can try values */
	int64_t begun_utc_s;		     /* this instant becomes 2020-01-01T00:00:00Z */
	struct strv regions;		     /* names that are kept in hosts and ARNs */
};
void redactor_clear(struct redactor *r);
void redactor_add_region(struct redactor *r, const char *region);

/* Where a value stands: its element, and the one around it ("" when there is none). */
struct redact_place {
	const char *parent;
	const char *name;
};
/* Appends to `out` what is published in place of `value`. */
void redact_value(const struct redactor *r, struct redact_place place, const char *value,
		  struct buf *out);
/* "text" and sixteen hex digits: for what has no shape of its own. */
void redact_text(const struct redactor *r, const char *value, size_t n, struct buf *out);
/* The same for each part of an object's key between slashes. */
void redact_key(const struct redactor *r, const char *key, struct buf *out);
/* A copy with all strings, and the names that are not AWS's, replaced.  New reference. */
NODISCARD json_t *redact_json(const struct redactor *r, struct redact_place place,
			      const json_t *value);

/* redact_names.c: does this element hold nothing but AWS's own words? */
bool redact_is_vocabulary(struct redact_place place);

#endif
