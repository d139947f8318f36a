/* SPDX-License-Identifier: Apache-2.0 */
/* The words that ssh is started with. */
#include "runbook/ssh/connection.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "aws/core/config.h"
#include "base/alloc.h"
#include "base/strv.h"
#include "base/text.h"
#include "net/sshkey.h"

enum { CONNECT_TIMEOUT_S = 30 }; /* ssh's: tunnel, banner and key exchange */

/* For ssh's ProxyCommand: single quotes for whatever shell the user has, and % doubled, because
 * ssh expands that first. */
static void add_proxy_word(struct buf *out, const char *word)
{
	auto_buf quoted = BUF_INIT;

	text_shell_quote(&quoted, word);
	if (out->n)
		(void)buf_addc(out, ' ');
	for (const char *p = quoted.p; *p; p++) {
		if (*p == '%')
			(void)buf_addc(out, '%');
		(void)buf_addc(out, *p);
	}
}

static void proxy_command(const struct connection *c, struct buf *out)
{
	const char *const words[] = { c->program,	"tunnel",
				      "--region",	aws_client_region(c->aws),
				      "--endpoint-id",	c->target.endpoint_id,
				      "--endpoint-dns", c->target.endpoint_dns,
				      "--private-ip",	c->target.private_ip,
				      "--port",		"22" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		add_proxy_word(out, words[i]);
	if (c->profile && !aws_session_config(aws_client_session(c->aws))->shared_streams) {
		add_proxy_word(out, "--profile");
		add_proxy_word(out, c->profile);
	}
}

/* In ssh's own quotes, and % doubled, for it expands that in paths as well. */
static void add_path(struct strv *ret, const char *option, const char *path)
{
	auto_buf quoted = BUF_INIT;

	for (const char *p = path; *p; p++) {
		if (*p == '"' || *p == '\\')
			(void)buf_addc(&quoted, '\\');
		if (*p == '%')
			(void)buf_addc(&quoted, '%');
		(void)buf_addc(&quoted, *p);
	}
	strv_addf(ret, "%s=\"%s\"", option, quoted.p);
}

/*
 * In ssh the first value wins, and the command line comes before the user's configuration.  So
 * what stands here stands: settings that would break the tunnel, ask questions, reach another
 * host, trust one unasked, or outlive us.
 */
static const char *const fixed[] = {
	"IgnoreUnknown=*", /* an older ssh lacks some of these, and so what they do */
	"ProxyJump=none",
	"ProxyUseFdpass=no",
	"ControlMaster=no",
	"ControlPath=none",
	"IdentitiesOnly=yes",
	"IdentityAgent=none",
	"PKCS11Provider=none",
	"PubkeyAuthentication=yes",
	SSHKEY_PUBKEY_OPTION,
	"PreferredAuthentications=publickey",
	"BatchMode=yes",
	"CheckHostIP=no",
	"CanonicalizeHostname=no",
	"HashKnownHosts=no",
	"UpdateHostKeys=no",
	"VerifyHostKeyDNS=no",
	"GlobalKnownHostsFile=/dev/null",
	"KnownHostsCommand=none",
	"StrictHostKeyChecking=accept-new",
	"RemoteCommand=none",
	"ForkAfterAuthentication=no",
	"PermitLocalCommand=no",
};

/* Those that are made for each connection. */
static const char *const made[] = { "ProxyCommand", "HostKeyAlias",    "UserKnownHostsFile",
				    "IdentityFile", "CertificateFile", "Port",
				    "User",	    "Hostname" };

/* These come after what was asked for by --ssh-option, so that may be something else. */
static const char *const unless_asked[] = { "SessionType=default", "StdinNull=no",
					    "ExitOnForwardFailure=no", "ServerAliveInterval=5" };
static const char *const in_batch[] = { "ClearAllForwardings=yes", "ForwardAgent=no",
					"RequestTTY=no", "LogLevel=ERROR" };
static const char *const for_people[] = { "LogLevel=INFO" };

static void add_settings(struct strv *ret, const char *const *settings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		strv_add(ret, "-o");
		strv_add(ret, settings[i]);
	}
}

void connection_argv(const struct connection *c, const char *key_file, bool batch, struct strv *ret)
{
	auto_buf proxy = BUF_INIT;

	proxy_command(c, &proxy);
	strv_add(ret, "ssh");
	strv_add(ret, "-o");
	strv_addf(ret, "ProxyCommand=%s", proxy.p);
	add_settings(ret, fixed, ARRAY_LEN(fixed));
	strv_add(ret, "-o");
	strv_addf(ret, "HostKeyAlias=%s", c->target.instance_id);
	strv_add(ret, "-o");
	add_path(ret, "UserKnownHostsFile", c->known_hosts);
	strv_add(ret, "-o");
	add_path(ret, "IdentityFile", key_file); /* -i looks for the name before it expands it */
	strv_add(ret, "-p");
	strv_add(ret, "22");
	strv_add(ret, "-l");
	strv_add(ret, c->target.os_user);
	for (const char *const *word = c->ssh_words; word && *word; word++)
		strv_add(ret, *word);
	add_settings(ret, unless_asked, ARRAY_LEN(unless_asked));
	if (batch)
		add_settings(ret, in_batch, ARRAY_LEN(in_batch));
	else
		add_settings(ret, for_people, ARRAY_LEN(for_people));
	strv_add(ret, "-o");
	strv_addf(ret, "ConnectTimeout=%d", CONNECT_TIMEOUT_S);
}

/* ---- what a person asks of ssh ------------------------------------------- */

/* ssh's options that leave the connection what it is: those without an argument, and the others.
 * (Not among them: -F -f -i -J -l -M -O -p -S -w and the like.) */
static const char plain_letters[] = "46AaCgKkNnqsTtvXxYy";
static const char argument_letters[] = "BbcDeLmoRW";

static struct rb_error *refuse(const char *option, const char *why)
{
	autofree char *shown = text_printable(option, strlen(option), 100);
	struct rb_error *err = rb_error_new(RB_USAGE, "cannot use '--ssh-option %s'", shown);

	return rb_error_why(err, "%-s", why);
}

/* The setting that "Name=value" or "Name value" is about is ours, and not to be had otherwise. */
static bool is_ours(const char *setting)
{
	size_t n = strcspn(setting, " \t=");

	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (strlen(made[i]) == n && strncasecmp(made[i], setting, n) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (strcspn(fixed[i], "=") == n && strncasecmp(fixed[i], setting, n) == 0)
			return true;
	return false;
}

static const char *skip_blanks(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* "-L 8080:localhost:80" is two words to ssh; "-Nv" and "-L8080:localhost:80" are one. */
struct rb_error *connection_ssh_words(const char *option, struct strv *ret)
{
	const char *p = option + 1;
	const char *argument;

	if (option[0] != '-' || !option[1] || option[1] == '-')
		return refuse(option, N_("it is no option of ssh, as -L 8080:localhost:80 is one"));
	while (*p && strchr(plain_letters, *p)) {
		strv_addf(ret, "-%c", *p);
		p++;
	}
	if (!*p)
		return NULL;
	if (!strchr(argument_letters, *p))
		return refuse(option, N_("connect sets this itself, or ssh has no such option"));
	argument = skip_blanks(p + 1);
	if (!*argument)
		return rb_error_hint(refuse(option, N_("its argument is missing")),
				     "--ssh-option '-%c ARGUMENT'", *p);
	if (*p == 'o' && is_ours(argument))
		return refuse(option, N_("connect sets this itself"));
	strv_addf(ret, "-%c", *p);
	strv_add(ret, argument);
	return NULL;
}
