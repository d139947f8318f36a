/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that put records of the journal into words; nobody else includes it. */
#ifndef RUNBOOK_UI_JOURNAL_TEXT_INT_H
#define RUNBOOK_UI_JOURNAL_TEXT_INT_H

#include <jansson.h>

#include "base/buf.h"
#include "runbook/ui/journal_text.h"

/* The text of a record's member; "": it has none.  Borrowed. */
static inline const char *journal_text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* One type of record each, added to `out`; what has a mood answers it. */
enum journal_mood journal_text_add_evidence(const json_t *rec, struct buf *out);
void journal_text_add_sweep(const json_t *rec, struct buf *out, enum journal_mood *mood);
enum journal_mood journal_text_add_recovered(const json_t *rec, struct buf *out);
void journal_text_add_command(const json_t *rec, struct buf *out);
enum journal_mood journal_text_add_hook(const json_t *rec, struct buf *out);
enum journal_mood journal_text_add_by_hand(const json_t *rec, struct buf *out);
void journal_text_add_decision(const json_t *rec, struct buf *out);

#endif
