/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instance is to those who log in: a host key, a directory of its own,
 * an environment in which the network is the sandbox's, and tools that ask the
 * sandbox where the real ones would ask AWS.
 *
 * Nothing there dials a private or link-local address: names and metadata come
 * from the sandbox's proxy, and so does every connection of a tool that heeds
 * the proxy variables.  It is a rehearsal stage and no jail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strv.h"
#include "base/text.h"
#include "sandbox/path/eic.h"
#include "sandbox/path/path.h"
#include "sandbox/network/facts.h"
#include "sandbox/instance/ssh.h"
#include "sandbox/instance/tools.h"
#include "sandbox/core/store.h"

#define SYSTEM_PATH "/usr/local/bin:/usr/bin:/bin"
#define OS_USER "ec2-user" /* the one of Amazon Linux */

/* ---- laying out --------------------------------------------------------------------- */

static struct rb_error *link_tool(const char *bin, const char *name, const char *target)
{
	autofree char *path = file_join(bin, name);

	if (symlink(target, path) != 0)
		return rb_error_sys(errno, "cannot make '%s'", path);
	return NULL;
}

/* Our own small tools, and the AWS CLI of this machine when there is one. */
struct rb_error *instance_prepare(struct sbx_path *p)
{
	const char *forced = getenv("RUNBOOK_SANDBOX_AWS"); /* "small", or a program */
	autofree char *bin = file_join(p->dir, "bin");
	autofree char *found = NULL;

	TRY(file_make_private_dir(bin));
	if (!p->tool)
		return NULL;
	for (size_t i = 0; tool_names[i]; i++)
		if (strcmp(tool_names[i], "aws") != 0)
			TRY(link_tool(bin, tool_names[i], p->tool));
	if (forced && !*forced)
		forced = NULL;
	if (forced && !strcmp(forced, "small"))
		return link_tool(bin, "aws", p->tool);
	found = forced ? xstrdup(forced) : instance_proc_find("aws", SYSTEM_PATH);
	if (!found)
		found = instance_proc_find("aws", getenv("PATH"));
	return link_tool(bin, "aws", found ? found : p->tool);
}

/* ---- the host key ---------------------------------------------------------------------- */

struct rb_error *instance_host_key(struct sbx *sbx, const char *instance_id, char **ret_private,
				   char **ret_public)
{
	autofree char *name = xasprintf("host-key/%s", instance_id);
	struct store *st = sbx_store(sbx);
	auto_secret_buf key = BUF_INIT;
	struct rb_error *err = NULL;

	sbx_lock(sbx);
	if (!store_get_blob(st, name, &key)) {
		err = sshd_new_host_key(&key);
		if (!err) {
			store_begin(st);
			store_put_blob(st, name, key.p, key.n);
			err = store_commit(st);
		}
	}
	sbx_unlock(sbx);
	if (!err && ret_public)
		err = sshd_key_line(key.p, ret_public);
	if (!err)
		*ret_private = xstrdup(key.p);
	return err;
}

/* ---- who may log in --------------------------------------------------------------------- */

struct session {
	struct sbx_path *p;
	const char *instance;
	char region[32];
	bool metadata; /* without it the instance cannot learn of pushed keys */
};

static bool admits(void *arg, const char *user, const char *key)
{
	const struct session *s = arg;
	struct sbx *sbx = s->p->sbx;
	bool yes;

	if (strcmp(user, OS_USER) != 0 || !s->metadata)
		return false;
	sbx_lock(sbx);
	yes = eic_key_is_good(sbx_store(sbx), s->region, s->instance, user, key, sbx_now_ms(sbx));
	sbx_unlock(sbx);
	return yes;
}

/* A stopped or terminated instance takes its connections along. */
static bool alive(void *arg)
{
	const struct session *s = arg;
	struct facts facts;
	bool yes;

	if (!facts_of(s->p->sbx, s->instance, &facts))
		return false;
	yes = facts.running;
	facts_clear(&facts);
	return yes;
}

/* ---- where a program finds itself --------------------------------------------------------- */

static struct rb_error *make_home(const struct sbx_path *p, const struct facts *f, char **ret)
{
	autofree char *machine = file_join(p->dir, f->id);
	autofree char *home = file_join(machine, OS_USER);
	autofree char *rc = file_join(home, ".bashrc");
	autofree char *host = xstrndup(f->dns, strcspn(f->dns, "."));
	auto_buf text = BUF_INIT;

	TRY(file_make_private_dir(home));
	if (!file_exists(rc)) {
		buf_addf(&text, "PS1='[" OS_USER "@%s \\W]\\$ '\n", *host ? host : f->id);
		TRY(file_write_atomic(rc, text.p, text.n, 0600));
	}
	*ret = steal_str(&home);
	return NULL;
}

static void add_environment(const struct sbx_path *p, const struct facts *f, const char *home,
			    struct strv *env)
{
	autofree char *token = path_token(p, f->id);
	bool v6 = strchr(p->address, ':') != NULL;
	autofree char *at = xasprintf("%s%s%s:%u", v6 ? "[" : "", p->address, v6 ? "]" : "",
				      (unsigned)p->proxy_port);
	static const char *const proxies[] = { "http_proxy", "https_proxy", "HTTPS_PROXY" };
	static const char *const bundles[] = { "AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE" };

