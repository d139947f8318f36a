/* SPDX-License-Identifier: Apache-2.0 */
/* What runbook-sandbox serve was asked for. */
#include "sandbox/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/core/server.h"
#include "sandbox/core/speed.h"
#include "sandbox/iam/decisions.h"

static const char USAGE[] =
	"usage: runbook-sandbox serve [OPTION]...\n"
	"       runbook-sandbox compare [OPTION]... RECORDING...   (its own --help tells)\n"
	"AWS on loopback, for rehearsals and tests: EC2, IAM, STS, S3, SSM and EC2 Instance\n"
	"Connect, for the AWS CLI, the SDKs and runbook.  Prints 'listening http://ADDRESS:PORT'\n"
	"when it is ready; point AWS_ENDPOINT_URL there.  Access key " SANDBOX_ACCESS_KEY ",\n"
	"secret '" SANDBOX_SECRET_KEY "', account " SANDBOX_ACCOUNT ".\n"
	"\n"
	"  --listen ADDRESS:PORT  loopback only; port 0 lets the kernel choose (127.0.0.1:0)\n"
	"  --state FILE           keep the world in FILE; without it, it ends with the process\n"
	"  --speed N              divide AWS's usual durations by N (1)\n"
	"  --latency MS           answer every request that much later (0)\n"
	"  --lag on|off|harsh|SECONDS  how reads lag behind writes, as on AWS; harsh: as on its\n"
	"                         worst days; SECONDS: harsh, and that long (on, or\n"
	"                         RUNBOOK_SANDBOX_LAG)\n"
	"  --throttle real|shared|off  refuse requests as EC2 does, whose actions have a rate each;\n"
	"                         shared: as where others use them, too (off)\n"
	"  --fault SPEC           'Action[:n[-m]]=what' goes wrong; may be given often.  what is "
	"an\n"
	"                         AWS error code (CODE or CODE:message), lost-before, lost-after,\n"
	"                         slow=MS, held, torn, reset, http=STATUS, throttle, state=STATE,\n"
	"                         after=CODE or after=http=STATUS (done, and answered so),\n"
	"                         hidden=CODE (under status 200), deny or deny=POLICY-ARN,\n"
	"                         retry-after=MS (x-amz-retry-after, beside what else goes wrong)\n"
	"  --decisions FILE       write what policies were asked, and what they said\n"
	"  --journal PATH         refuse a change whose intent is not synced in a journal yet\n"
	"  --until-eof            end when standard input ends\n"
	"  --help                 show this\n"
	"  --version              show the version\n"
	"\n"
	"GET /_sandbox/world, /_sandbox/requests, /_sandbox/info and POST /_sandbox/fault need no\n"
	"signature.  Exit status: 0 ended as asked, 1 failed, 2 usage, 4 the state is in use.\n";

static struct rb_error *usage_error(struct rb_error *err)
{
	return rb_error_hint(err, "runbook-sandbox --help lists the options");
}

/* "127.0.0.1:0", "[::1]:8080" */
static struct rb_error *parse_listen(const char *s, struct arguments *args)
{
	const char *colon = strrchr(s, ':');
	int64_t port;

	if (!colon || !text_parse_i64(colon + 1, 0, 65535, &port))
		return usage_error(rb_error_new(RB_USAGE, "--listen '%s' is not ADDRESS:PORT", s));
	free(args->address);
	if (s[0] == '[' && colon > s && colon[-1] == ']')
		args->address = xstrndup(s + 1, (size_t)(colon - s) - 2);
	else
		args->address = xstrndup(s, (size_t)(colon - s));
	if (!strcmp(args->address, "localhost"))
		set_str(&args->address, "127.0.0.1");
	args->port = (uint16_t)port;
	return NULL;
}

/* "on", "off", "harsh", or a number of seconds, which is harsh. */
struct rb_error *arguments_lag(const char *s, const char *from, struct sbx_options *ret)
{
	static const char *const words[] = {
		[SBX_LAG_OFF] = "off", [SBX_LAG_USUAL] = "on", [SBX_LAG_HARSH] = "harsh"
	};

