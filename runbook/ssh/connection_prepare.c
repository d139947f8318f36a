/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection needs before ssh starts: a key that was sent to AWS, its folder, ssh's
 * surroundings. */
#include "runbook/ssh/connection_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/cred/cred.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/program.h"
#include "base/text.h"
#include "net/sshkey.h"
#include "runbook/ssh/private_dir.h"
#include "runbook/ssh/pushed_key.h"
#include "runbook/ssh/ssh_ready.h"
#include "runbook/ssh/target.h"
#include "runbook/ssh/tunnel_keys.h"
#include "runbook/ssh/tunnel_report.h"

/* Under its own name at once: a second one, for a moment, would be a key that nobody removes. */
static struct rb_error *write_key(const struct sshkey *key, const char *dir, char **ret_path)
{
	autofree char *path = file_join(dir, PRIVATE_KEY_FILE);
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return rb_error_sys(errno, "cannot create '%s'", path);
	TRY(file_write_all(fd, secret_reveal(&key->private_pem), key->private_pem.n_,
			   /* point= */ NULL));
	*ret_path = steal_str(&path);
	return NULL;
}

/*
 * ssh replaces ${NAME} in the names of files, and knows no way to write the two characters as they
 * are: such a known_hosts gets a link of another name in the private directory.
 */
static struct rb_error *name_hosts(const char *known_hosts, const char *dir, char **ret)
{
	autofree char *real = NULL;
	autofree char *link = NULL;

	if (!strstr(known_hosts, "${")) {
		*ret = xstrdup(known_hosts);
		return NULL;
	}
	real = realpath(known_hosts, NULL);
	link = file_join(dir, PRIVATE_HOSTS_LINK);
	if (!real || symlink(real, link))
		return rb_error_sys(errno, "cannot use '%s'", known_hosts);
	*ret = steal_str(&link);
	return NULL;
}

/* What our settings came from is not there for the tunnel, when it was a pipe: /dev/stdin would be
 * the pipe to ssh.  It needs the certificates alone; the credentials it gets from us. */
static struct rb_error *replace_streams(const struct aws_config *config, const char *dir,
					struct strv *env)
{
	if (config->shared_streams) {
		strv_add(env, "AWS_CONFIG_FILE=/dev/null");
		strv_add(env, "AWS_SHARED_CREDENTIALS_FILE=/dev/null");
		strv_add(env, "AWS_PROFILE=");
		strv_add(env, "AWS_DEFAULT_PROFILE=");
		if (config->ca_bundle && !config->ca_pem)
			strv_addf(env, "AWS_CA_BUNDLE=%s", config->ca_bundle);
	}
	if (config->ca_pem) {
		autofree char *path = file_join(dir, PRIVATE_CA_FILE);

		TRY(file_write_atomic(path, config->ca_pem, strlen(config->ca_pem), 0600));
		strv_addf(env, "AWS_CA_BUNDLE=%s", path);
	}
	return NULL;
}

struct rb_error *connection_env(const struct connection *c, const char *dir, struct strv *env)
{
	for (const char *const *e = c->env; e && *e; e++)
		strv_add(env, *e);
	strv_add(env, "SHELL=" SSH_SHELL);
	strv_addf(env, TUNNEL_REPORT_ENV "=%s/" PRIVATE_REPORT_FILE, dir);
	strv_addf(env, TUNNEL_KEYS_ENV "=%s/" PRIVATE_KEYS_PIPE, dir);
	return replace_streams(aws_session_config(aws_client_session(c->aws)), dir, env);
}

/*
 * ssh would make it with a mode of its own; one that is there keeps its mode.  One that cannot be
 * written serves as long as the key is in it.  What cannot be remembered is not accepted: it
 * would be a stranger's first word every time.
 */
static struct rb_error *make_known_hosts(const struct connection *c)
{
	int fd = open(c->known_hosts, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int failed = errno;
	autofree char *known = NULL;
	struct rb_error *err;

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	known = connection_fingerprint(c->known_hosts, c->target.instance_id);
	if (known)
		return NULL;
	err = rb_error_new(RB_USAGE, "cannot remember the host key of instance '%s'",
			   c->target.instance_id);
	err = rb_error_why(err, "'%s' cannot be written (%-s), and it is not known yet",
			   c->known_hosts, strerror(failed));
	err = rb_error_hint(err, "connect once where the stack's folder can be written:");
	return rb_error_next(err, RB_NEXT_CONNECT, NULL);
}

/* *ret_fd: open while the tunnel may take them; -1: it looks for its own. */
static struct rb_error *offer_credentials(const struct connection *c, const char *dir, int *ret_fd)
{
	autofree char *path = file_join(dir, PRIVATE_KEYS_PIPE);
	auto_cred cred = { 0 };

	TRY(cred_chain_get(aws_session_creds(aws_client_session(c->aws)), &cred));
	*ret_fd = tunnel_keys_offer(path, &cred, aws_session_skew_s(aws_client_session(c->aws)));
	return NULL;
}

void connection_prepared_clear(struct connection_prepared *p)
{
	if (p->dir)
		private_dir_remove(p->dir);
	free(p->key_file);
	free(p->program);
	free(p->known_hosts);
	if (p->keys_fd >= 0)
		(void)close(p->keys_fd);
	*p = (struct connection_prepared){ .keys_fd = -1 };
}

static struct rb_error *find_program(const struct connection *c, struct connection_prepared *p)
{
	autofree char *copy = file_join(p->dir, PRIVATE_PROGRAM_FILE);

	if (!c->program)
		return program_runnable(copy, &p->program);
	p->program = xstrdup(c->program);
	return NULL;
}

/* A key in a file, and its public half sent to AWS: valid for 60 seconds from then. */
struct rb_error *connection_prepare(const struct connection *c, bool anew,
				    struct connection_prepared *p)
{
	const struct connection_target *t = &c->target;
	struct pushed_key pushed = {
		.aws = c->aws, .instance_id = t->instance_id, .os_user = t->os_user, .anew = anew
	};

	TRY(target_check(t->instance_id, t->private_ip, t->endpoint_id, t->endpoint_dns));
	TRY(make_known_hosts(c));
	TRY(private_dir_make(&p->dir));
	TRY(find_program(c, p));
	TRY(name_hosts(c->known_hosts, p->dir, &p->known_hosts));
	TRY(offer_credentials(c, p->dir, &p->keys_fd));
	TRY(pushed_key_get(&pushed));
	p->pushed_ms = pushed.pushed_ms;
	p->was_there = pushed.was_there;
	return write_key(pushed.key, p->dir, &p->key_file);
}
