/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a host's name exists. */
#include "net/names.h"

#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

enum name_state name_lookup(const char *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, "443", &hints, &found);

	if (found)
		freeaddrinfo(found);
	if (rc == 0)
		return NAME_EXISTS;
	return rc == EAI_NONAME ? NAME_MISSING : NAME_UNCLEAR;
}
