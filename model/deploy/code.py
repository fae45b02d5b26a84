"""Infrastructure code as text: what every generated file has, and how a template is written as YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from model.facts import load_regions
from model.scenario import Scenario

HEAD = (
    "Sizes and autoscaling as modelled. The bill and the response times behind it are modelled, not billed."
)


@dataclass(frozen=True)
class Code:
    """A file of infrastructure code. notes: what of the configuration it cannot hold, and what to fill in."""

    file_name: str
    language: str
    text: str
    notes: tuple[str, ...]


class Ref(str):
    """`!Ref name`: a parameter or resource."""


class Sub(str):
    """`!Sub text`: text with `${names}` filled in."""


class GetAtt(str):
    """`!GetAtt resource.attribute`."""


class If(list[Any]):
    """`!If [condition, then, else]`."""


class Equals(list[Any]):
    """`!Equals [one, other]`."""


class Not(list[Any]):
    """`!Not [condition]`."""


NO_VALUE = Ref("AWS::NoValue")


class _Dumper(yaml.SafeDumper):
    """Writes intrinsic functions in their short form, never an alias, and lists indented."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def _tagged_text(tag: str) -> Any:
    return lambda dumper, value: dumper.represent_scalar(tag, str(value))


def _tagged_list(tag: str) -> Any:
    return lambda dumper, value: dumper.represent_sequence(tag, list(value))


for _text in (Ref, Sub, GetAtt):
    _Dumper.add_representer(_text, _tagged_text(f"!{_text.__name__}"))
for _list in (If, Equals, Not):
    _Dumper.add_representer(_list, _tagged_list(f"!{_list.__name__}"))


def yaml_text(template: dict[str, Any], scenario: Scenario, notes: tuple[str, ...]) -> str:
    """A template as YAML, under a comment that says where it comes from and what to know."""
    region = load_regions()[scenario.billing.region]
    lines = [HEAD, f"Region: {scenario.billing.region} ({region}).", *notes]
    head = "".join(f"# {line}\n" for line in lines)
    return head + yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


def without_nothing(properties: dict[str, Any]) -> dict[str, Any]:
    """The same without what is None or empty."""
    return {
        name: value for name, value in properties.items() if value is not None and value != {} and value != []
    }


def parameter(description: str, type: str = "String", **more: Any) -> dict[str, Any]:
    """A template's parameter."""
    return {"Type": type, "Description": description, **more}


RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
)
DAYS_PER_MONTH = 30


def retention_days(scenario: Scenario) -> int:
    """How long logs are kept: the next value that CloudWatch offers from the assumed months up."""
    wanted = float(scenario.assumed("logs.retention_months")) * DAYS_PER_MONTH
    return next((days for days in RETENTION_DAYS if days >= wanted), RETENTION_DAYS[-1])


def log_group(name: str, scenario: Scenario) -> dict[str, Any]:
    """A log group that goes with the stack."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"LogGroupName": Sub(name), "RetentionInDays": retention_days(scenario)},
    }


def role(service: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    """A role for one AWS service with these permissions alone."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = {
        "PolicyName": "own",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            **({"Policies": [policy]} if statements else {}),
        },
    }


def allow(actions: list[str], resource: Any) -> dict[str, Any]:
    """A statement that allows some actions on a resource."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


WRITE_TRACES = allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")


def write_logs(group: str) -> dict[str, Any]:
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], GetAtt(f"{group}.Arn"))


def security_group(description: str, ingress: list[dict[str, Any]]) -> dict[str, Any]:
    """A security group that lets in what is named, and everything out."""
    out = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "Description": "all the way out"}
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": without_nothing(
            {
                "GroupDescription": description,
                "VpcId": Ref("VpcId"),
                "SecurityGroupIngress": ingress,
                "SecurityGroupEgress": [out],
            }
        ),
    }


VPC_PARAMETERS = {
    "VpcId": parameter("The VPC", "AWS::EC2::VPC::Id"),
    "SubnetIds": parameter("Subnets of the compute, one in each zone", "List<AWS::EC2::Subnet::Id>"),
}
BALANCER_PARAMETERS = {
    "BalancerSubnetIds": parameter(
        "Subnets of the load balancer, one in each zone; public ones for callers on the internet",
        "List<AWS::EC2::Subnet::Id>",
    ),
    "CallersCidr": parameter("Who may call the load balancer", Default="0.0.0.0/0"),
    "CertificateArn": parameter("Certificate for HTTPS; empty for plain HTTP", Default=""),
}
HAS_CERTIFICATE = {"HasCertificate": Not([Equals([Ref("CertificateArn"), ""])])}


def balancer(kind: str, internet_facing: bool) -> dict[str, Any]:
    """A load balancer of type application or network, with its security group."""
    return {
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {
                "Type": kind,
                "Scheme": "internet-facing" if internet_facing else "internal",
                "Subnets": Ref("BalancerSubnetIds"),
                "SecurityGroups": [GetAtt("BalancerGroup.GroupId")],
            },
        },
        "BalancerGroup": security_group(
            "Callers of the load balancer",
            [
                {
                    "IpProtocol": "tcp",
                    "FromPort": If(["HasCertificate", 443, 80]),
                    "ToPort": If(["HasCertificate", 443, 80]),
                    "CidrIp": Ref("CallersCidr"),
                    "Description": "callers",
                }
            ],
        ),
    }


def listener(protocols: tuple[str, str], target: str) -> dict[str, Any]:
    """A listener that forwards to a target group; with a certificate by the first of two protocols."""
    secure, plain = protocols
    return {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": Ref("Balancer"),
            "Port": If(["HasCertificate", 443, 80]),
            "Protocol": If(["HasCertificate", secure, plain]),
            "Certificates": If(["HasCertificate", [{"CertificateArn": Ref("CertificateArn")}], NO_VALUE]),
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": Ref(target)}],
        },
    }
