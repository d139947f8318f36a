/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client in eu-west-1 against a server that misbehaves by script: first add the
 * answers, then start, then call and look at what the server saw.
 *
 *	struct fault_world f = { 0 };
 *
 *	fw_add_error(&f, 503, "RequestLimitExceeded", "slow down");
 *	fw_add_ok(&f, "CreateVpc");
 *	fw_start(&f);
 *	fw_assert_well(fw_create(&f, 0));
 *	assert_int_equal(faultd_count(f.d), 2);
 *	fw_stop(&f);
 */
#ifndef TESTS_FAULT_WORLD_H
#define TESTS_FAULT_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "base/error.h"
#include "net/http.h"
#include "net/loop.h"
#include "tests/lib/faultd.h"

/* Waits a thousandth of the real ones: backoff 20 s -> 20 ms, settling 5 min -> 300 ms. */
enum { FW_SPEED = 1000 };

struct fault_world {
	struct loop *loop;
	struct http *http;
	struct aws_session *session;
	struct aws_client *client;
	struct faultd *d;
	struct aws_observer observer;
	int before, after; /* times that the observer was asked and told */
	bool refuse;	   /* what before_change answers */
	char last_action[40];
	char *answers[8]; /* what the steps point to */
	size_t n_answers;
	struct faultd_step steps[8];
	size_t n_steps;
};

/* No setting of whoever runs this; fixed keys in the environment.  Once, before the tests. */
void fw_clean_environment(void);
/* NULL: unset. */
void fw_set_env(const char *name, const char *value);

/* `bytes` is taken; NULL: none. */
void fw_add_bytes(struct fault_world *f, enum faultd_act act, char *bytes);
void fw_add_http(struct fault_world *f, int status, const char *headers, int64_t date_offset_s,
		 const char *body);
void fw_add_ok(struct fault_world *f, const char *action);
/* EC2's envelope. */
void fw_add_error(struct fault_world *f, int status, const char *code, const char *message);
void fw_add_error_at(struct fault_world *f, int status, int64_t date_offset_s, const char *code,
		     const char *message);

/* By AWS_ENDPOINT_URL, or under AWS's own names over TLS. */
void fw_start(struct fault_world *f);
void fw_start_as_aws(struct fault_world *f);
void fw_stop(struct fault_world *f);

/* DescribeVpcs, and CreateVpc with AWS_CHANGES and more `flags`. */
struct rb_error *fw_describe(struct fault_world *f);
struct rb_error *fw_create(struct fault_world *f, unsigned flags);

/* Each takes `err`. */
void fw_assert_kind(struct rb_error *err, enum rb_kind kind);
void fw_assert_well(struct rb_error *err);

/* A header of the i-th request as the server read it.  Caller frees. */
char *fw_header_of(struct fault_world *f, size_t i, const char *name);
/* True within five seconds. */
bool fw_near(int64_t value_s, int64_t expected_s);

#endif
