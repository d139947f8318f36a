/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed calls, caught on their way and compared with the API models: names, required
 * members, types, enums, lengths, filters, checksums.
 */
#ifndef TESTS_REQUEST_CHECK_H
#define TESTS_REQUEST_CHECK_H

#include <stddef.h>

#include "aws/core/client.h"
#include "base/error.h"
#include "tests/lib/aws_world.h"

/* One function of a typed header, in every way that it can be called. */
struct request_row {
	const char *function;
	void (*run)(struct aws_client *c);
	const char *actions; /* that it sends, in order of first use; "": none */
};
#define REQUEST_ROW(function, actions)                                                             \
	{                                                                                          \
#function, run_##function, actions                                                 \
	}

extern struct aws_world request_world;
extern struct aws_tags request_tags;

/* For cmocka's groups: a server that says yes, and has two pages of everything. */
int requests_start(void **state);
int requests_stop(void **state);

/* Takes the answer of a call: one that makes a thing is told no id and fails after it was
 * sent, which is all that counts. */
void sent(struct rb_error *err);

/* Every request of every row fits, and there were `at_least` so many. */
void requests_fit_the_model(const struct request_row *rows, size_t n_rows, size_t at_least);
/* Each NODISCARD function of the headers (NULL-terminated) has a row, and each row one. */
void functions_have_rows(const struct request_row *rows, size_t n_rows, const char *const *headers);

#endif
