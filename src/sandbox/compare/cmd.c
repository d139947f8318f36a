/* SPDX-License-Identifier: Apache-2.0 */
/* `runbook-sandbox compare`: its options, and what it prints. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/compare/compare.h"
#include "sandbox/core/speed.h"

static const char USAGE[] =
	"usage: runbook-sandbox compare [OPTION]... RECORDING...\n"
	"Plays what `runbook --record` wrote to a sandbox of its own, in the recorded order and\n"
	"time, and lists where the sandbox answers otherwise: status, code, missing and extra\n"
	"elements, values, states and their order, durations.  Several recordings of one stack\n"
	"are played one behind the other.  Nothing waits: the sandbox's clock jumps.\n"
	"\n"
	"  --speed N              the recordings' times are AWS's divided by N (default: what\n"
	"                         each says of itself)\n"
	"  --known FILE           differences that are known, as JSON, with their reasons: only\n"
	"                         others are listed, and those of FILE that were not met\n"
	"  --output text|json     how they are printed (text)\n"
	"  --help                 show this\n"
	"\n"
	"Exit status: 0 nothing is listed, 1 something is, or it failed, 2 usage, or what was\n"
	"named is no recording.\n";

struct arguments {
	struct compare_options options;
	const char *known;
	bool json, help;
};

enum { OPT_SPEED = 256, OPT_KNOWN, OPT_OUTPUT, OPT_HELP };

static struct rb_error *usage_error(struct rb_error *err)
{
	return rb_error_hint(err, "runbook-sandbox compare --help lists the options");
}

static struct rb_error *parse(int argc, char **argv, struct arguments *args)
{
	static const struct option options[] = {
		{ "speed", required_argument, NULL, OPT_SPEED },
		{ "known", required_argument, NULL, OPT_KNOWN },
		{ "output", required_argument, NULL, OPT_OUTPUT },
		{ "help", no_argument, NULL, OPT_HELP },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_SPEED)
			TRY(usage_error(speed_parse(optarg, &args->options.speed)));
		else if (opt == OPT_KNOWN)
			args->known = optarg;
		else if (opt == OPT_HELP)
			args->help = true;
		else if (opt == OPT_OUTPUT && (text_eq(optarg, "text") || text_eq(optarg, "json")))
			args->json = text_eq(optarg, "json");
		else if (opt == OPT_OUTPUT)
			return usage_error(rb_error_new(
				RB_USAGE, "--output '%s' is neither text nor json", optarg));
		else
			return usage_error(rb_error_new(RB_USAGE, "cannot read the command line"));
	}
	if (!args->help && optind >= argc)
		return usage_error(rb_error_new(RB_USAGE, "no recording was named"));
	return NULL;
}

static void print_text(struct differences *d, const struct compare_result *result)
{
	auto_buf out = BUF_INIT;
	size_t open = differences_open(d), known = 0;

	differences_to_text(d, &out);
	for (size_t i = 0; i < d->n; i++)
		known += d->v[i].reason != NULL;
	(void)fwrite(out.p, 1, out.n, stdout);
	printf("%zu exchanges, %zu differences", result->exchanges, open);
	if (known)
		printf(", %zu known", known);
	if (result->unanswered)
		printf(", %zu without an answer", result->unanswered);
	printf("%s\n",
	       result->whole ? "" : "; the recording was cut short, and is compared so far");
}

static void print_json(struct differences *d, const struct compare_result *result)
{
	json_t *doc = differences_to_json(d);
	char *text;

	json_object_set_new(doc, "exchanges", json_integer((json_int_t)result->exchanges));
	json_object_set_new(doc, "unanswered", json_integer((json_int_t)result->unanswered));
	json_object_set_new(doc, "whole", json_boolean(result->whole));
	text = json_dumps(doc, JSON_INDENT(2));
	json_decref(doc);
	if (!text)
		abort();
	printf("%s\n", text);
	free(text);
}

static struct rb_error *read_all(char **paths, size_t n, struct recording *ret)
{
	for (size_t i = 0; i < n; i++) {
		autofree char *path = NULL;

		TRY(file_expand_home(paths[i], &path));
		TRY(recording_read(path, &ret[i]));
	}
	return NULL;
}

struct rb_error *compare_command(int argc, char **argv, int *ret_status)
{
	struct arguments args = { 0 };
	struct compare_result result;
	struct differences d = { 0 };
	struct recording *recordings;
	struct rb_error *err;
	size_t n;

	*ret_status = 0;
	TRY(parse(argc, argv, &args));
	if (args.help) {
		fputs(USAGE, stdout);
		return NULL;
	}
	n = (size_t)(argc - optind);
	recordings = xcalloc(n, sizeof(*recordings));
	err = args.known ? differences_read_known(&d, args.known) : NULL;
	if (!err)
		err = read_all(argv + optind, n, recordings);
	if (!err)
		err = compare_play(recordings, n, &args.options, &d, &result);
	if (!err && args.json)
		print_json(&d, &result);
	else if (!err)
		print_text(&d, &result);
	if (!err)
		*ret_status = differences_open(&d) > 0;
	for (size_t i = 0; i < n; i++)
		recording_clear(&recordings[i]);
	free(recordings);
	differences_clear(&d);
	return err;
}
