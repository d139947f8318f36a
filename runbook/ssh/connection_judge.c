/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an ssh that ended with 255 failed.  ssh explains it in prose alone, and the tunnel in a
 * report; this is the one file that knows ssh's words.
 */
#include "runbook/ssh/connection.h"

#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/text.h"
#include "net/tunnel.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ssh/tunnel_report.h"

enum { KEY_LIVES_S = 60 };

static struct rb_error *key_refused(const struct connection_target *t, const struct ssh_end *end)
{
	struct rb_error *err =
		rb_error_new(RB_FAILED, "instance '%s' refused the key", t->instance_id);

	err->aws_code = xstrdup(CONNECTION_KEY_REFUSED);
	if (end->key_age_s >= KEY_LIVES_S)
		return rb_error_hint(
			rb_error_why(err, "it was %d s old, and lives for %d", end->key_age_s,
				     KEY_LIVES_S),
			"the way to the instance is too slow: once more may be faster");
	err = rb_error_why(err, "it does not let '%s' in with it", t->os_user);
	return rb_error_hint(err, "its image must have EC2 Instance Connect (minimal ones do not) "
				  "and that user, and its metadata service must be on");
}

static struct rb_error *host_changed(const struct connection_target *t)
{
	struct rb_error *err =
		rb_error_new(RB_FAILED, "another host answers for instance '%s'", t->instance_id);

	err->aws_code = xstrdup(CONNECTION_HOST_CHANGED);
	err = rb_error_why(err, "its host key is not the one that was remembered");
	return rb_error_hint(err, "if the instance was rebuilt on purpose, remove its line from "
				  "the stack's known_hosts; else somebody is in between");
}

/* What ssh says of other ends; the first that fits. */
static const struct {
	const char *said;
	enum rb_kind kind;
	const char *why;
	const char *hint; /* NULL: none */
} ends[] = {
	{ "REVOKED HOST KEY", RB_FAILED, N_("its host key is revoked"),
	  "RevokedHostKeys in ssh's configuration names it" },
	{ "host key is known for", RB_FAILED, N_("its host key is not known"), NULL },
	{ "Host key verification failed", RB_FAILED, N_("ssh does not trust its host key"), NULL },
	{ "No user exists for uid", RB_USAGE, N_("ssh does not work for this user"),
	  N_("run as a user that has an entry in the password database") },
	{ "Bad owner or permissions on", RB_USAGE, N_("ssh does not read its configuration"),
	  N_("nobody else may write that file: chmod go-w") },
	{ "onfiguration option", RB_USAGE, N_("ssh does not understand its configuration"), NULL },
	{ "command-line", RB_USAGE, N_("ssh does not take an option"), NULL },
	{ "forwarding specification", RB_USAGE, N_("ssh does not take an option"), NULL },
	{ "Unable to negotiate with", RB_FAILED,
	  N_("ssh and the instance have no algorithm in common"), NULL },
	{ "Could not request local forwarding", RB_FAILED, N_("a forwarding was not possible"),
	  N_("another program may have the port") },
	{ "remote port forwarding failed", RB_FAILED, N_("a forwarding was not possible"), NULL },
	{ "stdio forwarding failed", RB_FAILED,
	  N_("what was to be forwarded cannot be reached from there"), NULL },
};

static struct rb_error *known_end(const struct connection_target *t, const struct ssh_end *end,
				  const char *words)
{
	if (strstr(end->said, "REMOTE HOST IDENTIFICATION HAS CHANGED"))
		return host_changed(t);
	if (strstr(end->said, "Permission denied (publickey"))
		return key_refused(t, end);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct rb_error *err;

		if (!strstr(end->said, ends[i].said))
			continue;
		err = rb_error_new(ends[i].kind, "cannot connect to instance '%s'", t->instance_id);
		err = rb_error_why(err, "%-s: %s", ends[i].why, words);
		return ends[i].hint ? rb_error_hint(err, "%-s", ends[i].hint) : err;
	}
	return NULL;
}

/* sshd is not up, or went away in the middle: a booting instance does both. */
static bool is_silence(const char *said)
{
	return strstr(said, "banner exchange") || strstr(said, "kex_exchange_identification") ||
	       strstr(said, "Connection closed by UNKNOWN");
}

/* The tunnel knows no step: what it says to verify is the step that makes the endpoint. */
static void name_endpoint_step(const struct connection_target *t, struct rb_error *err)
{
	for (size_t i = 0; i < err->next_n; i++)
		if (err->next[i].verb == RB_NEXT_VERIFY && !err->next[i].args)
			err->next[i].args = xstrdup_or_null(t->endpoint_step);
}

struct rb_error *connection_judge(const struct connection_target *t, const struct ssh_end *end)
{
	struct span said = span_trim((struct span){ end->said, strlen(end->said) });
	autofree char *words = text_printable(said.p, said.n, 512);
	struct rb_error *err = tunnel_report_parse(end->report);

	if (err && rb_error_is_aws(err, TUNNEL_UNREACHABLE))
		err->kind = RB_RETRY;
	if (err) {
		name_endpoint_step(t, err);
		return rb_error_where(err, "through '%s'", t->endpoint_id);
	}
	err = known_end(t, end, words);
	if (!err && !end->tunnel_ran)
		err = rb_error_hint(rb_error_new(RB_FAILED, "ssh could not start the tunnel"),
				    "it runs this program with %s", SSH_SHELL);
	if (!err)
		err = rb_error_new(is_silence(end->said) ? RB_RETRY : RB_LOST,
				   "the connection to instance '%s' broke", t->instance_id);
	return rb_error_why(err, "%-s",
			    *words ? words : N_("ssh ended with status 255 and no word"));
}
