/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the journal in words. */
#ifndef RUNBOOK_JOURNAL_TEXT_H
#define RUNBOOK_JOURNAL_TEXT_H

#include <jansson.h>

#include "base/attr.h"
#include "runbook/contract/procedure.h"

enum journal_mood {
	JOURNAL_PLAIN,
	JOURNAL_GOOD, /* it holds, it is undone */
	JOURNAL_BAD,  /* it failed, it differs */
	JOURNAL_FAINT /* a call on its way: of interest to few */
};

/* One line, without time and step, in the chosen language; what AWS or a hook said is cut to some
 * hundred characters and has no control characters.  A record of a type that is not known here is
 * told by its members.  Caller frees. */
NODISCARD char *journal_text(const json_t *record, const struct procedure *procedure,
			     enum journal_mood *ret_mood);

/* A claim's name: an id as it is ("vpc.cidr_block"), what is for people in the chosen language,
 * also behind the thing that it is about ("security_group.ingress ...").  Caller frees. */
NODISCARD char *claim_name(const char *claim);
/* "expected" or "found" of a claim, in the chosen language where it is a text for people and not
 * what AWS has.  Never NULL.  Caller frees. */
NODISCARD char *claim_text(const json_t *claim, const char *key);

/* What a decision's record says, in English to be translated: "do it by hand".  `phase` NULL: it is
 * about the command as a whole. */
const char *decision_words(const char *what, const char *phase);

#endif
