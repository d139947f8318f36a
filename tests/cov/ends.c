/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into the programs of KIND=cov only, by the linker's --wrap: what ends without
 * exit() writes its counters all the same.  So the lines that lead to a crash count, too.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"

void __gcov_dump(void);

NORETURN void __real__exit(int status);
NORETURN void __wrap__exit(int status);
NORETURN void __real_abort(void);
NORETURN void __wrap_abort(void);
int __real_raise(int sig);
int __wrap_raise(int sig);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

void __wrap_abort(void)
{
	__gcov_dump();
	__real_abort();
}

int __wrap_raise(int sig)
{
	__gcov_dump();
	return __real_raise(sig);
}
