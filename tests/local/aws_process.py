"""The AWS server as the stack runs it, with a state file, and the stores of a small template in it."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, Self

from local.aws import clients, nested_stacks, stores
from local.aws.process import AwsServer
from local.template import sam

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  RecordsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: owner, AttributeType: S}, {AttributeName: item, AttributeType: S}]
      KeySchema: [{AttributeName: owner, KeyType: HASH}, {AttributeName: item, KeyType: RANGE}]
  ClaimsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: claim, AttributeType: S}]
      KeySchema: [{AttributeName: claim, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  VisitsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: visit, AttributeType: S}]
      KeySchema: [{AttributeName: visit, KeyType: HASH}]
  SpillQueue:
    Type: AWS::SQS::Queue
  FilesBucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
  EventStream:
    Type: AWS::Kinesis::Stream
    Properties: {StreamModeDetails: {StreamMode: ON_DEMAND}}
  EventBus:
    Type: AWS::Events::EventBus
    Properties: {Name: shop}
  EventArchive:
    Type: AWS::Events::Archive
    Properties:
      SourceArn: !GetAtt EventBus.Arn
      EventPattern: {detail-type: [pageview]}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: shop}
  StandardPlan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: {UsagePlanName: standard}
"""


class AwsProcess:
    """Started by `with`, with what the state file in the folder holds."""

    def __init__(self, folder: Path, template: str = TEMPLATE) -> None:
        self._folder = folder
        self._template = template
        self._runner = asyncio.Runner()
        self._server = AwsServer(folder)
        self.ids: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._runner.run(self._start())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        return self._server.endpoint

    def client(self, service: str) -> Any:
        return clients.client(service, self.endpoint)

    def stop(self) -> None:
        self._runner.run(self._server.stop())
        self._runner.close()

    def kill(self) -> None:
        assert self._server.pid is not None
        os.kill(self._server.pid, signal.SIGKILL)

    async def _start(self) -> None:
        (self._folder / "logs").mkdir(parents=True, exist_ok=True)
        file = self._folder / "template.yaml"
        file.write_text(self._template)
        await self._server.start()
        await self._server.ready()
        template = sam.load(file, {})
        endpoints = clients.Endpoints(self._server.endpoint, self._server.endpoint)
        self.ids = await asyncio.to_thread(stores.create, template, endpoints)
        await self._server.load_state(await asyncio.to_thread(nested_stacks.create, template, self.ids, endpoints))
        await self._server.keep_state()
