/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed calls of EC2 (API 2016-11-15): one function an action, parameters and
 * answers as the procedure needs them.
 *
 * For all of them:
 *   owns     what a `ret_` holds belongs to the caller, who clears it; it is
 *            written on success only.  Arguments are borrowed.
 *   absent   a missing string is NULL, a missing number 0
 *   describe `ids` (NULL: none) and `filters` (NULL: none) narrow it; all pages are
 *            read.  An unknown id is GONE, an unmatched filter an empty list.
 *   create   tags travel in the same request (NULL: none); `token` is the client
 *            token (NULL: none).  A create without a token is never sent twice: an
 *            answer that is lost is kind LOST.
 *   delete   what is not there is kind GONE: the caller decides whether that is well.
 *   fails    see base/error.h; code, message and request id as received
 *   source   Amazon EC2 API Reference
 */
#ifndef AWS_EC2_H
#define AWS_EC2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/core/client.h"
#include "base/attr.h"
#include "base/error.h"
#include "base/strv.h"

/* A list of TYPE: struct NAMEs { struct NAME *v; size_t n; } with NAMEs_clear and auto_NAMEs. */
#define AWS_LIST(type, list)                                                                       \
	struct list {                                                                              \
		struct type *v;                                                                    \
		size_t n;                                                                          \
	};                                                                                         \
	void list##_clear(struct list *l)

/* ---- VPC ---------------------------------------------------------------- */

struct ec2_vpc {
	char *vpc_id;
	char *state; /* pending | available */
	char *cidr_block;
	char *owner_id;
	bool is_default;
	struct strv cidr_blocks; /* every associated IPv4 block */
	struct aws_tags tags;
};
AWS_LIST(ec2_vpc, ec2_vpcs);
#define auto_ec2_vpcs CLEANUP(ec2_vpcs_clear) struct ec2_vpcs

NODISCARD struct rb_error *ec2_create_vpc(struct aws_client *c, const char *cidr_block,
					  const struct aws_tags *tags, char **ret_vpc_id);
NODISCARD struct rb_error *ec2_describe_vpcs(struct aws_client *c, const char *const *ids,
					     const struct aws_filter *filters,
					     struct ec2_vpcs *ret);
NODISCARD struct rb_error *ec2_delete_vpc(struct aws_client *c, const char *vpc_id);
/* `attribute`: "EnableDnsSupport" or "EnableDnsHostnames". */
NODISCARD struct rb_error *ec2_modify_vpc_attribute(struct aws_client *c, const char *vpc_id,
						    const char *attribute, bool value);
/* `attribute`: "enableDnsSupport" or "enableDnsHostnames". */
NODISCARD struct rb_error *ec2_describe_vpc_attribute(struct aws_client *c, const char *vpc_id,
						      const char *attribute, bool *ret);

/* ---- zones, subnets ----------------------------------------------------- */

struct ec2_zone {
	char *name; /* "ap-northeast-1a": differs per account */
	char *id;   /* "apne1-az4" */
	char *state;
	char *type; /* availability-zone */
};
AWS_LIST(ec2_zone, ec2_zones);
#define auto_ec2_zones CLEANUP(ec2_zones_clear) struct ec2_zones
NODISCARD struct rb_error *
ec2_describe_zones(struct aws_client *c, const struct aws_filter *filters, struct ec2_zones *ret);

struct ec2_subnet {
	char *subnet_id;
	char *state; /* pending | available | unavailable | failed ... */
	char *vpc_id;
	char *cidr_block;
	char *zone;
	char *zone_id;
	bool map_public_ip;
	struct aws_tags tags;
};
AWS_LIST(ec2_subnet, ec2_subnets);
#define auto_ec2_subnets CLEANUP(ec2_subnets_clear) struct ec2_subnets
NODISCARD struct rb_error *ec2_create_subnet(struct aws_client *c, const char *vpc_id,
					     const char *cidr_block, const char *zone,
					     const struct aws_tags *tags, char **ret_subnet_id,
					     char **ret_zone_id);
NODISCARD struct rb_error *ec2_describe_subnets(struct aws_client *c, const char *const *ids,
						const struct aws_filter *filters,
						struct ec2_subnets *ret);
NODISCARD struct rb_error *ec2_delete_subnet(struct aws_client *c, const char *subnet_id);

/* ---- route tables ------------------------------------------------------- */

