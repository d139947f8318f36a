#!/bin/bash
# After a run, boto3 finds every setting of the procedure's table, by the run's tag and
# without a line of ours between; after undo it finds nothing of the run.  So it is with
# the defaults, and with other regions, blocks, zone, type and architecture.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/bin}
home=$(mktemp -d)
sandbox=
stop() {
	[ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
	rm -rf "$home"
}
trap stop EXIT
export RUNBOOK_HOME=$home AWS_EC2_METADATA_DISABLED=true
export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000 AWS_SECRET_ACCESS_KEY=sandbox
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_SESSION_TOKEN AWS_PROFILE

mkfifo "$home/ready"
"$BIN/runbook-sandbox" serve --state "$home/world.db" --speed 2000 >"$home/ready" &
sandbox=$!
read -r _ AWS_ENDPOINT_URL <"$home/ready"
export AWS_ENDPOINT_URL

walk() { # stack, then options of run
	local stack=$1
	shift
	"$BIN/runbook" run --stack "$stack" --speed 2000 "$@"
	"$BIN/runbook" status --stack "$stack" --output json >"$home/$stack.json"
	/usr/bin/python3 tests/py/world_check.py "$home/$stack.json"
	"$BIN/runbook" undo --yes --stack "$stack" --speed 2000
	/usr/bin/python3 tests/py/world_check.py --gone "$home/$stack.json"
}

walk default
walk other --set source.region=eu-west-1 --set destination.region=ap-southeast-2 \
	--set source.vpc_cidr=172.16.0.0/20 --set source.subnet_cidr=172.16.4.0/24 \
	--set source.zone=eu-west-1b --set source.architecture=arm64 \
	--set destination.vpc_cidr=192.168.0.0/16 --set destination.subnet_cidr=192.168.128.0/17 \
	--set destination.bucket=a-bucket-of-another-name --set upload.key=other.bin \
	--set upload.bytes=70000
walk china --set source.region=cn-north-1 --set destination.region=cn-northwest-1
