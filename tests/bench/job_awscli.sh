#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The job of job_boto3.py as a shell script with the AWS CLI does it, one call after the other.
#
#	job_awscli.sh up|down STATE_FILE
set -eu
HERE=ap-northeast-1 THERE=us-east-1 NAME=bench-job
POLICY=arn:aws:iam::aws:policy/AmazonS3FullAccess
IMAGE=/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64

aws() {
	command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}

# q QUERY COMMAND...: the one value of an answer.
q() {
	local query=$1
	shift
	aws "$@" --query "$query" --output text
}

spec() {
	echo "ResourceType=$1,Tags=[{Key=Name,Value=$NAME}]"
}

# again COMMAND...: what is in use for a moment still.
again() {
	local until=$((SECONDS + 30))
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$until" ]
	done
}

# network REGION VPC_CIDR SUBNET_CIDR
network() {
	vpc=$(q Vpc.VpcId ec2 create-vpc --region "$1" --cidr-block "$2" \
		--tag-specifications "$(spec vpc)")
	aws ec2 modify-vpc-attribute --region "$1" --vpc-id "$vpc" --enable-dns-hostnames
	subnet=$(q Subnet.SubnetId ec2 create-subnet --region "$1" --vpc-id "$vpc" --cidr-block "$3" \
		--availability-zone "$1a" --tag-specifications "$(spec subnet)")
	table=$(q RouteTable.RouteTableId ec2 create-route-table --region "$1" --vpc-id "$vpc" \
		--tag-specifications "$(spec route-table)")
	association=$(q AssociationId ec2 associate-route-table --region "$1" \
		--route-table-id "$table" --subnet-id "$subnet")
	group=$(q GroupId ec2 create-security-group --region "$1" --vpc-id "$vpc" \
		--group-name $NAME --description $NAME --tag-specifications "$(spec security-group)")
}

# network_down REGION VPC SUBNET TABLE ASSOCIATION GROUP
network_down() {
	again aws ec2 delete-security-group --region "$1" --group-id "$6"
	aws ec2 disassociate-route-table --region "$1" --association-id "$5"
	again aws ec2 delete-subnet --region "$1" --subnet-id "$3"
	again aws ec2 delete-route-table --region "$1" --route-table-id "$4"
	again aws ec2 delete-vpc --region "$1" --vpc-id "$2"
}

up() {
	network $HERE 10.0.0.0/16 10.0.0.0/20
	a=("$vpc" "$subnet" "$table" "$association" "$group")
	aws ec2 authorize-security-group-ingress --region $HERE --group-id "$group" --protocol tcp \
		--port 22 --cidr 10.0.0.0/16 >/dev/null
	aws iam create-role --role-name $NAME --assume-role-policy-document '{"Version":
		"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":
		"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
	aws iam attach-role-policy --role-name $NAME --policy-arn $POLICY
	aws iam create-instance-profile --instance-profile-name $NAME >/dev/null
	aws iam add-role-to-instance-profile --instance-profile-name $NAME --role-name $NAME
	image=$(q Parameter.Value ssm get-parameter --region $HERE --name $IMAGE)
	instance=$(q 'Instances[0].InstanceId' ec2 run-instances --region $HERE --image-id "$image" \
		--instance-type t3.micro --subnet-id "$subnet" --security-group-ids "$group" \
		--iam-instance-profile Name=$NAME --metadata-options HttpTokens=required \
		--tag-specifications "$(spec instance)")
	network $THERE 10.1.0.0/16 10.1.0.0/20
	aws ec2 authorize-security-group-ingress --region $THERE --group-id "$group" --protocol tcp \
		--port 443 --cidr 10.0.0.0/16 >/dev/null
	endpoint=$(q VpcEndpoint.VpcEndpointId ec2 create-vpc-endpoint --region $THERE \
		--vpc-endpoint-type Interface --vpc-id "$vpc" --service-name com.amazonaws.$THERE.s3 \
		--subnet-ids "$subnet" --security-group-ids "$group" --no-private-dns-enabled \
		--tag-specifications "$(spec vpc-endpoint)")
	aws s3api create-bucket --region $THERE --bucket $NAME >/dev/null
	again aws s3api put-bucket-tagging --region $THERE --bucket $NAME \
		--tagging "TagSet=[{Key=Name,Value=$NAME}]"
	aws s3api put-public-access-block --region $THERE --bucket $NAME \
		--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
	aws s3api put-bucket-policy --region $THERE --bucket $NAME --policy '{"Version":
		"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject",
		"Resource":"arn:aws:s3:::'$NAME'/*","Condition":{"StringEquals":{"aws:sourceVpce":
		"'"$endpoint"'"}}}]}'
	peering=$(q VpcPeeringConnection.VpcPeeringConnectionId ec2 create-vpc-peering-connection \
		--region $HERE --vpc-id "${a[0]}" --peer-vpc-id "$vpc" --peer-region $THERE)
	aws ec2 create-route --region $HERE --route-table-id "${a[2]}" \
		--destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id "$peering" >/dev/null
	again aws ec2 accept-vpc-peering-connection --region $THERE \
		--vpc-peering-connection-id "$peering" >/dev/null
	aws ec2 create-route --region $THERE --route-table-id "$table" \
		--destination-cidr-block 10.0.0.0/16 --vpc-peering-connection-id "$peering" >/dev/null
	declare -p a vpc subnet table association group instance endpoint peering >"$1"
}

down() {
	. "$1"
	aws ec2 delete-route --region $HERE --route-table-id "${a[2]}" \
		--destination-cidr-block 10.1.0.0/16
	aws ec2 delete-route --region $THERE --route-table-id "$table" \
		--destination-cidr-block 10.0.0.0/16
	aws ec2 delete-vpc-peering-connection --region $HERE --vpc-peering-connection-id "$peering" \
		>/dev/null
	aws ec2 terminate-instances --region $HERE --instance-ids "$instance" >/dev/null
	aws iam remove-role-from-instance-profile --instance-profile-name $NAME --role-name $NAME
	again aws iam delete-instance-profile --instance-profile-name $NAME
	aws iam detach-role-policy --role-name $NAME --policy-arn $POLICY
	again aws iam delete-role --role-name $NAME
	network_down $HERE "${a[@]}"
	aws ec2 delete-vpc-endpoints --region $THERE --vpc-endpoint-ids "$endpoint" >/dev/null
	aws s3api delete-bucket-policy --region $THERE --bucket $NAME
	aws s3api delete-bucket --region $THERE --bucket $NAME
	network_down $THERE "$vpc" "$subnet" "$table" "$association" "$group"
}

"$1" "$2"
