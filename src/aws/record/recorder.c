/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a recording.
 *
 * (1) A line is written as soon as its answer is there, so that a kill loses at most what was under
 *     way; the last line, with the number of exchanges, says that nothing was lost.
 * (2) After a write that failed nothing more is written: what is there is a whole beginning.
 */
#include "aws/record/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/record/body.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

struct recorder {
	struct redactor redactor;
	struct aws_listener listener;
	char *path;
	int fd;
	int64_t begun_ms; /* monotonic */
	int64_t n;
	off_t bytes;		 /* of whole lines */
	struct rb_error *failed; /* nothing is written any more */
	void (*on_failure)(void *arg, const struct rb_error *err);
	void *arg;
};

/* A write has failed. */
static void stop(struct recorder *r)
{
	rb_error_replace(r->failed, RB_WHAT, "cannot write to the recording '%s'", r->path);
	r->failed = rb_error_hint(r->failed, "what came before is recorded, the rest is not");
	/* half a line is no line; a pipe cannot take it back */
	(void)!ftruncate(r->fd, r->bytes);
	if (r->on_failure)
		r->on_failure(r->arg, r->failed);
}

/* Takes `line`. */
static void write_line(struct recorder *r, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	size_t n;

	json_decref(line);
	if (!text)
		abort();
	n = strlen(text);
	text[n] = '\n';
	if (!r->failed) {
		r->failed = file_write_all(r->fd, text, n + 1, "record.write");
		if (r->failed)
			stop(r);
		else
			r->bytes += (off_t)n + 1;
	}
	free(text);
}

static void record(void *arg, const struct aws_exchange_seen *seen)
{
	struct recorder *r = arg;
	json_t *line;

	if (r->failed)
		return;
	redactor_add_region(&r->redactor, seen->region);
	line = json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:i, s:b, s:o}", "n", ++r->n, "at_ms",
			 (json_int_t)(seen->start_ms - r->begun_ms), "took_ms",
			 (json_int_t)seen->took_ms, "service", seen->service, "action",
			 seen->action, "region", seen->region, "try", seen->tries, "changes",
			 (int)seen->changes, "request", body_request(&r->redactor, seen));
	if (seen->err)
		json_object_set_new(line, "error", json_string(rb_kind_name(seen->err->kind)));
	else
		json_object_set_new(line, "answer", body_answer(&r->redactor, seen));
	write_line(r, line);
}

static struct rb_error *open_file(const char *path, int *ret)
{
	struct rb_error *err;
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		*ret = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	else
		*ret = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*ret >= 0)
		return NULL;
	err = rb_error_sys(errno, "cannot record to '%s'", path);
	if (err->sys_errno != EEXIST)
		return err;
	err->kind = RB_USAGE;
	return rb_error_hint(err, "a recording is never written over: name another file");
}

struct rb_error *recorder_open(const char *path, const struct recorder_options *options,
			       struct recorder **ret)
{
	struct recorder *r;
	int fd;

	TRY(open_file(path, &fd));
	r = xcalloc(1, sizeof(*r));
	r->fd = fd;
	r->path = xstrdup(path);
	r->listener = (struct aws_listener){ r, record };
	memcpy(r->redactor.key, options->key, sizeof(r->redactor.key));
	r->redactor.begun_utc_s = clock_utc_s();
	r->begun_ms = clock_mono_ms();
	for (const char *const *region = options->regions; region && *region; region++)
		redactor_add_region(&r->redactor, *region);
	write_line(r, json_pack("{s:i, s:s, s:s, s:s, s:f, s:b}", "runbook_recording",
				RECORDING_VERSION, "program", "runbook " RUNBOOK_VERSION, "command",
				options->command, "clock", "CLOCK_MONOTONIC", "speed",
				options->speed, "sandbox", (int)options->sandbox));
	if (r->failed)
		return recorder_close(r);
	*ret = r;
	return NULL;
}

void recorder_on_failure(struct recorder *r, void (*failed)(void *arg, const struct rb_error *err),
			 void *arg)
{
	r->on_failure = failed;
	r->arg = arg;
}

const struct aws_listener *recorder_listener(struct recorder *r)
{
	return &r->listener;
}

struct rb_error *recorder_close(struct recorder *r)
{
	struct rb_error *err;

	if (!r)
		return NULL;
	write_line(r, json_pack("{s:b, s:I}", "end", 1, "exchanges", (json_int_t)r->n));
	err = r->failed;
	if (close(r->fd) && !err)
		err = rb_error_sys(errno, "cannot write to the recording '%s'", r->path);
	redactor_clear(&r->redactor);
	free(r->path);
	free(r);
	return err;
}
