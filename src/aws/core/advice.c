/* SPDX-License-Identifier: Apache-2.0 */
/* Which row of the table a code, or an answer without one, is judged by. */
#include "aws/core/advice.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "aws/core/advice_rows.h"
#include "base/alloc.h"
#include "base/text.h"

bool advice_code_matches(const char *pattern, const char *code)
{
	const char *star;
	size_t head, tail, n = strlen(code);

	assert(pattern); /* the tables end before a row without */
	star = strchr(pattern, '*');
	if (!star)
		return strcasecmp(pattern, code) == 0;
	/* A second '*' would need a real matcher; "*Name*" alone is common enough. */
	if (star == pattern && strchr(pattern + 1, '*')) {
		const char *mid = pattern + 1, *second = strchr(mid, '*');
		size_t mid_n = (size_t)(second - mid);

		for (; *code; code++)
			if (strncasecmp(code, mid, mid_n) == 0)
				return second[1] == '\0' ||
				       advice_code_matches(second, code + mid_n);
		return false;
	}
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return n >= head + tail && strncasecmp(pattern, code, head) == 0 &&
	       strcasecmp(star + 1, code + n - tail) == 0;
}

static const char *bare(const char *code)
{
	if (strncasecmp(code, "Client.", 7) == 0 || strncasecmp(code, "Server.", 7) == 0)
		return code + 7;
	return code;
}

static bool fits(const struct advice_row *r, const char *service, const char *action,
		 const char *code, const char *message)
{
	if (!advice_code_matches(r->code, code))
		return false;
	if (r->service && (!service || strcmp(r->service, service) != 0))
		return false;
	if (r->action && (!action || !advice_code_matches(r->action, action)))
		return false;
	return !r->text || (message && strcasestr(message, r->text));
}

/*
 * Errors that a service's model names and no row above does: their status says nothing of its own,
 * 429 included.  EC2's model names none.
 */
static bool is_modelled(const char *service, const char *code)
{
	static const struct {
		const char *service, *codes; /* each between blanks */
	} models[] = {
		{ "iam", " InvalidInput InvalidInputException PolicyEvaluation PolicyNotAttachable "
			 "UnmodifiableEntity InvalidUserType " },
		{ "sts", " IDPRejectedClaim InvalidAuthorizationMessageException "
			 "PackedPolicyTooLarge " },
		{ "ssm", " InvalidKeyId ParameterVersionNotFound " },
		{ "s3", " InvalidObjectState EncryptionTypeMismatch InvalidRequest "
			"InvalidWriteOffset TooManyParts " },
		{ "ec2-instance-connect", " InvalidArgsException EC2InstanceStateInvalidException "
					  "EC2InstanceTypeInvalidException " },
		{ "sso", " InvalidRequestException UnauthorizedException " },
		{ "sso-oidc",
		  " AuthorizationPendingException InvalidClientException InvalidGrantException "
		  "InvalidRequestException InvalidScopeException UnauthorizedClientException "
		  "UnsupportedGrantTypeException " },
	};
	autofree char *word = xasprintf(" %s ", code);

	for (size_t i = 0; service && i < ARRAY_LEN(models); i++)
		if (strcmp(models[i].service, service) == 0)
			return strcasestr(models[i].codes, word);
	return false;
}

static struct advice by_status(int http_status)
{
	for (size_t i = 0; i < advice_statuses_n; i++)
		if (advice_statuses[i].status == http_status)
			return (struct advice){ advice_statuses[i].kind, advice_statuses[i].hint,
						advice_statuses[i].next,
						advice_statuses[i].next_args };
	if (http_status >= 500)
		return (struct advice){ RB_RETRY, ADVICE_BUSY };
	return (struct advice){ RB_FAILED, ADVICE_NO_HINT };
}

struct advice advice_for(const char *service, const char *action, const char *code,
			 const char *message, int http_status)
{
	if (!code || !*code)
		return by_status(http_status);
	for (size_t i = 0; i < advice_rows_n; i++)
		if (fits(&advice_rows[i], service, action, bare(code), message))
			return (struct advice){ advice_rows[i].kind, advice_rows[i].hint,
						advice_rows[i].next, advice_rows[i].next_args };
	/* An unknown code: the status class is the best guess. */
	if (http_status >= 500)
		return (struct advice){ RB_RETRY, ADVICE_BUSY };
	if (http_status == 429 && !is_modelled(service, bare(code)))
		return (struct advice){ RB_THROTTLED, ADVICE_BUSY };
	return (struct advice){ RB_FAILED, ADVICE_NO_HINT };
}

bool advice_is_expired(const char *code)
{
	code = code ? bare(code) : "";
	return advice_code_matches("ExpiredToken*", code) ||
	       advice_code_matches("RequestExpired", code) ||
	       advice_code_matches("TokenRefreshRequired", code);
}

bool advice_is_skew(const char *code, bool *definite)
{
	static const char *const sure[] = { "RequestTimeTooSkewed", "RequestInTheFuture" };
	static const char *const perhaps[] = { "RequestExpired", "InvalidSignatureException",
					       "SignatureDoesNotMatch", "AuthFailure",
					       "AccessDeniedException" };

	code = code ? bare(code) : "";
	*definite = false;
	for (size_t i = 0; i < ARRAY_LEN(sure); i++)
		if (text_eq_nocase(sure[i], code))
			return *definite = true;
	for (size_t i = 0; i < ARRAY_LEN(perhaps); i++)
		if (text_eq_nocase(perhaps[i], code))
			return true;
	return false;
}

bool advice_did_nothing(enum rb_kind kind, int http_status)
{
	/* Throttling comes as 503 too; it is refused at the door in any case. */
	return kind == RB_NETWORK || kind == RB_THROTTLED ||
	       (http_status >= 300 && http_status < 500);
}

struct rb_error *advice_give(struct rb_error *err, const struct advice *advice)
{
	if (!err || err->hint || err->next_n)
		return err;
	if (advice->hint)
		err = rb_error_hint(err, "%-s", advice->hint);
	return rb_error_next(err, advice->next, advice->next_args);
}

void advice_lost(struct rb_error *err)
{
	rb_error_advise(err, "it may have happened all the same, and who goes on looks first",
			RB_NEXT_AGAIN, NULL);
}
