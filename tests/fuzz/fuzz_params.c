/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file, and the parameters of a run as a journal holds them. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "runbook/record/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was taken comes back the same from a journal. */
static void through_a_journal(const struct params *p)
{
	json_t *values = params_to_json(p);
	auto_params again;
	struct rb_error *err;

	params_init(&again, all_procedures[0]);
	err = params_from_json(&again, values);
	if (err)
		abort();
	for (size_t i = 0; i < p->n; i++)
		if (!text_eq(p->v[i], again.v[i]))
			abort();
	json_decref(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char path[] = "/tmp/runbook-fuzz.XXXXXX";
	static int fd = -1;
	auto_params p, recorded;
	struct rb_error *err;
	json_t *values;

	if (fd < 0)
		fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, n, 0) != (ssize_t)n)
		abort();
	params_init(&p, all_procedures[0]);
	err = params_load(&p, path);
	if (!err)
		err = params_finish(&p);
	if (err && (err->kind != RB_USAGE || !err->what))
		abort();
	if (!err)
		through_a_journal(&p);
	(void)rb_error_free(err);

	params_init(&recorded, all_procedures[0]);
	values = json_loadb((const char *)data, n, 0, NULL);
	err = params_from_json(&recorded, values);
	if (err && !err->why)
		abort();
	(void)rb_error_free(err);
	json_decref(values);
	return 0;
}
