/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a bucket fit for stacks, or says what of an existing one is not; and whether its server
 * keeps the conditions that all stands on. */
#ifndef RUNBOOK_HOME_INIT_H
#define RUNBOOK_HOME_INIT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"

/* In the order in which they are told. */
enum home_trait {
	HOME_CONDITIONS,
	HOME_VERSIONING,
	HOME_PRIVATE,
	HOME_ENCRYPTION,
	HOME_POLICY,
	HOME_OLD_VERSIONS,
	HOME_TRAITS_N,
};
enum home_finding { HOME_HOLDS, HOME_DIFFERS, HOME_UNKNOWN };

struct home_findings {
	bool made; /* the bucket was not there */
	char *bucket, *region;
	enum home_finding v[HOME_TRAITS_N];
	struct rb_error *why[HOME_TRAITS_N]; /* what asking or setting it was answered; NULL */
};
void home_findings_clear(struct home_findings *f);
#define auto_home_findings CLEANUP(home_findings_clear) struct home_findings

/* "conditional-writes": for programs; and in words, English. */
const char *home_trait_name(enum home_trait trait);
const char *home_trait_text(enum home_trait trait);

/*
 * The bucket of `home`: made with all that it needs when it is not there; otherwise nothing of it
 * is changed, and *ret says what holds.  In either case the probe object is written. fails  USAGE
 * `home` is no bucket, or nobody says in which region to make it DENIED, NETWORK ...
 */
NODISCARD struct rb_error *home_init(const char *home, struct home_findings *ret);

struct home_s3;
/*
 * Does the server keep conditions?  Tried with the object PREFIX/probe, which stays.
 *   fails  FAILED  it ignores or refuses one: nothing may be kept there
 */
NODISCARD struct rb_error *home_probe(struct home_s3 *h);
/* The same once for each machine, of a server that is not AWS's own. */
NODISCARD struct rb_error *home_probe_once(struct home_s3 *h);

#endif
