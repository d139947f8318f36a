/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in another order than that of their making. */
#ifndef SANDBOX_SBX_SORT_H
#define SANDBOX_SBX_SORT_H

#include <jansson.h>

/* A new array with the items of `list`, which is taken; `order` is given `json_t *const *`. */
json_t *sbx_sorted(json_t *list, int (*order)(const void *a, const void *b));
/* By a string member, byte by byte. */
json_t *sbx_sorted_by(json_t *list, const char *member);

#endif
