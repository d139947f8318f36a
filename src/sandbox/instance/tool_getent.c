/* SPDX-License-Identifier: Apache-2.0 */
/* getent: AWS's names, and the users of Amazon Linux. */
#include "sandbox/instance/tools.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/percent.h"

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

static int show_host(const char *database, const char *name)
{
	auto_buf path = BUF_INIT;
	auto_buf body;
	long status = 0;

	buf_init_limited(&body, TOOL_MAX_ANSWER);
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
		if (!strcmp(argv[1], "ahostsv6") || show_host(argv[1], argv[i]) != 0)
			status = 2;
	return status;
}
