/* SPDX-License-Identifier: Apache-2.0 */
/* Which tool we are, the warden, and the two tools that only read. */
#include "sandbox/instance/tools.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "aws/core/sigv4.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/percent.h"
#include "base/text.h"

#define WARDEN "runbook-sandbox-warden"
#define ASK_TIMEOUT_MS 10000L
#define MAX_ANSWER (1024 * 1024)

const char *const tool_names[] = { "aws", "curl", "getent", "ec2-metadata", "sftp-server", NULL };

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} tools[] = {
	{ "aws", tool_aws },	      { "curl", tool_curl },
	{ "getent", tool_getent },    { "ec2-metadata", tool_metadata },
	{ "sftp-server", tool_sftp }, { WARDEN, tool_warden },
};

static bool tools_are_here;

bool tool_run(int argc, char **argv, int *ret_status)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";

	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		if (strcmp(tools[i].name, name) != 0)
			continue;
		*ret_status = tools[i].run(argc, argv);
		return true;
	}
	tools_are_here = true;
	return false;
}

/* ---- the warden ----------------------------------------------------------------------- */

struct rb_error *tool_start_warden(struct sbx_path *p)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *argv[] = { WARDEN, p->dir, NULL, NULL };
	char *const env[] = { NULL };
	int fds[2], null;

	p->mark = text_random_hex(16);
	if (!tools_are_here || n <= 0)
		return NULL;
	self[n] = 0;
	p->tool = xstrdup(self);
	argv[2] = p->mark;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return rb_error_sys(errno, "cannot start the warden");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	p->warden_pid = fork();
	if (p->warden_pid == 0) {
		/* its output goes nowhere: whoever reads ours until the end shall not wait for it
		 */
		if (setsid() < 0 || dup2(fds[0], 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(1);
		close_range(3, ~0U, 0);
		execve(self, (char *const *)argv, env);
		_exit(1);
	}
	close(fds[0]);
	if (null >= 0)
		close(null);
	if (p->warden_pid < 0) {
		close(fds[1]);
		return rb_error_sys(errno, "cannot start the warden");
	}
	p->warden = fds[1];
	return NULL;
}

/* True when /proc/PID/environ has that line. */
static bool has_mark(const char *pid, const char *line)
{
	autofree char *path = xasprintf("/proc/%s/environ", pid);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_buf env;
	char block[4096];
	ssize_t n;

	buf_init_limited(&env, 256 * 1024);
	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0 &&
	       buf_add(&env, block, (size_t)n))
		;
	return memmem(env.p, env.n, line, strlen(line)) != NULL;
}

/* The number of programs that were still there. */
static int kill_marked(const char *line)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int64_t pid;
	int n = 0;

	while (dir && (e = readdir(dir)) != NULL)
		if (text_parse_i64(e->d_name, 2, INT32_MAX, &pid) && pid != getpid() &&
		    has_mark(e->d_name, line) && kill((pid_t)pid, SIGKILL) == 0)
			n++;
	if (dir)
		closedir(dir);
	return n;
}

int tool_warden(int argc, char **argv)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	autofree char *line = NULL;
	auto_error struct rb_error *err = NULL;
	struct timespec nap = { .tv_nsec = 20L * 1000000 };
	char sink[64];
	ssize_t n;

	if (argc != 3)
		return 2;
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	while ((n = read(0, sink, sizeof(sink))) > 0 || (n < 0 && errno == EINTR))
		;
	line = xasprintf("RUNBOOK_SANDBOX_MARK=%s", argv[2]);
	for (int i = 0; i < 50 && kill_marked(line); i++)
		nanosleep(&nap, NULL);
	err = file_remove_tree(argv[1]);
	return err ? 1 : 0;
}

/* ---- asking the sandbox ------------------------------------------------------------------ */

