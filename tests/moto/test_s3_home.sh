#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A home in a bucket of moto's: its conditional writes are what the protocol needs.  The procedure is rehearsed in the
# program's own sandbox; two operators, one after the other and with --take-over.
. tests/moto/lib.sh
start_moto
cat >"$WORK/config" <<END
[profile home]
endpoint_url = $url
region = us-east-1
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret
END
export AWS_CONFIG_FILE=$WORK/config
unset AWS_ENDPOINT_URL
. tests/strangers/home_protocol.sh
home_protocol "s3://home-at-moto/team?profile=home&region=us-east-1"
