"""CloudFormation's intrinsic functions.

moto's CloudFormation resolves them for the stores that it creates. This module resolves them for everything else:
environment variables, integrations, stage settings, and the resources of cloudformation_gaps.py.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from local.template import ACCOUNT, REGION
from local.template.sam import SamTemplate, TemplateError

_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}
_OUTPUTS = "Outputs."
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class Resolver:
    def __init__(
        self, template: SamTemplate, physical_ids: Mapping[str, str], nested: Mapping[str, Self] | None = None
    ) -> None:
        """Take the template and its physical ids; `nested` resolves outputs of the nested stacks created so far."""
        self._template = template
        self._nested = nested or {}
        self._values: dict[str, Any] = {
            **_PSEUDO_PARAMETERS,
            "AWS::StackName": template.stack_name,
            **template.parameters,
            **physical_ids,
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._attribute,
            "Fn::If": lambda value: self.resolve(value[1] if self.holds(value[0]) else value[2]),
            "Fn::Join": lambda value: str(value[0]).join(str(part) for part in self.resolve(value[1])),
            "Fn::Select": lambda value: self.resolve(value[1])[int(value[0])],
            "Fn::Split": lambda value: str(self.resolve(value[1])).split(value[0]),
            "Fn::Equals": lambda value: str(self.resolve(value[0])) == str(self.resolve(value[1])),
            "Fn::Not": lambda value: not self._condition(value[0]),
            "Fn::And": lambda value: all(self._condition(part) for part in value),
            "Fn::Or": lambda value: any(self._condition(part) for part in value),
            "Condition": self.holds,
        }

    def resolve(self, value: Any) -> Any:
        if isinstance(value, dict):
            if len(value) == 1:
                [(name, argument)] = value.items()
                if name in self._functions:
                    return self._functions[name](argument)
            return {name: resolved for name, part in value.items() if (resolved := self.resolve(part)) is not None}
        if isinstance(value, list):
            return [resolved for part in value if (resolved := self.resolve(part)) is not None]
        return value

    def holds(self, condition: str) -> bool:
        return self._condition(self._template.conditions[condition])

    def is_created(self, logical_id: str) -> bool:
        condition = self._template.resources[logical_id].get("Condition")
        return condition is None or self.holds(condition)

    def output(self, name: str) -> Any:
        """Return the value of an output of this template."""
        output = self._template.outputs.get(name)
        if output is None or not ("Condition" not in output or self.holds(output["Condition"])):
            raise TemplateError(f"the stack {self._template.stack_name} has no output {name}")
        return self.resolve(output["Value"])

    def _condition(self, value: Any) -> bool:
        return bool(self.resolve(value))

    def _ref(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in self._template.resources:
            return self._template.default_id(name)
        raise TemplateError(f"Ref to {name}, which the template does not have")

    def _sub(self, argument: Any) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._attribute(name.split(".", 1)) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(replace, text).replace("${!", "${")

    def _attribute(self, argument: Any) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if name in self._nested and attribute.startswith(_OUTPUTS):
            return str(self._nested[name].output(attribute.removeprefix(_OUTPUTS)))
        kind = self._template.resources[name]["Type"]
        if kind == "AWS::SQS::Queue" and attribute in _OF_QUEUES:
            url = self._ref(name)
            return _OF_QUEUES[attribute].format(name=url.rpartition("/")[2], url=url)
        if kind == "AWS::SNS::Topic" and attribute in _OF_TOPICS:
            arn = self._ref(name)
            return _OF_TOPICS[attribute].format(name=arn.rpartition(":")[2], arn=arn)
        if kind == "AWS::Events::EventBus" and attribute == "Name":
            return str(self._ref(name))
        if attribute == "Arn" and kind in _ARNS:
            return _ARNS[kind].format(id=str(self._ref(name)).replace("|", "/"))
        raise TemplateError(f"the embedded stack does not know the attribute {attribute} of {name} ({kind})")


class CreatedStack(NamedTuple):
    """A template whose stores have been created, and the values of its resources."""

    template: SamTemplate
    resolver: Resolver


_ARNS = {
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{id}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{id}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{id}}:*",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{{id}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{id}",
    "AWS::Events::EventBus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{{id}}",
    "AWS::Events::Archive": f"arn:aws:events:{REGION}:{ACCOUNT}:archive/{{id}}",
    # The physical id of a rule on a custom bus is `bus|rule`.
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{id}}",
}
_OF_QUEUES = {
    "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{name}}",
    "QueueName": "{name}",
    "QueueUrl": "{url}",
}
_OF_TOPICS = {"TopicArn": "{arn}", "TopicName": "{name}"}
