//! The service Auth, of an etcd whose authentication is off and that has no users and roles.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::StreamBody;
use hyper::body::Frame;
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;

use super::not_modelled;

/// Answers by method name: the messages of this service are not all at hand, and need not be.
#[derive(Debug, Clone)]
pub(super) struct Auth;

impl NamedService for Auth {
    const NAME: &'static str = "etcdserverpb.Auth";
}

impl tower::Service<Request<Body>> for Auth {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        ready(Ok(match method {
            // It is off already; there are none.
            "AuthDisable" | "AuthStatus" | "UserList" | "RoleList" => empty(),
            "Authenticate" => Status::failed_precondition("etcdserver: authentication is not enabled").into_http(),
            "AuthEnable" => Status::failed_precondition("etcdserver: root user does not exist").into_http(),
            "UserGet" | "UserDelete" | "UserChangePassword" | "UserGrantRole" | "UserRevokeRole" => {
                Status::failed_precondition("etcdserver: user name not found").into_http()
            }
            "RoleGet" | "RoleDelete" | "RoleGrantPermission" | "RoleRevokePermission" => {
                Status::failed_precondition("etcdserver: role name not found").into_http()
            }
            _ => not_modelled("users and roles").into_http(),
        }))
    }
}

/// A message without fields: not compressed, no bytes long.
fn empty() -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(trailers)];
    let body = StreamBody::new(futures::stream::iter(frames.map(Ok::<_, Status>)));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}