struct ec2_route {
	char *destination; /* IPv4 block, IPv6 block or prefix list id */
	char *target;	   /* gateway, NAT, peering, interface, instance, ... id; "local" */
	char *state;	   /* active | blackhole | filtered */
	char *origin;	   /* CreateRouteTable | CreateRoute | EnableVgwRoutePropagation */
};
AWS_LIST(ec2_route, ec2_routes);
struct ec2_association {
	char *association_id;
	char *subnet_id; /* NULL for the main association and gateways */
	char *gateway_id;
	bool main;
	char *state; /* associating | associated | disassociating | disassociated | failed */
};
AWS_LIST(ec2_association, ec2_associations);
struct ec2_route_table {
	char *route_table_id;
	char *vpc_id;
	struct ec2_routes routes;
	struct ec2_associations associations;
	struct aws_tags tags;
};
AWS_LIST(ec2_route_table, ec2_route_tables);
#define auto_ec2_route_tables CLEANUP(ec2_route_tables_clear) struct ec2_route_tables
NODISCARD struct rb_error *ec2_create_route_table(struct aws_client *c, const char *vpc_id,
						  const char *token, const struct aws_tags *tags,
						  char **ret_route_table_id);
NODISCARD struct rb_error *ec2_describe_route_tables(struct aws_client *c, const char *const *ids,
						     const struct aws_filter *filters,
						     struct ec2_route_tables *ret);
NODISCARD struct rb_error *ec2_delete_route_table(struct aws_client *c, const char *route_table_id);
NODISCARD struct rb_error *ec2_associate_route_table(struct aws_client *c,
						     const char *route_table_id,
						     const char *subnet_id,
						     char **ret_association_id);
NODISCARD struct rb_error *ec2_disassociate_route_table(struct aws_client *c,
							const char *association_id);
NODISCARD struct rb_error *ec2_create_peering_route(struct aws_client *c,
						    const char *route_table_id,
						    const char *destination,
						    const char *peering_id);
NODISCARD struct rb_error *ec2_replace_peering_route(struct aws_client *c,
						     const char *route_table_id,
						     const char *destination,
						     const char *peering_id);
NODISCARD struct rb_error *ec2_delete_route(struct aws_client *c, const char *route_table_id,
					    const char *destination);

/* ---- security groups ---------------------------------------------------- */

struct ec2_rule {
	char *rule_id; /* sgr-...; NULL when asking */
	bool egress;
	char *protocol; /* "tcp", "-1" for all */
	int from_port;	/* -1: all */
	int to_port;
	char *cidr;	/* IPv4 or IPv6 block; NULL when a group or prefix list is meant */
	char *group_id; /* referenced group */
	char *prefix_list_id;
	char *description;
	struct aws_tags tags;
};
AWS_LIST(ec2_rule, ec2_rules);
#define auto_ec2_rules CLEANUP(ec2_rules_clear) struct ec2_rules
struct ec2_group {
	char *group_id;
	char *name;
	char *description;
	char *vpc_id;
	struct ec2_rules rules; /* all of them, without ids and tags */
	struct aws_tags tags;
};
AWS_LIST(ec2_group, ec2_groups);
#define auto_ec2_groups CLEANUP(ec2_groups_clear) struct ec2_groups
NODISCARD struct rb_error *ec2_create_group(struct aws_client *c, const char *vpc_id,
					    const char *name, const char *description,
					    const struct aws_tags *tags, char **ret_group_id);
NODISCARD struct rb_error *ec2_describe_groups(struct aws_client *c, const char *const *ids,
					       const struct aws_filter *filters,
					       struct ec2_groups *ret);
NODISCARD struct rb_error *ec2_delete_group(struct aws_client *c, const char *group_id);
NODISCARD struct rb_error *
ec2_describe_rules(struct aws_client *c, const struct aws_filter *filters, struct ec2_rules *ret);
/* Ingress or egress by rule->egress; rule_id and tags of `rule` are not sent, `tags` are.
 * *ret_rule_id: NULL when the answer names none (older servers). */
NODISCARD struct rb_error *ec2_authorize(struct aws_client *c, const char *group_id,
					 const struct ec2_rule *rule, const struct aws_tags *tags,
					 char **ret_rule_id);
/* By rule id. */
NODISCARD struct rb_error *ec2_revoke(struct aws_client *c, const char *group_id, bool egress,
				      const char *rule_id);

/* ---- EC2 Instance Connect Endpoint -------------------------------------- */

