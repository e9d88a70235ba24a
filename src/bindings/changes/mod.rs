//! Changes to objects as kubectl makes them, for its verbs and for the `k8s::` functions.
