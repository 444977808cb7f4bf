"""Starts the real Milvus server of the ``milvus`` wheel (2.3.5), with the Python of the environment that has the wheel.

`milvus.py` runs it as ``python -I milvus_standalone.py DATA_DIR PORTS_JSON``. It does what the wheel's own
``milvus-server`` does, with three differences so that a program can start and stop the server:

* It replaces itself by the server (exec). The stop signal then reaches Milvus, and not a wrapper that kills Milvus
  after one second.
* It sets every port, including the two of the embedded etcd. ``milvus-server`` leaves those at 2379 and 2380, so a
  second server on the machine fails.
* The parts of Milvus find each other on loopback. They still listen on all interfaces: 2.3.5 has no setting for it.

It imports only the standard library and the wheel.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from milvus import MilvusServerConfig, _initialize_data_files  # type: ignore[import-not-found]

LOOPBACK = "127.0.0.1"
# The sessions of a killed server block the next start until they expire, and its parts then wait for each other with
# growing pauses. Time from start to ready on 2 busy cores, few runs each: 26-27 s with pauses up to 10 s (the default),
# with a TTL of 10 s and of 5 s; 14 s with pauses up to 1 s and a TTL of 5 s. The default TTL of 30 s was not measured.
SESSION_TTL_S = 5
MAX_BACKOFF_S = 1
# After SIGTERM its parts wait for each other, up to 1800 s by default (one stop did not end within 3 minutes). Inserted
# rows survived a shortened stop and a SIGKILL: they are in Milvus's log.
GRACEFUL_STOP_S = 5


def main() -> None:
    """Write the configuration, unpack the server at first use, and replace this process by it."""
    data_dir = Path(sys.argv[1])
    ports: dict[str, int] = json.loads(sys.argv[2])
    config = MilvusServerConfig(data_dir=str(data_dir))
    config.resolve_storage()
    for name, port in ports.items():
        config.set(f"{name}_port", port)
    config.write_config()
    _initialize_data_files(str(data_dir))

    etcd = data_dir / "configs" / "etcd.yaml"
    client, peer = (f"http://{LOOPBACK}:{ports[name]}" for name in ("etcd", "etcd_peer"))
    etcd.write_text(
        json.dumps(  # JSON is YAML
            {
                "name": "default",
                "listen-client-urls": client,
                "advertise-client-urls": client,
                "listen-peer-urls": peer,
                "initial-advertise-peer-urls": peer,
                "initial-cluster": f"default={peer}",
            }
        ),
        encoding="utf-8",
    )
    roles = ("ROOTCOORD", "PROXY", "QUERYCOORD", "QUERYNODE", "INDEXNODE", "DATACOORD", "DATANODE")
    environment = {
        **os.environ,
        "DEPLOY_MODE": "STANDALONE",
        "METRICS_PORT": str(ports["metrics"]),
        "MILVUS_RUN_DIR": str(data_dir / "run"),
        "LD_LIBRARY_PATH": f"{data_dir / 'bin'}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        "ETCD_CONFIG_PATH": str(etcd),
        "COMMON_SESSION_TTL": str(SESSION_TTL_S),
        "GRPC_CLIENT_MAXBACKOFF": str(MAX_BACKOFF_S),
        "COMMON_GRACEFULSTOPTIMEOUT": str(GRACEFUL_STOP_S),
        **{f"{role}_IP": LOOPBACK for role in roles},
    }
    os.chdir(data_dir)
    server = data_dir / "bin" / "milvus"
    os.execve(server, [str(server), "run", "standalone"], environment)  # noqa: S606


if __name__ == "__main__":
    main()
