//! What a layer answers when it does not do what was asked.

/// A failed call to one of the three layers, worded as that layer's own tool words it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What sort of failure this is; decides exit codes and whether a wait goes on.
    pub kind: FailureKind,
    /// One or more lines in kubectl's, docker's or etcdctl's own words, without a final newline.
    pub message: String,
    /// The layer's own message, without the prefix that the tool puts before it; empty where it did not answer.
    pub answer: String,
    /// The Status' reason (`NotFound`, `Conflict`, …), or empty.
    pub reason: String,
    /// The HTTP or gRPC status code, else the exit code of the command.
    pub code: i64,
    /// The Status' causes, where it gave any.
    pub causes: Vec<Cause>,
    /// What the reader can do about it, where kpnb knows.
    pub hint: Option<String>,
}

/// One cause of a Kubernetes Status.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, …
    pub reason: String,
    /// In the API server's words.
    pub message: String,
    /// The field it is about, as in `spec.containers[0].name`.
    pub field: String,
}

/// What sort of failure a [`Failure`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The layer answered, and the answer is an error.
    Answer,
    /// No answer: refused, broken or timed-out connection, failed TLS.
    Unreachable,
    /// The call itself is wrong: unknown flag, malformed argument, unreadable manifest.
    Usage,
    /// kpnb refuses it: another cluster, a file outside the notebook's reach.
    Refused,
    /// A deadline of the cell or of a `within` passed.
    Timeout,
    /// The person pressed Ctrl-C, or a background task was interrupted.
    Interrupted,
}

impl Failure {
    /// A failure of the given kind with a message, code 1 and nothing else.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            answer: String::new(),
            reason: String::new(),
            code: 1,
            causes: Vec::new(),
            hint: None,
        }
    }

    /// The call itself is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// kpnb refuses the call.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// The layer answered with an error.
    pub fn answer(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Answer, message)
    }

    /// No connection to the layer.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unreachable, message)
    }

    /// The same failure with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether the object or key asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }

    /// Whether asking again may succeed: 429, 5xx and broken connections.
    pub fn is_transient(&self) -> bool {
        self.kind == FailureKind::Unreachable
            || (self.kind == FailureKind::Answer && (self.code == 429 || (500..600).contains(&self.code)))
    }
}
