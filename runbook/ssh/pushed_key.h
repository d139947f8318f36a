/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that was sent to AWS last, in memory alone: AWS lets an instance take it for 60 seconds,
 * and who logs in to the same instance as the same user meanwhile needs no other one.
 *
 *   source  EC2 Instance Connect API Reference, SendSSHPublicKey
 */
#ifndef RUNBOOK_PUSHED_KEY_H
#define RUNBOOK_PUSHED_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/sshkey.h"

/* What is asked for, and answered. */
struct pushed_key {
	struct aws_client *aws; /* in the instance's region */
	const char *instance_id;
	const char *os_user;
	bool anew;		  /* none that was sent before */
	const struct sshkey *key; /* until the caller waits for anything */
	int64_t pushed_ms;	  /* monotonic, from before it was sent */
	bool was_there;		  /* it was sent for another connection */
};

/*
 * A key that the instance takes for the next seconds: the last one, or a new one that is sent to
 * AWS.  Of those who ask side by side one sends it, and the others wait for that.  Fails as
 * eic_send_ssh_public_key and sshkey_generate do.
 */
NODISCARD struct rb_error *pushed_key_get(struct pushed_key *k);
/* True when a key that was sent at `pushed_ms` (0: none was) serves one more connection. */
bool pushed_key_lasts(int64_t pushed_ms, int64_t now_ms);
/* The instance did not take the one of `pushed_ms`: nobody uses it any more. */
void pushed_key_refused(int64_t pushed_ms);
/* It is wiped; at the process's end, too. */
void pushed_key_forget(void);

#endif
