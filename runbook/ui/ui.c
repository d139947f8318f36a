/* SPDX-License-Identifier: Apache-2.0 */
/* What the displays share: which one it is, and the words. */
#include "runbook/ui/ui.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "runbook/ui/by_hand_how.h"
#include "runbook/ui/journal_text.h"
#include "runbook/ui/lang.h"

static void hand_on(void *arg, const struct event *e)
{
	struct ui *ui = arg;

	ui->ops->on_event(ui, e);
}

static bool terminal_is_live(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0 &&
	       !(no_color && *no_color);
}

struct ui *ui_new(const struct ui_options *options, const struct run_state *state)
{
	struct ui *ui = options->json ? ui_json_new()
			: terminal_is_live() && !options->debug && !options->dialogue
				? ui_tty_new(state)
				: ui_plain_new(state);

	ui->state = state;

	ui->options = options;
	ui->speed = options->speed;
	ui->sink = (struct event_sink){ ui, hand_on };
	return ui;
}

void ui_hold(struct ui *ui, bool on)
{
	if (ui->ops->hold)
		ui->ops->hold(ui, on);
}

bool ui_is_live(const struct ui *ui)
{
	return ui->ops->tick != NULL;
}

void ui_free(struct ui *ui)
{
	if (!ui)
		return;
	if (ui->ops->leave)
		ui->ops->leave(ui);
	ui->ops->free(ui);
}

size_t ui_step_index(const struct ui *ui, const struct step *step)
{
	size_t i = 0;

	while (i < ui->state->n && ui->state->procedure->steps[i] != step)
		i++;
	return i;
}

const char *ui_state_name(enum step_state s)
{
	return tr(step_state_name(s));
}

char *rehearsal_text(double speed)
{
	return xasprintf(tr("rehearsal in the sandbox, speed %g"), speed);
}

char *ui_regions(const struct params *params)
{
	auto_strv regions = { 0 };

	params_regions(params, &regions);
	if (regions.n == 2)
		return xasprintf(tr("%s to %s"), regions.v[0], regions.v[1]);
	return strv_join(&regions, ", ");
}

struct said *ui_duration_said(int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 10000)
		return said_new("%lld.%lld s", (long long)s, (long long)(ms % 1000 / 100));
	if (s < 120)
		return said_new("%lld s", (long long)s);
	return said_new("%lld min %02lld s", (long long)(s / 60), (long long)(s % 60));
}

char *ui_duration(int64_t ms)
{
	auto_said *said = ui_duration_said(ms);

	return tr_said(said);
}

static char *usual(const struct ui *ui, int usual_s)
{
	autofree char *text = NULL;

	if (usual_s <= 0)
		return xstrdup("");
	text = ui_duration((int64_t)(usual_s * 1000.0 / ui->speed));
	return xasprintf(tr(" (usually %s)"), text);
}

char *ui_by_hand(const struct ui *ui, const struct event *e, int columns)
{
	const struct by_hand_values values = { ui->state, ui->state->stack, e->step,
					       ui->options->reach };

	return by_hand_how(&values, e->undoing ? BY_HAND_UNMAKE : BY_HAND_MAKE, columns);
}

/* What is for people in a claim is translated; a tag's value is not, but that there is none is. */
static char *value_text(const char *value, bool tag)
{
	return tag && !text_eq(value, "(none)") ? xstrdup(value) : tr_recorded(value);
}

static char *differs_text(const struct event *e)
{
	bool tag = text_eq(e->reason, CLAIM_TAG);
	autofree char *name = claim_name(e->what);
	autofree char *expected = value_text(e->expected, tag);
	autofree char *found = value_text(e->found, tag);

	return xasprintf(tr("differs: %s: expected '%s', found '%s'"), name, expected, found);
}

char *ui_text(const struct ui *ui, const struct event *e)
{
	switch (e->type) {
	case EVENT_BEGIN:
		return xstrdup(e->text);
	case EVENT_STATE:
		if (e->text) /* verify's verdict */
			return xasprintf("%s", tr(e->text));
		return xstrdup(ui_state_name(e->state));
	case EVENT_WAIT: {
		autofree char *u = usual(ui, e->usual_s);

		autofree char *what = tr_text(e->what);
		autofree char *state = tr_text(e->aws_state);
		autofree char *reason = tr_text(e->reason);

		return xasprintf("%s: %s%s%s%s", what, state, *reason ? tr(", ") : "", reason, u);
	}
	case EVENT_VERIFY:
	case EVENT_CALL:
		return NULL;
	case EVENT_OUTPUT:
		return xasprintf("%s %s", e->what, e->text);
	case EVENT_NOTE:
		return tr_text(e->text);
	case EVENT_DRIFT:
		if (!e->what) {
			autofree char *text = tr_text(e->text);

			return xasprintf(tr("missing: %s"), text);
		}
		return differs_text(e);
	case EVENT_REPAIR:
		return xstrdup(tr("does not hold: doing it again"));
	case EVENT_BY_HAND:
		return xasprintf(e->undoing ? tr("to be undone by hand: %s")
					    : tr("to be done by hand: %s"),
				 step_title(e->step));
	case EVENT_ERROR:
		return tr_reason(e->err);
	case EVENT_LEFT:
		return xasprintf(tr("left: %s (%s)"), e->what, e->text ? e->text : "");
	case EVENT_END:
		return xstrdup(e->text ? e->text : "");
	}
	return NULL;
}