struct ec2_connect_endpoint {
	char *endpoint_id; /* eice-... */
	/* create-in-progress | create-complete | create-failed | delete-... | update-...; or one
	 * that is newer than this program */
	char *state;
	char *state_message;
	char *dns_name; /* of publicDnsNames where it has no other; NULL while creating */
	char *fips_dns_name;
	char *vpc_id;
	char *subnet_id;
	bool preserve_client_ip;
	struct strv group_ids;
	struct strv interface_ids;
	char *created_at;
	struct aws_tags tags;
};
AWS_LIST(ec2_connect_endpoint, ec2_connect_endpoints);
#define auto_ec2_connect_endpoints CLEANUP(ec2_connect_endpoints_clear) struct ec2_connect_endpoints
NODISCARD struct rb_error *ec2_create_connect_endpoint(struct aws_client *c, const char *subnet_id,
						       const char *group_id,
						       bool preserve_client_ip, const char *token,
						       const struct aws_tags *tags,
						       char **ret_endpoint_id);
NODISCARD struct rb_error *ec2_describe_connect_endpoints(struct aws_client *c,
							  const char *const *ids,
							  const struct aws_filter *filters,
							  struct ec2_connect_endpoints *ret);
NODISCARD struct rb_error *ec2_delete_connect_endpoint(struct aws_client *c,
						       const char *endpoint_id);

/* ---- images and instances ----------------------------------------------- */

struct ec2_image {
	char *image_id;
	char *name;
	char *state; /* available | pending | ... */
	char *architecture;
	char *creation_date;
	char *owner_id;
	char *root_device_name;
	int64_t root_volume_gib; /* of its snapshot; 0: not known */
	/* The account's Allowed AMIs rule does not fit it.  While the rule is enforced such an
	 * image is not listed at all; one that is listed can be launched (audit mode). */
	bool not_allowed;
	struct strv supported_types; /* empty: all but the others */
	struct strv unsupported_types;
};
AWS_LIST(ec2_image, ec2_images);
#define auto_ec2_images CLEANUP(ec2_images_clear) struct ec2_images
/* `owner`: "amazon" or NULL. */
NODISCARD struct rb_error *ec2_describe_images(struct aws_client *c, const char *const *ids,
					       const char *owner, const struct aws_filter *filters,
					       struct ec2_images *ret);
/* True when `zone` offers `instance_type`. */
NODISCARD struct rb_error *ec2_type_offered(struct aws_client *c, const char *instance_type,
					    const char *zone, bool *ret);

struct ec2_instance {
	char *instance_id;
	char *state; /* pending | running | shutting-down | terminated | stopping | stopped */
	char *state_reason_code;       /* stateReason/code */
	char *state_reason_message;    /* stateReason/message */
	char *state_transition_reason; /* reason */
	char *image_id;
	char *instance_type;
	char *architecture;
	char *private_ip;
	char *public_ip; /* NULL: none, as wanted */
	char *ipv6;
	char *vpc_id;
	char *subnet_id;
	char *zone;
	char *key_name;
	char *profile_arn;
	char *http_tokens;	 /* metadata: required | optional */
	char *http_endpoint;	 /* metadata: enabled | disabled */
	char *source_dest_check; /* true | false; NULL: AWS did not say */
	int hop_limit;
	char *client_token;
	char *launch_time;
	struct strv group_ids;
	struct strv interface_ids;
	struct strv volume_ids;
	bool root_deleted_on_termination;
	struct aws_tags tags;
};
AWS_LIST(ec2_instance, ec2_instances);
#define auto_ec2_instances CLEANUP(ec2_instances_clear) struct ec2_instances
struct ec2_run_instance {
	const char *image_id;
	const char *instance_type;
	const char *subnet_id;
	const char *group_id;
	const char *profile_name;
	const char *token;
	const struct aws_tags *tags; /* instance, volume and network interface alike */
	/* The image's root device ("/dev/xvda"), whose volume then surely goes with the
	 * instance; NULL: as the image says (Amazon's say the same). */
	const char *root_device_name;
	int64_t root_volume_gib; /* with it: the image's own size; 0: not given */
};
/* One instance, IMDSv2 only (hop limit 2, endpoint on), encrypted-by-default left as is, root
 * volume gone with it, no key pair.  Retries "Invalid IAM Instance Profile" up to 4 minutes with
 * the same token: a new profile is not known to EC2 at once. */
NODISCARD struct rb_error *ec2_run_instance(struct aws_client *c,
					    const struct ec2_run_instance *launch,
					    char **ret_instance_id);
NODISCARD struct rb_error *ec2_describe_instances(struct aws_client *c, const char *const *ids,
						  const struct aws_filter *filters,
						  struct ec2_instances *ret);
NODISCARD struct rb_error *ec2_terminate_instance(struct aws_client *c, const char *instance_id);
/* Status checks; NULL strings while EC2 lists none (not running yet). */
NODISCARD struct rb_error *ec2_describe_instance_status(struct aws_client *c,
							const char *instance_id,
							char **ret_instance_status,
							char **ret_system_status);
