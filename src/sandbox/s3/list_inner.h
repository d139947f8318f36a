/* SPDX-License-Identifier: Apache-2.0 */
/* A page of a bucket's listing, for list*.c alone. */
#ifndef SANDBOX_S3_LIST_INNER_H
#define SANDBOX_S3_LIST_INNER_H

#include "sandbox/s3/s3.h"

struct ss3_page {
	const char *prefix, *delimiter;
	const char *after;	   /* keys up to and with this one are not listed; "" for all */
	const char *after_version; /* of `after`: only versions past this one; NULL: none of them */
	int64_t max;
	int64_t count;
	bool truncated;
	char *last;	     /* the last key or common prefix that was listed */
	char *last_version;  /* and its version */
	struct buf prefixes; /* <CommonPrefixes>... */
	char *folded;	     /* the last common prefix */
};

/* The request's parameters; false after an answer that refuses one, with nothing to clear. */
bool ss3_page_read(struct ss3_call *c, const char *max_name, struct ss3_page *p);
void ss3_page_clear(struct ss3_page *p);
/* Room for one more?  Else the page is truncated. */
bool ss3_page_take_place(struct ss3_page *p, const char *key, const char *version);
/* True when the key went into a common prefix (or the page is full: then `truncated`). */
bool ss3_page_fold_into_prefix(struct ss3_call *c, struct ss3_page *p, const char *key);
/* The elements that every answer begins with. */
void ss3_page_head(struct ss3_call *c, const struct ss3_page *p);
/* What is told of a version that is no delete marker. */
void ss3_add_version_facts(struct ss3_call *c, const json_t *version);

/* ListObjectVersions (list_versions.c). */
void ss3_list_versions(struct ss3_call *c);

#endif
