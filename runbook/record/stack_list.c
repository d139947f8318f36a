/* SPDX-License-Identifier: Apache-2.0 */
/* Which stacks a home holds. */
#include "runbook/record/stack_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "runbook/record/home_place.h"
#include "runbook/record/stack.h"
#include "runbook/record/stack_ops.h"

struct rb_error *stack_is_there(const char *home, const char *name, bool *ret_there)
{
	static const char *const files[] = { "journal.jsonl", "run.json" };
	autofree char *dir = NULL;

	*ret_there = false;
	if (home_is_s3(home))
		return stack_s3_is_there(home, name, ret_there);
	dir = file_join(home, name);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autofree char *path = file_join(dir, files[i]);
		struct stat st;

		if (lstat(path, &st) == 0)
			*ret_there |= st.st_size > 0; /* empty: a run that never began */
		else if (errno != ENOENT && errno != ENOTDIR)
			return rb_error_sys(errno, "cannot look into '%s'", dir);
	}
	return NULL;
}

static struct rb_error *list_folder(const char *home, struct strv *ret)
{
	const struct dirent *entry;
	DIR *dir = opendir(home);

	if (!dir && errno == ENOENT)
		return NULL;
	if (!dir)
		return rb_error_sys(errno, "cannot look into '%s'", home);
	while ((entry = readdir(dir))) {
		bool there = false;

		if (!stack_name_is_good(entry->d_name))
			continue;
		(void)rb_error_free(stack_is_there(home, entry->d_name, &there));
		if (there)
			strv_add(ret, entry->d_name);
	}
	(void)closedir(dir);
	return NULL;
}

struct rb_error *stack_list_checked(const char *home, struct strv *ret)
{
	TRY(home_is_s3(home) ? stack_s3_list(home, ret) : list_folder(home, ret));
	strv_sort(ret);
	return NULL;
}

void stack_list(const char *home, struct strv *ret)
{
	(void)rb_error_free(stack_list_checked(home, ret));
}

char *stack_shown_path(const char *home, const char *name)
{
	autofree char *path = name ? file_join(home, name) : xstrdup(home), *here = NULL;
	const char *rest = path;

	if (home_is_s3(home)) { /* without what follows '?' */
		autofree char *url = xstrndup(home, strcspn(home, "?"));

		return name ? file_join(url, name) : steal_str(&url);
	}
	here = path[0] == '/' ? NULL : realpath(".", NULL);
	if (!here)
		return steal_str(&path);
	while (text_starts_with(rest, "./")) /* "./home" is "home" */
		rest += 2 + strspn(rest + 2, "/");
	return *rest && strcmp(rest, ".") != 0 ? file_join(here, rest) : steal_str(&here);
}
