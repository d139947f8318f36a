/* What is not built in: empty tables that a service's own file replaces. */
#include "sandbox/sbx.h"

#define WEAK __attribute__((weak))

WEAK const struct sbx_action sbx_s3_actions[] = { { 0 } };
WEAK const struct sbx_action sbx_eic_actions[] = { { 0 } };

WEAK const char *sbx_s3_operation(const struct sbx_request *req, char **ret_bucket, char **ret_key)
{
	(void)req;
	(void)ret_bucket;
	(void)ret_key;
	return NULL;
}

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
