# SPDX-License-Identifier: Apache-2.0
"""Each error code that AWS documents for the calls of the procedure, at each call where it can
occur, and what the program must do about it.  Data only; faults.py plays it.

Eight things can be right:

    AGAIN    it passes: asked again, and the same command ends well
    DONE     the call was carried out, and answered so all the same: found, not made twice
    WAITED   it is not known yet, or still in use, for a moment
    WITHOUT  not a matter of life: the command does without it and ends well
    TAKEN    1: something of that name is there, and it is nobody's of this run; it is named
    STOPPED  1: it stops, says the code and the next command
    REFUSED  5: credentials, clock or permission; it stops at once
    BLOCKED  1 after its time: a delete that AWS refuses for as long as something is in the way

A case is (phase, action, fault, meaning); what the meaning demands is checked in faults.py.
Sources: the API references of EC2, IAM, STS, S3, SSM and EC2 Instance Connect; the retry lists of
the SDKs; for what is documented nowhere, what people report of it.
"""

from collections import namedtuple

Case = namedtuple("Case", "phase service action fault meaning")

EVERYWHERE = ["InternalError", "InternalFailure", "ServerInternal", "ServiceUnavailable",
              "Unavailable", "ServiceFailure", "RetryableError", "PriorRequestNotComplete",
              "TransactionInProgressException", "BandwidthLimitExceeded", "http=429", "http=500",
              "http=502", "http=503", "http=504", "http=509"]
# ---- it passes -----------------------------------------------------------------------------------
PASSING = {
    "ec2": EVERYWHERE + ["RequestLimitExceeded", "EC2ThrottledException", "ConcurrentTagAccess"],
    "iam": EVERYWHERE + ["Throttling", "ThrottlingException", "RequestThrottled",
                         "ConcurrentModification", "EntityTemporarilyUnmodifiable"],
    "sts": EVERYWHERE + ["Throttling", "ThrottlingException", "RequestThrottled"],
    "s3": EVERYWHERE + ["SlowDown", "RequestTimeout", "OperationAborted"],
    "ssm": EVERYWHERE + ["ThrottlingException", "TooManyRequestsException"],
    "ec2-instance-connect": EVERYWHERE + ["ThrottlingException", "TooManyRequestsException",
                                          "ServiceException"],
}
# Under 5xx nobody knows whether it was carried out.
DID_HAPPEN = ["InternalError", "ServiceUnavailable", "http=500", "http=502", "http=504"]

# ---- credentials, clock, permission, account -----------------------------------------------------
DENYING = {
    "ec2": ["AuthFailure", "InvalidClientTokenId", "RequestExpired", "SignatureDoesNotMatch",
            "UnauthorizedOperation", "OptInRequired", "PendingVerification", "Blocked"],
    "iam": ["InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch",
            "SignatureDoesNotMatch:Signature expired: 20261123T000000Z is now earlier than",
            "AccessDenied", "OptInRequired"],
    "sts": ["InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch",
            "SignatureDoesNotMatch:Signature expired: 20261123T000000Z is now earlier than",
            "AccessDenied"],
    "s3": ["InvalidAccessKeyId", "ExpiredToken", "SignatureDoesNotMatch", "RequestTimeTooSkewed",
           "AccessDenied"],
    "ssm": ["UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException",
            "AccessDeniedException"],
    "ec2-instance-connect": ["UnrecognizedClientException", "ExpiredTokenException",
                             "InvalidSignatureException", "AccessDeniedException",
                             "AuthException"],
}

# ---- no such thing -------------------------------------------------------------------------------
def names(codes, *params):
    """AWS names the thing; {Param} is the sandbox's way to say what the request said."""
    return [f"{code}:The thing '" + " ".join("{%s}" % p for p in params) + "' does not exist"
            for code in codes]


VPC = names(["InvalidVpcID.NotFound"], "VpcId", "VpcId.1")
SUBNET = names(["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"], "SubnetId", "SubnetId.1",
               "NetworkInterface.1.SubnetId")
TABLE = names(["InvalidRouteTableID.NotFound", "InvalidRouteTableId.NotFound"], "RouteTableId",
              "RouteTableId.1")
GROUP = names(["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"], "GroupId", "GroupId.1",
              "SecurityGroupId.1", "NetworkInterface.1.SecurityGroupId.1")
PEERING = names(["InvalidVpcPeeringConnectionID.NotFound"], "VpcPeeringConnectionId",
                "VpcPeeringConnectionId.1", "ResourceId.1")
ENDPOINT = names(["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"],
                 "VpcEndpointId.1")
