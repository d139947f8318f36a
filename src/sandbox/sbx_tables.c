/* What is not built in: empty tables that a service's own file replaces. */
#include "sandbox/sbx.h"

#define WEAK __attribute__((weak))


WEAK struct rb_error *sbx_path_start(struct sbx *sbx, const char *address)
{
	(void)sbx;
	(void)address;
	return NULL;
}

WEAK void sbx_path_stop(struct sbx *sbx)
{
	(void)sbx;
}
