/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox in this process, one client in Tokyo and one in Virginia, and tags
 * to give to everything; for tests of typed calls.
 */
#ifndef TESTS_SBX_WORLD_H
#define TESTS_SBX_WORLD_H

#include <stdbool.h>

#include "aws/core/client.h"
#include "base/error.h"

extern struct aws_client *tokyo, *virginia;
extern struct aws_tags tags; /* Name, and runbook:run = RUN */
#define RUN "r 1+2=/3"

/* What POST /_sandbox/account takes, with ' for ". */
void sbx_world_account(const char *quoted);

/* For cmocka's groups. */
int sbx_world_start(void **state);
int sbx_world_stop(void **state);

/* The test fails unless the call did well, or ended with that kind. */
void well(struct rb_error *err);
void ends(struct rb_error *err, enum rb_kind kind);
/* Ask until it is so, for the sandbox's reads lag and its states take time, as AWS's do. */
void until(bool (*holds)(const char *id), const char *id, const char *what);

extern const char trust[]; /* the policy that EC2 may take such a role by */
/* A role with AmazonS3FullAccess in an instance profile, and both away again. */
void make_profile(const char *role, const char *profile);
void remove_profile(const char *role, const char *profile);

#endif
