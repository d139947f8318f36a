/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners, threads, and the beginning and end of all that path/path.h names. */
#include "sandbox/path/path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/network/facts.h"
#include "sandbox/network/way.h"
#include "sandbox/instance/tools.h"
#include "sandbox/core/server.h"
#include "sandbox/core/store.h"

#define MAX_THREADS 512
#define MAX_DOORS 64
#define STACK_BYTES (1024 * 1024) /* libssh and OpenSSL are deep, sanitizers deeper */
#define CA_BLOB "path/ca.pem"

/* ---- threads ----------------------------------------------------------------- */

struct job {
	struct sbx_path *path;
	void (*fn)(struct sbx_path *p, void *arg);
	void *arg;
};

static void *run_job(void *arg)
{
	struct job job = *(struct job *)arg;

	free(arg);
	job.fn(job.path, job.arg);
	pthread_mutex_lock(&job.path->lock);
	job.path->n_threads--;
	pthread_cond_broadcast(&job.path->changed);
	pthread_mutex_unlock(&job.path->lock);
	return NULL;
}

bool sbx_path_spawn(struct sbx_path *p, void (*fn)(struct sbx_path *p, void *arg), void *arg)
{
	struct job *job = xcalloc(1, sizeof(*job));
	pthread_attr_t attr;
	pthread_t thread;
	bool ok;

	*job = (struct job){ p, fn, arg };
	pthread_mutex_lock(&p->lock);
	ok = p->n_threads < MAX_THREADS;
	if (ok)
		p->n_threads++;
	pthread_mutex_unlock(&p->lock);
	if (!ok) {
		free(job);
		return false;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ok = pthread_create(&thread, &attr, run_job, job) == 0;
	pthread_attr_destroy(&attr);
	if (!ok) {
		pthread_mutex_lock(&p->lock);
		p->n_threads--;
		pthread_mutex_unlock(&p->lock);
		free(job);
	}
	return ok;
}

void sbx_path_note(struct sbx_path *p, const char *action, const char *region, const char *hop)
{
	struct sbx_trace_entry entry = { .utc_ms = clock_utc_ms(),
					 .service = "network",
					 .region = region,
					 .action = action,
					 .code = hop,
					 .key_id = "" };

	sbx_trace_add(sbx_trace(p->sbx), &entry);
}

/* ---- listening ---------------------------------------------------------------- */

static socklen_t loopback(const char *address, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, address, &in4.sin_addr) == 1) {
		memcpy(ret, &in4, sizeof(in4));
		return sizeof(in4);
	}
	(void)inet_pton(AF_INET6, address, &in6.sin6_addr);
	memcpy(ret, &in6, sizeof(in6));
	return sizeof(in6);
}

static uint16_t bound_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} a = { .in6 = { 0 } };
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n) != 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET ? a.in4.sin_port : a.in6.sin6_port);
}

static struct rb_error *listen_on(const char *address, int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_storage a;
	socklen_t n = loopback(address, 0, &a);
	auto_fd int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, 128) != 0)
		return rb_error_sys(errno, "cannot listen on '%s'", address);
	*ret_port = bound_port(fd);
	*ret_fd = fd;
	fd = -1;
	return NULL;
}

enum visit_kind { VISIT_TLS, VISIT_PROXY, VISIT_SSH };

struct visit {
	enum visit_kind kind;
	int fd;
	char instance[SBX_ID_MAX];
};

static void serve_visit(struct sbx_path *p, void *arg)
{
	struct visit v = *(struct visit *)arg;

	free(arg);
	switch (v.kind) {
	case VISIT_TLS:
		sbx_tls_serve(p, v.fd, "", false);
		break;
	case VISIT_PROXY:
		sbx_proxy_serve(p, v.fd);
		break;
	case VISIT_SSH:
		sbx_instance_serve(p, v.instance, v.fd);
		break;
	}
}

static void accept_one(struct sbx_path *p, int listener, enum visit_kind kind, const char *instance)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct visit *v;
	int one = 1;

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	v = xcalloc(1, sizeof(*v));
	v->kind = kind;
	v->fd = fd;
	memcpy(v->instance, instance, strlen(instance) + 1);
	if (!sbx_path_spawn(p, serve_visit, v)) {
		close(fd);
		free(v);
	}
}

static void drain_wake(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}

