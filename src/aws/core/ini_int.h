/* SPDX-License-Identifier: Apache-2.0 */
/* What the grammar of the shared files (ini.c) has checked on the whole (ini_check.c). */
#ifndef AWS_INI_INT_H
#define AWS_INI_INT_H

#include "aws/core/ini.h"

/* USAGE; why is "PATH:LINE: reason". */
NODISCARD struct rb_error *ini_broken_at(const char *path, unsigned line, const char *reason);
/* Before it is parsed: UTF-8 without a byte order mark. */
NODISCARD struct rb_error *ini_check_text(struct span text, const char *path);
/* After it: no section, and no key of a section, comes twice.  Sets `inherited`. */
NODISCARD struct rb_error *ini_check_names(struct ini *ini);

#endif
