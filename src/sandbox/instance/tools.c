/* SPDX-License-Identifier: Apache-2.0 */
/* Which tool we are, the warden, and how a tool asks the sandbox. */
#include "sandbox/instance/tools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

#define WARDEN "runbook-sandbox-warden"
#define ASK_TIMEOUT_MS 10000L

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
