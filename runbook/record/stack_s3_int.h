/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that are a stack in a bucket; nobody else includes it. */
#ifndef RUNBOOK_RECORD_STACK_S3_INT_H
#define RUNBOOK_RECORD_STACK_S3_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "net/loop.h"
#include "runbook/record/home_lease.h"
#include "runbook/record/home_s3.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_ops.h"

struct stack_s3 {
	struct home_s3 *home;	 /* borrowed; NULL: not reached */
	struct home_lease lease; /* of STACK_WRITE */
	int64_t runs;		 /* that the stack had; 0: none, or it was not asked yet */
	struct task *renewer;	 /* renews the lease while there is nothing to write */
	bool ends;		 /* the renewer is to end */
	int own_tasks;		 /* in the loop: the renewer, a writer of batches */
};

/* S3 is not reached (`err`, taken), and what is here is better than nothing for who only reads:
 * the stack is offline then; else the error as it was. */
NODISCARD struct rb_error *stack_s3_go_offline(struct stack *st, struct rb_error *err);

/* As in struct stack_ops. */
NODISCARD struct rb_error *stack_s3_open(struct stack *st, enum stack_mode mode, bool *ret_there);
void stack_s3_close(struct stack *st);
NODISCARD struct rb_error *stack_s3_write_identity(struct stack *st, const char *text, size_t n);
NODISCARD struct rb_error *stack_s3_runs(struct stack *st, struct strv *ret);
NODISCARD struct rb_error *stack_s3_run_text(struct stack *st, const char *run, struct buf *ret);
NODISCARD struct rb_error *stack_s3_import_run(struct stack *st, const char *run, bool current,
					       const char *identity, const struct buf *text);
NODISCARD struct rb_error *stack_s3_mark_moved(struct stack *st, const char *to);
NODISCARD struct rb_error *stack_s3_find_moved(const struct stack *st, char **ret_to);

#endif
