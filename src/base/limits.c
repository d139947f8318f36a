/* SPDX-License-Identifier: Apache-2.0 */
/* The number of open files. */
#include "base/limits.h"

#include <errno.h>
#include <sys/resource.h>

enum { ENOUGH = 4096 }; /* more are never used, and closing them all takes a child its time */

struct rb_error *limits_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return rb_error_sys(errno, "cannot see how many files may be open");
	if (files.rlim_cur < ENOUGH && files.rlim_cur < files.rlim_max) {
		struct rlimit more = files;

		more.rlim_cur = files.rlim_max < ENOUGH ? files.rlim_max : ENOUGH;
		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			files = more;
	}
	if (files.rlim_cur >= LIMITS_FILES)
		return NULL;
	return rb_error_hint(
		rb_error_why(rb_error_new(RB_USAGE, "too few files may be open here"),
			     "%llu at once (ulimit -n), and %d are needed",
			     (unsigned long long)files.rlim_cur, LIMITS_FILES),
		"ulimit -n 1024; where the hard limit is that low, whoever set it has to "
		"raise it");
}
