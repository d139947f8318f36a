/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a login, which procedures share whose first section is the same. */
#include "steps/common/ways.h"

#include <stddef.h>

#include "steps/common/sides.h"

const struct path_plan way_login_plan = {
	.port = 22,
	.ends = { [END_FROM] = { .kind = END_CONNECT_ENDPOINT,
				 .side = SIDE_SOURCE,
				 .step = "1-3",
				 .subnet_step = "1-2",
				 .vpc_step = "1-1",
				 .cidr_param = "source.subnet_cidr" },
		  [END_TO] = { .kind = END_INSTANCE,
			       .side = SIDE_SOURCE,
			       .step = "1-4",
			       .subnet_step = "1-2",
			       .vpc_step = "1-1",
			       .cidr_param = "source.subnet_cidr" } },
	.os_user_param = "source.os_user",
};

const struct hop_row way_login_rows[] = { WAY_OF_LOGIN, WAY_END };
