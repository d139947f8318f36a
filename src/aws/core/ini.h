/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of the shared files: text into sections, keys and nested pairs.
 * What a section means is profile.c's.
 *
 * It is the grammar of Python's RawConfigParser, for that is what the AWS CLI
 * reads with:
 *   - a line that begins with '#' or ';' after blanks is a comment; elsewhere
 *     these stay in the value
 *   - a key ends at the first '=' or ':' and is lower-cased
 *   - a line indented deeper than its key continues the value; when the value
 *     is empty so far, it is a "subkey = value" pair of a nested block
 *   - the same section or the same key of a section twice is an error
 *   - keys of [DEFAULT] (not [default]) are inherited by every section
 */
#ifndef AWS_INI_H
#define AWS_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/span.h"
#include "base/strv.h"

struct ini_pair {
	char *name; /* as written */
	char *value;
};

struct ini_key {
	char *name;  /* lower case */
	char *value; /* continued lines joined by '\n'; NULL: a nested block */
	struct ini_pair *pairs;
	size_t n_pairs;
	unsigned line;
};

struct ini_section {
	char *name; /* between the brackets, as written */
	struct ini_key *keys;
	size_t n_keys;
	unsigned line;
};

struct ini {
	char *path; /* for messages */
	struct ini_section *sections;
	size_t n_sections;
	const struct ini_section *inherited; /* [DEFAULT]; NULL: none */
};

/*
 * `path` is for messages.  Values that seem to hold a comment are appended to
 * `warnings`, by key and line: no message shows a value.
 *   fails  USAGE  why is "PATH:LINE: reason"; `ret` is then empty
 */
NODISCARD struct rb_error *ini_parse(struct span text, const char *path, struct strv *warnings,
				     struct ini *ret);
void ini_clear(struct ini *ini); /* wipes the values */

/* NULL when absent; `section` may be NULL.  Inherited keys count. */
const struct ini_key *ini_find(const struct ini *ini, const struct ini_section *section,
			       const char *key);
/* The last pair of that name, as a later one replaces; NULL when absent. */
const char *ini_pair_value(const struct ini_key *key, const char *name);

#endif
