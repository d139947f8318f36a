/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/temp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool temp_folder(char name[static TEMP_MAX], const char *begin)
{
	const char *top = getenv("TMPDIR");
	int len = snprintf(name, TEMP_MAX, "%s/%s.XXXXXX", top && *top ? top : "/tmp", begin);

	if (len < 0 || len >= TEMP_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	return mkdtemp(name) != NULL;
}
