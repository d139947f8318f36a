/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording: every exchange with AWS as a line of JSON, fit to be published.  The format is
 * docs/recording.md.
 */
#ifndef AWS_RECORD_RECORDER_H
#define AWS_RECORD_RECORDER_H

#include "aws/core/client.h"
#include "aws/record/redact.h"
#include "base/attr.h"
#include "base/error.h"

enum { RECORDING_VERSION = 1 };

struct recorder;
struct recorder_options {
	const unsigned char *key;   /* REDACT_KEY_BYTES, copied */
	const char *command;	    /* "run" */
	double speed;		    /* AWS's time is this many times the recording's */
	const char *const *regions; /* names that need not be hidden; ends with NULL */
	bool sandbox;
};

/*
 * The file is made, for its owner alone; a pipe or a device is written to as it is.
 *   fails  USAGE  there is such a file already
 *          IO     it cannot be made, or not be written to
 */
NODISCARD struct rb_error *recorder_open(const char *path, const struct recorder_options *options,
					 struct recorder **ret);
/* `failed` is called once, when a write has failed and nothing more is recorded. */
void recorder_on_failure(struct recorder *r, void (*failed)(void *arg, const struct rb_error *err),
			 void *arg);
/* For aws_session_listen. */
const struct aws_listener *recorder_listener(struct recorder *r);
/* The last line is written.  An error when not everything was.  Takes NULL. */
NODISCARD struct rb_error *recorder_close(struct recorder *r);

#endif
