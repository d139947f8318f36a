/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal that came from anywhere.  What reads without complaint is read again after it was
 * opened for appending and written to, and must hold one record more.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "runbook/record/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct rb_error *count(void *arg, const json_t *record)
{
	if (!json_is_object(record) || journal_time_ms(record) < 0 || !journal_type(record))
		abort();
	++*(size_t *)arg;
	return NULL;
}

static void write_all(const char *path, const uint8_t *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char path[] = "/tmp/runbook-fuzz.XXXXXX";
	static bool made;
	size_t before = 0, again = 0, after = 0;
	struct journal *j = NULL;
	struct rb_error *err;

	if (!made) {
		int fd = mkstemp(path);

		if (fd < 0 || close(fd))
			abort();
		made = true;
	}
	write_all(path, data, n);
	err = journal_read(path, count, &before);
	if (err) {
		if (err->kind != RB_DAMAGED || !err->why)
			abort();
		(void)rb_error_free(err);
		err = journal_open(path, count, &again, &j);
		if (!err || j) /* damaged for readers, damaged for writers */
			abort();
		(void)rb_error_free(err);
		return 0;
	}
	err = journal_open(path, count, &again, &j);
	if (err || again != before || journal_records(j) != (int64_t)before)
		abort();
	err = journal_append(j, json_pack("{s:s,s:s}", "type", "note", "text", "fuzz"),
			     /* sync= */ false, NULL);
	if (err || journal_records(j) != (int64_t)before + 1)
		abort();
	journal_close(j);
	err = journal_read(path, count, &after);
	if (err || after != before + 1)
		abort();
	return 0;
}
