/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal whose lines are batches in a bucket: what several tasks append while one batch is on
 * its way is the next one.
 */
#ifndef RUNBOOK_HOME_STORE_H
#define RUNBOOK_HOME_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/home_lease.h"
#include "runbook/record/journal_store.h"

struct home_store_options {
	struct home_lease *lease; /* borrowed, and held */
	const char *run;
	const char *dir;     /* the stack's folder on this machine, for the copy */
	const bool *is_over; /* the run was undone: asked at the end */
	int *own_tasks;	     /* tasks that this and its owner have in the loop; borrowed */
	size_t *resent_bytes;
	char **set_aside;
};

/* For journal_open_store, which reads, fences and reconciles. */
NODISCARD struct journal_store *home_store_new(const struct home_store_options *options);

#endif
