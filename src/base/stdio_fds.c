/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0, 1 and 2 are open, or the process ends. */
#include "base/stdio_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* In this order: open() answers the lowest number that is free, which is the one that is missing.
 */
struct rb_error *stdio_fds_open(void)
{
	static const int modes[] = {
		[STDIN_FILENO] = O_RDONLY,
		[STDOUT_FILENO] = O_RDONLY,
		[STDERR_FILENO] = O_WRONLY,
	};

	for (int fd = 0; fd < (int)ARRAY_LEN(modes); fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", modes[fd]) != fd) /* children inherit it: no O_CLOEXEC */
			return rb_error_sys(errno,
					    "cannot open '/dev/null' for descriptor %d, which is "
					    "closed",
					    fd);
	}
	return NULL;
}
