"""What makes Faust safe: a Faust agent over a topic whose inputs are folded by a pure core, and whose outputs and state
become durable together, in one fenced Kafka transaction.

``fold`` and ``rows`` are pure and know nothing of Faust or Kafka; everything else here does.
"""
