/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an AWS session as the command line and the settings say. */
#include "runbook/cli/aws_access.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "aws/core/config.h"
#include "aws/sts.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "base/percent.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "net/curl_late.h"
#include "net/uri.h"
#include "runbook/ui/lang.h"

/* `environment` is empty for that of the process. */
static struct rb_error *load_config(struct cli *cli, const struct strv *environment,
				    const struct aws_config **ret)
{
	struct aws_config_options options = {
		.profile = cli->sandbox ? NULL : cli->profile,
		.region = cli->region ? cli->region : params_region(&cli->params, 0),
		.environment = environment->n ? strv_list(environment) : NULL,
	};

	if (!cli->aws_config) {
		TRY(aws_config_load(&options, &cli->aws_config));
		for (size_t i = 0; i < cli->aws_config->warnings.n; i++) {
			autofree char *text = tr_recorded(cli->aws_config->warnings.v[i]);

			cli_say(cli, "runbook: %s", text);
		}
	}
	*ret = cli->aws_config;
	return NULL;
}

struct rb_error *aws_access_config(struct cli *cli, const struct aws_config **ret)
{
	static const struct strv none;

	return load_config(cli, &none, ret);
}

/* The path of a file URL: "/a b" of "file:///a%20b"; NULL for any other URL.  Caller frees. */
static char *path_of_url(const char *url)
{
	static const char scheme[] = "file://";
	auto_buf path = BUF_INIT;

	if (!url || !text_starts_with(url, scheme))
		return NULL;
	url += sizeof(scheme) - 1;
	if (!percent_decode(&path, url, strlen(url)) || path.p[0] != '/' ||
	    strlen(path.p) != path.n)
		return NULL;
	return buf_steal(&path);
}

/* Asks a sandbox at `url` about itself; *ret_info is a new reference, NULL when there is none. */
static struct rb_error *ask_sandbox(struct aws_access *aws, const char *url, json_t **ret_info)
{
	auto_http_request req = HTTP_REQUEST_INIT;
	auto_http_response res = HTTP_RESPONSE_INIT;
	auto_uri uri = { 0 };

	TRY(uri_parse(url, &uri));
	req.method = xstrdup("GET");
	req.scheme = xstrdup(uri.scheme);
	req.host = xstrdup(uri.host);
	req.port = uri.port;
	req.path = xstrdup("/_sandbox/info");
	req.no_proxy = true;
	TRY(http_perform(aws->http, &req, &res));
	*ret_info = json_loadb(res.body.p, res.body.n, 0, NULL);
	set_str(&aws->world, json_string_value(json_object_get(*ret_info, "world")));
	return NULL;
}

/*
 * The sandbox serves endpoint host names too, over TLS on a port of its own.  Children learn it
 * from their environment: ssh's ProxyCommand, which is `runbook tunnel`, which port that is and
 * whose certificates to trust.
 */
static struct rb_error *map_host_names(struct aws_access *aws)
{
	json_t *info = NULL;
	json_int_t port;
	autofree char *ca = NULL;

	TRY(ask_sandbox(aws, aws->sandbox.url, &info));
	port = json_integer_value(json_object_get(info, "tls_port"));
	ca = path_of_url(json_string_value(json_object_get(info, "ca_url")));
	json_decref(info);
	/* Without it the tunnel would ask the real AWS. */
	if (port <= 0 || port > 65535 || !ca)
		return rb_error_new(RB_PROTOCOL, "the sandbox does not tell where it serves TLS");
	aws->sandbox_ca = steal_str(&ca);
	aws->connect_to = xasprintf("::127.0.0.1:%d", (int)port);
	strv_addf(&aws->environment, "AWS_CA_BUNDLE=%s", aws->sandbox_ca);
	strv_addf(&aws->environment, "RUNBOOK_CONNECT_TO=%s", aws->connect_to);
	return NULL;
}

struct rb_error *aws_access_open(struct aws_access *aws, struct cli *cli, const struct stack *stack)
{
	struct http_options http_options = { .user_agent = "runbook/" RUNBOOK_VERSION };
	const struct aws_config *config = NULL;
	const char *mapping = getenv("RUNBOOK_CONNECT_TO");

