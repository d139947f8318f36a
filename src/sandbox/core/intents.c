/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --journal: a change is let in only when the program under test has announced before, in its
 * journal and on the disk, that it will ask for it.
 *
 * Each call uses up one intent, which must agree in service, action, region, client token, and in
 * the step when the call itself carries the tag runbook:step.  Another try of the same call, told
 * by its amz-sdk-invocation-id, needs no second one.
 *
 * What is on the disk the program says itself (RUNBOOK_FAULT_SYNCED, base/fault.h): only so much of
 * FILE counts as far as FILE.synced says of this very inode.  Without that file nothing does.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/core/inner.h"

enum {
	MAX_DEPTH = 4,
	MAX_READ = 64 * 1024 * 1024,
	SYNCED_MAX = 100,
	TAIL = 24, /* the end of a record, which no other record has: its checksum */
};

#define JOURNAL_NAME "journal.jsonl"

struct intent {
	char *sum; /* of its record: no other has it */
	char *service, *action, *region, *step, *token;
};

/* One journal, read as far as it was synced. */
struct watched {
	char *path;
	ino_t inode;
	off_t read;
	char tail[TAIL + 1]; /* what stood before `read` */
	struct intent *open; /* nothing has used them */
	size_t n_open;
	bool seen;
};

struct intents {
	pthread_mutex_t lock;
	char *path;
	struct watched *files;
	size_t n_files;
	struct strv used;	 /* checksums */
	struct strv invocations; /* calls that had their intent */
};

static void intent_clear(struct intent *i)
{
	free(i->sum);
	free(i->service);
	free(i->action);
	free(i->region);
	free(i->step);
	free(i->token);
}

static void forget_read(struct watched *w)
{
	for (size_t i = 0; i < w->n_open; i++)
		intent_clear(&w->open[i]);
	free(w->open);
	w->open = NULL;
	w->n_open = 0;
	w->read = 0;
	w->tail[0] = '\0';
}

void intents_free(struct intents *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->n_files; i++) {
		forget_read(&in->files[i]);
		free(in->files[i].path);
	}
	free(in->files);
	strv_clear(&in->used);
	strv_clear(&in->invocations);
	free(in->path);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

/* ---- reading ------------------------------------------------------------- */

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
	char tail[TAIL];

	if (w->inode != st->st_ino || synced < w->read)
		return false;
	return !w->read || (w->read >= TAIL && pread(fd, tail, TAIL, w->read - TAIL) == TAIL &&
			    memcmp(tail, w->tail, TAIL) == 0);
}

static void read_on(struct intents *in, struct watched *w)
{
	auto_fd int fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	autofree char *text = NULL;
	struct stat st;
	off_t synced;
	size_t n;

	if (fd < 0 || fstat(fd, &st)) {
		forget_read(w);
		return;
	}
	synced = synced_bytes(w->path, &st);
	if (!goes_on(w, fd, &st, synced))
		forget_read(w);
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
		if (length >= TAIL)
			memcpy(w->tail, end + 1 - TAIL, TAIL);
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

static void scan(struct intents *in)
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
			forget_read(&in->files[i]);
}

/* What stands there already was for calls that another sandbox saw. */
struct intents *intents_new(const char *path)
{
	struct intents *in = xcalloc(1, sizeof(*in));

	pthread_mutex_init(&in->lock, NULL);
	in->path = xstrdup(path);
	scan(in);
	for (size_t i = 0; i < in->n_files; i++) {
		struct watched *w = &in->files[i];

		for (size_t k = 0; k < w->n_open; k++) {
			strv_add(&in->used, w->open[k].sum);
			intent_clear(&w->open[k]);
		}
		w->n_open = 0;
	}
	return in;
}

/* ---- using ---------------------------------------------------------------- */

/* IAM has no regions: its calls are signed for whichever its endpoint asks. */
static bool agrees(const struct intent *i, const struct sbx_change *c)
{
	return text_eq(i->service, c->service) && text_eq(i->action, c->action) &&
	       (text_eq(c->service, "iam") || text_eq(i->region, c->region)) &&
	       (!c->step || text_eq(i->step, c->step)) && text_eq(i->token, c->token);
}

static bool use_in(struct intents *in, struct watched *w, const struct sbx_change *change)
{
	for (size_t i = 0; i < w->n_open; i++) {
		if (!agrees(&w->open[i], change))
			continue;
		strv_add(&in->used, w->open[i].sum);
		intent_clear(&w->open[i]);
		w->n_open--;
		memmove(&w->open[i], &w->open[i + 1], (w->n_open - i) * sizeof(*w->open));
		return true;
	}
	return false;
}

bool intents_use(struct intents *in, const struct sbx_change *change)
{
	bool found;

	pthread_mutex_lock(&in->lock);
	found = change->invocation && strv_has(&in->invocations, change->invocation);
	if (!found) {
		scan(in);
		for (size_t i = 0; i < in->n_files && !found; i++)
			found = use_in(in, &in->files[i], change);
		if (found && change->invocation)
			strv_add(&in->invocations, change->invocation);
	}
	pthread_mutex_unlock(&in->lock);
	return found;
}

void intents_complain(struct intents *in, const struct sbx_change *change)
{
	autofree char *text = xasprintf(
		"%s %s in %s, step %s, token %s\n", change->service, change->action, change->region,
		change->step ? change->step : "-", change->token ? change->token : "-");
	autofree char *path = NULL;
	struct stat st;
	int fd;

	if (stat(in->path, &st) == 0 && S_ISDIR(st.st_mode))
		path = file_join(in->path, "intents-missing");
	else
		path = xasprintf("%s.intents-missing", in->path);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}
