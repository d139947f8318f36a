/* SPDX-License-Identifier: Apache-2.0 */
/* What puts a thing back that somebody changed: settings that creating calls set already. */
#include "aws/ec2/parse.h"

struct rb_error *ec2_modify_subnet_public_ip(struct aws_client *c, const char *subnet_id, bool on)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "SubnetId", subnet_id);
	params_add_bool(&p, "MapPublicIpOnLaunch.Value", on);
	return rb_error_what(ec2_change(c, "ModifySubnetAttribute", &p),
			     "cannot turn public addresses of subnet '%s' %-s", subnet_id,
			     on ? N_("on") : N_("off"));
}

struct rb_error *ec2_modify_interface_endpoint(struct aws_client *c, const char *vpc_endpoint_id,
					       const struct ec2_endpoint_change *change)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "VpcEndpointId", vpc_endpoint_id);
	if (change->private_dns_off)
		params_add_bool(&p, "PrivateDnsEnabled", false);
	if (change->reset_policy)
		params_add_bool(&p, "ResetPolicy", true);
	params_add_list(&p, "AddSecurityGroupId", strv_list(&change->add_groups));
	params_add_list(&p, "RemoveSecurityGroupId", strv_list(&change->remove_groups));
	return rb_error_what(ec2_change(c, "ModifyVpcEndpoint", &p),
			     "cannot change VPC endpoint '%s'", vpc_endpoint_id);
}

struct rb_error *ec2_modify_instance_group(struct aws_client *c, const char *instance_id,
					   const char *group_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "InstanceId", instance_id);
	params_add(&p, "GroupId.1", group_id);
	return rb_error_what(ec2_change(c, "ModifyInstanceAttribute", &p),
			     "cannot put instance '%s' into group '%s'", instance_id, group_id);
}

struct rb_error *ec2_require_metadata_tokens(struct aws_client *c, const char *instance_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "InstanceId", instance_id);
	params_add(&p, "HttpTokens", "required");
	params_add(&p, "HttpEndpoint", "enabled");
	params_add_int(&p, "HttpPutResponseHopLimit", 2);
	return rb_error_what(ec2_change(c, "ModifyInstanceMetadataOptions", &p),
			     "cannot require metadata tokens of instance '%s'", instance_id);
}

struct rb_error *ec2_start_instance(struct aws_client *c, const char *instance_id)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "InstanceId.1", instance_id);
	return rb_error_what(ec2_change(c, "StartInstances", &p), "cannot start instance '%s'",
			     instance_id);
}

struct rb_error *ec2_associate_profile(struct aws_client *c, const char *instance_id,
				       const char *profile_name)
{
	auto_aws_params p = AWS_PARAMS_INIT;

	params_add(&p, "InstanceId", instance_id);
	params_add(&p, "IamInstanceProfile.Name", profile_name);
	/* an instance has one: a second association is refused, so it is not sent blindly again */
	return rb_error_what(ec2_send(c, "AssociateIamInstanceProfile", &p, AWS_CHANGES, NULL),
			     "cannot give instance '%s' the profile '%s'", instance_id,
			     profile_name);
}
