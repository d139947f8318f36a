/* SPDX-License-Identifier: Apache-2.0 */
/* What the uploaded object is, for the step that uploads it and those that meet it. */
#ifndef STEPS_UPLOAD_H
#define STEPS_UPLOAD_H

/* upload.bytes goes no further: 4-2 reads a large upload back to compare it, and it is a proof, no
 * transfer of data. */
enum { UPLOAD_BYTES_MAX = 64 * 1024 * 1024 };

/* "KEY.from-outside": what is put by the public endpoint to show that it is refused. */
#define UPLOAD_OUTSIDE_SUFFIX ".from-outside"

#endif
