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
 *   next    whoever knows it     RESUME "--from 1-3"; the cli makes a command of it
 *   kind    whoever makes it     what the engine does next, and the exit status
 *
 * The hint is free advice and nothing decides by it.  A command that comes next is a verb with its
 * arguments, so that the cli can put in the stack, the home and the end that was given.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/said.h"

/* What follows from a kind, wherever such an error comes from. */
enum rb_trait {
	RB_IS_PASSING = 1 << 0, /* the same call may succeed a moment later: it is sent again */
	RB_IS_UNSURE = 1 << 1,	/* what was to change may have changed all the same */
	RB_IS_NOT_NOW = 1 << 2, /* of a delete: something hangs on it, or AWS asks to come again */
	RB_IS_EFFECT = 1 << 3,	/* of verify: what is broken elsewhere may look like this */
	RB_IS_SENDER = 1 << 4,	/* of who asks, whatever it was: rights, clock, Ctrl-C */
};

/* KIND(enumerator, exit status, name as shown in JSON, traits) */
#define RB_ERROR_KINDS(KIND)                                                                       \
	/* AWS refused, or a wait ran out */                                                       \
	KIND(FAILED, 1, "failed", RB_IS_EFFECT)                                                    \
	/* command line, parameters, configuration */                                              \
	KIND(USAGE, 2, "usage", 0)                                                                 \
	/* a file of ours: disk full, permission */                                                \
	KIND(IO, 1, "io", 0)                                                                       \
	/* no answer, and nothing was sent or it is safe */                                        \
	KIND(NETWORK, 1, "network", RB_IS_PASSING | RB_IS_EFFECT)                                  \
	/* sent, but no answer: may or may not have happened */                                    \
	KIND(LOST, 1, "lost", RB_IS_PASSING | RB_IS_UNSURE | RB_IS_EFFECT)                         \
	/* an answer that makes no sense */                                                        \
	KIND(PROTOCOL, 1, "protocol", RB_IS_UNSURE | RB_IS_EFFECT)                                 \
	/* the service asks to try again; some of its answers are sure: advice_did_nothing */      \
	KIND(RETRY, 1, "retry", RB_IS_PASSING | RB_IS_UNSURE | RB_IS_NOT_NOW | RB_IS_EFFECT)       \
	/* the service asks to slow down */                                                        \
	KIND(THROTTLED, 1, "throttled", RB_IS_PASSING | RB_IS_NOT_NOW)                             \
	/* not visible yet */                                                                      \
	KIND(CONSISTENCY, 1, "consistency", RB_IS_NOT_NOW | RB_IS_EFFECT)                          \
	/* already there */                                                                        \
	KIND(EXISTS, 1, "exists", 0)                                                               \
	/* no such thing */                                                                        \
	KIND(GONE, 1, "gone", RB_IS_EFFECT)                                                        \
	/* something still uses it */                                                              \
	KIND(DEPENDENCY, 1, "dependency", RB_IS_NOT_NOW)                                           \
	/* a limit or missing capacity: human must act; a 500, but a sure one */                   \
	KIND(QUOTA, 1, "quota", 0)                                                                 \
	/* not allowed; never retried */                                                           \
	KIND(DENIED, 5, "denied", RB_IS_SENDER)                                                    \
	/* missing, wrong or expired */                                                            \
	KIND(CREDENTIALS, 5, "credentials", RB_IS_SENDER)                                          \
	/* this machine's clock is wrong */                                                        \
	KIND(CLOCK, 5, "clock", RB_IS_SENDER)                                                      \
	/* not the account of the journal */                                                       \
	KIND(ACCOUNT, 5, "account", 0)                                                             \
	/* differs from what the procedure says */                                                 \
	KIND(DRIFT, 3, "drift", 0)                                                                 \
	/* a change that is left to a person: the call was not sent */                             \
	KIND(BY_HAND, 1, "by-hand", 0)                                                             \
	/* another runbook holds the stack */                                                      \
	KIND(LOCKED, 4, "locked", 0)                                                               \
	/* the journal cannot be trusted */                                                        \
	KIND(DAMAGED, 6, "damaged", 0)                                                             \
	KIND(INTERRUPTED, 130, "interrupted", RB_IS_SENDER)

enum rb_kind {
#define RB_KIND_ENUM_(name, status, label, traits) RB_##name,
	RB_ERROR_KINDS(RB_KIND_ENUM_)
#undef RB_KIND_ENUM_
};

