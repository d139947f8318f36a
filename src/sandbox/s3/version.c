/* SPDX-License-Identifier: Apache-2.0 */
/* How an object's versions are kept: a record with their list, and a blob for each body. */
#include <openssl/rand.h>

#include "sandbox/s3/s3.h"

char *ss3_put_bytes(struct ss3_call *c, const void *p, size_t n)
{
	char *name = sbx_new_id("body");

	store_put_blob(c->st, name, p, n);
	return name;
}

void ss3_drop_blobs(struct ss3_call *c, const json_t *blobs)
{
	size_t i;
	json_t *blob;

	json_array_foreach(blobs, i, blob)
		store_delete_blob(c->st, ss3_str(blob, "name"));
}

json_t *ss3_load_object(struct ss3_call *c, const char *key)
{
	return store_get(c->st, SS3_OBJECT, c->bucket, key);
}

void ss3_store_object(struct ss3_call *c, const char *key, const json_t *object)
{
	if (json_array_size(json_object_get(object, "versions")))
		store_put(c->st, SS3_OBJECT, c->bucket, key, object, c->req->now_ms,
			  /* lag_ms= */ 0);
	else
		store_delete(c->st, SS3_OBJECT, c->bucket, key);
}

/* 32 characters, as S3's own are. */
char *ss3_new_version_id(struct ss3_call *c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
	unsigned char random[32];
	auto_buf id = BUF_INIT;

	if (!text_eq(ss3_str(c->doc, "versioning"), "Enabled"))
		return xstrdup("null");
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		(void)buf_addc(&id, alphabet[random[i] % 64]);
	return buf_steal(&id);
}

json_t *ss3_find_version(const json_t *object, const char *id, size_t *ret_index)
{
	size_t i;
	json_t *version;

	json_array_foreach(json_object_get(object, "versions"), i, version) {
		if (text_eq(ss3_str(version, "id"), id)) {
			*ret_index = i;
			return version;
		}
	}
	return NULL;
}

void ss3_drop_version(struct ss3_call *c, json_t *object, const char *id)
{
	size_t at;
	json_t *version = ss3_find_version(object, id, &at);

	if (!version)
		return;
	ss3_drop_blobs(c, json_object_get(version, "blobs"));
	(void)json_array_remove(json_object_get(object, "versions"), at);
}

void ss3_add_version(struct ss3_call *c, const char *key, json_t *version)
{
	json_t *object = ss3_load_object(c, key);

	if (!object)
		object = json_pack("{s:s, s:[]}", "key", key, "versions");
	/* There is one version "null" at most. */
	if (text_eq(ss3_str(version, "id"), "null"))
		ss3_drop_version(c, object, "null");
	(void)json_array_insert_new(json_object_get(object, "versions"), 0, version);
	ss3_store_object(c, key, object);
	json_decref(object);
}
