/* SPDX-License-Identifier: Apache-2.0 */
/* Where tests put their files: below $TMPDIR, which tests/run.sh has in memory, else below /tmp. */
#ifndef TESTS_TEMP_H
#define TESTS_TEMP_H

#include <stdbool.h>

#define TEMP_MAX 200

/* Makes a new, empty folder and gives its name, which begins as `begin`; false, with errno, when
 * none is to be had. */
bool temp_folder(char name[static TEMP_MAX], const char *begin);

#endif
