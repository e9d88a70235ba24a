//! Docker Engine, confined to the containers of one cluster.

/// A client of one Docker Engine that reaches the chosen cluster's containers only.
#[derive(Debug, Clone)]
pub struct Docker {}