bool tool_proxy(char **ret_base, char **ret_identity)
{
	const char *proxy = getenv("http_proxy");
	const char *at = proxy ? strrchr(proxy, '@') : NULL;
	static const char scheme[] = "http://";

	if (!at || !text_starts_with(proxy, scheme))
		return false;
	*ret_base = xasprintf("%s%s", scheme, at + 1);
	*ret_identity = xstrndup(proxy + strlen(scheme), (size_t)(at - proxy) - strlen(scheme));
	return true;
}

static size_t collect(char *p, size_t size, size_t n, void *arg)
{
	return buf_add(arg, p, size * n) ? n : 0;
}

bool tool_ask(const char *method, const char *url, const char *header, long *ret_status,
	      struct buf *body)
{
	autofree char *base = NULL, *identity = NULL, *full = NULL, *auth = NULL;
	bool own = url[0] == '/';
	struct curl_slist *headers = NULL;
	CURL *curl;
	CURLcode rc;

	if (!tool_proxy(&base, &identity) || !(curl = curl_easy_init()))
		return false;
	full = own ? xasprintf("%s%s", base, url) : xstrdup(url);
	auth = xasprintf("Authorization: %s", identity);
	if (own)
		headers = curl_slist_append(headers, auth);
	if (header)
		headers = curl_slist_append(headers, header);
	curl_easy_setopt(curl, CURLOPT_URL, full);
	curl_easy_setopt(curl, CURLOPT_PROXY, own ? "" : getenv("http_proxy"));
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ASK_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return rc == CURLE_OK;
}

/* ---- getent -------------------------------------------------------------------------------- */

/* The system's own, for what is no name of AWS. */
static int system_getent(char **argv)
{
	static const char *const at[] = { "/usr/bin/getent", "/bin/getent" };

	for (size_t i = 0; i < ARRAY_LEN(at); i++)
		execv(at[i], argv);
	fputs("getent: not found\n", stderr);
	return 127;
}

static void print_address(const char *database, const char *address, const char *name)
{
	static const char *const kinds[] = { "STREAM", "DGRAM", "RAW" };

	if (!strcmp(database, "hosts")) {
		printf("%-15s %s\n", address, name);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		printf("%-15s %-6s %s\n", address, kinds[i], i ? "" : name);
}

static int look_up(const char *database, const char *name)
{
	auto_buf path = BUF_INIT;
	auto_buf body;
	long status = 0;

	buf_init_limited(&body, MAX_ANSWER);
	buf_adds(&path, "/resolve?name=");
	percent_encode(&path, name, strlen(name), false);
	if (!tool_ask("GET", path.p, NULL, &status, &body) || status != 200)
		return 2;
	for (const char *p = body.p; *p;) {
		size_t n = strcspn(p, "\n");
		autofree char *address = xstrndup(p, n);

		if (n)
			print_address(database, address, name);
		p += n + (p[n] == '\n');
	}
	return 0;
}

/* The users of Amazon Linux, and not those of the machine that it is rehearsed on. */
static int show_users(int argc, char **argv)
{
	static const struct {
		const char *name;
		int id;
		const char *home, *shell;
	} users[] = { { "root", 0, "/root", "/bin/bash" },
		      { "ec2-instance-connect", 980, "/home/ec2-instance-connect",
			"/sbin/nologin" },
		      { "ec2-user", 1000, "/home/ec2-user", "/bin/bash" } };
	int status = 0;

	for (int i = 2; i < argc || (argc == 2 && i == 2); i++) {
		bool known = false;

		for (size_t k = 0; k < ARRAY_LEN(users); k++) {
			if (argc > 2 && strcmp(argv[i], users[k].name) != 0)
				continue;
			known = true;
			printf("%s:x:%d:%d::%s:%s\n", users[k].name, users[k].id, users[k].id,
			       users[k].home, users[k].shell);
		}
		if (!known)
			status = 2;
	}
	return status;
}

int tool_getent(int argc, char **argv)
{
	static const char *const ours[] = { "ahosts", "ahostsv4", "hosts", "ahostsv6" };
	struct in_addr ip;
	bool known = false;
	int status = 0;

	if (argc > 1 && !strcmp(argv[1], "passwd"))
		return show_users(argc, argv);
	for (size_t i = 0; argc > 2 && i < ARRAY_LEN(ours); i++)
		known = known || !strcmp(argv[1], ours[i]);
	if (!known)
		return system_getent(argv);
	for (int i = 2; i < argc; i++) {
		/* what has no dot is in the system's files, and an address is itself */
		if (!strchr(argv[i], '.') || inet_pton(AF_INET, argv[i], &ip) == 1)
			return system_getent(argv);
	}
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[1], "ahostsv6") || look_up(argv[1], argv[i]) != 0)
			status = 2;
	return status;
}

