/* SPDX-License-Identifier: Apache-2.0 */
/* Which services there are, and the table of actions that each of them has. */
#include <string.h>

#include "base/text.h"
#include "sandbox/core/call.h"
#include "sandbox/core/inner.h"

static const struct {
	const char *service;
	const char *target;  /* JSON services: X-Amz-Target before the dot */
	const char *version; /* query services */
} SERVICES[] = {
	{ "ec2", NULL, "2016-11-15" },
	{ "iam", NULL, "2010-05-08" },
	{ "sts", NULL, "2011-06-15" },
	{ "ssm", "AmazonSSM", NULL },
	{ "ec2-instance-connect", "AWSEC2InstanceConnectService", NULL },
	{ "servicequotas", "ServiceQuotasV20190624", NULL },
	{ "kms", "TrentService", NULL },
	{ "s3", NULL, NULL },
};

const char *service_named(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(SERVICES); i++) {
		if (!strcmp(SERVICES[i].service, name))
			return SERVICES[i].service;
	}
	return NULL;
}

const char *service_guess(const struct call *c, const struct sbx_http *http)
{
	const char *target = sbx_pairs_get(http->headers, "x-amz-target");
	const char *version = sbx_pairs_get(&c->params, "Version");

	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++) {
		if (target && SERVICES[i].target && text_starts_with(target, SERVICES[i].target))
			return SERVICES[i].service;
		if (version && SERVICES[i].version && !strcmp(version, SERVICES[i].version))
			return SERVICES[i].service;
	}
	return "s3";
}

const char *service_target(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(SERVICES); i++)
		if (SERVICES[i].target && !strcmp(SERVICES[i].service, name))
			return SERVICES[i].target;
	return "";
}

static const struct sbx_action *table_of(const char *service)
{
	const struct {
		const char *service;
		const struct sbx_action *rows;
	} tables[] = {
		{ "ec2", sbx_ec2_actions },
		{ "iam", siam_actions },
		{ "sts", sbx_sts_actions },
		{ "s3", sbx_s3_actions },
		{ "ssm", sbx_ssm_actions },
		{ "ec2-instance-connect", sbx_eic_actions },
		{ "servicequotas", sbx_quotas_actions },
		{ "kms", sbx_kms_actions },
	};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (!strcmp(tables[i].service, service))
			return tables[i].rows;
	}
	return NULL;
}

const struct sbx_action *action_find(const char *service, const char *action)
{
	const struct sbx_action *row = table_of(service);

	for (; row && row->name; row++) {
		if (!strcmp(row->name, action))
			return row;
	}
	return NULL;
}

bool service_is_query(const char *service)
{
	return !strcmp(service, "ec2") || !strcmp(service, "iam") || !strcmp(service, "sts");
}
