/* SPDX-License-Identifier: Apache-2.0 */
/* A call that tasks share, for the files that make it (shared.c, shared_guest.c). */
#ifndef AWS_EC2_SHARED_INT_H
#define AWS_EC2_SHARED_INT_H

#include "aws/ec2/shared.h"
#include "net/loop.h"

/* A question in a call, on its asker's stack. */
struct asker {
	struct asker *next;
	const struct ec2_question *q;
	struct rb_error *err;
	bool answered; /* as a guest: nothing is left to ask */
};

struct ec2_shared_read {
	struct ec2_shared_read *next; /* of the session's that are not sent yet */
	struct aws_session *session;
	char *region;
	const struct ec2_listing *how;
	char *key;	      /* what questions must have in common */
	struct asker *askers; /* the last first */
	size_t n_askers;      /* how many have not taken their answer yet */
	struct task *task;    /* sends it */
	bool given;	      /* an item has been given out */
	bool each_by_itself;  /* nobody has an answer yet */
	struct aws_observer observer;
	struct ec2_shared_read *host;	/* whose answer is waited for first; NULL: nobody's */
	struct ec2_shared_read *guests; /* that wait for this one's */
	struct ec2_shared_read *next_guest;
};

/* ids alone */
bool shared_asks_by_id(const struct ec2_question *q);

/*
 * A list of all that a VPC has answers who asks for one of them by its id, too.  Pairs `r`, which
 * is about to be sent, with those of its turn that are not: who asks by ids is the guest.
 */
void shared_find_guests(struct ec2_shared_read *r);
/* An item of a host's answer, for the guests. */
void shared_give_guests(struct ec2_shared_read *host, const struct xml_node *item);
/* Waits for the host's answer; true when nothing is left to ask. */
bool shared_was_guest(struct ec2_shared_read *r);

#endif
