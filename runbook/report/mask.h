/* SPDX-License-Identifier: Apache-2.0 */
/* A report for whoever must not learn whose it is. */
#ifndef RUNBOOK_REPORT_MASK_H
#define RUNBOOK_REPORT_MASK_H

#include <jansson.h>

/*
 * Replaces in all texts of the document, the same always by the same: accounts, principals and
 * keys, the run's id, ids of AWS, request ids and client tokens, the names of bucket, role and
 * instance profile, the host key's fingerprint, and public addresses.  Private addresses, regions,
 * zones, times and the names of operator and witness stay.  Links to the console go.
 */
void report_mask(json_t *report);

#endif
