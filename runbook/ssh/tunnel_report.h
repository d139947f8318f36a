/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a tunnel that ssh started reports to the runbook that started ssh why it failed:
 * a small JSON file in the private directory, named by the environment.  Without
 * the variable no report is written.
 */
#ifndef RUNBOOK_TUNNEL_REPORT_H
#define RUNBOOK_TUNNEL_REPORT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"

#define TUNNEL_REPORT_ENV "RUNBOOK_TUNNEL_REPORT"

/* False: nobody wants one, or it could not be written, and the error is to be printed elsewhere. */
bool tunnel_report_write(const struct rb_error *err);
/* The error that a report holds; NULL when it holds none. */
NODISCARD struct rb_error *tunnel_report_parse(const char *json);

#endif
