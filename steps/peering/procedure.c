/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The procedure `peering`: a second VPC in the bucket's region holds the S3 interface
 * endpoint, and a peering between the regions leads there.
 */
#include "runbook/contract/procedure.h"
#include "steps/common/about.h"
#include "steps/common/param_rules.h"
#include "steps/common/sides.h"
#include "steps/common/try_undo.h"
#include "steps/peering/diagram.h"
#include "steps/peering/params.h"
#include "steps/peering/ways.h"

extern const struct permit permits_peering[]; /* permits.c */
extern const struct need needs_peering[];     /* needs.c */

#define STEP(number, name) extern const struct step step_##number##_##name;
#include "steps/peering/steps.def"
#undef STEP

static const struct step *const steps[] = {
#define STEP(number, name) &step_##number##_##name,
#include "steps/peering/steps.def"
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
		N_("A VPC in each region and a peering between them; on one side the instance and "
		   "the endpoint that leads to it, on the other the S3 interface endpoint and the "
		   "bucket."),
	.breaks = N_("A failure of either region stops uploads, and so does one of the zone that "
		     "either side stands in: each has one."),
	.take = N_("where more than S3 is to be reached in the other region, or where an endpoint "
		   "to another region's service is not offered or not allowed"),
	.neither = ABOUT_NEITHER,
	.gb_prices =
		(const struct procedure_gb_price[]){ ABOUT_GB_TRANSFER, ABOUT_GB_ENDPOINT, { 0 } },
};

const struct procedure procedure_peering = {
	.name = "peering",
	.title = N_(
		"Upload to another region's bucket through a peering and an S3 interface endpoint"),
	.about = &about,
	.steps = steps,
	.sides = sides,
	.untagged = untagged,
	.n_untagged = ARRAY_LEN(untagged),
	.params = peering_params,
	.rules = { .finish = peering_params_finish,
		   .check_account = peering_params_check_account,
		   .begin = param_name_bucket,
		   .recorded = param_fill_namespace },
	.parts = { .instance = "1-4",
		   .connect_endpoint = "1-3",
		   .bucket = "2-4",
		   .login = "4-1",
		   .upload = "4-2",
		   .image = "source.image",
		   .os_user = "source.os_user" },
	.ways = ways_peering,
	.diagram = &diagram_peering,
	.permits = permits_peering,
	.needs = needs_peering,
	.try_undo = undo_try,
	.report_note = N_("An upload through the endpoint proves the path, not that the role was "
			  "needed: the bucket policy admits whoever comes through it."),
};