CONNECT = names(["InvalidInstanceConnectEndpointId.NotFound"], "InstanceConnectEndpointId",
                "InstanceConnectEndpointId.1")
INSTANCE = names(["InvalidInstanceID.NotFound"], "InstanceId.1")
ENTITY = names(["NoSuchEntity"], "RoleName", "InstanceProfileName")
BUCKET = ["NoSuchBucket"]
# Called in `run` with an id that is seconds old: not yet.
NOT_YET = {
    "CreateSubnet": VPC, "ModifyVpcAttribute": VPC, "DescribeVpcAttribute": VPC,
    "DescribeVpcs": VPC, "CreateRouteTable": VPC, "CreateSecurityGroup": VPC,
    "CreateVpcEndpoint": VPC + SUBNET + GROUP, "CreateVpcPeeringConnection": VPC,
    "DescribeSubnets": SUBNET, "AssociateRouteTable": SUBNET + TABLE,
    "CreateInstanceConnectEndpoint": SUBNET + GROUP, "RunInstances": SUBNET + GROUP,
    "DescribeRouteTables": TABLE, "CreateRoute": TABLE + PEERING,
    "AuthorizeSecurityGroupIngress": GROUP, "DescribeSecurityGroups": GROUP,
    "DescribeInstances": INSTANCE, "DescribeInstanceStatus": INSTANCE,
    "DescribeVpcEndpoints": ENDPOINT, "DescribeInstanceConnectEndpoints": CONNECT,
    "DescribeVpcPeeringConnections": PEERING, "AcceptVpcPeeringConnection": PEERING,
    "CreateTags": PEERING,
    "AttachRolePolicy": ENTITY, "AddRoleToInstanceProfile": ENTITY, "GetRole": ENTITY,
    "GetInstanceProfile": ENTITY, "ListAttachedRolePolicies": ENTITY, "ListRolePolicies": ENTITY,
    "PutBucketTagging": BUCKET, "PutPublicAccessBlock": BUCKET, "PutBucketPolicy": BUCKET,
    "GetBucketEncryption": BUCKET, "GetBucketPolicy": BUCKET, "GetBucketTagging": BUCKET,
    "GetBucketVersioning": BUCKET, "GetPublicAccessBlock": BUCKET,
}
# The delete whose first answer was lost finds nothing; deleting what is not there is done.
GONE = {
    "DeleteVpc": VPC, "DeleteSubnet": SUBNET, "DeleteRouteTable": TABLE,
    "DisassociateRouteTable": ["InvalidAssociationID.NotFound"],
    "DeleteRoute": ["InvalidRoute.NotFound"] + TABLE, "DeleteSecurityGroup": GROUP,
    "TerminateInstances": INSTANCE, "DeleteVpcEndpoints": ENDPOINT,
    "DeleteInstanceConnectEndpoint": CONNECT,
    "DeleteVpcPeeringConnection": PEERING + ["InvalidStateTransition"],
    "DetachRolePolicy": ENTITY, "RemoveRoleFromInstanceProfile": ENTITY,
    "DeleteInstanceProfile": ENTITY, "DeleteRole": ENTITY,
    "DeleteBucketPolicy": ["NoSuchBucketPolicy"], "DeleteBucket": BUCKET,
}
# A look that says so in `undo`, once or twice, while the thing is there: reads go backwards.
LOOKS_BACK = {
    "DescribeVpcs": VPC, "DescribeSubnets": SUBNET, "DescribeRouteTables": TABLE,
    "DescribeSecurityGroups": GROUP, "DescribeInstances": INSTANCE,
    "DescribeVpcEndpoints": ENDPOINT, "DescribeInstanceConnectEndpoints": CONNECT,
    "DescribeVpcPeeringConnections": PEERING, "GetRole": ENTITY, "GetInstanceProfile": ENTITY,
    "ListAttachedRolePolicies": ENTITY, "ListRolePolicies": ENTITY,
    "GetBucketTagging": BUCKET, "ListObjectVersions": BUCKET,
    "ListMultipartUploads": BUCKET,
}

# ---- already there -------------------------------------------------------------------------------
EXISTS = {
    "CreateSecurityGroup": ["InvalidGroup.Duplicate"],
    "AuthorizeSecurityGroupIngress": ["InvalidPermission.Duplicate"],
    "CreateRoute": ["RouteAlreadyExists"],
    "AssociateRouteTable": ["Resource.AlreadyAssociated"],
    "CreateVpcPeeringConnection": ["VpcPeeringConnectionAlreadyExists"],
    "CreateSubnet": ["InvalidSubnet.Conflict"],
    "AcceptVpcPeeringConnection": ["InvalidStateTransition"],
    "CreateRole": ["EntityAlreadyExists"], "CreateInstanceProfile": ["EntityAlreadyExists"],
    "AddRoleToInstanceProfile": ["LimitExceeded", "EntityAlreadyExists"],
    "CreateBucket": ["BucketAlreadyOwnedByYou"],
}

