/* SPDX-License-Identifier: Apache-2.0 */
/* A recording of exchanges with AWS, read (docs/recording.md describes the format). */
#ifndef SANDBOX_COMPARE_RECORDING_H
#define SANDBOX_COMPARE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"

/* All but `line` is borrowed from it. */
struct recorded {
	json_t *line;
	const char *service, *action, *region;
	int64_t at_ms, took_ms; /* of the recording's clock */
	bool changes;
	const json_t *request;
	const json_t *answer; /* NULL: none came */
	int status;	      /* 0: no answer */
};

struct recording {
	double speed;	    /* AWS's time is this many times the recording's */
	bool whole;	    /* its last line is there */
	struct recorded *v; /* by the time when they were sent */
	size_t n;
};

/*
 *   fails  USAGE  it is no recording, of another version, torn, or has a wrong type somewhere: the
 *                 line is named
 */
NODISCARD struct rb_error *recording_parse(const char *p, size_t n, struct recording *ret);
/* The same from a file, at most 256 MiB. */
NODISCARD struct rb_error *recording_read(const char *path, struct recording *ret);
void recording_clear(struct recording *r);

#endif
