//! The arguments that name a cluster.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cluster::ClusterOptions;
use crate::sandbox::Profile;

/// `--cluster`, `--allow-cluster`, `--seed` and `--profile`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterArgs {
    /// The kubeconfig context of a real cluster, as in kind-k8splayground. The current context alone is never used. Without
    /// it, notebooks run in the sandbox: a cluster within kpnb, on a virtual clock.
    #[arg(long, value_name = "NAME", env = "KPNB_CLUSTER")]
    cluster: Option<String>,
    /// Use this cluster although it is not, or cannot be shown to be, a playground made by kind. Notebooks break nodes
    /// and delete keys: type its name in full.
    #[arg(long, value_name = "NAME")]
    allow_cluster: Option<String>,
    /// What chance begins with in the sandbox: the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    profile: ProfileArg,
}

/// `--profile`, which `kpnb sandbox` has too.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ProfileArg {
    /// What runs on the sandbox's nodes: lab is as bare as the cluster where the notebooks were recorded; kind has
    /// kube-system's Pods, systemd and crictl, as nodes made by kind have them.
    #[arg(long, value_name = "PROFILE", default_value_t, value_parser = PossibleValuesParser::new(Profile::ALL.map(Profile::name)).try_map(|name| name.parse::<Profile>()))]
    pub(super) profile: Profile,
}

impl ClusterArgs {
    /// What to connect to.
    pub(super) fn options(&self) -> ClusterOptions {
        ClusterOptions {
            name: self.cluster.clone(),
            allow: self.allow_cluster.clone(),
            seed: self.seed,
            profile: self.profile.profile,
        }
    }
}
