/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of a call: made a tree, and checked against the action's model, so
 * that a handler never sees an unknown name, misses a required one, or has to
 * ask what type a value is of.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sandbox/core/inner.h"
#include "sandbox/core/params.h"

#define MAX_INDEX 1000

/* ---- the model ---------------------------------------------------------- */

const struct sbx_model *sbx_model_find(const char *service, const char *action)
{
	for (size_t i = 0; i < sbx_n_models; i++) {
		if (!strcmp(sbx_models[i].action, action) &&
		    !strcmp(sbx_models[i].service, service))
			return &sbx_models[i];
	}
	return NULL;
}

static int compare_param(const void *key, const void *row)
{
	return strcmp(key, ((const struct model_param *)row)->name);
}

static bool is_index(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
	}
	return n > 0;
}

/* The row of "Filter.12.Value.3", which is that of "Filter.N.Value.N". */
static const struct model_param *find_row(const struct sbx_model *model, const char *name)
{
	auto_buf pattern = BUF_INIT;

	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ".");

		if (is_index(p, n))
			(void)buf_addc(&pattern, 'N');
		else
			(void)buf_add(&pattern, p, n);
		if (p[n] == '.')
			(void)buf_addc(&pattern, '.');
		p += n + (p[n] == '.');
	}
	return model->n_params ? bsearch(pattern.p, model->params, model->n_params,
					 sizeof(model->params[0]), compare_param)
			       : NULL;
}

/* ---- the tree ----------------------------------------------------------- */

/* Lists stay objects with their indices as keys until all is there: forms come in any order. */
static bool add_leaf(json_t *tree, const char *name, const char *value)
{
	json_t *node = tree;

	for (;;) {
		size_t n = strcspn(name, ".");
		autofree char *key = xstrndup(name, n);
		json_t *next = json_object_get(node, key);

		if (!name[n])
			return !next && json_object_set_new(node, key, json_string(value)) == 0;
		name += n + 1;
		if (!strcmp(key, "member") && is_index(name, strcspn(name, ".")))
			continue; /* IAM's and STS's word between a list and its index */
		if (!next) {
			next = json_object();
			json_object_set_new(node, key, next);
		} else if (!json_is_object(next)) {
			return false;
		}
		node = next;
	}
}

static json_t *with_lists(const json_t *node);

static json_t *as_list(const json_t *node)
{
	json_t *list = json_array();

	for (size_t i = 1; i <= json_object_size(node); i++) {
		char key[24];
		json_t *item;

		(void)snprintf(key, sizeof(key), "%zu", i);
		item = with_lists(json_object_get(node, key));
		if (!item || i > MAX_INDEX) { /* indices run 1, 2, 3 */
			json_decref(item);
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, item);
	}
	return list;
}

/* A copy of `node` with arrays in the place of numbered objects; NULL when a number is missing. */
static json_t *with_lists(const json_t *node)
{
	const char *key;
	json_t *value, *copy;

	if (!json_is_object(node))
		return json_incref((json_t *)(uintptr_t)node);
	json_object_foreach((json_t *)(uintptr_t)node, key, value) {
		if (is_index(key, strlen(key)))
			return as_list(node);
	}
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)node, key, value) {
		json_t *item = with_lists(value);

		if (!item) {
			json_decref(copy);
			return NULL;
		}
		json_object_set_new(copy, key, item);
	}
	return copy;
}

/*
 * EC2 takes an optional parameter without a value as one that is not there.  Where an empty text is
 * a value of its own, in tags and filters, it stays.
 */
static bool is_left_empty(const struct model_param *row, const char *value,
			  const struct params_complaint *c)
{
	const char *last = strrchr(row->name, '.');

	last = last ? last + 1 : row->name;
	return c->ec2 && !*value && !row->required && strcmp(last, "N") != 0 &&
	       strcmp(last, "Key") != 0 && strcmp(last, "Value") != 0 && strcmp(last, "Name") != 0;
}

static bool build(const struct sbx_model *model, const struct sbx_pairs *params, json_t *tree,
		  const struct params_complaint *c)
{
	for (size_t i = 0; i < params->n; i++) {
		const char *name = params->v[i].name, *value = params->v[i].value;
		const struct model_param *row = find_row(model, name);

		if (!row)
			return params_complain(c, "UnknownParameter",
					       "The parameter %s is not recognized", name);
		if ((row->type == 'L' || row->type == 'S') && !*value)
			continue; /* how IAM and STS are sent an empty list */
		if (row->type == 'L' || row->type == 'S')
			return params_complain(c, "InvalidParameterValue",
					       "Value (%s) for parameter %s is invalid.", value,
					       name);
		if (is_left_empty(row, value, c))
			continue;
		if (!params_check_scalar(row, name, value, c))
			return false;
		if (!add_leaf(tree, name, value))
			return params_complain(c, "InvalidParameterCombination",
					       "The parameter %s is there more than once", name);
	}
	return true;
}

json_t *model_params_tree(const struct sbx_model *model, const struct sbx_pairs *params,
			  const char **ret_code, struct buf *message)
{
	struct params_complaint c = { !strcmp(model->service, "ec2"), ret_code, message };
	json_t *raw = json_object(), *tree = NULL;
	bool good = build(model, params, raw, &c);

	if (good) {
		tree = with_lists(raw);
		good = tree ||
		       params_complain(&c, "InvalidParameterValue",
				       "The items of a list are not numbered 1, 2, 3 and so on");
	}
	for (size_t i = 0; good && i < model->n_params; i++) {
		auto_buf path = BUF_INIT;

		if (model->params[i].required)
			good = params_check_required(tree, model->params[i].name, &path, &c);
	}
	good = good && params_check_filters(model, tree, &c);
	json_decref(raw);
	if (good)
		return tree;
	json_decref(tree);
	return NULL;
}
