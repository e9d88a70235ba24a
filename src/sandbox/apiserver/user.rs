//! Who asks.

/// A user, as authentication found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, or `system:anonymous`.
    pub name: String,
    /// `system:masters`, …
    pub groups: Vec<String>,
}

impl User {
    /// The one who may do everything: kubeadm's `kubernetes-admin`.
    pub fn admin() -> Self {
        let groups = ["system:masters", "system:authenticated"].map(str::to_owned).to_vec();
        Self { name: "kubernetes-admin".to_owned(), groups }
    }

    /// One who brought no certificate.
    pub fn anonymous() -> Self {
        Self { name: "system:anonymous".to_owned(), groups: vec!["system:unauthenticated".to_owned()] }
    }

    /// Whether everything is allowed. RBAC is not modelled: beyond `system:masters` only what is public is.
    pub fn may_do_everything(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}
