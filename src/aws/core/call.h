/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three generic calls on which the typed ones stand.  Each resolves the
 * endpoint, fetches credentials, signs, sends, asks again where that is safe
 * and useful (retry.h), calls the observer, and returns parsed content or the
 * one error.  The error's `what` is left to the typed call.
 *
 *	struct rb_error *ec2_delete_vpc(struct aws_client *c, const char *vpc_id)
 *	{
 *		auto_aws_params p = AWS_PARAMS_INIT;
 *
 *		params_add(&p, "VpcId", vpc_id);
 *		return rb_error_what(aws_query_call(c, "ec2", "DeleteVpc", &p,
 *						    AWS_CHANGES | AWS_AGAIN, NULL),
 *				     "cannot delete VPC '%s'", vpc_id);
 *	}
 */
#ifndef AWS_CALL_H
#define AWS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "aws/core/client.h"
#include "aws/core/query.h"
#include "aws/core/reply.h"
#include "aws/core/xml.h"
#include "base/attr.h"
#include "base/error.h"
#include "net/http.h"

enum aws_call_flags {
	AWS_READS = 0,
	/* It changes something: the observer's before_change is asked first, and it is not
	 * sent again once its answer was lost. */
	AWS_CHANGES = 1,
	/* With AWS_CHANGES: twice is the same as once (client token, delete, put), so it may. */
	AWS_AGAIN = 2,
	/* Never ask again, whatever comes: proofs and probes. */
	AWS_ONCE = 4,
	/* "Not found" is the answer, however recently the thing was made. */
	AWS_NO_SETTLE = 8,
	/* Not signed, and no credentials are fetched. */
	AWS_UNSIGNED = 16,
	/* S3: a bucket of another region is an error that names that region, and is not read
	 * there. */
	AWS_HERE = 32,
};

/* ---- EC2, IAM, STS -------------------------------------------------------- */

/* `params` without Action and Version, NULL: none; `ret` NULL: the content does not matter. */
NODISCARD struct rb_error *aws_query_call(struct aws_client *c, const char *service,
					  const char *action, const struct aws_params *params,
					  unsigned flags, struct xml_reply *ret);

/*
 * Read all pages: `add(list, item)` for each element at `items` ("vpcSet/item",
 * "ListRolesResult/Roles/member").  An error of `add` ends it.  A page may be
 * empty and yet not the last; a token that repeats is kind PROTOCOL.
 */
typedef struct rb_error *aws_item_fn(void *list, const struct xml_node *item);
NODISCARD struct rb_error *aws_query_items(struct aws_client *c, const char *service,
					   const char *action, const struct aws_params *params,
					   unsigned flags, const char *items, aws_item_fn *add,
					   void *list);

/* ---- SSM, EC2 Instance Connect ------------------------------------------- */

/* `in` is borrowed; *ret is the caller's (json_decref), an object always.  `ret` may be NULL. */
NODISCARD struct rb_error *aws_json_call(struct aws_client *c, const char *service,
					 const char *action, const json_t *in, unsigned flags,
					 json_t **ret);

/* ---- S3 ------------------------------------------------------------------- */

struct s3_call {
	const char *action; /* "PutBucketPolicy": for the observer and messages */
	const char *method;
	const char *bucket; /* NULL: the service itself */
	const char *key;    /* plain, encoded here; NULL: none */
	/* S3 Control, which has no buckets in its paths: whose settings; the path is `key`.  NULL:
	 * S3 itself. */
	const char *account;
	const struct aws_params *query;	    /* { "policy", "" } is a sub-resource; NULL: none */
	const struct http_headers *headers; /* more of them; NULL: none */
	const char *owner;		    /* x-amz-expected-bucket-owner; NULL: any */
	const void *body;
	size_t body_n;
	const char *content_type; /* of the body; NULL: none sent */
	bool checksum;		  /* send x-amz-checksum-sha256 of the body */
	size_t max_answer_bytes;  /* 0: as http.h */
	unsigned flags;
};

/*
 * Any 2xx is a success, unless the body is an <Error>.  An answer that names
 * another region (301, 307, 400) is signed again for that region, once, when the
 * call only reads; an error carries the region in any case.  A HEAD that is
 * refused without a word is followed by one GetBucketLocation, for the reason.
 */
NODISCARD struct rb_error *aws_s3_call(struct aws_client *c, const struct s3_call *call,
				       struct http_response *ret);
/* The same, the answer's body parsed. */
NODISCARD struct rb_error *aws_s3_call_xml(struct aws_client *c, const struct s3_call *call,
					   struct xml_reply *ret);

/* ---- signed URLs ----------------------------------------------------------- */

/*
 * Sign `req` in its query string with the client's credentials, region and
 * corrected clock.  `req` holds method, host, path and query; its headers are
 * signed too, `Host` always.
 */
NODISCARD struct rb_error *aws_presign(struct aws_client *c, const char *service,
				       struct http_request *req, int expires_s);

#endif
