/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a value of AWS's looks like: an id, an account, an address ...  Recordings replace values by
 * others of the same shape, and comparing them binds values of one shape to each other.
 */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum shape {
	SHAPE_OTHER,
	SHAPE_BOOL,    /* "true", "false", in any letter case */
	SHAPE_NUMBER,  /* "-1", "443": nine digits at most */
	SHAPE_ACCOUNT, /* twelve digits */
	SHAPE_ID,      /* "vpc-0123456789abcdef0" or with 8 digits; the prefix is one of AWS's */
	SHAPE_IAM_ID,  /* "AKIA...", "AROA..." */
	SHAPE_UUID,
	SHAPE_IPV4, /* "10.0.0.1", "10.0.0.0/16" */
	SHAPE_IPV6, /* "2001:db8::1", "::/0" */
	SHAPE_MAC,
	SHAPE_TIME, /* "2026-11-23T04:05:06Z", also with a fraction or an offset */
	SHAPE_ARN,
	SHAPE_SUM, /* 32 or more hex digits, be they quoted: a checksum, an entity tag */
};

enum shape shape_of(const char *s);

/* The bytes of an id's prefix with its dash ("vpc-": 4) when `s` begins with an id of AWS's whose
 * digits are *ret_digits long; 0: it does not.  More may follow the id. */
size_t shape_id_prefix(const char *s, size_t *ret_digits);

#endif