	memset(aws, 0, sizeof(*aws));
	aws->sandbox.stdin_fd = -1;
	TRY(limits_files());
	TRY(curl_late_load());
	if (cli->sandbox) {
		autofree char *state = stack_path(stack, "sandbox.db");

		TRY(sandbox_child_start(&aws->sandbox, state, cli->speed_n, cli->debug));
		sandbox_child_environment(&aws->sandbox, &aws->environment);
	}
	TRY(load_config(cli, &aws->environment, &config));
	aws->own_loop = !stack_loop(stack);
	aws->loop = aws->own_loop ? loop_new() : stack_loop(stack);
	http_options.ca_bundle = config->ca_bundle;
	http_options.ca_pem = config->ca_pem;
	aws->http = http_new(aws->loop, &http_options);
	aws->session = aws_session_new(cli->aws_config, aws->http);
	cli->aws_config = NULL; /* it is the session's now */
	aws->record_failed = &cli->record_failed;
	TRY(recording_open(cli, stack, &aws->recorder));
	if (aws->recorder)
		aws_session_listen(aws->session, recorder_listener(aws->recorder));
	if (cli->sandbox)
		TRY(map_host_names(aws));
	else if (mapping && *mapping)
		aws->connect_to = xstrdup(mapping);
	aws_session_set_speed(aws->session, cli->speed_n);
	return NULL;
}

void aws_access_close(struct aws_access *aws)
{
	aws_session_free(aws->session);
	if (aws->recorder)
		*aws->record_failed = recorder_close(aws->recorder);
	http_free(aws->http);
	if (aws->own_loop)
		loop_free(aws->loop);
	if (aws->sandbox.pid || aws->sandbox.stdin_fd > 0)
		sandbox_child_stop(&aws->sandbox);
	free(aws->account);
	free(aws->arn);
	free(aws->sandbox_ca);
	free(aws->connect_to);
	strv_clear(&aws->environment);
	free(aws->world);
	memset(aws, 0, sizeof(*aws));
}

/* True for this machine's own names: a sandbox listens nowhere else. */
static bool is_loopback(const char *host)
{
	return text_starts_with(host, "127.") || text_eq(host, "localhost") || text_eq(host, "::1");
}

/* The account is a sandbox's or another simulator's: refuse another world than the run's. */
static struct rb_error *world_compare(struct aws_access *aws, const struct run_state *st)
{
	autofree char *url = NULL;
	auto_uri uri = { 0 };
	json_t *info = NULL;
	struct rb_error *err;

	if (!aws->world) {
		TRY(aws_config_endpoint_url(aws_session_config(aws->session), "ec2", &url));
		if (url)
			TRY(uri_parse(url, &uri));
		if (url && is_loopback(uri.host))
			(void)rb_error_free(ask_sandbox(aws, url, &info));
		json_decref(info);
	}
	if (!st || !st->world || text_eq(st->world, aws->world))
		return NULL;
	err = rb_error_new(RB_USAGE, "this is not the sandbox that run %s was made in", st->run_id);
	err = rb_error_why(err, "its world is %s, and this one's is %-s", st->world,
			   aws->world ? aws->world : "without a name");
	return rb_error_hint(err, "go on with the same one (its state file, see docs/sandbox.md); "
				  "nothing was changed");
}

struct rb_error *aws_access_identify(struct aws_access *aws, const struct run_state *st,
				     const char *region)
{
	struct aws_client *c = aws_client_new(aws->session, region);
	auto_sts_identity id = { 0 };
	struct rb_error *err = sts_get_caller_identity(c, &id);

	aws_client_free(c);
	TRY(err);
	if (!id.account || strlen(id.account) != 12 || id.account[strspn(id.account, "0123456789")])
		return rb_error_because(RB_PROTOCOL, "STS tells no account");
	if (st && st->run_id && !text_eq(st->account, id.account)) {
		err = rb_error_new(RB_ACCOUNT, "these credentials are not for run %s", st->run_id);
		err = rb_error_why(err, "it was made in account %s, and they are for account %s",
				   st->account, id.account);
		return rb_error_hint(err, "choose the right ones (--profile); nothing was changed");
	}
	if (text_eq(id.account, SANDBOX_ACCOUNT))
		TRY(world_compare(aws, st));
	aws->account = steal_str(&id.account);
	aws->arn = steal_str(&id.arn);
	return NULL;
}
