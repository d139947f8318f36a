/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client against a server on loopback, with fixed credentials and nothing of
 * the machine's own settings.
 */
#ifndef TESTS_AWS_WORLD_H
#define TESTS_AWS_WORLD_H

#include "aws/core/client.h"
#include "net/http.h"
#include "net/loop.h"

struct aws_world {
	struct loop *loop;
	struct http *http;
	struct aws_session *session;
	struct aws_client *client;
};

/* AWS_ENDPOINT_URL and the credentials are set in the environment. */
void aws_world_start(struct aws_world *w, const char *url, const char *region);
/* Another client of the same session; the caller frees it. */
struct aws_client *aws_world_client(struct aws_world *w, const char *region);
void aws_world_stop(struct aws_world *w);

#endif
