/* SPDX-License-Identifier: Apache-2.0 */
/* The checksums that S3 takes and gives, by the names it has for them. */
#ifndef SANDBOX_SBX_SUM_H
#define SANDBOX_SBX_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum sum {
	SUM_CRC32,
	SUM_CRC32C,
	SUM_CRC64NVME,
	SUM_SHA1,
	SUM_SHA256,
	SUM_SHA512,
	SUM_KINDS,
	SUM_NONE = SUM_KINDS,
};

#define SUM_MAX_BYTES 64

/* "CRC64NVME" */
const char *sum_name(enum sum kind);
/* "x-amz-checksum-crc64nvme" */
const char *sum_header(enum sum kind);
/* "ChecksumCRC64NVME" */
const char *sum_element(enum sum kind);
/* By name, in any letter case; SUM_NONE when we have none such. */
enum sum sum_by_name(const char *name);

/* The checksum's bytes, most significant first; answers how many. */
size_t sum_bytes(enum sum kind, const void *p, size_t n, unsigned char out[SUM_MAX_BYTES]);
/* The same in base64.  Caller frees. */
NODISCARD char *sum_base64(enum sum kind, const void *p, size_t n);
/* Base64 of the MD5, for Content-MD5, and its hex digits, for an ETag.  Caller frees. */
NODISCARD char *sbx_md5_base64(const void *p, size_t n);
NODISCARD char *sbx_md5_hex(const void *p, size_t n);

#endif
