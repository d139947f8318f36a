/* SPDX-License-Identifier: Apache-2.0 */
/* CRC32, CRC32C, CRC64NVME by table; the hashes by OpenSSL. */
#include "sandbox/core/sum.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/text.h"

/* Each polynomial with its bits reversed, as the reflected algorithm wants it. */
static const struct {
	const char *name, *header, *element;
	int crc_bits;
	uint64_t polynomial;
	const EVP_MD *(*hash)(void);
} kinds[SUM_KINDS] = {
	[SUM_CRC32] = { "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 32, 0xedb88320u, NULL },
	[SUM_CRC32C] = { "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 32, 0x82f63b78u,
			 NULL },
	[SUM_CRC64NVME] = { "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 64,
			    0x9a6c9329ac4bc9b5u, NULL },
	[SUM_SHA1] = { "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 0, 0, EVP_sha1 },
	[SUM_SHA256] = { "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 0, 0, EVP_sha256 },
	[SUM_SHA512] = { "SHA512", "x-amz-checksum-sha512", "ChecksumSHA512", 0, 0, EVP_sha512 },
};

static uint64_t tables[SUM_CRC64NVME + 1][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void fill_tables(void)
{
	for (int kind = 0; kind <= SUM_CRC64NVME; kind++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			uint64_t crc = byte;

			for (int bit = 0; bit < 8; bit++)
				crc = crc & 1 ? (crc >> 1) ^ kinds[kind].polynomial : crc >> 1;
			tables[kind][byte] = crc;
		}
	}
}

static uint64_t crc_of(enum sum kind, const unsigned char *p, size_t n)
{
	uint64_t all = kinds[kind].crc_bits == 64 ? UINT64_MAX : UINT32_MAX;
	uint64_t crc = all;

	(void)pthread_once(&tables_once, fill_tables);
	while (n--)
		crc = tables[kind][(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return crc ^ all;
}

const char *sum_name(enum sum kind)
{
	return kinds[kind].name;
}

const char *sum_header(enum sum kind)
{
	return kinds[kind].header;
}

const char *sum_element(enum sum kind)
{
	return kinds[kind].element;
}

enum sum sum_by_name(const char *name)
{
	for (int kind = 0; kind < SUM_KINDS; kind++) {
		if (text_eq_nocase(kinds[kind].name, name))
			return (enum sum)kind;
	}
	return SUM_NONE;
}

size_t sum_bytes(enum sum kind, const void *p, size_t n, unsigned char out[SUM_MAX_BYTES])
{
	unsigned size = 0;

	if (kinds[kind].hash) {
		if (EVP_Digest(p, n, out, &size, kinds[kind].hash(), NULL) != 1)
			abort();
	} else {
		uint64_t crc = crc_of(kind, p, n);

		size = (unsigned)kinds[kind].crc_bits / 8;
		for (unsigned i = 0; i < size; i++)
			out[i] = (unsigned char)(crc >> (8 * (size - 1 - i)));
	}
	return size;
}

char *sum_base64(enum sum kind, const void *p, size_t n)
{
	unsigned char bytes[SUM_MAX_BYTES];
	size_t size = sum_bytes(kind, p, n, bytes);

	return text_base64(bytes, size);
}

/*
 * S3's ETag is an MD5, which protects nothing here; a configuration for FIPS has none.  So it comes
 * from a library context of its own, which reads no configuration.
 */
static EVP_MD *md5;
static pthread_once_t md5_once = PTHREAD_ONCE_INIT;

static void fetch_md5(void)
{
	static OSSL_LIB_CTX *ctx; /* kept, as the digest is */

	ctx = OSSL_LIB_CTX_new();
	md5 = EVP_MD_fetch(ctx, "MD5", NULL);
}

static void md5_of(const void *p, size_t n, unsigned char out[EVP_MAX_MD_SIZE])
{
	(void)pthread_once(&md5_once, fetch_md5);
	if (!md5 || EVP_Digest(p, n, out, NULL, md5, NULL) != 1)
		abort();
}

char *sbx_md5_base64(const void *p, size_t n)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];

	md5_of(p, n, bytes);
	return text_base64(bytes, 16);
}

char *sbx_md5_hex(const void *p, size_t n)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char *hex = xmalloc(33);

	md5_of(p, n, bytes);
	text_hex(bytes, 16, hex);
	return hex;
}
