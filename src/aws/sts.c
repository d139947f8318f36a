/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls, and why a call was refused. */
#include "aws/sts.h"

#include <string.h>

#include "aws/core/call.h"
#include "base/alloc.h"

void sts_identity_clear(struct sts_identity *id)
{
	free(id->account);
	free(id->arn);
	free(id->user_id);
	*id = (struct sts_identity){ 0 };
}

struct rb_error *sts_get_caller_identity(struct aws_client *c, struct sts_identity *ret)
{
	auto_xml_reply reply = XML_REPLY_INIT;
	auto_sts_identity found = { 0 };
	const struct xml_node *result;
	struct rb_error *err;

	err = aws_query_call(c, "sts", "GetCallerIdentity", NULL, AWS_READS, &reply);
	if (err)
		return rb_error_what(err, "cannot find out whose credentials these are");
	result = xml_first(reply.root, "GetCallerIdentityResult");
	found.account = xml_text(result, "Account");
	found.arn = xml_text(result, "Arn");
	found.user_id = xml_text(result, "UserId");
	if (!found.account || !found.arn)
		return rb_error_what(rb_error_because(RB_PROTOCOL, "the answer names no account"),
				     "cannot find out whose credentials these are");
	*ret = found;
	memset(&found, 0, sizeof(found)); /* the caller owns it now */
	return NULL;
}

struct rb_error *sts_decode_authorization_message(struct aws_client *c, const char *encoded,
						  char **ret_json)
{
	auto_aws_params p = AWS_PARAMS_INIT;
	auto_xml_reply reply = XML_REPLY_INIT;
	struct rb_error *err;
	char *json;

	params_add(&p, "EncodedMessage", encoded);
	err = aws_query_call(c, "sts", "DecodeAuthorizationMessage", &p, AWS_READS, &reply);
	if (err)
		return rb_error_what(err, "cannot decode the authorization message");
	json = xml_text(reply.root, "DecodeAuthorizationMessageResult/DecodedMessage");
	if (!json)
		return rb_error_what(rb_error_because(RB_PROTOCOL, "the answer holds none"),
				     "cannot decode the authorization message");
	*ret_json = json;
	return NULL;
}
