//! Which cluster the sandbox is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Which cluster the sandbox is: both have the same nodes, and other programs on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Exactly the Pods and processes of the lab on which the notebooks were recorded: an init that keeps containerd, the
    /// kubelet and the control plane's programs running, and no Pods.
    #[default]
    Lab,
    /// What kind v0.10.0 makes with the node image `kindest/node:v1.20.2`: systemd, the control plane in static Pods,
    /// kube-system's Pods, `crictl`.
    Kind,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Lab, Self::Kind];

    /// Its name, as in `--profile kind`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Kind => "kind",
        }
    }

    /// How long a cluster has been up when it is handed over: as long as it takes to have all nodes Ready, and with kind
    /// also its Pods.
    pub fn up(self) -> Duration {
        Duration::from_secs(match self {
            Self::Lab => 60,
            Self::Kind => 120,
        })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| format!("there is no profile {text:?}: it is lab or kind"))
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn a_profile_is_known_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
        }
        assert_eq!("kwok".parse::<Profile>(), Err("there is no profile \"kwok\": it is lab or kind".to_owned()));
        assert_eq!(Profile::default(), Profile::Lab);
    }
}
