/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special about single actions of AWS, as columns of one table: code that serves all
 * actions asks here and names none.
 */
#ifndef AWS_ACTIONS_H
#define AWS_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* An action that the table does not know has nothing special.  `action` NULL: likewise. */

/* The call carries a client token. */
bool aws_action_takes_token(const char *action);
/* It sets or takes off tags and changes nothing else. */
bool aws_action_only_tags(const char *action);
/* The shortest wait after a throttled call, in milliseconds; 0: as with any other. */
int64_t aws_action_throttle_ms(const char *action);

#endif
