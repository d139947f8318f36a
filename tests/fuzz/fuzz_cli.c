/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: words, a NUL byte between them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "runbook/cli/cli.h"

enum { WORDS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *argv[WORDS_MAX + 2] = { xstrdup("runbook") };
	struct cli cli;
	struct rb_error *err;
	int argc = 1;

	while (n && argc <= WORDS_MAX) {
		const uint8_t *end = memchr(data, 0, n);
		size_t len = end ? (size_t)(end - data) : n;

		argv[argc++] = xstrndup((const char *)data, len);
		data += len + (end ? 1 : 0);
		n -= len + (end ? 1 : 0);
	}
	err = cli_parse(&cli, argc, argv);
	if (err && (err->kind != RB_USAGE || !err->what))
		abort();
	if (!err && !cli.command && !cli.help && !cli.version)
		abort();
	(void)rb_error_free(err);
	cli_clear(&cli);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return 0;
}
