/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --journal: a change is let in only when the program under test has announced before, in its
 * journal and on the disk, that it will ask for it.
 *
 * Each call uses up one intent, which must agree in service, action, region, client token, and in
 * the step when the call itself carries the tag runbook:step.  Another try of the same call, told
 * by its amz-sdk-invocation-id, needs no second one.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/core/intents_inner.h"

void intents_free(struct intents *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->n_files; i++) {
		intents_forget(&in->files[i]);
		free(in->files[i].path);
	}
	free(in->files);
	strv_clear(&in->used);
	strv_clear(&in->invocations);
	free(in->path);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

/* What stands there already was for calls that another sandbox saw. */
struct intents *intents_new(const char *path)
{
	struct intents *in = xcalloc(1, sizeof(*in));

	pthread_mutex_init(&in->lock, NULL);
	in->path = xstrdup(path);
	intents_scan(in);
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
		intents_scan(in);
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
