/* SPDX-License-Identifier: Apache-2.0 */
/* The aws-chunked decoder: hostile input, so every step asks what is left first. */
#include "sandbox/core/chunk.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/span.h"
#include "base/text.h"

#define MAX_LINE 8192 /* a chunk's head, or one trailer */
#define MAX_TRAILERS 16
#define LEAST_SIGNED_CHUNK 8192 /* all but the last must be this large */

static const struct chunk_fault incomplete = { 400, "IncompleteBody",
					       "The request body terminated unexpectedly" };
static const struct chunk_fault bad_size = {
	403, "InvalidChunkSizeError",
	"Only the last chunk is allowed to have a size less than 8192 bytes"
};
static const struct chunk_fault bad_signature = {
	403, "SignatureDoesNotMatch",
	"The request signature we calculated does not match the signature you provided. "
	"Check your key and signing method."
};
static const struct chunk_fault bad_trailer = {
	400, "MalformedTrailerError",
	"The request contained trailing data that was not well-formed or did not conform to our "
	"published schema."
};

bool chunk_form(const char *content_sha256, struct chunk_form *ret_form)
{
	static const struct {
		const char *name;
		struct chunk_form form;
	} forms[] = {
		{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", { false, true } },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { true, false } },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { true, true } },
	};

	for (size_t i = 0; content_sha256 && i < ARRAY_LEN(forms); i++) {
		if (text_eq(forms[i].name, content_sha256)) {
			*ret_form = forms[i].form;
			return true;
		}
	}
	return false;
}

/* The next line of `rest`, its CRLF taken too; false when there is none within MAX_LINE. */
static bool take_line(struct span *rest, struct span *ret_line)
{
	const char *end = memmem(rest->p, rest->n < MAX_LINE ? rest->n : MAX_LINE, "\r\n", 2);

	if (!end)
		return false;
	*ret_line = (struct span){ rest->p, (size_t)(end - rest->p) };
	rest->n -= ret_line->n + 2;
	rest->p = end + 2;
	return true;
}

/* "1a;chunk-signature=HEX": the size, and the signature or an empty span. */
static bool parse_head(struct span line, size_t *ret_size, struct span *ret_signature)
{
	static const char mark[] = ";chunk-signature=";
	size_t size = 0, i = 0;

	for (; i < line.n && line.p[i] != ';'; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, text_lower(line.p[i]));

		if (!digit || !*digit || size > SIZE_MAX >> 8)
			return false;
		size = size << 4 | (size_t)(digit - digits);
	}
	if (i == 0)
		return false;
	*ret_size = size;
	*ret_signature = (struct span){ line.p + line.n, 0 };
	if (line.n - i > strlen(mark) && memcmp(line.p + i, mark, strlen(mark)) == 0)
		*ret_signature =
			(struct span){ line.p + i + strlen(mark), line.n - i - strlen(mark) };
	return true;
}

/* The signature that follows `previous`, over what `parts` hashes to. */
static void next_signature(const struct chunk_key *key, const char *algorithm, const char *previous,
			   const char *middle, const void *p, size_t n, char out[SIGV4_HEX_SIZE])
{
	auto_buf to_sign = BUF_INIT;
	char date[CLOCK_ISO_SIZE], hash[65];

	clock_amz_date(key->scope.utc_s, date);
	text_sha256_hex(p, n, hash);
	(void)buf_addf(&to_sign, "%s\n%s\n", algorithm, date);
	sigv4_credential_scope(&key->scope, &to_sign);
	(void)buf_addf(&to_sign, "\n%s\n%s%s", previous, middle, hash);
	sigv4_signature(key->secret_key, &key->scope, to_sign.p, to_sign.n, out);
}

static bool same_signature(struct span given, const char want[SIGV4_HEX_SIZE])
{
	return given.n == SIGV4_HEX_SIZE - 1 && CRYPTO_memcmp(given.p, want, given.n) == 0;
}

/* Trailers up to the empty line, and the signature among them. */
static bool take_trailers(struct span *rest, struct buf *trailers, struct span *ret_signature)
{
	struct span line;

	for (int i = 0; i < MAX_TRAILERS; i++) {
		const char *colon;
		struct span name, value;

		/* The last CRLF is left out by some clients. */
		if (rest->n == 0)
			return true;
		if (!take_line(rest, &line))
			return false;
		if (line.n == 0)
			return true;
		colon = memchr(line.p, ':', line.n);
		if (!colon || colon == line.p || memchr(line.p, '\n', line.n))
			return false;
		name = span_trim((struct span){ line.p, (size_t)(colon - line.p) });
		value = span_trim(
			(struct span){ colon + 1, line.n - (size_t)(colon - line.p) - 1 });
		if (span_eq(name, "x-amz-trailer-signature")) {
			*ret_signature = value;
			continue;
		}
		for (size_t k = 0; k < name.n; k++)
			(void)buf_addc(trailers, text_lower(name.p[k]));
		(void)buf_addc(trailers, ':');
		(void)buf_add(trailers, value.p, value.n);
		(void)buf_addc(trailers, '\n');
	}
	return false;
}

bool chunk_decode(const struct buf *body, struct chunk_form form, const struct chunk_key *key,
		  struct buf *out, struct buf *trailers, struct chunk_fault *ret_fault)
{
	struct span rest = { body->p, body->n }, line, given;
	char previous[SIGV4_HEX_SIZE] = "", want[SIGV4_HEX_SIZE];
	bool small = false;
	size_t size;

	if (form.is_signed)
		(void)snprintf(previous, sizeof(previous), "%s", key->seed_signature);
	do {
		*ret_fault = incomplete;
		if (!take_line(&rest, &line) || !parse_head(line, &size, &given) || size > rest.n)
			return false;
		if (size && form.is_signed) {
			*ret_fault = bad_size;
			if (small)
				return false;
			small = size < LEAST_SIGNED_CHUNK;
		}
		if (form.is_signed) {
			next_signature(key, "AWS4-HMAC-SHA256-PAYLOAD", previous,
				       SIGV4_EMPTY_SHA256 "\n", rest.p, size, want);
			*ret_fault = bad_signature;
			if (!same_signature(given, want))
				return false;
			memcpy(previous, want, sizeof(previous));
		}
		if (size == 0)
			break;
		(void)buf_add(out, rest.p, size);
		rest.p += size;
		rest.n -= size;
		*ret_fault = incomplete;
		if (!take_line(&rest, &line) || line.n != 0)
			return false;
	} while (true);
	given = (struct span){ rest.p, 0 };
	*ret_fault = bad_trailer;
	if (!take_trailers(&rest, trailers, &given) || rest.n != 0 ||
	    (!form.has_trailer && trailers->n))
		return false;
	if (form.is_signed && form.has_trailer) {
		next_signature(key, "AWS4-HMAC-SHA256-TRAILER", previous, "", trailers->p,
			       trailers->n, want);
		*ret_fault = bad_signature;
		if (!same_signature(given, want))
			return false;
	}
	return true;
}
