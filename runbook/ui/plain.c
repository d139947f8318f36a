/* Steady lines with their times: for logs, pipes, and terminals that cannot move the cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "runbook/ui/ui.h"
#include "runbook/ui/width.h"

enum { MAX_STEPS = 32 };

struct ui_plain {
	struct ui ui;
	char *last_wait[MAX_STEPS]; /* said already, by step: told again only when it changes */
	int64_t begun_ms[MAX_STEPS];
};

static size_t index_of(const struct step *step)
{
	size_t i = 0;

	while (all_steps[i] && all_steps[i] != step && i < MAX_STEPS - 1)
		i++;
	return i;
}

static void print_line(const struct event *e, const char *text, const char *more)
{
	autofree char *safe = text_printable(text, strlen(text), 2000);
	char at[CLOCK_ISO_SIZE];

	clock_iso8601(clock_utc_s(), at);
	if (e->step)
		fprintf(stderr, "%s %s  %s%s\n", at, e->step->id, safe, more);
	else
		fprintf(stderr, "%s %s%s\n", at, safe, more);
}

static void print_state(struct ui_plain *p, const struct event *e, const char *text)
{
	size_t i = index_of(e->step);
	autofree char *more = NULL;
	bool begins = e->state == STEP_DOING || e->state == STEP_UNDOING;
	bool ends = e->state == STEP_HELD || e->state == STEP_UNDONE || e->text;
	int64_t now = clock_mono_ms();
	int w = text_width(text);

	if (e->state == STEP_MADE && !e->text)
		return;
	if (begins && !p->begun_ms[i])
		p->begun_ms[i] = now;
	more = xasprintf("%*s  %s", w < 8 ? 8 - w : 0, "", step_title(e->step));
	if (ends && p->begun_ms[i]) {
		autofree char *took = ui_duration(now - p->begun_ms[i]);
		char *longer = xasprintf("%s (%s)", more, took);

		free(more);
		more = longer;
		p->begun_ms[i] = 0;
	}
	print_line(e, text, more);
}

static void on_event(struct ui *ui, const struct event *e)
{
	struct ui_plain *p = (struct ui_plain *)ui;
	autofree char *text = ui_text(ui, e);

	if (!text || !*text)
		return;
	if (e->type == EVENT_STATE) {
		print_state(p, e, text);
		return;
	}
	if (e->type == EVENT_WAIT) {
		size_t i = index_of(e->step);

		if (text_eq(p->last_wait[i], text))
			return;
		set_str(&p->last_wait[i], text);
	}
	print_line(e, text, "");
}

static void free_plain(struct ui *ui)
{
	struct ui_plain *p = (struct ui_plain *)ui;

	for (size_t i = 0; i < MAX_STEPS; i++)
		free(p->last_wait[i]);
	free(p);
}

static const struct ui_ops plain_ops = {
	.on_event = on_event,
	.free = free_plain,
};

struct ui *ui_plain_new(void)
{
	struct ui_plain *p = xcalloc(1, sizeof(*p));

	p->ui.ops = &plain_ops;
	return &p->ui;
}
