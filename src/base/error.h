/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, as one value.  NULL is success; anything else is owned by
 * the caller.  Each layer fills the field that it alone knows and leaves the
 * others as they came, so a message is never written twice:
 *
 *   what    step or typed call   cannot create VPC '10.0.0.0/16'
 *   where   engine               step 1-1 do, eu-west-1, ec2 CreateVpc
 *   why     whoever saw it       VpcLimitExceeded: ...      (as received)
 *   hint    aws/core/advice.c, cli    delete an unused VPC or raise the quota
 *   kind    whoever makes it     what the engine does next, and the exit status
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"

/* KIND(enumerator, exit status, name as shown in JSON) */
#define RB_ERROR_KINDS(KIND)                                                                       \
	KIND(FAILED, 1, "failed")	/* AWS said no, or a wait ran out */                       \
	KIND(USAGE, 2, "usage")		/* command line, parameters, configuration */              \
	KIND(IO, 1, "io")		/* a file of ours: disk full, permission */                \
	KIND(NETWORK, 1, "network")	/* no answer, and nothing was sent or it is safe */        \
	KIND(LOST, 1, "lost")		/* sent, but no answer: may or may not have happened */    \
	KIND(PROTOCOL, 1, "protocol")	/* an answer that makes no sense */                        \
	KIND(RETRY, 1, "retry")		/* the service asks to try again */                        \
	KIND(THROTTLED, 1, "throttled") /* the service asks to slow down */                        \
	KIND(CONSISTENCY, 1, "consistency") /* not visible yet */                                  \
	KIND(EXISTS, 1, "exists")	    /* already there */                                    \
	KIND(GONE, 1, "gone")		    /* no such thing */                                    \
	KIND(DEPENDENCY, 1, "dependency")   /* something still uses it */                          \
	KIND(QUOTA, 1, "quota")		    /* a limit or missing capacity: human must act */      \
	KIND(DENIED, 5, "denied")	    /* not allowed; never retried */                       \
	KIND(CREDENTIALS, 5, "credentials") /* missing, wrong or expired */                        \
	KIND(CLOCK, 5, "clock")		    /* this machine's clock is wrong */                    \
	KIND(ACCOUNT, 5, "account")	    /* not the account of the journal */                   \
	KIND(DRIFT, 3, "drift")		    /* differs from what the procedure says */             \
	KIND(LOCKED, 4, "locked")	    /* another runbook holds the stack */                  \
	KIND(DAMAGED, 6, "damaged")	    /* the journal cannot be trusted */                    \
	KIND(INTERRUPTED, 130, "interrupted")

enum rb_kind {
#define RB_KIND_ENUM_(name, status, label) RB_##name,
	RB_ERROR_KINDS(RB_KIND_ENUM_)
#undef RB_KIND_ENUM_
};

struct rb_error {
	enum rb_kind kind;
	char *what;
	char *where;
	char *why;
	char *hint;
	char *aws_code;	   /* as received, NULL when the answer had none */
	char *request_id;  /* x-amzn-RequestId or its like */
	char *host_id;	   /* S3's x-amz-id-2 */
	char *region;	   /* S3: the region that the answer named */
	int http_status;   /* 0: no answer */
	int sys_errno;	   /* 0: no system call failed */
	bool of_parameter; /* a parameter of the run is at fault: only another run can have another
			    */
};

/* `fmt` is the what.  Caller frees. */
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_new(enum rb_kind kind, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
/* As rb_error_new, but `fmt` is the why: for a layer that does not know what was being done. */
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_because(enum rb_kind kind, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
/* As rb_error_new, for a failed system call: why becomes strerror(err). */
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_sys(int err, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* Each fills its field only when nobody has yet, takes NULL for err, answers err. */
NODISCARD struct rb_error *rb_error_what(struct rb_error *err, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
NODISCARD struct rb_error *rb_error_where(struct rb_error *err, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
NODISCARD struct rb_error *rb_error_why(struct rb_error *err, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
NODISCARD struct rb_error *rb_error_hint(struct rb_error *err, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* A parameter of the run is at fault.  Takes NULL for err, answers err. */
NODISCARD struct rb_error *rb_error_of_parameter(struct rb_error *err);

/* AWS codes compare without regard to letter case: services disagree. */
bool rb_error_is_aws(const struct rb_error *err, const char *code);
bool rb_error_is(const struct rb_error *err, enum rb_kind kind);

int rb_error_exit_status(const struct rb_error *err); /* 0 for NULL */
const char *rb_kind_name(enum rb_kind kind);

NODISCARD struct rb_error *rb_error_copy(const struct rb_error *err);

/* Answers NULL, so `err = rb_error_free(err)` forgets it. */
struct rb_error *rb_error_free(struct rb_error *err);

static inline void auto_error_(struct rb_error **err)
{
	(void)rb_error_free(*err);
}
#define auto_error CLEANUP(auto_error_)

/* Our one macro that returns. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		struct rb_error *try_err_ = (call);                                                \
		if (try_err_)                                                                      \
			return try_err_;                                                           \
	} while (0)

#endif
