/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases of verify as the XML that JUnit's Ant task wrote first and CI servers read: there is
 * no standard of it, so only elements that all of them know are written.
 */
#include "runbook/cli/verify_cases.h"

#include <libxml/tree.h>
#include <libxml/xmlwriter.h>

#include "base/alloc.h"

static void attribute(xmlTextWriter *w, const char *name, const char *value)
{
	(void)xmlTextWriterWriteAttribute(w, BAD_CAST name, BAD_CAST value);
}

static void count(xmlTextWriter *w, const char *name, const struct verify_cases *cases,
		  enum verify_case_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < cases->n; i++)
		n += cases->v[i].result == result;
	(void)xmlTextWriterWriteFormatAttribute(w, BAD_CAST name, "%zu", n);
}

/* Caller frees. */
static char *message_of(const struct verify_case *c)
{
	if (c->reason)
		return xstrdup(c->reason);
	return xasprintf("expected '%s', found '%s'", c->expected ? c->expected : "",
			 c->found ? c->found : "");
}

static void write_case(xmlTextWriter *w, const struct verify_case *c)
{
	static const char *const elements[] = {
		[CASE_OK] = NULL,
		[CASE_FAILED] = "failure",
		[CASE_ERROR] = "error",
		[CASE_SKIPPED] = "skipped",
	};
	autofree char *class_name = xasprintf("%s %s", c->step, c->title);

	(void)xmlTextWriterStartElement(w, BAD_CAST "testcase");
	attribute(w, "classname", class_name);
	attribute(w, "name", c->name);
	if (elements[c->result]) {
		autofree char *message = message_of(c);

		(void)xmlTextWriterStartElement(w, BAD_CAST elements[c->result]);
		attribute(w, "message", message);
		(void)xmlTextWriterEndElement(w);
	}
	(void)xmlTextWriterEndElement(w);
}

void verify_cases_to_junit(const struct verify_cases *cases, const char *suite, struct buf *out)
{
	xmlBuffer *text = xmlBufferCreate();
	xmlTextWriter *w = text ? xmlNewTextWriterMemory(text, 0) : NULL;

	if (!w)
		alloc_out_of_memory();
	(void)xmlTextWriterSetIndent(w, 1);
	(void)xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
	(void)xmlTextWriterStartElement(w, BAD_CAST "testsuites");
	(void)xmlTextWriterStartElement(w, BAD_CAST "testsuite");
	attribute(w, "name", suite);
	(void)xmlTextWriterWriteFormatAttribute(w, BAD_CAST "tests", "%zu", cases->n);
	count(w, "failures", cases, CASE_FAILED);
	count(w, "errors", cases, CASE_ERROR);
	count(w, "skipped", cases, CASE_SKIPPED);
	for (size_t i = 0; i < cases->n; i++)
		write_case(w, &cases->v[i]);
	(void)xmlTextWriterEndDocument(w);
	xmlFreeTextWriter(w);
	(void)buf_add(out, xmlBufferContent(text), (size_t)xmlBufferLength(text));
	xmlBufferFree(text);
}
