/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Linux 2023: releases times kernels times architectures, full and minimal. */
#include "sandbox/ec2/ami.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *name, *created, *expires;
} releases[] = {
	{ "2023.8.20260831.0", "2026-08-31T17:42:09.000Z", "2026-11-29T17:43:00.000Z" },
	{ "2023.9.20260928.1", "2026-09-28T18:20:33.000Z", "2026-12-27T18:21:00.000Z" },
	{ "2023.9.20261026.0", "2026-10-26T19:05:11.000Z", "2027-01-24T19:06:00.000Z" },
};

/* The first kernel is the default one. */
static const char *const kernels[] = { "6.1", "6.12" };
static const char *const archs[] = { "x86_64", "arm64" };

#define VARIANTS (ARRAY_LEN(kernels) * ARRAY_LEN(archs) * 2)

static const struct {
	const char *name;
	size_t kernel, arch;
	bool minimal;
} parameters[] = {
	{ "al2023-ami-kernel-default-x86_64", 0, 0, false },
	{ "al2023-ami-kernel-default-arm64", 0, 1, false },
	{ "al2023-ami-kernel-6.1-x86_64", 0, 0, false },
	{ "al2023-ami-kernel-6.1-arm64", 0, 1, false },
	{ "al2023-ami-kernel-6.12-x86_64", 1, 0, false },
	{ "al2023-ami-kernel-6.12-arm64", 1, 1, false },
	{ "al2023-ami-minimal-kernel-default-x86_64", 0, 0, true },
	{ "al2023-ami-minimal-kernel-default-arm64", 0, 1, true },
	{ "al2023-ami-minimal-kernel-6.1-x86_64", 0, 0, true },
	{ "al2023-ami-minimal-kernel-6.1-arm64", 0, 1, true },
	{ "al2023-ami-minimal-kernel-6.12-x86_64", 1, 0, true },
	{ "al2023-ami-minimal-kernel-6.12-arm64", 1, 1, true },
};

/* "ami-0" and 16 hex digits of a hash: the same in every process. */
static void make_id(const char *prefix, const char *region, const char *name, char out[24])
{
	char seed[160], hex[65];

	(void)snprintf(seed, sizeof(seed), "%s/%s/%s", prefix, region, name);
	text_sha256_hex(seed, strlen(seed), hex);
	(void)snprintf(out, 24, "%s-0%.16s", prefix, hex);
}

static void make_image(const char *region, size_t release, size_t kernel, size_t arch, bool minimal,
		       struct ami *ret)
{
	struct ami ami = {
		.arch = archs[arch],
		.kernel = kernels[kernel],
		.created = releases[release].created,
		.expires = releases[release].expires,
		.minimal = minimal,
	};

	(void)snprintf(ami.name, sizeof(ami.name), "al2023-ami-%s%s-kernel-%s-%s",
		       minimal ? "minimal-" : "", releases[release].name, kernels[kernel],
		       archs[arch]);
	(void)snprintf(ami.description, sizeof(ami.description),
		       "Amazon Linux 2023 %sAMI %s %s HVM kernel-%s", minimal ? "Minimal " : "",
		       releases[release].name, archs[arch], kernels[kernel]);
	make_id("ami", region, ami.name, ami.id);
	make_id("snap", region, ami.name, ami.snapshot_id);
	*ret = ami;
}

bool ami_nth(const char *region, size_t i, struct ami *ret)
{
	size_t variant = i % VARIANTS;

	if (i >= VARIANTS * ARRAY_LEN(releases))
		return false;
	make_image(region, i / VARIANTS, variant / 4, variant / 2 % 2, variant % 2 == 1, ret);
	return true;
}

bool ami_find(const char *region, const char *id, struct ami *ret)
{
	struct ami ami;

	for (size_t i = 0; ami_nth(region, i, &ami); i++) {
		if (text_eq(ami.id, id)) {
			*ret = ami;
			return true;
		}
	}
	return false;
}

const char *ami_parameter(size_t i)
{
	return i < ARRAY_LEN(parameters) ? parameters[i].name : NULL;
}

bool ami_by_parameter(const char *region, const char *parameter, int version, struct ami *ret,
		      int *ret_version)
{
	int newest = (int)ARRAY_LEN(releases);

	if (!text_starts_with(parameter, AMI_PARAMETERS) || version < 0 || version > newest)
		return false;
	parameter += strlen(AMI_PARAMETERS);
	for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
		if (!text_eq(parameters[i].name, parameter))
			continue;
		*ret_version = version ? version : newest;
		make_image(region, (size_t)*ret_version - 1, parameters[i].kernel,
			   parameters[i].arch, parameters[i].minimal, ret);
		return true;
	}
	return false;
}
