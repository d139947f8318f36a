# SPDX-License-Identifier: Apache-2.0
# The procedure's topology, from nothing: what `runbook run` makes up to 3-4, said in Terraform.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region            = "ap-northeast-1"
  s3_use_path_style = true
}

provider "aws" {
  alias             = "destination"
  region            = "us-east-1"
  s3_use_path_style = true
}

variable "bucket" {
  type = string
}

variable "image" {
  type = string
}

# ---- source ------------------------------------------------------------------

resource "aws_vpc" "source" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "source" }
}

resource "aws_subnet" "source" {
  vpc_id            = aws_vpc.source.id
  cidr_block        = "10.0.0.0/20"
  availability_zone = "ap-northeast-1a"
  tags              = { Name = "source" }
}

resource "aws_route_table" "source" {
  vpc_id = aws_vpc.source.id
  tags   = { Name = "source" }
}

resource "aws_route_table_association" "source" {
  subnet_id      = aws_subnet.source.id
  route_table_id = aws_route_table.source.id
}

resource "aws_security_group" "connect" {
  name        = "connect"
  description = "The Instance Connect Endpoint"
  vpc_id      = aws_vpc.source.id
  tags        = { Name = "connect" }
}

resource "aws_vpc_security_group_ingress_rule" "connect" {
  security_group_id            = aws_security_group.connect.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.connect.id
}

resource "aws_vpc_security_group_egress_rule" "connect" {
  security_group_id = aws_security_group.connect.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_ec2_instance_connect_endpoint" "connect" {
  subnet_id          = aws_subnet.source.id
  security_group_ids = [aws_security_group.connect.id]
  preserve_client_ip = false
  tags               = { Name = "connect" }
}

resource "aws_security_group" "instance" {
  name        = "instance"
  description = "The instance"
  vpc_id      = aws_vpc.source.id
  tags        = { Name = "instance" }
}

resource "aws_vpc_security_group_ingress_rule" "instance" {
  security_group_id            = aws_security_group.instance.id
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  referenced_security_group_id = aws_security_group.connect.id
}

resource "aws_vpc_security_group_egress_rule" "instance" {
  security_group_id = aws_security_group.instance.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_iam_role" "instance" {
  name = "stranger-instance"
  path = "/stranger/"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
  tags = { Name = "instance" }
}

resource "aws_iam_role_policy_attachment" "instance" {
  role       = aws_iam_role.instance.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
}

resource "aws_iam_instance_profile" "instance" {
  name = "stranger-instance"
  path = "/stranger/"
  role = aws_iam_role.instance.name
}

resource "aws_instance" "instance" {
  ami                    = var.image
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.source.id
  vpc_security_group_ids = [aws_security_group.instance.id]
  iam_instance_profile   = aws_iam_instance_profile.instance.name
  tags                   = { Name = "instance" }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  depends_on = [aws_iam_role_policy_attachment.instance]
}

# ---- destination -------------------------------------------------------------

resource "aws_vpc" "destination" {
  provider             = aws.destination
  cidr_block           = "10.1.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "destination" }
}

resource "aws_subnet" "destination" {
  provider          = aws.destination
  vpc_id            = aws_vpc.destination.id
  cidr_block        = "10.1.0.0/20"
  availability_zone = "us-east-1a"
  tags              = { Name = "destination" }
}

resource "aws_route_table" "destination" {
  provider = aws.destination
  vpc_id   = aws_vpc.destination.id
  tags     = { Name = "destination" }
}

resource "aws_route_table_association" "destination" {
  provider       = aws.destination
  subnet_id      = aws_subnet.destination.id
  route_table_id = aws_route_table.destination.id
}

resource "aws_security_group" "s3" {
  provider    = aws.destination
  name        = "s3"
  description = "The S3 endpoint"
  vpc_id      = aws_vpc.destination.id
  tags        = { Name = "s3" }
}

resource "aws_vpc_security_group_ingress_rule" "s3" {
  provider          = aws.destination
  security_group_id = aws_security_group.s3.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/16"
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  provider          = aws.destination
  security_group_id = aws_security_group.s3.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_endpoint" "s3" {
  provider            = aws.destination
  vpc_id              = aws_vpc.destination.id
  service_name        = "com.amazonaws.us-east-1.s3"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.destination.id]
  security_group_ids  = [aws_security_group.s3.id]
  private_dns_enabled = false
  tags                = { Name = "s3" }
}

resource "aws_s3_bucket" "bucket" {
  provider = aws.destination
  bucket   = var.bucket
  tags     = { Name = "bucket" }
}

resource "aws_s3_bucket_public_access_block" "bucket" {
  provider                = aws.destination
  bucket                  = aws_s3_bucket.bucket.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "bucket" {
  provider = aws.destination
  bucket   = aws_s3_bucket.bucket.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "bucket" {
  provider = aws.destination
  bucket   = aws_s3_bucket.bucket.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyOthers"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.bucket.arn}/*"
        Condition = { StringNotEquals = { "aws:sourceVpce" = aws_vpc_endpoint.s3.id } }
      },
      {
        Sid       = "AllowThroughEndpoint"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.bucket.arn}/*"
        Condition = { StringEquals = { "aws:sourceVpce" = aws_vpc_endpoint.s3.id } }
      }
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.bucket]
}

# ---- peering -----------------------------------------------------------------

resource "aws_vpc_peering_connection" "peering" {
  vpc_id      = aws_vpc.source.id
  peer_vpc_id = aws_vpc.destination.id
  peer_region = "us-east-1"
  tags        = { Name = "peering" }
}

resource "aws_vpc_peering_connection_accepter" "peering" {
  provider                  = aws.destination
  vpc_peering_connection_id = aws_vpc_peering_connection.peering.id
  auto_accept               = true
  tags                      = { Name = "peering" }
}

resource "aws_route" "source" {
  route_table_id            = aws_route_table.source.id
  destination_cidr_block    = "10.1.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.peering.id
}

resource "aws_route" "destination" {
  provider                  = aws.destination
  route_table_id            = aws_route_table.destination.id
  destination_cidr_block    = "10.0.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.peering.id
}
