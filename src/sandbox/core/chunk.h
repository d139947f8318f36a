/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws-chunked, the framing inside an S3 upload's body:
 *
 *     SIZE[;chunk-signature=HEX] CRLF bytes CRLF ... 0[;...] CRLF [name:value CRLF]... CRLF
 *
 * x-amz-content-sha256 says which of the four forms it is.
 *   source  S3 API Reference, "Signature calculations for the authorization header:
 *           transferring payload in multiple chunks" and "... including trailing headers"
 */
#ifndef SANDBOX_SBX_CHUNK_H
#define SANDBOX_SBX_CHUNK_H

#include <stdbool.h>

#include "aws/core/sigv4.h"
#include "base/attr.h"
#include "base/buf.h"

struct chunk_form {
	bool is_signed;	  /* each chunk carries a signature */
	bool has_trailer; /* checksum headers follow the last chunk */
};

/* The form that this value of x-amz-content-sha256 announces; false when it is not chunked. */
bool chunk_form(const char *content_sha256, struct chunk_form *ret_form);

/* What the chunk signatures hang on: needed for a signed form only.  Borrowed. */
struct chunk_key {
	const char *secret_key;
	struct sigv4_scope scope;
	const char *seed_signature; /* of the Authorization header */
};

/* Why a body was refused: an S3 error. */
struct chunk_fault {
	int status;
	const char *code, *message;
};

/*
 * Append the payload of `body` to `out` and its trailers to `trailers`, one
 * "name:value\n" each with the name in lower case.  Answers false and fills
 * *ret_fault when the framing or a signature is wrong.
 */
NODISCARD bool chunk_decode(const struct buf *body, struct chunk_form form,
			    const struct chunk_key *key, struct buf *out, struct buf *trailers,
			    struct chunk_fault *ret_fault);

#endif
