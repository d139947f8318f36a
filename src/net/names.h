/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a host's name exists, asked of this machine's resolver. */
#ifndef NET_NAMES_H
#define NET_NAMES_H

#include "base/attr.h"

enum name_state {
	NAME_EXISTS,
	NAME_MISSING, /* the resolver is sure: there is none */
	NAME_UNCLEAR, /* it could not be asked, or is not sure */
};

/* Blocks as long as the resolver does: seconds, when nobody answers it. */
enum name_state name_lookup(const char *host);

#endif