/* State of the instance's profile association ("associated", ...) and its profile's ARN; NULL:
 * none. */
NODISCARD struct rb_error *ec2_describe_profile_association(struct aws_client *c,
							    const char *instance_id,
							    char **ret_state, char **ret_arn);
/* Its id; NULL: none. */
NODISCARD struct rb_error *ec2_find_profile_association(struct aws_client *c,
							const char *instance_id, char **ret_id);
/* Decoded text; "" while there is none. */
NODISCARD struct rb_error *ec2_get_console_output(struct aws_client *c, const char *instance_id,
						  char **ret_text);

struct ec2_volume {
	char *volume_id;
	char *state;
	struct aws_tags tags;
};
AWS_LIST(ec2_volume, ec2_volumes);
#define auto_ec2_volumes CLEANUP(ec2_volumes_clear) struct ec2_volumes
NODISCARD struct rb_error *ec2_describe_volumes(struct aws_client *c, const char *const *ids,
						const struct aws_filter *filters,
						struct ec2_volumes *ret);
NODISCARD struct rb_error *ec2_delete_volume(struct aws_client *c, const char *volume_id);

/* ---- VPC endpoints ------------------------------------------------------ */

struct ec2_vpc_endpoint {
	char *vpc_endpoint_id;
	char *type;  /* Interface | Gateway | ... */
	char *state; /* compare without regard to case: pending, available, deleting, ... */
	char *vpc_id;
	char *service_name;
	char *service_region; /* where the service lies; NULL: AWS did not say, so its own */
	bool private_dns;
	char *policy; /* JSON text */
	char *last_error_code;
	char *last_error_message;
	struct strv subnet_ids;
	struct strv group_ids;
	struct strv interface_ids;
	struct strv dns_names; /* as received, "*." included */
	char *created_at;
	struct aws_tags tags;
};
AWS_LIST(ec2_vpc_endpoint, ec2_vpc_endpoints);
#define auto_ec2_vpc_endpoints CLEANUP(ec2_vpc_endpoints_clear) struct ec2_vpc_endpoints
/* What an endpoint is asked for; all borrowed. */
struct ec2_interface_endpoint {
	const char *vpc_id;
	const char *service_name;
	const char *service_region; /* NULL: the client's own */
	const char *subnet_id;
	const char *group_id;
};
/* Type Interface, IPv4, private DNS off, no policy given. */
NODISCARD struct rb_error *
ec2_create_interface_endpoint(struct aws_client *c, const struct ec2_interface_endpoint *wanted,
			      const char *token, const struct aws_tags *tags,
			      char **ret_vpc_endpoint_id);
NODISCARD struct rb_error *ec2_describe_vpc_endpoints(struct aws_client *c, const char *const *ids,
						      const struct aws_filter *filters,
						      struct ec2_vpc_endpoints *ret);
/* 200 with an entry in `unsuccessful` is an error here, with that entry's code. */
NODISCARD struct rb_error *ec2_delete_vpc_endpoint(struct aws_client *c,
						   const char *vpc_endpoint_id);
/* The zones in which the interface flavour of `service_name` is offered; empty: AWS did not say. */
NODISCARD struct rb_error *ec2_interface_service_zones(struct aws_client *c,
						       const char *service_name, struct strv *ret);
/* Is the interface flavour of a service of `service_region` offered to the client's region? */
NODISCARD struct rb_error *ec2_interface_service_offered(struct aws_client *c,
							 const char *service_name,
							 const char *service_region, bool *ret);

/* ---- peering ------------------------------------------------------------ */

struct ec2_peering {
	char *peering_id;
	char *status; /* status/code */
	char *status_message;
	char *requester_vpc_id, *requester_owner_id, *requester_region, *requester_cidr;
	char *accepter_vpc_id, *accepter_owner_id, *accepter_region, *accepter_cidr;
	struct aws_tags tags; /* of the region that was asked */
};
AWS_LIST(ec2_peering, ec2_peerings);
#define auto_ec2_peerings CLEANUP(ec2_peerings_clear) struct ec2_peerings
NODISCARD struct rb_error *ec2_create_peering(struct aws_client *c, const char *vpc_id,
					      const char *peer_vpc_id, const char *peer_region,
					      const struct aws_tags *tags, char **ret_peering_id);
NODISCARD struct rb_error *ec2_describe_peerings(struct aws_client *c, const char *const *ids,
						 const struct aws_filter *filters,
						 struct ec2_peerings *ret);
