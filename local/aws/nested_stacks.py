"""Stacks nested in a template by `AWS::Serverless::Application`, created as CloudFormation creates them.

A nested stack gets its parameters from the parent, and the parent reads the outputs of the nested stack. Stores of the
parent are created first, so their properties cannot refer to outputs; functions, event sources and APIs can.
"""

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from local.aws import stores
from local.aws.clients import Endpoints
from local.template import sam
from local.template.intrinsics import CreatedStack, Resolver
from local.template.sam import Resource, SamTemplate, TemplateError


def create(template: SamTemplate, physical_ids: Mapping[str, str], endpoints: Endpoints) -> list[CreatedStack]:
    """Create the stacks nested in a template whose own stores exist; return all stacks, that of the template first."""
    resolvers: dict[str, Resolver] = {}
    nested: list[CreatedStack] = []
    stacks = template.nested_stacks()
    for name in _in_order(stacks):
        resolver = Resolver(template, physical_ids, resolvers)
        if not resolver.is_created(name):
            continue
        parameters = resolver.resolve(stacks[name]["Properties"].get("Parameters", {}))
        child = sam.load_nested(template, name, parameters)
        created = create(child, stores.create(child, endpoints), endpoints)
        resolvers[name] = created[0].resolver
        nested += created
    return [CreatedStack(template, Resolver(template, physical_ids, resolvers)), *nested]


def _in_order(stacks: Mapping[str, Resource]) -> list[str]:
    """Return the names of the stacks, each after those that it depends on or whose outputs it reads."""
    needed = {name: {other for other in stacks if _needs(stack, other)} for name, stack in stacks.items()}
    try:
        return list(TopologicalSorter(needed).static_order())
    except CycleError as failure:
        raise TemplateError(f"nested stacks depend on each other: {', '.join(failure.args[1])}") from failure


def _needs(stack: Resource, other: str) -> bool:
    depends_on = stack.get("DependsOn", [])
    if other in (depends_on if isinstance(depends_on, list) else [depends_on]):
        return True
    text = json.dumps(stack["Properties"])
    return f'"{other}", "Outputs.' in text or f'"{other}.Outputs.' in text or f"${{{other}.Outputs." in text
