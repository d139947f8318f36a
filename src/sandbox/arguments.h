/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of runbook-sandbox serve. */
#ifndef SANDBOX_ARGUMENTS_H
#define SANDBOX_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"
#include "sandbox/core/sbx.h"

struct arguments {
	struct sbx_options sbx;
	struct strv faults;
	char *state_path, *journal_path; /* sbx borrows them */
	char *address;
	uint16_t port;
	bool until_eof;
};

/*
 * Put into `args`, which has the defaults, what the command line says.  What was given stays the
 * caller's to free, also after a failure.
 *   *ret_done  --help or --version was all that was asked for, and was answered
 */
NODISCARD struct rb_error *arguments_parse(int argc, char **argv, struct arguments *args,
					   bool *ret_done);
/* "on", "off", "harsh", or a number of seconds, which is harsh; `from`: who said so, for errors. */
NODISCARD struct rb_error *arguments_lag(const char *s, const char *from, struct sbx_options *ret);

#endif