# ---- still in use --------------------------------------------------------------------------------
IN_USE = {
    "DeleteVpc": ["DependencyViolation"], "DeleteSubnet": ["DependencyViolation"],
    "DeleteRouteTable": ["DependencyViolation"],
    "DeleteSecurityGroup": ["DependencyViolation", "InvalidGroup.InUse"],
    "DeleteInstanceProfile": ["DeleteConflict"], "DeleteRole": ["DeleteConflict"],
    "DeleteBucket": ["BucketNotEmpty"],
}
# Others that pass after a moment.
BUSY = {
    "run": {
        "RunInstances": [
            "InvalidParameterValue:Value (runbook) for parameter iamInstanceProfile.name is "
            "invalid. Invalid IAM Instance Profile name",
            "InvalidParameterValue:IAM Instance Profile has no associated IAM Roles",
            "InsufficientInstanceCapacity", "IdempotentInstanceTerminated"],
        "CreateRoute": ["InvalidParameterValue:route table rtb-1 and network gateway pcx-1 belong "
                        "to different networks"],
        "AcceptVpcPeeringConnection": ["InvalidStateTransition", "IncorrectState"],
    },
    "undo": {
        "DeleteVpcPeeringConnection": ["InvalidStateTransition", "IncorrectState"],
        "DeleteInstanceConnectEndpoint": ["InvalidStateTransition", "IncorrectState"],
        "DeleteSubnet": ["InvalidParameterValue:The subnet is currently in use"],
        "DeleteBucket": ["OperationAborted"],
    },
}

# ---- a person must act ---------------------------------------------------------------------------
TOKEN = ["IdempotentParameterMismatch"]
FULL = ["InsufficientFreeAddressesInSubnet", "NetworkInterfaceLimitExceeded"]
STOPPING = {
    "run": {
        "CreateVpc": ["VpcLimitExceeded", "ResourceLimitExceeded", "TagLimitExceeded"],
        "CreateSubnet": ["SubnetLimitExceeded", "InvalidSubnet.Range",
                         "InvalidParameterValue:Value (ap-northeast-1b) for parameter "
                         "availabilityZone is invalid. Subnets can currently only be created in "
                         "the following availability zones: ap-northeast-1a."],
        "CreateRouteTable": ["RouteTableLimitExceeded"] + TOKEN,
        "CreateSecurityGroup": ["SecurityGroupLimitExceeded"],
        "AuthorizeSecurityGroupIngress": ["RulesPerSecurityGroupLimitExceeded"],
        "CreateInstanceConnectEndpoint": ["InstanceConnectEndpointLimitExceeded",
                                          "ResourceLimitExceeded"] + FULL + TOKEN,
        "RunInstances": ["VcpuLimitExceeded", "InstanceLimitExceeded", "VolumeLimitExceeded",
                         "InsufficientInstanceCapacity", "Unsupported", "UnsupportedOperation",
                         "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable",
                         "InvalidParameterCombination"] + FULL + TOKEN,
        "CreateVpcEndpoint": ["VpcEndpointLimitExceeded",
                              "InvalidParameter:The VPC endpoint service does not support the "
                              "availability zone of the subnet"] + FULL + TOKEN,
        "CreateVpcPeeringConnection": ["OutstandingVpcPeeringConnectionLimitExceeded",
                                       "VpcPeeringConnectionsPerVpcLimitExceeded",
                                       "PendingVpcPeeringConnectionLimitExceeded"],
        "AcceptVpcPeeringConnection": ["ActiveVpcPeeringConnectionPerVpcLimitExceeded",
                                       "OperationNotPermitted"],
        "CreateRoute": ["RouteLimitExceeded", "InvalidParameterValue"],
        "CreateTags": ["TagLimitExceeded"],
        "CreateRole": ["LimitExceeded", "MalformedPolicyDocument"],
        "AttachRolePolicy": ["LimitExceeded"], "CreateInstanceProfile": ["LimitExceeded"],
        "CreateBucket": ["TooManyBuckets", "InvalidLocationConstraint",
                         "IllegalLocationConstraintException", "BucketAlreadyExists",
                         "InvalidBucketName", "PermanentRedirect",
                         "AuthorizationHeaderMalformed"],
        "PutBucketPolicy": ["MalformedPolicy"],
        "ModifyVpcAttribute": ["InvalidParameterValue", "InvalidVpcID.Malformed"],
        "AssociateRouteTable": ["InvalidParameterValue", "InvalidSubnetID.Malformed"],
    },
    "undo": {
        "TerminateInstances": ["OperationNotPermitted", "InvalidInstanceID.Malformed"],
        "DeleteVpcEndpoints": ["InvalidVpcEndpointId.Malformed"],
        "DeleteRoute": ["InvalidParameterValue"],
        "DisassociateRouteTable": ["InvalidParameterValue"],
        "DeleteVpc": ["InvalidVpcID.Malformed"],
    },
}
# There is another way to know: not allowed, the command goes on.
WITHOUT = {("GetParameter", "AccessDeniedException")}
# The answer to HEAD has no body; the GET that asks why is answered, so it has passed.
HEAD_PASSING = {"HeadBucket": ["ExpiredToken"], "HeadObject": ["ExpiredToken"]}


