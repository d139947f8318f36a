/* SPDX-License-Identifier: Apache-2.0 */
/* What /_sandbox/walk and /_sandbox/ssh answer. */
#include <string.h>
#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sandbox/core/inner.h"
#include "sandbox/network/facts.h"
#include "sandbox/network/way.h"
#include "sandbox/path/path.h"

json_t *path_trace_json(struct sbx *sbx, const struct sbx_pairs *query)
{
	const char *from = sbx_pairs_get(query, "from");
	const char *to = sbx_pairs_get(query, "to");
	const char *port = sbx_pairs_get(query, "port");
	const char *region = sbx_pairs_get(query, "region");
	struct way way = { 0 };
	int64_t number = 0;

	if (!from || !to || (port && !text_parse_i64(port, 1, 65535, &number)))
		return NULL;
	if (text_starts_with(from, "eice-"))
		way_from_eice(sbx, region ? region : "us-east-1", from, to,
			      number ? (int)number : 22, &way);
	else
		way_from_instance(sbx, from, to, number ? (int)number : 443, &way);
	return json_pack("{s:b, s:s, s:s, s:s, s:s}", "ok", way.hop == NETWORK_HOP_OK, "hop",
			 network_hop_name(way.hop), "why", way.why, "to", way.id, "address",
			 way.address);
}

json_t *path_ssh_json(struct sbx *sbx, const struct sbx_pairs *query)
{
	struct sbx_path *p = *sbx_path_slot(sbx);
	const char *id = sbx_pairs_get(query, "instance");
	autofree char *private = NULL, *public = NULL;
	auto_error struct rb_error *err = NULL;
	struct facts facts;
	uint16_t port = 0;

	if (!p || !id || !facts_of(sbx, id, &facts))
		return NULL;
	facts_clear(&facts);
	err = instance_host_key(sbx, id, &private, &public);
	if (!err)
		err = path_door(p, id, &port);
	if (private)
		OPENSSL_cleanse(private, strlen(private));
	return err ? NULL
		   : json_pack("{s:s, s:i, s:s}", "address", p->address, "port", (int)port,
			       "host_key", public);
}
