"""Owners of local servers that are killed with SIGKILL."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tillsight.local.supervisor import descendants

DEADLINE_S = 60.0
KILLED_OWNER = """
import json, sys
from pathlib import Path
from pymilvus import MilvusClient
from tillsight.local.milvus import LocalMilvus
from tillsight.local.triton import LocalTriton
asked = json.loads(sys.argv[1])
if "environment" in asked:
    environment = Path(asked["environment"]) if asked["environment"] else None
    server = LocalMilvus(Path(asked["data"]), port=asked["port"], environment=environment)
    server.start()
    client = MilvusClient(server.uri, timeout=20)
    client.create_collection("kept", dimension=2, metric_type="COSINE", timeout=20)
    client.insert("kept", [{"id": 7, "vector": [1.0, 0.0]}], timeout=20)
else:
    server = LocalTriton(Path(asked["models"]), Path(asked["data"]), grpc_port=asked["port"])
    server.start()
print("ready", flush=True)
sys.stdin.read()
"""


def kill_an_owner(**asked: object) -> list[int]:
    """Start a server from a separate process, kill that process with SIGKILL, and return the server's process ids."""
    owner = subprocess.Popen(
        [sys.executable, "-c", KILLED_OWNER, json.dumps(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        return descendants(owner.pid)
    finally:
        owner.kill()
        owner.communicate()


def wait_until_gone(pids: list[int]) -> bool:
    limit = time.monotonic() + DEADLINE_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True
