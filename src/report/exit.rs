//! Exit codes.

/// How the program ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Exit {
    /// Everything went as asked.
    #[default]
    Ok,
    /// A cell failed, or a line of a REPL's piped input.
    Failed,
    /// The command line is wrong, or a notebook cannot be read or written.
    Usage,
    /// `kpnb check`: a notebook says something else than what is recorded in it.
    Drift,
    /// The cluster cannot be reached, or kpnb refuses to touch it.
    Cluster,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Drift => 3,
            Self::Cluster => 4,
            Self::Interrupted => 130,
        }
    }

    /// In one word: `ok`, `failed`, `usage`, `drift`, `cluster`, `interrupted`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Drift => "drift",
            Self::Cluster => "cluster",
            Self::Interrupted => "interrupted",
        }
    }

    /// Of two ends the one that weighs more: an interrupt stops everything, a cluster that is gone explains failed
    /// cells, an unreadable notebook is worse than one that failed, and a failed cell explains drift.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Drift => 1,
            Self::Failed => 2,
            Self::Usage => 3,
            Self::Cluster => 4,
            Self::Interrupted => 5,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_wins() {
        assert_eq!(Exit::Ok.worse(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::Cluster.worse(Exit::Failed), Exit::Cluster);
        assert_eq!(Exit::Usage.worse(Exit::Interrupted), Exit::Interrupted);
        assert_eq!(Exit::Failed.worse(Exit::Ok), Exit::Failed);
        assert_eq!(Exit::Drift.worse(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::Ok.worse(Exit::Drift).code(), 3);
    }
}