/* ---- ec2-metadata ------------------------------------------------------------------------------
 */

static const struct {
	char letter;
	const char *option, *shown, *path;
} metadata[] = {
	{ 'a', "ami-id", "ami-id", "ami-id" },
	{ 'i', "instance-id", "instance-id", "instance-id" },
	{ 't', "instance-type", "instance-type", "instance-type" },
	{ 'h', "local-hostname", "local-hostname", "local-hostname" },
	{ 'o', "local-ipv4", "local-ipv4", "local-ipv4" },
	{ 'z', "availability-zone", "placement", "placement/availability-zone" },
	{ 'R', "region", "region", "placement/region" },
	{ 'p', "public-hostname", "public-hostname", "public-hostname" },
	{ 'v', "public-ipv4", "public-ipv4", "public-ipv4" },
	{ 'e', "reservation-id", "reservation-id", "reservation-id" },
	{ 's', "security-groups", "security-groups", "security-groups" },
};

#define METADATA "http://169.254.169.254/latest/"

static bool show_metadata(size_t i, const char *token_header)
{
	autofree char *url = xasprintf(METADATA "meta-data/%s", metadata[i].path);
	auto_buf body;
	long status = 0;

	buf_init_limited(&body, MAX_ANSWER);
	if (!tool_ask("GET", url, token_header, &status, &body))
		return false;
	printf("%s: %s\n", metadata[i].shown, status == 200 ? body.p : "not available");
	return true;
}

static int metadata_usage(const char *what)
{
	fprintf(stderr, "ec2-metadata: unknown option '%s'; one of:\n", what);
	for (size_t i = 0; i < ARRAY_LEN(metadata); i++)
		fprintf(stderr, "  -%c, --%s\n", metadata[i].letter, metadata[i].option);
	return 1;
}

int tool_metadata(int argc, char **argv)
{
	bool wanted[ARRAY_LEN(metadata)] = { false };
	bool all = argc < 2;
	auto_buf token;
	autofree char *header = NULL;
	long status = 0;

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		if (!strcmp(argv[i], "--all")) {
			all = true;
			continue;
		}
		while (k < ARRAY_LEN(metadata) &&
		       !(argv[i][0] == '-' && argv[i][1] == metadata[k].letter && !argv[i][2]) &&
		       !(text_starts_with(argv[i], "--") &&
			 !strcmp(argv[i] + 2, metadata[k].option)))
			k++;
		if (k == ARRAY_LEN(metadata))
			return metadata_usage(argv[i]);
		wanted[k] = true;
	}
	buf_init_limited(&token, MAX_ANSWER);
	if (!tool_ask("PUT", METADATA "api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60",
		      &status, &token) ||
	    status != 200) {
		fputs("ec2-metadata: cannot reach the instance metadata service\n", stderr);
		return 1;
	}
	header = xasprintf("X-aws-ec2-metadata-token: %s", token.p);
	for (size_t i = 0; i < ARRAY_LEN(metadata); i++)
		if ((all || wanted[i]) && !show_metadata(i, header))
			return 1;
	return 0;
}