	ret->lag_s = 0;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i], s)) {
			ret->lag = (enum sbx_lag)i;
			return NULL;
		}
	}
	ret->lag = SBX_LAG_HARSH;
	if (text_parse_i64(s, 1, 300, &ret->lag_s))
		return NULL;
	return usage_error(rb_error_new(
		RB_USAGE, "%s '%.40s' is none of on, off, harsh and a number from 1 to 300", from,
		s));
}

enum {
	OPT_LISTEN = 256,
	OPT_STATE,
	OPT_SPEED,
	OPT_LATENCY,
	OPT_LAG,
	OPT_THROTTLE,
	OPT_FAULT,
	OPT_DECISIONS,
	OPT_JOURNAL,
	OPT_UNTIL_EOF,
	OPT_HELP,
	OPT_VERSION
};

static const struct option OPTIONS[] = {
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "speed", required_argument, NULL, OPT_SPEED },
	{ "latency", required_argument, NULL, OPT_LATENCY },
	{ "lag", required_argument, NULL, OPT_LAG },
	{ "throttle", required_argument, NULL, OPT_THROTTLE },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "decisions", required_argument, NULL, OPT_DECISIONS },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "until-eof", no_argument, NULL, OPT_UNTIL_EOF },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static struct rb_error *take_option(int opt, const char *arg, struct arguments *args)
{
	switch (opt) {
	case OPT_LISTEN:
		return parse_listen(arg, args);
	case OPT_STATE:
		free(args->state_path);
		args->state_path = NULL;
		TRY(file_expand_home(arg, &args->state_path));
		args->sbx.state_path = args->state_path;
		return NULL;
	case OPT_SPEED:
		return usage_error(speed_parse(arg, &args->sbx.speed));
	case OPT_LATENCY:
		if (!text_parse_i64(arg, 0, 600000, &args->sbx.latency_ms))
			return usage_error(rb_error_new(
				RB_USAGE, "--latency '%s' is no number from 0 to 600000", arg));
		return NULL;
	case OPT_LAG:
		return arguments_lag(arg, "--lag", &args->sbx);
	case OPT_THROTTLE:
		if (throttle_parse(arg, &args->sbx.throttle))
			return NULL;
		return usage_error(rb_error_new(
			RB_USAGE, "--throttle '%.40s' is none of off, real and shared", arg));
	case OPT_FAULT:
		strv_add(&args->faults, arg);
		return NULL;
	case OPT_DECISIONS:
		return sbx_decisions_open(arg);
	case OPT_JOURNAL:
		free(args->journal_path);
		args->journal_path = NULL;
		TRY(file_expand_home(arg, &args->journal_path));
		args->sbx.journal_path = args->journal_path;
		return NULL;
	case OPT_UNTIL_EOF:
		args->until_eof = true;
		return NULL;
	default: /* getopt has printed what is wrong */
		return usage_error(rb_error_new(RB_USAGE, "cannot read the command line"));
	}
}

/* *ret_done: --help or --version was all that was asked for. */
struct rb_error *arguments_parse(int argc, char **argv, struct arguments *args, bool *ret_done)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		if (opt == OPT_HELP || opt == OPT_VERSION) {
			if (opt == OPT_HELP)
				fputs(USAGE, stdout);
			else
				printf("runbook-sandbox %s\n", RUNBOOK_VERSION);
			*ret_done = true;
			return NULL;
		}
		TRY(take_option(opt, optarg, args));
	}
	if (optind >= argc)
		return usage_error(rb_error_new(RB_USAGE, "no command given; 'serve' is the one"));
	if (strcmp(argv[optind], "serve") != 0)
		return usage_error(rb_error_new(RB_USAGE, "unknown command '%s'", argv[optind]));
	if (optind + 1 < argc)
		return usage_error(
			rb_error_new(RB_USAGE, "unexpected argument '%s'", argv[optind + 1]));
	return NULL;
}
