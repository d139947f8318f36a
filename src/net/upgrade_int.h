/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the upgrade to a WebSocket share. */
#ifndef NET_UPGRADE_INT_H
#define NET_UPGRADE_INT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "net/upgrade.h"

/* The endpoint's answer when it refused: {"ErrorCode", "Message"}, or some text. */
NODISCARD RETURNS_NONNULL struct rb_error *upgrade_refusal(int status, struct span body);
/* PROTOCOL: the answer is none to an upgrade; `why`: a literal. */
NODISCARD RETURNS_NONNULL struct rb_error *upgrade_bad(const char *why);
/* The value of a header of the answer's head; its first, if there are several. */
bool upgrade_find_header(struct span head, const char *name, struct span *ret);
/* Does the comma-separated list hold the word, in any case? */
bool upgrade_has_token(struct span list, const char *token);

#endif
