/* SPDX-License-Identifier: Apache-2.0 */
/* What the procedures say of themselves in the same words (struct procedure_about). */
#ifndef STEPS_COMMON_ABOUT_H
#define STEPS_COMMON_ABOUT_H

#include "runbook/contract/procedure.h"

#define ABOUT_NEITHER                                                                              \
	N_("To copy what lies in one bucket into another, S3 Replication does it without an "      \
	   "instance or a network. In one region a gateway endpoint is free, and needs none of "   \
	   "this.")

/* What is uploaded leaves the source region: inter-region transfer, and the endpoint's own price.
 *   source  Amazon EC2 On-Demand Pricing, data transfer; AWS PrivateLink pricing */
#define ABOUT_GB_TRANSFER                                                                          \
	{                                                                                          \
		90000,                                                                             \
		{                                                                                  \
			{ "source.region", "ap-northeast-1" },                                     \
			{                                                                          \
				"destination.region", "us-east-1"                                  \
			}                                                                          \
		}                                                                                  \
	}
#define ABOUT_GB_ENDPOINT                                                                          \
	{                                                                                          \
		10000,                                                                             \
		{                                                                                  \
			{                                                                          \
				NULL, NULL                                                         \
			}                                                                          \
		}                                                                                  \
	}

#endif
