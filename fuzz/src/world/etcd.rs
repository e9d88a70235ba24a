//! etcd, as far as gRPC goes: one message a call, then the status OK.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use super::{Answers, next};

/// Starts it; returns its endpoint.
pub(super) async fn serve(answers: Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answers = Answers::clone(&answers);
            let service = hyper::service::service_fn(move |request| answer(request, Answers::clone(&answers)));
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    format!("http://{address}")
}

async fn answer(
    request: Request<Incoming>,
    answers: Answers,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    // A call that streams its requests never ends them; nobody reads them.
    drop(request);
    let (status, message) = next(&answers).unwrap_or((200, Vec::new()));
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or_default().to_be_bytes());
    framed.extend_from_slice(&message);
    let mut trailers = HeaderMap::new();
    // 404 is for gRPC's 4, 417 for its 17.
    let code = if status == 200 { 0 } else { status % 20 };
    trailers.insert("grpc-status", HeaderValue::from(code));
    trailers.insert("grpc-message", HeaderValue::from_static("etcdserver: it is so"));
    let frames = [Ok(Frame::data(Bytes::from(framed))), Ok(Frame::trailers(trailers))];
    let body = http_body_util::StreamBody::new(futures::stream::iter(frames));
    let response = Response::builder().header("content-type", "application/grpc").body(body.boxed());
    Ok(response.expect("a content type is a header"))
}
