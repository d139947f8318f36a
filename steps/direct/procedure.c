/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The procedure `direct`: an S3 interface endpoint beside the instance leads to S3 of the bucket's
 * region; no second VPC, no peering.
 */
#include "runbook/contract/procedure.h"
#include "steps/common/about.h"
#include "steps/common/param_rules.h"
#include "steps/common/sides.h"
#include "steps/common/try_undo.h"
#include "steps/direct/diagram.h"
#include "steps/direct/params.h"
#include "steps/direct/ways.h"

extern const struct permit permits_direct[]; /* permits.c */
extern const struct need needs_direct[];     /* needs.c */

#define STEP(number, name) extern const struct step direct_##number##_##name;
#include "steps/direct/steps.def"
#undef STEP

static const struct step *const steps[] = {
#define STEP(number, name) &direct_##number##_##name,
#include "steps/direct/steps.def"
#undef STEP
	NULL,
};

static const struct procedure_side sides[] = {
	[SIDE_SOURCE] = { "source", "source.region" },
	[SIDE_DESTINATION] = { "destination", "destination.region" },
	{ 0 },
};

static const struct procedure_untagged untagged[] = {
	{ UNTAGGED_BUCKET, SIDE_DESTINATION, "destination.bucket" },
	{ UNTAGGED_CONNECT_ENDPOINT, SIDE_SOURCE, NULL },
	{ UNTAGGED_PROFILE, SIDE_SOURCE, NULL },
	{ UNTAGGED_ROLE, SIDE_SOURCE, NULL },
};

static const struct procedure_about about = {
	.builds =
		N_("One VPC with the instance, the endpoint that leads to it, and an S3 interface "
		   "endpoint that leads to S3 of the other region; the bucket there."),
	.breaks =
		N_("A failure of either region stops uploads, and so does one of the one zone that "
		   "all of it stands in. Inside the bucket's region AWS moves between zones by "
		   "itself."),
	.take = N_("where S3 is all that is to be reached: fewer pieces, no two networks that must "
		   "not overlap, nothing that somebody on the other side must accept; it takes the "
		   "permission vpce:AllowMultiRegion"),
	.neither = ABOUT_NEITHER,
	.gb_prices =
		(const struct procedure_gb_price[]){ ABOUT_GB_TRANSFER, ABOUT_GB_ENDPOINT, { 0 } },
};

const struct procedure procedure_direct = {
	.name = "direct",
	.title = N_("Upload to another region's bucket through an S3 interface endpoint that leads "
		    "there"),
	.about = &about,
	.steps = steps,
	.sides = sides,
	.untagged = untagged,
	.n_untagged = ARRAY_LEN(untagged),
	.params = direct_params,
	.rules = { .finish = direct_params_finish,
		   .check_account = direct_params_check_account,
		   .begin = param_name_bucket,
		   .recorded = param_fill_namespace },
	.parts = { .instance = "1-4",
		   .connect_endpoint = "1-3",
		   .bucket = "2-2",
		   .login = "3-1",
		   .upload = "3-2",
		   .image = "source.image",
		   .os_user = "source.os_user" },
	.ways = ways_direct,
	.diagram = &diagram_direct,
	.permits = permits_direct,
	.needs = needs_direct,
	.try_undo = undo_try,
	.report_note = N_("An upload through the endpoint proves the path, not that the role was "
			  "needed: the bucket policy admits whoever comes through it."),
};
