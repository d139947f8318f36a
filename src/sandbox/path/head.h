/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 request, parsed. */
#ifndef SANDBOX_PATH_HEAD_H
#define SANDBOX_PATH_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

#define HEAD_MAX_BYTES 16384
#define HEAD_FIELDS 100

struct head {
	char *method;
	char *target; /* as sent: "/path?query", "host:port" or "http://host/path" */
	struct sbx_field {
		char *name; /* lower case */
		char *value;
	} fields[HEAD_FIELDS];
	size_t n;
};

/* Bytes of the head when it is whole, 0 when more is needed, -1 when it is no HTTP/1 head. */
NODISCARD int head_parse(const char *p, size_t n, struct head *ret);
void head_clear(struct head *head);
/* The first of that name, NULL: none. */
const char *head_field(const struct head *head, const char *name);
/* True when a comma-separated field has this token, whatever its letter case. */
bool head_has_token(const struct head *head, const char *name, const char *token);

#endif