static void *accept_all(void *arg)
{
	struct sbx_path *p = arg;

	for (;;) {
		struct pollfd fds[4 + MAX_DOORS] = { { .fd = p->stop_fd, .events = POLLIN },
						     { .fd = p->wake_fd, .events = POLLIN },
						     { .fd = p->tls_fd, .events = POLLIN },
						     { .fd = p->proxy_fd, .events = POLLIN } };
		char who[MAX_DOORS][SBX_ID_MAX];
		nfds_t n = 4;

		pthread_mutex_lock(&p->lock);
		for (size_t i = 0; i < p->n_doors; i++) {
			memcpy(who[i], p->doors[i].instance, SBX_ID_MAX);
			fds[n++] = (struct pollfd){ .fd = p->doors[i].fd, .events = POLLIN };
		}
		pthread_mutex_unlock(&p->lock);
		if (poll(fds, n, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents)
			drain_wake(p->wake_fd);
		if (fds[2].revents)
			accept_one(p, p->tls_fd, VISIT_TLS, "");
		if (fds[3].revents)
			accept_one(p, p->proxy_fd, VISIT_PROXY, "");
		for (nfds_t i = 4; i < n; i++)
			if (fds[i].revents)
				accept_one(p, fds[i].fd, VISIT_SSH, who[i - 4]);
	}
}

static void poke(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

/* ---- the inner port ------------------------------------------------------------- */

/* A request's endpoint is that of the connection it came by. */
static bool tell_endpoint(void *arg, struct MHD_Connection *conn, const char *method,
			  const char *target, const struct sbx_pairs *headers, int *ret_code,
			  char **ret_endpoint)
{
	struct sbx_path *p = arg;
	uint16_t port = sbx_server_peer_port(conn);

	(void)method;
	(void)target;
	(void)headers;
	(void)ret_code;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_origins; i++)
		if (p->origins[i].port == port && p->origins[i].endpoint[0])
			*ret_endpoint = xstrdup(p->origins[i].endpoint);
	pthread_mutex_unlock(&p->lock);
	return false;
}

int sbx_path_inner_open(struct sbx_path *p, const char *endpoint)
{
	struct sockaddr_storage a;
	socklen_t n = loopback(p->address, p->inner_port, &a);
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sbx_origin *o;
	int one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, n) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	pthread_mutex_lock(&p->lock);
	p->origins = xreallocarray(p->origins, p->n_origins + 1, sizeof(*p->origins));
	o = &p->origins[p->n_origins++];
	*o = (struct sbx_origin){ .port = bound_port(fd) };
	memcpy(o->endpoint, endpoint, strlen(endpoint) + 1);
	pthread_mutex_unlock(&p->lock);
	return fd;
}

void sbx_path_inner_close(struct sbx_path *p, int fd)
{
	uint16_t port = bound_port(fd);

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_origins; i++) {
		if (p->origins[i].port != port)
			continue;
		p->origins[i] = p->origins[--p->n_origins];
		break;
	}
	/* under the lock, so that the port cannot be another's before it is forgotten */
	close(fd);
	pthread_mutex_unlock(&p->lock);
}

/* ---- doors ---------------------------------------------------------------------- */

struct rb_error *sbx_path_door(struct sbx_path *p, const char *instance_id, uint16_t *ret_port)
{
	struct rb_error *err = NULL;
	struct sbx_door door = { .fd = -1 };

	if (strlen(instance_id) >= SBX_ID_MAX)
		return rb_error_new(RB_USAGE, "no such instance");
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_doors && !door.port; i++)
		if (!strcmp(p->doors[i].instance, instance_id))
			door.port = p->doors[i].port;
	if (!door.port) {
		err = p->n_doors < MAX_DOORS ? listen_on(p->address, &door.fd, &door.port)
					     : rb_error_new(RB_QUOTA, "too many ssh ports");
		if (!err) {
			memcpy(door.instance, instance_id, strlen(instance_id) + 1);
			p->doors = xreallocarray(p->doors, p->n_doors + 1, sizeof(*p->doors));
			p->doors[p->n_doors++] = door;
			poke(p->wake_fd);
		}
	}
	*ret_port = door.port;
	pthread_mutex_unlock(&p->lock);
	return err;
}

/* ---- the authority ---------------------------------------------------------------- */

static struct rb_error *keep_ca(struct sbx_path *p)
{
	struct sbx_store *st = sbx_store(p->sbx);
	auto_secret_buf pem = BUF_INIT;
	struct rb_error *err;