/* VERB(enumerator, name as shown in JSON): what a person may do next */
#define RB_NEXT_VERBS(VERB)                                                                        \
	VERB(NONE, "none")   /* the hint says all */                                               \
	VERB(AGAIN, "again") /* the same command once more; args: with these as well */            \
	VERB(WAIT, "wait")   /* the same command in a few minutes */                               \
	VERB(SET, "set")     /* other parameters; args: NAME or NAME=VALUE, between blanks */      \
	VERB(RUN, "run")     /* from here on: commands of ours; args: what they are given */       \
	VERB(RESUME, "resume")                                                                     \
	VERB(UNDO, "undo")                                                                         \
	VERB(VERIFY, "verify")                                                                     \
	VERB(STATUS, "status")                                                                     \
	VERB(RECOVER, "recover")                                                                   \
	VERB(CONNECT, "connect")                                                                   \
	VERB(TUNNEL, "tunnel")                                                                     \
	VERB(EXPORT, "export")                                                                     \
	VERB(STEPS, "steps")                                                                       \
	VERB(EXPLAIN, "explain") /* the whole of what was told in short */                         \
	VERB(AWS, "aws")	 /* args: the words of a command of the AWS CLI that mends it */   \
	VERB(HOME_INIT, "home-init") /* args: the URL of the home */                               \
	VERB(HELP, "help")	     /* args: a command, NULL: the program */                      \
	VERB(CHOOSE, "choose")	     /* args: the word that was probably meant */                  \
	VERB(INSTALL, "install")     /* args: a program, and its package */

enum rb_next_verb {
#define RB_NEXT_ENUM_(name, label) RB_NEXT_##name,
	RB_NEXT_VERBS(RB_NEXT_ENUM_)
#undef RB_NEXT_ENUM_
};

struct rb_next {
	enum rb_next_verb verb;
	char *args; /* NULL: none */
};
enum { RB_NEXT_MAX = 3 };

/* What of an error is for people. */
enum rb_field { RB_WHAT, RB_WHERE, RB_WHY, RB_HINT, RB_FIELDS_N };

struct rb_error {
	enum rb_kind kind;
	/* These four in English, each of its sentence below; NULL: nobody filled it. */
	const char *what;
	const char *where;
	const char *why;
	const char *hint;
	struct said *said[RB_FIELDS_N];
	char *aws_code;	  /* as received, NULL when the answer had none */
	char *request_id; /* x-amzn-RequestId or its like */
	char *host_id;	  /* S3's x-amz-id-2 */
	char *region;	  /* S3: the region that the answer named */
	char *denial;	  /* what a denial refused, and what is missing: JSON text; NULL: unknown */
	int http_status;  /* 0: no answer */
	int sys_errno;	  /* 0: no system call failed */
	bool of_run;	  /* it came of a run's step: that run's parameters are fixed */
	size_t next_n;
	struct rb_next next[RB_NEXT_MAX]; /* in their order */
};

/* Every `fmt` here is as said.h has it: English, found by xgettext, with %-s for texts. */
/* `fmt` is the what.  Caller frees. */
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_new(enum rb_kind kind, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
/* As rb_error_new, but `fmt` is the why: for a layer that does not know what was being done. */
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_because(enum rb_kind kind, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
NODISCARD RETURNS_NONNULL struct rb_error *rb_error_vbecause(enum rb_kind kind, const char *fmt,
							     va_list ap) PRINTF_LIKE(2, 0);
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

/* The field gets another sentence, which may have the one before in it as a value. */
void rb_error_replace(struct rb_error *err, enum rb_field field, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* The field is empty again. */
void rb_error_drop(struct rb_error *err, enum rb_field field);

/*
 * Adds a verb after those that are there; `args` NULL: none; the one too many is left out.  Takes
 * NULL for err, answers err.
 */
NODISCARD struct rb_error *rb_error_next(struct rb_error *err, enum rb_next_verb verb,
					 const char *args);
/* Hint and verbs are not the right ones: these replace them. */
void rb_error_advise(struct rb_error *err, const char *hint, enum rb_next_verb verb,
		     const char *args);
void rb_error_clear_next(struct rb_error *err);
/* The verb is among them. */
bool rb_error_has_next(const struct rb_error *err, enum rb_next_verb verb);
const char *rb_next_name(enum rb_next_verb verb);
/* NONE, when no verb has that name. */
enum rb_next_verb rb_next_verb_of(const char *name);

/* AWS codes compare without regard to letter case: services disagree. */
bool rb_error_is_aws(const struct rb_error *err, const char *code);
bool rb_error_is(const struct rb_error *err, enum rb_kind kind);
/* False for NULL. */
bool rb_error_has_trait(const struct rb_error *err, enum rb_trait trait);

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
