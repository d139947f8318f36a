/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intents that stand in the journals, read as far as these were synced.
 *
 * What is on the disk the program says itself (RUNBOOK_FAULT_SYNCED, base/fault.h): only so much of
 * FILE counts as far as FILE.synced says of this very inode.  Without that file nothing does.
 */
#include "sandbox/core/intents_inner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum { MAX_DEPTH = 4, MAX_READ = 64 * 1024 * 1024, SYNCED_MAX = 100 };

#define JOURNAL_NAME "journal.jsonl"

void intent_clear(struct intent *i)
{
	free(i->sum);
	free(i->service);
	free(i->action);
	free(i->region);
	free(i->step);
	free(i->token);
}

void intents_forget(struct watched *w)
{
	for (size_t i = 0; i < w->n_open; i++)
		intent_clear(&w->open[i]);
	free(w->open);
	w->open = NULL;
	w->n_open = 0;
	w->read = 0;
	w->tail[0] = '\0';
}

static char *member(const json_t *rec, const char *name)
{
	return xstrdup_or_null(json_string_value(json_object_get(rec, name)));
}

static void take_line(struct intents *in, struct watched *w, const char *line, size_t n)
{
	static const char type[] = "\"type\":\"intent\"";
	struct intent intent;
	json_t *rec;

	if (!memmem(line, n, type, sizeof(type) - 1))
		return;
	rec = json_loadb(line, n, 0, NULL);
	if (!text_eq(json_string_value(json_object_get(rec, "type")), "intent")) {
		json_decref(rec);
		return;
	}
	intent = (struct intent){ .sum = member(rec, "sum"),
				  .service = member(rec, "service"),
				  .action = member(rec, "action"),
				  .region = member(rec, "region"),
				  .step = member(rec, "step"),
				  .token = member(rec, "token") };
	json_decref(rec);
	if (!intent.sum || strv_has(&in->used, intent.sum)) {
		intent_clear(&intent);
		return;
	}
	w->open = xreallocarray(w->open, w->n_open + 1, sizeof(*w->open));
	w->open[w->n_open++] = intent;
}

/* How much of the file that is open as `fd` was synced; 0 when nobody says. */
static off_t synced_bytes(const char *path, const struct stat *st)
{
	autofree char *name = xasprintf("%s.synced", path);
	auto_buf text = BUF_INIT;
	auto_error struct rb_error *err = file_read(name, SYNCED_MAX, &text);
	unsigned long long inode, bytes;
	char *end;

	if (err)
		return 0;
	inode = strtoull(text.p, &end, 10);
	bytes = strtoull(end, NULL, 10);
	if (inode != (unsigned long long)st->st_ino)
		return 0;
	return (off_t)bytes < st->st_size ? (off_t)bytes : st->st_size;
}

/* Another file by now, or one that was cut: what was read of it may not be there any more. */
static bool goes_on(const struct watched *w, int fd, const struct stat *st, off_t synced)
{
	char tail[INTENTS_TAIL];

	if (w->inode != st->st_ino || synced < w->read)
		return false;
	return !w->read || (w->read >= INTENTS_TAIL &&
			    pread(fd, tail, INTENTS_TAIL, w->read - INTENTS_TAIL) == INTENTS_TAIL &&
			    memcmp(tail, w->tail, INTENTS_TAIL) == 0);
}

static void read_on(struct intents *in, struct watched *w)
{
	auto_fd int fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	autofree char *text = NULL;
	struct stat st;
	off_t synced;
	size_t n;

	if (fd < 0 || fstat(fd, &st)) {
		intents_forget(w);
		return;
	}
	synced = synced_bytes(w->path, &st);
	if (!goes_on(w, fd, &st, synced))
		intents_forget(w);
	w->inode = st.st_ino;
	if (synced - w->read <= 0 || synced - w->read > MAX_READ)
		return;
	n = (size_t)(synced - w->read);
	text = xcalloc(1, n + 1);
	if (pread(fd, text, n, w->read) != (ssize_t)n)
		return;
	for (const char *line = text, *end; (end = memchr(line, '\n', n)); line = end + 1) {
		size_t length = (size_t)(end - line);

		take_line(in, w, line, length);
		n -= length + 1;
		w->read += (off_t)length + 1;
		if (length >= INTENTS_TAIL)
			memcpy(w->tail, end + 1 - INTENTS_TAIL, INTENTS_TAIL);
	}
}

static void watch(struct intents *in, const char *path)
{
	struct watched *w = NULL;

	for (size_t i = 0; i < in->n_files && !w; i++)
		if (strcmp(in->files[i].path, path) == 0)
			w = &in->files[i];
	if (!w) {
		in->files = xreallocarray(in->files, in->n_files + 1, sizeof(*in->files));
		w = &in->files[in->n_files++];
		*w = (struct watched){ .path = xstrdup(path) };
	}
	w->seen = true;
	read_on(in, w);
}

static void scan_folder(struct intents *in, const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		autofree char *below = file_join(path, e->d_name);

		if (e->d_type == DT_DIR && e->d_name[0] != '.' && depth < MAX_DEPTH)
			scan_folder(in, below, depth + 1);
		else if (e->d_type == DT_REG && strcmp(e->d_name, JOURNAL_NAME) == 0)
			watch(in, below);
	}
	if (dir)
		closedir(dir);
}

void intents_scan(struct intents *in)
{
	struct stat st;

	for (size_t i = 0; i < in->n_files; i++)
		in->files[i].seen = false;
	if (stat(in->path, &st) == 0 && S_ISDIR(st.st_mode))
		scan_folder(in, in->path, 0);
	else
		watch(in, in->path);
	for (size_t i = 0; i < in->n_files; i++)
		if (!in->files[i].seen) /* gone with its folder */
			intents_forget(&in->files[i]);
}
