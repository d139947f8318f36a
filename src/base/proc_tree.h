/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process and its descendants, to end them together where they share our process group and so
 * cannot be signalled as one.  Who has detached itself (a daemon) is not among them.
 */
#ifndef BASE_PROC_TREE_H
#define BASE_PROC_TREE_H

#include <stddef.h>
#include <sys/types.h>

struct proc_tree {
	int fds[64]; /* pidfds: a number that is used again is not hit */
	size_t n;
};

/* As the tree is now; more than 64 are not noticed.  The kernel lists children only with
 * CONFIG_PROC_CHILDREN, which distributions have; else it is `pid` alone. */
void proc_tree_find(struct proc_tree *tree, pid_t pid);
void proc_tree_signal(const struct proc_tree *tree, int sig);
void proc_tree_clear(struct proc_tree *tree);

#endif
