/* Our own executable. */
#include "base/program.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/alloc.h"

struct rb_error *program_path(char **ret)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return rb_error_sys(errno, "cannot find our own program");
	*ret = xstrndup(path, (size_t)n);
	return NULL;
}
