/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: put together, and expanded as a shell does. */
#include "base/file.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

char *file_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return xasprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void add_variable(struct buf *out, const char **s)
{
	bool braces = (*s)[1] == '{';
	const char *name = *s + (braces ? 2 : 1);
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	autofree char *key = xstrndup(name, n);
	const char *value = n ? getenv(key) : NULL;

	if (!value ||
	    (braces && name[n] != '}')) { /* as a shell's user would read it: left alone */
		(void)buf_addc(out, '$');
		(*s)++;
		return;
	}
	(void)buf_adds(out, value);
	*s = name + n + (braces ? 1 : 0);
}

/* The folder that a leading ~ or ~USER stands for, and *ret_rest what follows; NULL: there is none.
 */
static const char *home_of(const char *path, const char **ret_rest)
{
	size_t n = strcspn(path, "/");
	autofree char *user = xstrndup(path + 1, n - 1);
	const char *home = *user ? NULL : getenv("HOME");
	const struct passwd *pw;

	*ret_rest = path + n;
	if (home && *home)
		return home;
	pw = *user ? getpwnam(user) : getpwuid(geteuid());
	return pw && pw->pw_dir && *pw->pw_dir ? pw->pw_dir : NULL;
}

struct rb_error *file_expand_home(const char *path, char **ret)
{
	autofree char *shown = NULL;
	const char *rest, *home;

	if (path[0] != '~') {
		*ret = xstrdup(path);
		return NULL;
	}
	home = home_of(path, &rest);
	if (home) {
		*ret = xasprintf("%s%s", home, rest);
		return NULL;
	}
	shown = text_printable(path, (size_t)(rest - path), 60);
	return rb_error_hint(rb_error_why(rb_error_new(RB_USAGE, "cannot use the path '%s%s'",
						       shown, *rest ? "/..." : ""),
					  "'%s' names no user's home directory", shown),
			     "for a file of that name here: ./%s", shown);
}

char *file_expand(const char *path)
{
	const char *rest, *home = path[0] == '~' ? home_of(path, &rest) : NULL;
	struct buf out = BUF_INIT;

	if (home) {
		(void)buf_adds(&out, home);
		path = rest;
	}
	while (*path) {
		if (*path == '$')
			add_variable(&out, &path);
		else
			(void)buf_addc(&out, *path++);
	}
	return buf_steal(&out);
}

char *file_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}
