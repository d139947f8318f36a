/* SPDX-License-Identifier: Apache-2.0 */
/* Descendants of a process, from /proc/PID/task/TID/children. */
#include "base/proc_tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/span.h"

static void add(struct proc_tree *tree, pid_t pid);

static void add_children_of_task(struct proc_tree *tree, const char *tasks, const char *tid)
{
	autofree char *path = xasprintf("%s/%s/children", tasks, tid);
	FILE *f = fopen(path, "re");
	char *line = NULL, *at, *end;
	size_t n = 0;

	if (!f)
		return;
	if (getline(&line, &n, f) > 0)
		for (at = line;; at = end) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			if (pid > 1)
				add(tree, (pid_t)pid);
		}
	free(line);
	(void)fclose(f);
}

static void add(struct proc_tree *tree, pid_t pid)
{
	autofree char *tasks = xasprintf("/proc/%d/task", (int)pid);
	DIR *dir;
	int fd;

	if (tree->n == ARRAY_LEN(tree->fds))
		return;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return;
	tree->fds[tree->n++] = fd;
	dir = opendir(tasks);
	if (!dir)
		return;
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.')
			add_children_of_task(tree, tasks, d->d_name);
	(void)closedir(dir);
}

void proc_tree_find(struct proc_tree *tree, pid_t pid)
{
	tree->n = 0;
	add(tree, pid);
}

void proc_tree_signal(const struct proc_tree *tree, int sig)
{
	for (size_t i = 0; i < tree->n; i++)
		(void)syscall(SYS_pidfd_send_signal, tree->fds[i], sig, NULL, 0);
}

void proc_tree_clear(struct proc_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		(void)close(tree->fds[i]);
	tree->n = 0;
}