def cases(asked, changing):
    """`asked`: {"run": {(service, action)...}, "undo": ...} of an undisturbed world;
    `changing`: names of actions that change something."""
    for phase in ("run", "undo"):
        for service, action in sorted(asked[phase]):
            changes = action in changing
            for code in PASSING[service] + HEAD_PASSING.get(action, []):
                yield Case(phase, service, action, f"{action}:1={code}", "AGAIN")
            for code in DID_HAPPEN if changes else ():
                yield Case(phase, service, action, f"{action}:1=after={code}", "DONE")
            for code in DENYING[service]:
                yield Case(phase, service, action, f"{action}={code}",
                           "WITHOUT" if (action, code) in WITHOUT else "REFUSED")
            for code in NOT_YET.get(action, ()) if phase == "run" else ():
                yield Case(phase, service, action, f"{action}:1={code}", "WAITED")
            for code in GONE.get(action, ()) if phase == "undo" else ():
                yield Case(phase, service, action, f"{action}:1=after={code}", "DONE")
            for code in LOOKS_BACK.get(action, ()) if phase == "undo" else ():
                yield Case(phase, service, action, f"{action}:1={code}", "WAITED")
                if service != "s3":  # consistent: it is believed sooner
                    yield Case(phase, service, action, f"{action}:1-2={code}", "WAITED")
            for code in EXISTS.get(action, ()) if phase == "run" else ():
                yield Case(phase, service, action, f"{action}:1=after={code}", "DONE")
                if code != "InvalidStateTransition":  # of an accept: not pending yet
                    yield Case(phase, service, action, f"{action}={code}", "TAKEN")
            for code in IN_USE.get(action, ()) if phase == "undo" else ():
                yield Case(phase, service, action, f"{action}:1-2={code}", "WAITED")
                yield Case(phase, service, action, f"{action}={code}", "BLOCKED")
            for code in BUSY[phase].get(action, ()):
                yield Case(phase, service, action, f"{action}:1={code}", "WAITED")
            for code in STOPPING[phase].get(action, ()):
                yield Case(phase, service, action, f"{action}={code}", "STOPPED")


# An instance that is not ready for the key yet.
NOT_READY = ["EC2InstanceStateInvalidException", "EC2InstanceUnavailableException"]


def connect_cases():
    """Of what 4-1 and 4-2 ask for, and of what undoing 4-2 does."""
    key = ("connect", "ec2-instance-connect", "SendSSHPublicKey")
    upload = ("disconnect", "s3", "DeleteObject")
    for code in PASSING["ec2-instance-connect"]:
        yield Case(*key, f"SendSSHPublicKey:1={code}", "AGAIN")
    for code in NOT_READY:
        yield Case(*key, f"SendSSHPublicKey:1-2={code}", "WAITED")
    for code in DENYING["ec2-instance-connect"]:
        yield Case(*key, f"SendSSHPublicKey={code}", "REFUSED")
    for code in PASSING["s3"] + HEAD_PASSING["HeadObject"]:
        yield Case("connect", "s3", "HeadObject", f"HeadObject:1={code}", "AGAIN")
    for code in PASSING["s3"]:
        yield Case(*upload, f"DeleteObject:1={code}", "AGAIN")
    for code in DID_HAPPEN:
        yield Case(*upload, f"DeleteObject:1=after={code}", "DONE")
    for code in DENYING["s3"]:
        yield Case(*upload, f"DeleteObject={code}", "REFUSED")
