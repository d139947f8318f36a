/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are wiped when they are let go. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

#include "base/alloc.h"

void secret_clear(struct secret *s)
{
	if (s->hidden_) {
		OPENSSL_cleanse(s->hidden_, s->n_);
		free(s->hidden_);
	}
	s->hidden_ = NULL;
	s->n_ = 0;
}

void secret_set(struct secret *s, const char *p, size_t n)
{
	char *copy = NULL;

	if (n) {
		copy = xmalloc(n + 1);
		memcpy(copy, p, n);
		copy[n] = '\0';
	}
	secret_clear(s);
	s->hidden_ = copy;
	s->n_ = n;
}

void secret_set_str(struct secret *s, const char *str)
{
	secret_set(s, str, strlen(str));
}

void secret_copy(struct secret *dst, const struct secret *src)
{
	if (dst != src)
		secret_set(dst, secret_reveal(src), src->n_);
}

const char *secret_reveal(const struct secret *s)
{
	return s->hidden_ ? s->hidden_ : "";
}

void secret_no_core_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
