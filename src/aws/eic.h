/* SPDX-License-Identifier: Apache-2.0 */
/* Typed calls of EC2 Instance Connect (JSON 1.1).  Conventions as in ec2.h. */
#ifndef AWS_EIC_H
#define AWS_EIC_H

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

/* The key is accepted on the instance for 60 seconds.  `public_key`: one OpenSSH line, no comment.
 */
NODISCARD struct rb_error *eic_send_ssh_public_key(struct aws_client *c, const char *instance_id,
						   const char *os_user, const char *public_key);

/*
 * The signed openTunnel URL of an endpoint, valid 60 seconds: scheme, host and the whole query.
 * It is as good as a password while it lives: never log it, never pass it in argv.
 * `max_duration_s`: 1 to 3600.
 */
NODISCARD struct rb_error *eic_open_tunnel_url(struct aws_client *c, const char *dns_name,
					       const char *endpoint_id, const char *private_ip,
					       int remote_port, int max_duration_s, char **ret_host,
					       char **ret_path_and_query);

/* The same before it is signed; `max_duration_s` 0: not sent.  For the signing vectors. */
void eic_tunnel_request(struct http_request *req, const char *host, const char *endpoint_id,
			const char *private_ip, int remote_port, int max_duration_s);

#endif
