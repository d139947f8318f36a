/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's files share. */
#ifndef SANDBOX_CORE_SERVER_INNER_H
#define SANDBOX_CORE_SERVER_INNER_H

#include <microhttpd.h>

#include "sandbox/core/sbx.h"

/* Sends `rep`, whose body is taken, or does with the connection what stands in its place. */
enum MHD_Result server_deliver(struct sbx *sbx, struct MHD_Connection *conn, struct sbx_reply *rep);

#endif
