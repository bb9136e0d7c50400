"""Every message on every topic, one module a topic. JSON on the wire, strict on decode, with ``v`` and ``type``."""
