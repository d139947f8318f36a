/* SPDX-License-Identifier: Apache-2.0 */
/* Keys pushed to an instance, and the signed way into an Instance Connect Endpoint. */
#include "aws/eic.h"

#include <jansson.h>

#include "aws/core/call.h"
#include "base/alloc.h"
#include "base/text.h"

#define EIC_SERVICE "ec2-instance-connect"
#define TUNNEL_EXPIRES_S 60

struct rb_error *eic_send_ssh_public_key(struct aws_client *c, const char *instance_id,
					 const char *os_user, const char *public_key)
{
	json_auto_t *in = json_pack("{s:s, s:s, s:s}", "InstanceId", instance_id, "InstanceOSUser",
				    os_user, "SSHPublicKey", public_key);
	json_auto_t *out = NULL;
	struct rb_error *err;

	if (!in)
		return rb_error_new(RB_USAGE, "user name or public key is not UTF-8");
	/* it leaves nothing behind that undo would have to find: a reading call to the journal,
	 * and one that may be sent again */
	err = aws_json_call(c, EIC_SERVICE, "SendSSHPublicKey", in, AWS_READS, &out);
	if (!err && !json_is_true(json_object_get(out, "Success")))
		err = rb_error_because(RB_FAILED, "the answer says that it did not succeed");
	return rb_error_what(err, "cannot push an SSH key for '%s' to instance '%s'", os_user,
			     instance_id);
}

static bool is_host_name(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 253 && s[0] != '.' && s[0] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

/*
 * The name of an endpoint contains its region,
 * ID.HASH[.fips].ec2-instance-connect-endpoint.REGION.SUFFIX; a URL that is signed for another one
 * is refused only after the handshake, and not in words.
 */
static struct rb_error *check_host(const char *host, const char *region)
{
	static const char label[] = ".ec2-instance-connect-endpoint.";
	const char *at = strstr(host, label);
	size_t n;

	if (!is_host_name(host))
		return rb_error_because(RB_PROTOCOL, "'%s' is no host name", host);
	if (!at)
		return NULL;
	at += strlen(label);
	n = strcspn(at, ".");
	if (strlen(region) != n || strncmp(at, region, n) != 0)
		return rb_error_because(RB_USAGE, "it is in region '%.*s', not in '%s'", (int)n, at,
					region);
	return NULL;
}

void eic_tunnel_request(struct http_request *req, const char *host, const char *endpoint_id,
			const char *private_ip, int remote_port, int max_duration_s)
{
	auto_aws_params q = AWS_PARAMS_INIT;

	params_add(&q, "instanceConnectEndpointId", endpoint_id);
	params_add_int(&q, "remotePort", remote_port);
	params_add(&q, "privateIpAddress", private_ip);
	if (max_duration_s)
		params_add_int(&q, "maxTunnelDuration", max_duration_s);
	set_str(&req->method, "GET");
	set_str(&req->scheme, "https");
	set_str(&req->host, host);
	set_str(&req->path, "/openTunnel");
	set_str(&req->query, q.body.p);
}

struct rb_error *eic_open_tunnel_url(struct aws_client *c, const char *dns_name,
				     const char *endpoint_id, const char *private_ip,
				     int remote_port, int max_duration_s, char **ret_host,
				     char **ret_path_and_query)
{
	auto_http_request req = HTTP_REQUEST_INIT;
	struct rb_error *err;

	err = check_host(dns_name, aws_client_region(c));
	if (!err && (remote_port < 1 || remote_port > 65535))
		err = rb_error_because(RB_USAGE, "port %d is not between 1 and 65535", remote_port);
	if (!err && (max_duration_s < 1 || max_duration_s > 3600))
		err = rb_error_because(RB_USAGE, "duration %d is not between 1 and 3600 seconds",
				       max_duration_s);
	if (!err) {
		eic_tunnel_request(&req, dns_name, endpoint_id, private_ip, remote_port,
				   max_duration_s);
		err = aws_presign(c, EIC_SERVICE, &req, TUNNEL_EXPIRES_S);
	}
	if (err)
		return rb_error_what(err, "cannot sign the way into '%s'", endpoint_id);
	*ret_host = xstrdup(req.host);
	*ret_path_and_query = xasprintf("%s?%s", req.path, req.query);
	return NULL;
}
