/* SPDX-License-Identifier: Apache-2.0 */
/* What a sentence is made of, for said.c and said_parse.c alone. */
#ifndef BASE_SAID_INT_H
#define BASE_SAID_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/said.h"

enum { SAID_VALUES_MAX = 12 };

struct said_value {
	char *text;	    /* as English shows it */
	struct said *said;  /* it is a sentence; NULL: it is not */
	bool is_for_people; /* %-s */
};

struct said {
	char *fmt;
	char *english;
	size_t n;
	struct said_value v[SAID_VALUES_MAX];
	struct said *next, **at; /* in the list of all that live */
};

/* One conversion of a format: "%-8.3ld". */
struct said_spec {
	const char *begin, *end; /* "%" to behind the letter */
	size_t position;	 /* "%2$s": 2; 0: the next one */
	size_t stars;		 /* its width, precision or both are values */
	char length[3];		 /* "", "l", "ll", "z", ... */
	char letter;
	bool left; /* the flag '-', and no width */
};

/* The conversion that begins at `p`, a '%'; "%%" is one with the letter '%'.  False: it is none. */
bool said_read_spec(const char *p, struct said_spec *s);
/* From now on it lives, until said_free. */
void said_enlist(struct said *s);

#endif
