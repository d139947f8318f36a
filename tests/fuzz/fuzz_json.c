/* SPDX-License-Identifier: Apache-2.0 */
/* JSON answers of SSM and EC2 Instance Connect, and their errors. */
#include <string.h>

#include "aws/eic.h"
#include "aws/core/reply.h"
#include "aws/ssm.h"
#include "tests/fuzz/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_http_response res = HTTP_RESPONSE_INIT;
	autofree char *value = NULL;
	struct rb_error *err;

	res.status = 400;
	(void)buf_add(&res.body, data, n);
	err = reply_error(AWS_PROTOCOL_JSON, "ssm", "GetParameter", &res);
	if (!err || !err->why)
		abort();
	(void)rb_error_free(err);

	answer.status = n % 5 == 4 ? 400 : 200;
	answer.body = data;
	answer.n = n;
	answer.type = "application/x-amz-json-1.1";
	answer.asked = 0;
	err = ssm_get_parameter(client(), "/a", &value);
	if (!err == !value)
		abort();
	(void)rb_error_free(err);
	answer.asked = 0;
	err = eic_send_ssh_public_key(client(), "i-1", "ec2-user", "ssh-ed25519 AAAA");
	(void)rb_error_free(err);
	return 0;
}
