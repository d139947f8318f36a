/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and end of all that path/path.h names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/server.h"
#include "sandbox/core/store.h"
#include "sandbox/instance/tools.h"
#include "sandbox/path/listen.h"
#include "sandbox/path/path.h"

#define CA_BLOB "path/ca.pem"

void path_note(struct sbx_path *p, const char *action, const char *region, const char *hop)
{
	struct trace_entry entry = { .utc_ms = clock_utc_ms(),
				     .service = "network",
				     .region = region,
				     .action = action,
				     .code = hop,
				     .key_id = "" };

	trace_add(sbx_trace(p->sbx), &entry);
}

/* ---- the authority ---------------------------------------------------------------- */

static struct rb_error *load_or_create_ca(struct sbx_path *p)
{
	struct store *st = sbx_store(p->sbx);
	auto_secret_buf pem = BUF_INIT;
	struct rb_error *err;

	sbx_lock(p->sbx);
	if (store_get_blob(st, CA_BLOB, &pem)) {
		err = ca_from_pem(pem.p, pem.n, &p->ca);
	} else {
		err = ca_new(&p->ca);
		if (!err) {
			ca_pem(p->ca, &pem);
			store_begin(st);
			store_put_blob(st, CA_BLOB, pem.p, pem.n);
			err = store_commit(st);
		}
	}
	sbx_unlock(p->sbx);
	return err;
}

static struct rb_error *show_ca(struct sbx_path *p)
{
	const char *state = sbx_state_path(p->sbx);
	auto_buf cert = BUF_INIT;

	p->ca_file = state ? xasprintf("%s.ca.pem", state) : file_join(p->dir, "ca.pem");
	if (p->ca_file[0] != '/') {
		/* programs on instances have another directory: the name must hold there too */
		autofree char *here = realpath(".", NULL);
		char *full = here ? file_join(here, p->ca_file) : xstrdup(p->ca_file);

		free(p->ca_file);
		p->ca_file = full;
	}
	ca_cert_pem(p->ca, &cert);
	return file_write_atomic(p->ca_file, cert.p, cert.n, 0644);
}

/* ---- the private directory ---------------------------------------------------------- */

static struct rb_error *make_dir(struct sbx_path *p)
{
	const char *tmp = getenv("TMPDIR");

	p->dir = xasprintf("%s/runbook-sandbox.XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	if (!mkdtemp(p->dir)) {
		struct rb_error *err =
			rb_error_sys(errno, "cannot make the directory '%s'", p->dir);

		free(p->dir);
		p->dir = NULL;
		return err;
	}
	return NULL;
}

static void remove_dir(struct sbx_path *p)
{
	auto_error struct rb_error *err = NULL;

	if (p->warden >= 0) {
		close(p->warden);
		(void)waitpid(p->warden_pid, NULL, 0);
	}
	if (p->dir)
		err = file_remove_tree(p->dir);
}

/* ---- start and stop ------------------------------------------------------------------ */

/* A path as JSON; null when it is no UTF-8, which JSON has no way to write. */
static json_t *path_json(const char *path)
{
	json_t *text = json_string(path);

	return text ? text : json_null();
}

/* The same as a file: URL, in which every path can be written. */
static json_t *path_url(const char *path)
{
	auto_buf url = BUF_INIT;

	(void)buf_adds(&url, "file://");
	for (; *path; path++) {
		bool plain = (*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z') ||
			     strchr("0123456789/-_.~", *path);

		(void)buf_addf(&url, plain ? "%c" : "%%%02X", (unsigned char)*path);
	}
	return json_string(url.p);
}

static void tell(struct sbx_path *p)
{
	bool v6 = strchr(p->address, ':') != NULL;

	sbx_info_set(p->sbx, "tls_port", json_integer(p->tls_port));
	sbx_info_set(p->sbx, "proxy_port", json_integer(p->proxy_port));
	sbx_info_set(p->sbx, "proxy_url",
		     json_sprintf("http://%s%s%s:%u", v6 ? "[" : "", p->address, v6 ? "]" : "",
				  (unsigned)p->proxy_port));
	sbx_info_set(p->sbx, "ca_file", path_json(p->ca_file));
	sbx_info_set(p->sbx, "ca_url", path_url(p->ca_file));
	sbx_info_set(p->sbx, "private_dir", path_json(p->dir));
}

static struct rb_error *start(struct sbx_path *p)
{
	struct server_listen inner = { .address = p->address,
				       .first = inner_endpoint_of,
				       .arg = p };

	p->stop_fd = eventfd(0, EFD_CLOEXEC);
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->stop_fd < 0 || p->wake_fd < 0)
		return rb_error_sys(errno, "cannot start");
	if (RAND_bytes(p->secret, sizeof(p->secret)) != 1)
		return rb_error_new(RB_FAILED, "no randomness");
	TRY(make_dir(p));
	TRY(tool_start_warden(p));
	TRY(load_or_create_ca(p));
	TRY(show_ca(p));
	TRY(tls_start(p));
	TRY(listen_open(p->address, &p->tls_fd, &p->tls_port));
	TRY(listen_open(p->address, &p->proxy_fd, &p->proxy_port));
	TRY(instance_prepare(p));
	TRY(server_start(p->sbx, &inner, &p->inner));
	p->inner_port = server_port(p->inner);
	if (pthread_create(&p->acceptor, NULL, listen_accept_all, p) != 0)
		return rb_error_new(RB_FAILED, "cannot start a thread");
	*sbx_path_slot(p->sbx) = p;
	tell(p);
	return NULL;
}

static void path_free(struct sbx_path *p)
{
	server_stop(p->inner);
	remove_dir(p);
	for (size_t i = 0; i < p->n_doors; i++)
		close(p->doors[i].fd);
	SSL_CTX_free(p->tls);
	ca_free(p->ca);
	file_close_(p->tls_fd);
	file_close_(p->proxy_fd);
	file_close_(p->stop_fd);
	file_close_(p->wake_fd);
	OPENSSL_cleanse(p->secret, sizeof(p->secret));
	json_decref(p->credentials);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->origins);
	free(p->doors);
	free(p->tunnels);
	free(p->address);
	free(p->dir);
	free(p->ca_file);
	free(p->tool);
	free(p->aws);
	free(p->mark);
	free(p);
}

struct rb_error *path_start(struct sbx *sbx, const char *address)
{
	struct sbx_path *p = xcalloc(1, sizeof(*p));
	struct rb_error *err;

	p->sbx = sbx;
	p->address = xstrdup(address);
	p->warden = p->tls_fd = p->proxy_fd = p->stop_fd = p->wake_fd = -1;
	p->credentials = json_object();
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	err = start(p);
	if (err)
		path_free(p);
	return err;
}

void path_stop(struct sbx *sbx)
{
	struct sbx_path *p = *sbx_path_slot(sbx);

	if (!p)
		return;
	*sbx_path_slot(sbx) = NULL;
	listen_wake(p->stop_fd);
	pthread_join(p->acceptor, NULL);
	pthread_mutex_lock(&p->lock);
	while (p->n_threads)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	path_free(p);
}
