#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The AWS CLI, its waiters and its queries: networks in two regions, peered and routed, an
# instance that boots and ends, and AWS's refusals with the CLI's exit status.
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/aws ] || {
	echo "no AWS CLI"
	exit 77
}
start_sandbox
export AWS_PAGER='' AWS_MAX_ATTEMPTS=1
skip() { curl -s --data "$1" "$SANDBOX/_sandbox/skip" >/dev/null; }
# near, far, iam ARGUMENT...: ask in one region or the other; $OUT is the answer.
aws() { expect 0 aws_cli --endpoint-url "$SANDBOX" --output text --region "$@"; }
near() { aws ap-northeast-1 ec2 "$@"; }
far() { aws us-east-1 ec2 "$@"; }
refused() {
	local code=$1
	shift
	expect 254 aws_cli --endpoint-url "$SANDBOX" --region "$@"
	has "($code)" "$ERR"
}

near create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId \
	--tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=near},{Key=runbook:run,Value=x}]'
va=$OUT
far create-vpc --cidr-block 10.1.0.0/16 --query Vpc.VpcId
vb=$OUT
skip 3000
near wait vpc-available --vpc-ids "$va"
near describe-vpcs --filters 'Name=tag:runbook:run,Values=x' --query 'Vpcs[].VpcId'
[ "$OUT" = "$va" ] || fail "found '$OUT'"
near create-subnet --vpc-id "$va" --cidr-block 10.0.0.0/20 --availability-zone ap-northeast-1a \
	--query Subnet.SubnetId
subnet=$OUT
near create-route-table --vpc-id "$va" --query RouteTable.RouteTableId
table=$OUT
near create-security-group --group-name g --description d --vpc-id "$va" --query GroupId
group=$OUT
near authorize-security-group-ingress --group-id "$group" --protocol tcp --port 22 --cidr 10.0.0.0/16
skip 2000
near describe-security-groups --group-ids "$group" \
	--query 'SecurityGroups[0].IpPermissions[0].[IpProtocol,FromPort,IpRanges[0].CidrIp]'
[ "$OUT" = $'tcp\t22\t10.0.0.0/16' ] || fail "rule '$OUT'"

near create-vpc-peering-connection --vpc-id "$va" --peer-vpc-id "$vb" --peer-region us-east-1 \
	--query VpcPeeringConnection.VpcPeeringConnectionId
pcx=$OUT
skip 11000
far wait vpc-peering-connection-exists --vpc-peering-connection-ids "$pcx"
near create-route --route-table-id "$table" --destination-cidr-block 10.1.0.0/16 \
	--vpc-peering-connection-id "$pcx"
refused OperationNotPermitted ap-northeast-1 ec2 accept-vpc-peering-connection \
	--vpc-peering-connection-id "$pcx"
far accept-vpc-peering-connection --vpc-peering-connection-id "$pcx"
skip 10000
near describe-route-tables --route-table-ids "$table" \
	--query 'RouteTables[0].Routes[?VpcPeeringConnectionId].State'
[ "$OUT" = active ] || fail "route '$OUT'"

aws ap-northeast-1 ssm get-parameter --query Parameter.Value \
	--name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
image=$OUT
near run-instances --image-id "$image" --instance-type t3.micro --subnet-id "$subnet" \
	--security-group-ids "$group" --query 'Instances[0].InstanceId'
instance=$OUT
skip 150000
near wait instance-status-ok --instance-ids "$instance"
refused DependencyViolation ap-northeast-1 ec2 delete-subnet --subnet-id "$subnet"
refused DryRunOperation ap-northeast-1 ec2 terminate-instances --instance-ids "$instance" --dry-run
near terminate-instances --instance-ids "$instance"
skip 75000
near wait instance-terminated --instance-ids "$instance"
near delete-route --route-table-id "$table" --destination-cidr-block 10.1.0.0/16
near delete-vpc-peering-connection --vpc-peering-connection-id "$pcx"
skip 5000
near wait vpc-peering-connection-deleted --vpc-peering-connection-ids "$pcx"
near delete-subnet --subnet-id "$subnet"
near delete-route-table --route-table-id "$table"
near delete-security-group --group-id "$group"
near delete-vpc --vpc-id "$va"
far delete-vpc --vpc-id "$vb"
refused InvalidVpcID.NotFound us-east-1 ec2 delete-vpc --vpc-id "$vb"
left=$(curl -s "$SANDBOX/_sandbox/world" | jq '[.[][][] | select(.live)] | length')
[ "$left" -eq 0 ] || fail "$left things are left: $(curl -s "$SANDBOX/_sandbox/world")"
