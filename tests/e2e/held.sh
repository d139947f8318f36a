#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# DependencyViolation says that something hangs on a thing, never what: undo names it, whatever kind
# it is, by its id.  What is not this run's stays; once it is gone, undo ends its work.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 2000
expect 0 "$RB" run --to 3-4 --speed 2000

boto() { # CODE ARGUMENT...
	local code=$1
	shift
	py - "$code" "$@" <<-'PY' >"$WORK/made" || fail "by hand: $code"
		import os, sys, boto3
		def ec2(region):
		    return boto3.client("ec2", region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
		source, destination, args = ec2("ap-northeast-1"), ec2("us-east-1"), sys.argv[2:]
		exec(sys.argv[1])
	PY
}
held() { # ID...: undo names each
	expect 3 "$RB" undo --yes --speed 2000
	for id; do
		has "$id" "$ERR"
	done
	has 'runbook undo' "$ERR"
}

# A subnet of somebody else uses the run's table; things of somebody else are in its other VPC.
boto '
subnet = source.create_subnet(VpcId=args[0], CidrBlock="10.0.240.0/24")["Subnet"]["SubnetId"]
link = source.associate_route_table(RouteTableId=args[1], SubnetId=subnet)["AssociationId"]
there = destination.create_subnet(VpcId=args[2], CidrBlock="10.1.240.0/24")["Subnet"]["SubnetId"]
group = destination.create_security_group(VpcId=args[2], GroupName="theirs", Description="t")
table = destination.create_route_table(VpcId=args[2])["RouteTable"]["RouteTableId"]
endpoint = destination.create_vpc_endpoint(
    VpcId=args[2], VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.s3",
    SubnetIds=[there], PrivateDnsEnabled=False)["VpcEndpoint"]["VpcEndpointId"]
other = destination.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
peering = destination.create_vpc_peering_connection(VpcId=args[2], PeerVpcId=other)
print(subnet, link, there, group["GroupId"], table, endpoint,
      peering["VpcPeeringConnection"]["VpcPeeringConnectionId"])
' "$(output 1-1 vpc_id)" "$(output 1-2 route_table_id)" "$(output 2-1 vpc_id)"
read -r subnet link there group table endpoint peering <"$WORK/made"
held "association $link with $subnet" "subnet $there" "security group $group ('theirs')" \
	"route table $table" "VPC endpoint $endpoint" "network interface eni-" "peering $peering"
[ "$(step_state 2-3)" = undone ] || fail "2-3 is $(step_state 2-3)"

# They go; a dozen and more of one kind are named in part.
boto '
source.disassociate_route_table(AssociationId=args[0])
source.delete_subnet(SubnetId=args[1])
destination.delete_vpc_endpoints(VpcEndpointIds=[args[2]])
destination.delete_vpc_peering_connection(VpcPeeringConnectionId=args[3])
for i in range(15):
    destination.create_subnet(VpcId=args[4], CidrBlock=f"10.1.{200 + i}.0/24")
' "$link" "$subnet" "$endpoint" "$peering" "$(output 2-1 vpc_id)"
held "subnet subnet-" '; ...'
[[ $ERR != *"$link"* ]] || fail "$link is still named"
[ "$(step_state 1-1)" = undone ] || fail "1-1 is $(step_state 1-1)"

boto '
for s in destination.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [args[0]]}])["Subnets"]:
    destination.delete_subnet(SubnetId=s["SubnetId"])
destination.delete_security_group(GroupId=args[1])
destination.delete_route_table(RouteTableId=args[2])
' "$(output 2-1 vpc_id)" "$group" "$table"
expect 0 "$RB" undo --yes --speed 2000
