/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text that says where stacks are kept: a folder, or
 * "s3://BUCKET/PREFIX?region=REGION&profile=PROFILE&lease=SECONDS", all but the bucket optional.
 */
#ifndef RUNBOOK_HOME_PLACE_H
#define RUNBOOK_HOME_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"

enum {
	HOME_LEASE_S = 120, /* unless the place says otherwise */
	HOME_LEASE_MIN_S = 2,
	HOME_LEASE_MAX_S = 3600,
};

struct home_place {
	char *bucket;
	char *prefix;  /* "" or "a/b": no '/' at either end */
	char *region;  /* NULL: the bucket is asked */
	char *profile; /* NULL: as for the run's AWS */
	int64_t lease_s;
};

/* It begins with "s3://". */
bool home_is_s3(const char *home);

/*
 *   owns    the caller clears *ret, also after a failure
 *   fails   USAGE  it is no such place; why says which part
 */
NODISCARD struct rb_error *home_place_parse(const char *home, struct home_place *ret);
void home_place_clear(struct home_place *place);
#define auto_home_place CLEANUP(home_place_clear) struct home_place

/* "s3://BUCKET/PREFIX", without the rest: for people.  Caller frees. */
NODISCARD char *home_place_url(const struct home_place *place);

#endif
