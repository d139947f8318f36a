/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 request, parsed. */
#ifndef SANDBOX_PATH_HEAD_H
#define SANDBOX_PATH_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

#define SBX_HEAD_MAX 16384
#define SBX_HEAD_FIELDS 100

struct sbx_head {
	char *method;
	char *target; /* as sent: "/path?query", "host:port" or "http://host/path" */
	struct sbx_field {
		char *name; /* lower case */
		char *value;
	} fields[SBX_HEAD_FIELDS];
	size_t n;
};

/* Bytes of the head when it is whole, 0 when more is needed, -1 when it is no HTTP/1 head. */
NODISCARD int sbx_head_parse(const char *p, size_t n, struct sbx_head *ret);
void sbx_head_clear(struct sbx_head *head);
/* The first of that name, NULL: none. */
const char *sbx_head_field(const struct sbx_head *head, const char *name);
/* True when a comma-separated field has this token, whatever its letter case. */
bool sbx_head_has_token(const struct sbx_head *head, const char *name, const char *token);

#endif
