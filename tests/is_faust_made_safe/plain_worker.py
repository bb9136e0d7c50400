"""Faust as it ships, for the tests that show its faults: if one of them fails some day, that fault is mended upstream and
the answer to it in streams/durable can go.

Each agent says on stdout what it was given. Run as Faust's worker command: python plain_worker.py worker --web-port N,
with PLAIN_APP, PLAIN_BOOTSTRAP and PLAIN_TABLES (yes or no) in the environment.
"""

import os

import faust

# ruff: noqa: T201 -- what it prints is what the tests read

APP, BOOTSTRAP, TABLES = os.environ["PLAIN_APP"], os.environ["PLAIN_BOOTSTRAP"], os.environ["PLAIN_TABLES"]

app = faust.App(
    APP,
    broker=f"kafka://{BOOTSTRAP}",
    store="memory://",
    autodiscover=False,
    web_enabled=False,
    topic_allow_declare=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    stream_recovery_delay=0.0,
    broker_session_timeout=6.0,
    broker_request_timeout=20.0,
    broker_commit_interval=0.5,
)
raising = app.topic(f"{APP}.raising", key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")
decoding = app.topic(f"{APP}.decoding", value_type=int)
counting = app.topic(f"{APP}.counting", key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")


@app.agent(decoding)
async def decode(stream):  # type: ignore[no-untyped-def]
    async for event in stream.events():
        print(f"decoded {event.message.offset}", flush=True)


if TABLES == "yes":
    counts = app.Table("counts", default=int, partitions=2)

    @app.agent(raising)
    async def raise_half_way(stream):  # type: ignore[no-untyped-def]
        async for event in stream.events():
            print(f"raising found half = {counts['half']}", flush=True)
            if event.value == b"boom":
                counts["half"] += 1
                raise RuntimeError("half of the writes are made")

    @app.agent(counting)
    async def count(stream):  # type: ignore[no-untyped-def]
        async for event in stream.events():
            counts[event.key.decode()] += 1
            print(f"counted {counts[event.key.decode()]} in partition {event.message.partition}", flush=True)


if __name__ == "__main__":
    app.main()
