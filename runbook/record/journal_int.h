/* SPDX-License-Identifier: Apache-2.0 */
/* What reading a journal's text and appending to it share. */
#ifndef RUNBOOK_RECORD_JOURNAL_INT_H
#define RUNBOOK_RECORD_JOURNAL_INT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/error.h"
#include "runbook/record/journal.h"

enum {
	JOURNAL_SUM_HEX = 16,
	JOURNAL_LINE_MAX = 4 * 1024 * 1024,
};

/* A line is PREFIX SUM_OPEN sum SUM_CLOSE; the sum is over the last sum and the prefix. */
#define JOURNAL_SUM_OPEN ",\"sum\":\""
#define JOURNAL_SUM_CLOSE "\"}"

void journal_chain(const char prev[JOURNAL_SUM_HEX + 1], const char *prefix, size_t n,
		   char out[JOURNAL_SUM_HEX + 1]);

/* What scanning the text of a journal found. */
struct journal_scan {
	int64_t seq;
	size_t good_bytes; /* what is behind them is a torn line */
	char sum[JOURNAL_SUM_HEX + 1];
};
/*
 * Visits each record that counts.
 *   path    for messages
 *   fails   DAMAGED; as `visit` does
 */
NODISCARD struct rb_error *journal_scan_text(const char *path, const char *p, size_t n,
					     journal_visitor *visit, void *arg,
					     struct journal_scan *scan);

#endif
