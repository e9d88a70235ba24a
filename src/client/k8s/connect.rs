//! From a kubeconfig's context to a client.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt;
use tower::ServiceBuilder;

use super::{K8s, credentials};
use crate::client::dial::Connector;
use crate::client::{Dial, Failure, Reads, Seen};

/// How long a connection may take to be set up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl K8s {
    /// A client for what `config` names. Sends nothing yet.
    ///
    /// # Errors
    /// Unreadable certificates or keys, or an exec credential plugin that fails.
    pub fn connect(mut config: kube::Config, reads: Arc<Reads>, seen: Arc<Seen>) -> Result<Self, Failure> {
        // kube would retry 429 and 503 fifteen times in hiding; who waits here decides that himself.
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        // Without it the first request with a body on an idle connection waits 40 ms for an ACK.
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https =
            config.rustls_https_connector_with_connector(connector).map_err(|error| credentials::failure(&error))?;
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(https);
        let service = ServiceBuilder::new()
            .layer(config.base_uri_layer())
            .option_layer(config.auth_layer().map_err(|error| credentials::failure(&error))?)
            .map_err(tower::BoxError::from)
            .service(http);
        let client = kube::Client::new(service, config.default_namespace.clone());
        Ok(Self::of(client, config, reads, seen))
    }

    /// A client of the API server that `dial` leads to, and that calls itself `server`. Who dials is known there.
    pub fn dial(dial: Dial, server: Uri, reads: Arc<Reads>, seen: Arc<Seen>) -> Self {
        let config = kube::Config::new(server);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(Connector(dial));
        let service = ServiceBuilder::new().layer(config.base_uri_layer()).map_err(tower::BoxError::from).service(http);
        Self::of(kube::Client::new(service, config.default_namespace.clone()), config, reads, seen)
    }

    fn of(client: kube::Client, config: kube::Config, reads: Arc<Reads>, seen: Arc<Seen>) -> Self {
        Self {
            client,
            server: config.cluster_url.to_string().trim_end_matches('/').to_owned(),
            default_namespace: config.default_namespace,
            resources: Arc::default(),
            openapi: Arc::default(),
            reads,
            seen,
            warnings: None,
            recorder: None,
        }
    }
}
