//! The Docker Engine's HTTP API, as docker 20.10 serves it (v1.41), over the simulated hosts.
//!
//! - `answer`: answers and errors
//! - `route`: what is asked for
//! - `containers`, `inspect`, `lifecycle`: the nodes' containers, all about one, and what is done with them
//! - `exec`: commands in them, `archive`: files in and out
//! - `events`: what happened; `networks`, `volumes`, `engine`: the rest

mod answer;
mod archive;
mod containers;
mod engine;
mod events;
mod exec;
mod inspect;
mod lifecycle;
mod made;
mod networks;
mod route;
#[cfg(test)]
mod tests;
mod volumes;

use std::convert::Infallible;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Shared;

/// Serves one connection, until it ends.
pub async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Shared) {
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(route::route(request, shared).await) }
    });
    // A client that goes away is no error of ours.
    let _ = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}