NODISCARD struct rb_error *ec2_accept_peering(struct aws_client *c, const char *peering_id);
NODISCARD struct rb_error *ec2_delete_peering(struct aws_client *c, const char *peering_id);

/* ---- putting back what somebody changed -------------------------------- */

NODISCARD struct rb_error *ec2_modify_subnet_public_ip(struct aws_client *c, const char *subnet_id,
						       bool on);
struct ec2_endpoint_change {
	bool private_dns_off;
	bool reset_policy; /* full access, as when none was given */
	struct strv add_groups, remove_groups;
};
NODISCARD struct rb_error *ec2_modify_interface_endpoint(struct aws_client *c,
							 const char *vpc_endpoint_id,
							 const struct ec2_endpoint_change *change);
/* That group alone. */
NODISCARD struct rb_error *ec2_modify_instance_group(struct aws_client *c, const char *instance_id,
						     const char *group_id);
/* IMDSv2 only, endpoint on, hop limit 2: as ec2_run_instance. */
NODISCARD struct rb_error *ec2_require_metadata_tokens(struct aws_client *c,
						       const char *instance_id);
NODISCARD struct rb_error *ec2_start_instance(struct aws_client *c, const char *instance_id);
/* For an instance that has none. */
NODISCARD struct rb_error *ec2_associate_profile(struct aws_client *c, const char *instance_id,
						 const char *profile_name);

/* ---- interfaces, network ACLs, tags ------------------------------------- */

struct ec2_interface {
	char *interface_id;
	char *status; /* available | in-use ... */
	char *description;
	char *type; /* interface | vpc_endpoint | ... */
	char *requester_id;
	bool requester_managed;
	char *private_ip;
	char *vpc_id;
	char *subnet_id;
	char *instance_id; /* attachment */
	struct strv group_ids;
	struct aws_tags tags;
};
AWS_LIST(ec2_interface, ec2_interfaces);
#define auto_ec2_interfaces CLEANUP(ec2_interfaces_clear) struct ec2_interfaces
NODISCARD struct rb_error *ec2_describe_interfaces(struct aws_client *c, const char *const *ids,
						   const struct aws_filter *filters,
						   struct ec2_interfaces *ret);

struct ec2_acl_entry {
	int rule_number; /* 32767: the final deny */
	char *protocol;	 /* "-1", "6", "17" */
	char *action;	 /* allow | deny */
	bool egress;
	char *cidr;
	int from_port, to_port; /* 0, 0 when not given */
};
AWS_LIST(ec2_acl_entry, ec2_acl_entries);
struct ec2_acl {
	char *acl_id;
	char *vpc_id;
	bool is_default;
	struct ec2_acl_entries entries; /* the final denies included */
};
AWS_LIST(ec2_acl, ec2_acls);
#define auto_ec2_acls CLEANUP(ec2_acls_clear) struct ec2_acls
/* The network ACL of a subnet, which has one always; none listed: no such subnet. */
NODISCARD struct rb_error *ec2_describe_subnet_acl(struct aws_client *c, const char *subnet_id,
						   struct ec2_acls *ret);

/* A thing that carries a tag, of whatever kind: "vpc", "instance", ... */
struct ec2_tagged {
	char *resource_id;
	char *resource_type;
};
AWS_LIST(ec2_tagged, ec2_taggeds);
#define auto_ec2_taggeds CLEANUP(ec2_taggeds_clear) struct ec2_taggeds
/* Every tag of one of these keys in the region: a row for each tag of a thing. */
struct ec2_tag {
	char *key;
	char *value;
	char *resource_id;
};
AWS_LIST(ec2_tag, ec2_tags);
#define auto_ec2_tags CLEANUP(ec2_tags_clear) struct ec2_tags
/* `keys`: up to the first NULL, 7 at most.  As below, some are of what is deleted. */
NODISCARD struct rb_error *ec2_describe_tags(struct aws_client *c, const char *const *keys,
					     struct ec2_tags *ret);
/* All in the region that carry exactly this tag; some that are deleted are listed for a while. */
NODISCARD struct rb_error *ec2_describe_tagged(struct aws_client *c, const char *key,
					       const char *value, struct ec2_taggeds *ret);

NODISCARD struct rb_error *ec2_create_tags(struct aws_client *c, const char *resource_id,
					   const struct aws_tags *tags);

/* Internet-bound gateways attached to a VPC: ids of internet and NAT gateways. */
NODISCARD struct rb_error *ec2_internet_gateways(struct aws_client *c, const char *vpc_id,
						 struct strv *ret);

#endif