	strv_addf(env, "PATH=%s/bin:" SYSTEM_PATH, p->dir);
	strv_addf(env, "HOME=%s", home);
	strv_add(env, "USER=" OS_USER);
	strv_add(env, "LOGNAME=" OS_USER);
	strv_add(env, "SHELL=/bin/bash");
	strv_addf(env, "RUNBOOK_SANDBOX_MARK=%s", p->mark);
	strv_addf(env, "SSH_CONNECTION=%s 50022 %s 22", f->address, f->address);
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		strv_addf(env, "%s=http://%s:%s@%s", proxies[i], f->id, token, at);
	strv_add(env, "no_proxy=127.0.0.1,::1,localhost");
	for (size_t i = 0; i < ARRAY_LEN(bundles); i++)
		strv_addf(env, "%s=%s", bundles[i], p->ca_file);
	/* as the CLI on an instance: its own region, and its role's credentials */
	strv_addf(env, "AWS_DEFAULT_REGION=%s", f->region);
	strv_add(env, "AWS_EC2_METADATA_DISABLED=true");
	if (f->role[0]) {
		strv_addf(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://%s/credentials", at);
		strv_addf(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN=%s:%s", f->id, token);
	}
}

static struct rb_error *settle(void *arg, const char *user, char **ret_dir, struct strv *env)
{
	const struct session *s = arg;
	struct facts facts;
	struct rb_error *err;

	(void)user;
	if (!facts_of(s->p->sbx, s->instance, &facts))
		return rb_error_new(RB_GONE, "the instance '%s' is gone", s->instance);
	err = make_home(s->p, &facts, ret_dir);
	if (!err)
		add_environment(s->p, &facts, *ret_dir, env);
	facts_clear(&facts);
	return err;
}

/* ---- what it reaches for those who forward ------------------------------------------------- */

struct forward {
	int fd, port;
	char instance[SBX_ID_MAX];
	char host[256];
};

static void serve_forward(struct sbx_path *p, void *arg)
{
	struct forward f = *(struct forward *)arg;

	free(arg);
	proxy_forward(p, f.fd, f.instance, f.host, f.port);
}

static bool is_itself(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "127.0.0.1") || !strcmp(host, "::1");
}

/*
 * The instance's world and nothing else: what listens on this machine is not the instance's, but
 * for its own sshd.
 */
static int dial(void *arg, const char *host, int port)
{
	const struct session *s = arg;
	struct forward *f;
	int pair[2];

	if (is_itself(host))
		return port == 22 ? instance_dial(s->p, s->instance) : -1;
	if (!proxy_may_forward(s->p, s->instance, host, port) || strlen(host) >= sizeof(f->host) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -1;
	f = xcalloc(1, sizeof(*f));
	f->fd = pair[1];
	f->port = port;
	memcpy(f->instance, s->instance, strlen(s->instance) + 1);
	memcpy(f->host, host, strlen(host) + 1);
	if (path_spawn(s->p, serve_forward, f))
		return pair[0];
	close(pair[0]);
	close(pair[1]);
	free(f);
	return -1;
}

/* ---- serving --------------------------------------------------------------------------------- */

void instance_serve(struct sbx_path *p, const char *instance_id, int fd)
{
	struct session session = { .p = p, .instance = instance_id };
	autofree char *key = NULL;
	struct facts facts;
	struct sshd ssh = {
		.admits = admits, .settle = settle, .alive = alive, .dial = dial, .arg = &session
	};
	auto_error struct rb_error *err = NULL;
	bool up = facts_of(p->sbx, instance_id, &facts);

	if (up) {
		up = facts.reachable;
		session.metadata = facts.metadata;
		memcpy(session.region, facts.region, sizeof(session.region));
		facts_clear(&facts);
	}
	if (up)
		err = instance_host_key(p->sbx, instance_id, &key, NULL);
	if (!up || err) {
		close(fd);
		return;
	}
	ssh.host_key = key;
	err = sshd_serve(&ssh, fd, p->stop_fd);
	if (err)
		log_debug("instance '%s': %s", instance_id, err->what);
	if (key)
		OPENSSL_cleanse(key, strlen(key));
}

struct dialled {
	int fd;
	char instance[SBX_ID_MAX];
};

static void serve_dialled(struct sbx_path *p, void *arg)
{
	struct dialled d = *(struct dialled *)arg;

	free(arg);
	instance_serve(p, d.instance, d.fd);
}

int instance_dial(struct sbx_path *p, const char *instance_id)
{
	struct dialled *d;
	int pair[2];

	if (strlen(instance_id) >= SBX_ID_MAX ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -1;
	d = xcalloc(1, sizeof(*d));
	d->fd = pair[1];
	memcpy(d->instance, instance_id, strlen(instance_id) + 1);
	if (!path_spawn(p, serve_dialled, d)) {
		close(pair[0]);
		close(pair[1]);
		free(d);
		return -1;
	}
	return pair[0];
}
