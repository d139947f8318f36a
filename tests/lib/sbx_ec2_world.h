/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 in a sandbox of one's own: what its tests need again and again. */
#ifndef TESTS_SBX_EC2_WORLD_H
#define TESTS_SBX_EC2_WORLD_H

#include "tests/lib/sbx_client.h"

/* The one client of the test program, at AWS's own speed and without lag; cmocka fixtures. */
extern struct sbx_client c;
int ec2_world_setup(void **state);
int ec2_world_setup_lag(void **state);
int ec2_world_setup_harsh(void **state);
int ec2_world_teardown(void **state);

#define EC2(...) sbx_query_call(&c, "ec2", __VA_ARGS__)
#define GOOD(call)                                                                                 \
	do {                                                                                       \
		if (call)                                                                          \
			fail_msg("%s\n%s", #call, c.rep.body.p);                                   \
	} while (0)
/* All of EC2's refusals that are not about the caller have status 400. */
#define BAD(want_code, call)                                                                       \
	do {                                                                                       \
		const char *code_ = call;                                                          \
		if (!code_ || strcmp(code_, want_code) != 0 || c.rep.status != 400)                \
			fail_msg("%s\n%d %s", #call, c.rep.status, c.rep.body.p);                  \
	} while (0)
#define HAS(text)                                                                                  \
	do {                                                                                       \
		if (!sbx_answer_has(&c, text))                                                     \
			fail_msg("no '%s' in\n%s", text, c.rep.body.p);                            \
	} while (0)
#define HAS_NOT(text)                                                                              \
	do {                                                                                       \
		if (sbx_answer_has(&c, text))                                                      \
			fail_msg("'%s' is in\n%s", text, c.rep.body.p);                            \
	} while (0)

/* Does the call, which must go well, and answers the text of an element; caller frees. */
NODISCARD char *ec2_made(const char *element, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* How often a text stands in the last answer. */
size_t ec2_count(const char *text);
/* The world goes on by so many seconds. */
void skip_s(int64_t seconds);

/* A VPC with a subnet, made in the client's region. */
struct ec2_net {
	char *vpc, *subnet, *table, *group;
};
struct ec2_net ec2_net_new(const char *vpc_cidr, const char *subnet_cidr, const char *zone);
void ec2_net_clear(struct ec2_net *net);
#define auto_net CLEANUP(ec2_net_clear) struct ec2_net

/* A role "r" in a profile "p", known to EC2 already. */
void ec2_profile_new(void);

#endif
