/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack: HOME/STACK with its lock, its run.json and its journal, and the state
 * that the journal adds up to.
 */
#ifndef RUNBOOK_STACK_H
#define RUNBOOK_STACK_H

#include <stdbool.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "runbook/record/journal.h"
#include "runbook/record/state.h"

struct stack_ops;

struct stack {
	const struct stack_ops *ops; /* where it is kept; NULL: never opened */
	char *name;
	char *home; /* as given */
	char *dir;  /* HOME/STACK; its folder on this machine, when HOME is a bucket */
	int lock_fd;
	struct journal *journal; /* NULL: opened for reading */
	struct run_state state;
	bool made_dir, made_home; /* by this process: both go again when nothing is begun */
	bool begun_here;	  /* this process began the run: nothing of it can be older */
	/* What was recorded, instead of a journal: of a run that is looked for.  NULL: it is not.
	 */
	json_t *gathered;
	size_t cut_bytes;
	/* Of a home in a bucket: */
	struct stack_s3 *s3;
	char *taken_from;    /* who held it until now and had not given it back; NULL: nobody */
	size_t resent_bytes; /* of records that an earlier command here could not write there */
	char *set_aside;     /* a file with such records that do not fit any more; NULL: none */
	bool offline;	     /* it was not reached: this is the copy on this machine */
};

enum stack_mode {
	STACK_READ,  /* no lock, nothing made or changed; a stack that is not there is "new" */
	STACK_WRITE, /* locked; the directory is made, a torn journal is cut */
};

/* 1 to 32 of a-z, 0-9 and '-'; USAGE says so. */
bool stack_name_is_good(const char *name);
NODISCARD struct rb_error *stack_check_name(const char *name);

/* A stack that is named and not opened: "new", whatever is there.  stack_close it. */
void stack_init(struct stack *st, const char *home, const char *name,
		const struct procedure *const *procedures);

/*
 *   owns    `st` belongs to the caller (stack_close), also after a failure
 *   fails   USAGE    the name is none, or the directory is not ours alone
 *           LOCKED   another process holds it: pid, host and since when
 *           DAMAGED  see journal.h
 */
NODISCARD struct rb_error *stack_open(struct stack *st, const char *home, const char *name,
				      enum stack_mode mode,
				      const struct procedure *const *procedures);
/* A folder that stack_open made, and in which no run was begun, is removed. */
void stack_close(struct stack *st);
#define auto_stack CLEANUP(stack_close) struct stack

/* "HOME/STACK/name".  Caller frees. */
NODISCARD char *stack_path(const struct stack *st, const char *name);

/* There is a run that was not undone. */
bool stack_has_run(const struct stack *st);

/* An id that no run has yet, "20261123-5f0c2a91".  Caller frees. */
NODISCARD char *stack_new_run_id(void);

/*
 * Begin a run of the procedure whose parameters these are: a new id, run.json synced, then the
 * journal's first record.  A finished run's journal is kept as journal-RUN.jsonl.
 */
NODISCARD struct rb_error *stack_begin_run(struct stack *st, const char *account,
					   const char *partition, const struct params *params);

/* Each record of the run, read afresh: what another process has written meanwhile is in it. */
NODISCARD struct rb_error *stack_read_journal(const struct stack *st, journal_visitor *visit,
					      void *arg);
/*
 * For a run that is looked for: the stack has no folder, and what is recorded is gathered.
 * `params` as far as they are known.
 */
void stack_gather_run(struct stack *st, const char *run_id, const char *account,
		      const char *partition, const struct params *params);
/*
 * Writes the journal of a run that was found: run.json synced, the run's record with the parameters
 * of `found`, then all that it gathered.  A crash between any two leaves a run whose steps look by
 * tag for what is not recorded.
 *   fails  USAGE  a run is here already; nothing was touched
 */
NODISCARD struct rb_error *stack_write_recovered(struct stack *st, const struct stack *found);

/* All of it as it is kept, and where: a path, or the URL of its log.  GONE when there is none. */
NODISCARD struct rb_error *stack_journal_text(const struct stack *st, struct buf *ret,
					      char **ret_name);

/*
 * Where `runbook home copy` moved the stack to: a home, as text that can be printed; NULL: it is
 * here.  Caller frees.
 *   fails  IO, NETWORK and so on, when the mark cannot be read
 */
NODISCARD struct rb_error *stack_find_moved(const struct stack *st, char **ret_to);

struct loop;
/* The loop in which a command on this stack has to run its requests; NULL: one of its own. */
struct loop *stack_loop(const struct stack *st);

/* Append to the journal, then apply to the state.  `rec` is taken. */
NODISCARD struct rb_error *stack_record(struct stack *st, json_t *rec, bool sync);

#endif
