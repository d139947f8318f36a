/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the metadata service, for imds*.c alone. */
#ifndef SANDBOX_INSTANCE_IMDS_INNER_H
#define SANDBOX_INSTANCE_IMDS_INNER_H

#include "sandbox/network/facts.h"
#include "sandbox/path/path.h"

struct imds_ask {
	struct sbx_path *p;
	struct io *io;
	const struct facts *f;
};

/* `fields`: more header lines, each with its CRLF; NULL: none. */
void imds_answer(const struct imds_ask *a, int status, const char *fields, const char *text);
void imds_not_found(const struct imds_ask *a);
/* Takes `tree`, whose text is wiped afterwards. */
void imds_answer_json(const struct imds_ask *a, json_t *tree);
/* The credentials of the role of this name (imds_role.c). */
void imds_give_role(const struct imds_ask *a, const char *name);

#endif
