#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The newest AWS CLI and our own typed call agree with moto's EC2 Instance Connect: a key
# is accepted for an instance that moto runs.
. tests/moto/lib.sh
start_moto

image=$("$AWS" ec2 describe-images --owners amazon --query 'Images[0].ImageId' --output text)
id=$("$AWS" ec2 run-instances --image-id "$image" --instance-type t3.micro \
	--query 'Instances[0].InstanceId' --output text)
key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbtFmWfQvWEiIv6ChGBiHEN3lJmIsPZBbjgVHxMzEQE"
"$AWS" ec2-instance-connect send-ssh-public-key --instance-id "$id" --instance-os-user ec2-user \
	--ssh-public-key "$key" --query Success --output text | grep -qx True

tool=build/rel/tests/tools/send_key
[ "$("$tool" ap-northeast-1 "$id" ec2-user)" = sent ]
