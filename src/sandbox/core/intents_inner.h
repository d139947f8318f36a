/* SPDX-License-Identifier: Apache-2.0 */
/* The intents of --journal, for intents*.c alone. */
#ifndef SANDBOX_CORE_INTENTS_INNER_H
#define SANDBOX_CORE_INTENTS_INNER_H

#include <pthread.h>
#include <sys/types.h>

#include "base/strv.h"
#include "sandbox/core/inner.h"

enum { INTENTS_TAIL = 24 }; /* the end of a record, which no other record has: its checksum */

struct intent {
	char *sum; /* of its record: no other has it */
	char *service, *action, *region, *step, *token;
};

/* One journal, read as far as it was synced. */
struct watched {
	char *path;
	ino_t inode;
	off_t read;
	char tail[INTENTS_TAIL + 1]; /* what stood before `read` */
	struct intent *open;	     /* nothing has used them */
	size_t n_open;
	bool seen;
};

struct intents {
	pthread_mutex_t lock;
	char *path;
	struct watched *files;
	size_t n_files;
	struct strv used;	 /* checksums */
	struct strv invocations; /* calls that had their intent */
};

void intent_clear(struct intent *i);
/* What was read of the journal, with the intents in it. */
void intents_forget(struct watched *w);
/* Reads what was added to the journals since; whose file is gone is forgotten. */
void intents_scan(struct intents *in);

#endif
