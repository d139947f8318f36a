/* The table of contents, expanded for the engine. */
#include "runbook/contract/step.h"

#define STEP(number, name) extern const struct step step_##number##_##name;
#include "steps/steps.def"
#undef STEP

const struct step *const all_steps[] = {
#define STEP(number, name) &step_##number##_##name,
#include "steps/steps.def"
#undef STEP
	NULL,
};
