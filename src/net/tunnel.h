/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of two file descriptors through a WebSocket: the client side of an EC2
 * Instance Connect Endpoint's openTunnel.
 *
 * The connection (address, proxy, TLS, verification) is libcurl's; the upgrade is
 * ours, as libcurl here has no WebSocket; the frames are wslay's.  Memory is
 * bounded: what one side cannot take is not read from the other.
 *   source  RFC 6455; the behaviour of the AWS CLI's open-tunnel
 */
#ifndef NET_TUNNEL_H
#define NET_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"

struct tunnel_options {
	const char *host;	    /* also SNI and Host; port 443 */
	const char *path_and_query; /* signed: as good as a password for 60 s; never logged */
	const char *ca_bundle;	    /* file or hashed directory; NULL: libcurl's own */
	const char *ca_pem; /* the certificates themselves, instead of ca_bundle; NULL: not */
	const char *const *connect_to; /* as http_options; NULL: none */
	bool no_proxy;		       /* whatever the environment says */
	const char *user_agent;
	int64_t open_timeout_ms; /* until the upgrade is answered; 0: 20 s,
				  * less than ssh waits, so that the reason is printed first */
	int in_fd;		 /* read until its end */
	int out_fd;
	int stop_fd; /* readable: close the tunnel properly and return; -1: none */
};

/*
 * Carry bytes until either side ends.  Descriptors stay open and non-blocking mode is restored.
 *   NULL     the peer closed with 1000 or an empty close, in_fd ended, out_fd's reader went
 *            away, or stop_fd asked
 *   fails    NETWORK, FAILED (certificate)  as http_perform
 *            DENIED, GONE, THROTTLED, RETRY, FAILED  the upgrade was refused: aws_code, why and
 *                     http_status as received
 *            IO       out_fd took no more, and not because its reader had ended
 *            LOST     the connection broke without a close
 *            PROTOCOL what the peer sent is no WebSocket, or text
 *            FAILED   closed with another code: aws_code is TUNNEL_UNREACHABLE when the endpoint
 *                     could not reach the target
 */
#define TUNNEL_UNREACHABLE "TargetUnreachable"
#define TUNNEL_CLOSED "TunnelClosed"
/* aws_code of the NETWORK error when the endpoint's name does not resolve. */
#define TUNNEL_NO_SUCH_NAME "EndpointNameUnknown"
NODISCARD struct rb_error *tunnel_run(const struct tunnel_options *options);

#endif