	sbx_lock(p->sbx);
	if (store_get_blob(st, CA_BLOB, &pem)) {
		err = sbx_ca_from_pem(pem.p, pem.n, &p->ca);
	} else {
		err = sbx_ca_new(&p->ca);
		if (!err) {
			sbx_ca_pem(p->ca, &pem);
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
	sbx_ca_cert_pem(p->ca, &cert);
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
	struct sbx_listen inner = { .address = p->address, .first = tell_endpoint, .arg = p };

	p->stop_fd = eventfd(0, EFD_CLOEXEC);
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->stop_fd < 0 || p->wake_fd < 0)
		return rb_error_sys(errno, "cannot start");
	if (RAND_bytes(p->secret, sizeof(p->secret)) != 1)
		return rb_error_new(RB_FAILED, "no randomness");
	TRY(make_dir(p));
	TRY(sbx_tools_start_warden(p));
	TRY(keep_ca(p));
	TRY(show_ca(p));
	TRY(sbx_tls_start(p));
	TRY(listen_on(p->address, &p->tls_fd, &p->tls_port));
	TRY(listen_on(p->address, &p->proxy_fd, &p->proxy_port));
	TRY(sbx_instance_prepare(p));
	TRY(sbx_server_start(p->sbx, &inner, &p->inner));
	p->inner_port = sbx_server_port(p->inner);
	if (pthread_create(&p->acceptor, NULL, accept_all, p) != 0)
		return rb_error_new(RB_FAILED, "cannot start a thread");
	*sbx_path_slot(p->sbx) = p;
	tell(p);
	return NULL;
}

static void path_free(struct sbx_path *p)
{
	sbx_server_stop(p->inner);
	remove_dir(p);
	for (size_t i = 0; i < p->n_doors; i++)
		close(p->doors[i].fd);
	SSL_CTX_free(p->tls);
	sbx_ca_free(p->ca);
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

struct rb_error *sbx_path_start(struct sbx *sbx, const char *address)
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

void sbx_path_stop(struct sbx *sbx)
{
	struct sbx_path *p = *sbx_path_slot(sbx);

	if (!p)
		return;
	*sbx_path_slot(sbx) = NULL;
	poke(p->stop_fd);
	pthread_join(p->acceptor, NULL);
	pthread_mutex_lock(&p->lock);
	while (p->n_threads)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	path_free(p);
}

/* ---- what /_sandbox/ tells ------------------------------------------------------------- */

json_t *sbx_path_walk_json(struct sbx *sbx, const struct sbx_pairs *query)
{
	const char *from = sbx_pairs_get(query, "from");
	const char *to = sbx_pairs_get(query, "to");
	const char *port = sbx_pairs_get(query, "port");
	const char *region = sbx_pairs_get(query, "region");
	struct sbx_way way = { 0 };
	int64_t number = 0;

	if (!from || !to || (port && !text_parse_i64(port, 1, 65535, &number)))
		return NULL;
	if (text_starts_with(from, "eice-"))
		sbx_way_from_eice(sbx, region ? region : "us-east-1", from, to,
				  number ? (int)number : 22, &way);
	else
		sbx_way_from_instance(sbx, from, to, number ? (int)number : 443, &way);
	return json_pack("{s:b, s:s, s:s, s:s, s:s}", "ok", way.hop == SBX_WALK_OK, "hop",
			 sbx_walk_hop_name(way.hop), "why", way.why, "to", way.id, "address",
			 way.address);
}

json_t *sbx_path_ssh_json(struct sbx *sbx, const struct sbx_pairs *query)
{
	struct sbx_path *p = *sbx_path_slot(sbx);
	const char *id = sbx_pairs_get(query, "instance");
	autofree char *private = NULL, *public = NULL;
	auto_error struct rb_error *err = NULL;
	struct sbx_facts facts;
	uint16_t port = 0;

	if (!p || !id || !sbx_facts_of(sbx, id, &facts))
		return NULL;
	sbx_facts_clear(&facts);
	err = sbx_instance_host_key(sbx, id, &private, &public);
	if (!err)
		err = sbx_path_door(p, id, &port);
	if (private)
		OPENSSL_cleanse(private, strlen(private));
	return err ? NULL
		   : json_pack("{s:s, s:i, s:s}", "address", p->address, "port", (int)port,
			       "host_key", public);
}
