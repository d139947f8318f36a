/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command over ssh asks all four, and prints a line for each.  curl tells TCP from TLS by how
 * it ends (curl(1), "EXIT CODES"); the signed request is a read of the object, of which both that
 * it is there and that it is not are answers of S3 to somebody it knows.
 */
#include "steps/common/path_probe.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "runbook/contract/step_ssh.h"
#include "steps/common/path.h"
#include "steps/common/upload.h"

enum { PROBE_TIMEOUT_MS = 60000, CONNECT_S = 3 };

/* curl's: the proxy's or the host's name, no connection, time. */
static bool is_no_connection(int rc)
{
	return rc == 5 || rc == 6 || rc == 7 || rc == 28 || rc == 97;
}

static bool is_no_tls(int rc)
{
	static const int codes[] = { 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91 };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i] == rc)
			return true;
	return false;
}

static void write_script(struct step_ctx *ctx, const struct path_plan *plan, const char *dns,
			 const char *bucket, struct buf *out)
{
	autofree char *name = xasprintf("bucket.%s", dns);
	autofree char *url = xasprintf("https://bucket.%s", dns);
	autofree char *object = xasprintf("s3://%s/%s", bucket, step_param(ctx, plan->key_param));

	(void)buf_adds(out, "n=");
	text_shell_quote(out, name);
	(void)buf_adds(out, "; u=");
	text_shell_quote(out, url);
	(void)buf_addf(out,
		       "; f=\"$HOME/.runbook-probe-$$\"; getent ahosts \"$n\" | "
		       "while read -r a rest; do echo \"address $a\"; done; "
		       "w=$(curl -s -o /dev/null --connect-timeout %d -m %d "
		       "-w '%%{http_code}' \"$u/\"); echo \"curl $? $w\"; "
		       "w=$(AWS_MAX_ATTEMPTS=1 timeout %d aws s3 cp ",
		       CONNECT_S, 2 * CONNECT_S, 4 * CONNECT_S);
	text_shell_quote(out, object);
	(void)buf_adds(out, " \"$f\" --region ");
	text_shell_quote(out, step_param(ctx, "destination.region"));
	(void)buf_addf(out,
		       " --endpoint-url \"$u\" --cli-connect-timeout %d --cli-read-timeout %d "
		       "--only-show-errors 2>&1); echo \"aws $? $w\" | tr '\\n' ' '; echo; "
		       "rm -f \"$f\"",
		       CONNECT_S, 2 * CONNECT_S);
}

static void add(struct probes *l, const char *name, const char *title, enum hop_state state,
		struct said *found)
{
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct probe){ name, title, state, found };
}

/* "WORD 12 rest": the number; -1: no such line.  *ret_rest: what follows, to the line's end. */
static int line_of(const char *text, const char *word, char **ret_rest)
{
	size_t n = strlen(word);

	for (const char *p = text; p && *p;) {
		const char *end = strchr(p, '\n');
		size_t length = end ? (size_t)(end - p) : strlen(p);

		if (length > n && strncmp(p, word, n) == 0 && p[n] == ' ') {
			const char *number = p + n + 1;
			size_t digits = strspn(number, "0123456789");
			autofree char *digits_text = xstrndup(number, digits);
			int64_t value = -1;
			const char *rest = number + digits;

			rest += *rest == ' ';
			*ret_rest = text_printable(rest, (size_t)(p + length - rest), 512);
			return text_parse_i64(digits_text, 0, 255, &value) ? (int)value : -1;
		}
		p = end ? end + 1 : NULL;
	}
	return -1;
}

static void add_name(struct step_ctx *ctx, const struct path_plan *plan, const char *text,
		     struct probes *l)
{
	const char *cidr = step_param(ctx, plan->ends[END_TO].cidr_param);
	auto_strv addresses = { 0 };

	for (const char *p = strstr(text, "address "); p; p = strstr(p + 1, "\naddress ")) {
		const char *from = strchr(p, ' ') + 1;
		size_t n = strcspn(from, "\n");
		autofree char *one = text_printable(from, n, 64);

		if (!strv_has(&addresses, one))
			strv_add(&addresses, one);
	}
	autofree char *all = strv_join(&addresses, ", ");

	add(l, "name", N_("the endpoint's name, asked on the instance"),
	    upload_all_inside(&addresses, cidr) ? HOP_OK : HOP_BROKEN,
	    *all ? said_new("%s", all) : said_new("(no address)"));
}

static void add_connection(const char *text, struct probes *l)
{
	autofree char *status = NULL;
	int rc = line_of(text, "curl", &status);
	bool answered = rc == 0 || (status && strcmp(status, "000") != 0 && rc > 0 &&
				    !is_no_connection(rc) && !is_no_tls(rc));
	enum hop_state tcp = rc < 0 ? HOP_UNKNOWN : answered || is_no_tls(rc) ? HOP_OK : HOP_BROKEN;

	add(l, "tcp", N_("a TCP connection to port 443"), tcp,
	    tcp == HOP_OK ? said_new("connected")
			  : said_new("not connected: curl ended with %d", rc));
	add(l, "tls", N_("TLS, with the certificate verified"),
	    answered	    ? HOP_OK
	    : tcp == HOP_OK ? HOP_BROKEN
			    : HOP_UNKNOWN,
	    answered	    ? said_new("agreed; HTTP %s", status ? status : "-")
	    : tcp == HOP_OK ? said_new("refused: curl ended with %d", rc)
			    : said_new("not tried"));
}

/* S3 knew who asked, whatever it answered of the object. */
static bool was_recognized(const char *words)
{
	return strstr(words, "404") || strstr(words, "NoSuchKey") || strstr(words, "Not Found");
}

static void add_request(const char *text, struct probes *l)
{
	autofree char *words = NULL;
	int rc = line_of(text, "aws", &words);
	bool ok = rc == 0 || (rc > 0 && words && was_recognized(words));

	add(l, "request", N_("a signed request, which reads the object"),
	    rc < 0 ? HOP_UNKNOWN
	    : ok   ? HOP_OK
		   : HOP_BROKEN,
	    rc == 0 ? said_new("the object was read")
	    : ok    ? said_new("answered: there is no such object yet")
		    : said_new("the AWS CLI said: %-s", words && *words ? words : "nothing"));
}

struct rb_error *path_probe(struct step_ctx *ctx, const struct hop_way *way, struct probes *ret)
{
	const struct path_plan *plan = way->plan;
	auto_buf script = BUF_INIT, out = BUF_INIT, said = BUF_INIT;
	const char *dns, *bucket;
	int status = 0;

	TRY(step_need_output(ctx, plan->ends[END_TO].step, "vpc_endpoint_dns", &dns));
	TRY(step_need_output(ctx, plan->bucket_step, "bucket", &bucket));
	write_script(ctx, plan, dns, bucket, &script);
	TRY(step_ssh(ctx, script.p, PROBE_TIMEOUT_MS, &status, &out, &said));
	add_name(ctx, plan, out.p, ret);
	add_connection(out.p, ret);
	add_request(out.p, ret);
	return NULL;
}
