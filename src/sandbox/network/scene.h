/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of the network at one instant, which network_path_trace follows.  For the files of
 * this folder, which hold the world's lock meanwhile.
 */
#ifndef SANDBOX_NETWORK_SCENE_H
#define SANDBOX_NETWORK_SCENE_H

#include <stdbool.h>

#include "sandbox/network/way.h"

struct scene {
	struct sbx *sbx;
	int64_t now_ms;
	json_t *keep; /* documents whose strings are borrowed */
	struct network_path path;
	struct network_rule *rules;
	struct network_acl_entry *acl_entries;
	struct network_route_table *tables;
	struct network_table_association *assocs;
	struct network_route *routes;
	struct network_peering *peerings;
};

/* Empty; scene_clear frees what comes into it. */
void scene_init(struct scene *s, struct sbx *sbx);

/* Frees the documents that its strings were borrowed from. */
void scene_clear(struct scene *s);

/* `doc` (taken) lives as long as the scene. Answers it. */
const json_t *scene_keep(struct scene *s, json_t *doc);

/* The next path is drawn from scratch; documents stay. */
void scene_forget_drawing(struct scene *s);

/* Draws what lies between the two ends of `s->path`, and traces it. */
void scene_trace(struct scene *s, struct way *ret);

/* The way ends at `hop`, for this reason. */
void way_stopped(struct way *ret, enum network_hop hop, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* One end from its network interface.  `region` must outlive the scene. */
bool scene_end_from_eni(struct scene *s, const char *region, const char *owner_id,
			const char *eni_id, struct network_path_end *end);

/* As DescribeInstances says. */
bool scene_is_running(const struct scene *s, const char *region, const json_t *doc);

/* An instance that runs has an sshd that answers a while later. */
bool scene_has_booted(const struct scene *s, const json_t *doc);

/*
 * One end from an instance; as a target it must have booted. False when it has no network
 * interface.
 */
bool scene_end_from_instance(struct scene *s, const char *region, const json_t *doc, bool as_target,
			     struct network_path_end *end);

#endif
