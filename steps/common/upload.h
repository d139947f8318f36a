/* SPDX-License-Identifier: Apache-2.0 */
/* What the uploaded object is, for the step that uploads it and those that meet it. */
#ifndef STEPS_UPLOAD_H
#define STEPS_UPLOAD_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/strv.h"
#include "runbook/contract/step.h"

/* upload.bytes goes no further: 4-2 reads a large upload back to compare it, and it is a proof, no
 * transfer of data. */
enum { UPLOAD_BYTES_MAX = 64 * 1024 * 1024 };

/* "KEY.from-outside": what is put by the public endpoint to show that it is refused. */
#define UPLOAD_OUTSIDE_SUFFIX ".from-outside"

/* The file that is uploaded by hand, in the home of the instance's user. */
#define UPLOAD_FILE_BY_HAND "./dummy.txt"

enum { UPLOAD_TIMEOUT_S = 300 }; /* of the whole copy, on the instance */

/* Borrowed strings. */
struct upload {
	const char *bucket;
	const char *endpoint_dns;
	const char *key;
	const char *file; /* on the instance: the key's last part */
};

/* The commands that make the file, print its SHA-256 and its MD5, a line each, and copy it. */
void upload_script(struct step_ctx *ctx, const struct upload *u, struct buf *out);
/* The hex digits that `sha256sum` or `md5sum` put at the start of line `nth`; NULL: none.  Caller
 * frees. */
NODISCARD char *upload_sum_of(const struct buf *out, int nth, size_t digits);
/* First words of `getent ahosts` lines, each once. */
void upload_addresses_of(struct span text, struct strv *ret);
/* There are some, and each is an address of the block. */
bool upload_all_inside(const struct strv *addresses, const char *cidr);

#endif
