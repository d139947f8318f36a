/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server on loopback that misbehaves by script: raw bytes over TCP or TLS,
 * each connection in a thread of its own.  Each request takes the next step of
 * the script; the last step is played again and again.
 */
#ifndef TESTS_FAULTD_H
#define TESTS_FAULTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum faultd_act {
	FAULTD_ANSWER,	     /* send `bytes`, keep the connection */
	FAULTD_ANSWER_CLOSE, /* send `bytes`, close */
	FAULTD_RESET_UNREAD, /* reset the connection before reading anything */
	FAULTD_RESET_READ,   /* read the request, then reset */
	FAULTD_CLOSE_READ,   /* read the request, then close */
	FAULTD_SLOW,	     /* send `bytes`, `ms` between each of them */
	FAULTD_LATE,	     /* send `bytes` after `ms`, keep the connection */
	FAULTD_ENDLESS,	     /* send `bytes`, then 'x' until the client goes away */
	FAULTD_HANG,	     /* read the request and say nothing until the client goes away */
};

struct faultd_step {
	enum faultd_act act;
	const char *bytes; /* a whole answer as faultd_http makes it, or any rubbish; borrowed */
	int ms;
};

enum faultd_cert {
	FAULTD_PLAIN, /* no TLS */
	FAULTD_CERT,  /* for 127.0.0.1 and localhost, by the authority in faultd_ca_file */
	FAULTD_CERT_EXPIRED,
	FAULTD_CERT_EARLY, /* not valid yet */
	FAULTD_CERT_OTHER_NAME,
	FAULTD_CERT_TLS12, /* as FAULTD_CERT; speaks TLS 1.2 only */
	FAULTD_CERT_TLS11, /* speaks nothing newer than TLS 1.1 */
};

struct faultd;
struct faultd *faultd_start(enum faultd_cert cert, const struct faultd_step *steps, size_t n);
/* The next request takes steps[0]; what was recorded is forgotten. */
void faultd_script(struct faultd *d, const struct faultd_step *steps, size_t n);
void faultd_stop(struct faultd *d);

int faultd_port(const struct faultd *d);
/* "http://127.0.0.1:PORT" or https. */
const char *faultd_url(const struct faultd *d);
/* PEM file of its authority, and a hashed directory that holds the same. */
const char *faultd_ca_file(const struct faultd *d);
const char *faultd_ca_dir(const struct faultd *d);

/* Requests that were read whole, heads and bodies as received. */
size_t faultd_count(struct faultd *d);
/* Connections that were accepted. */
size_t faultd_connections(struct faultd *d);
/* NULL when there are fewer.  Borrowed until faultd_script or faultd_stop. */
const char *faultd_request(struct faultd *d, size_t i);

/*
 * A whole answer; Content-Length and a Date (`date_offset_s` from now) are added.
 * `headers`: more lines, each with its CR LF, or "".  Caller frees.
 */
NODISCARD char *faultd_http(int status, const char *headers, int64_t date_offset_s,
			    const char *body);

#endif
