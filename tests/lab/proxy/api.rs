//! A proxy between kpnb and the real API server that can change what is read: it makes a fact untrue, so that a
//! claim about it has to fail. And it can be in [`Trouble`], so that a wait has something to ride through.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kpnb::client::k8s::K8s;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Log;
use super::trouble::Trouble;

/// Changes an answer: gets the path and the answer, a Status where the server refused.
pub(crate) type Rule = Arc<dyn Fn(&str, Value) -> Value + Send + Sync>;

/// A running proxy. Ends with the runtime.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    rule: Arc<Mutex<Option<Rule>>>,
    trouble: Arc<watch::Sender<Option<Trouble>>>,
    met: Arc<AtomicUsize>,
    log: Log,
}

impl Proxy {
    /// Starts a proxy for the API server that `behind` talks to.
    pub(crate) async fn start(behind: K8s) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            rule: Arc::default(),
            trouble: Arc::new(watch::Sender::new(None)),
            met: Arc::default(),
            log: Log::default(),
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(behind.clone(), connection));
            }
        });
        proxy
    }

    /// Serves one connection, until it ends or trouble begins.
    async fn serve(self, behind: K8s, connection: TcpStream) {
        let mut trouble = self.trouble.subscribe();
        let now = *trouble.borrow_and_update();
        if now == Some(Trouble::Cut) {
            self.met.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let proxy = self.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let rule = proxy.rule.lock().unwrap().clone();
            proxy.log.note(format!("{} {}", request.method(), request.uri().path()));
            let answer = now.and_then(|trouble| trouble.answer(request.uri()));
            if answer.is_some() {
                proxy.met.fetch_add(1, Ordering::Relaxed);
            }
            let behind = behind.clone();
            async move {
                match answer {
                    Some(answer) => Ok(answer),
                    None => forward(behind, rule, request).await,
                }
            }
        });
        let http = hyper::server::conn::http1::Builder::new();
        tokio::select! {
            _ = http.serve_connection(TokioIo::new(connection), service) => {}
            _ = trouble.changed() => {}
        }
    }

    /// From now on there is this trouble, or none; open connections and their watches break.
    pub(crate) fn trouble(&self, trouble: Option<Trouble>) {
        self.trouble.send_replace(trouble);
    }

    /// How many requests or connections have met trouble so far.
    pub(crate) fn met(&self) -> usize {
        self.met.load(Ordering::Relaxed)
    }

    /// What was asked so far.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The configuration of a client that goes through the proxy.
    pub(crate) fn config(&self) -> kube::Config {
        kube::Config::new(format!("http://{}", self.address).parse().unwrap())
    }

    /// From now on, reads are changed by `rule`.
    pub(crate) fn set(&self, rule: Option<Rule>) {
        *self.rule.lock().unwrap() = rule;
    }
}

async fn forward(behind: K8s, rule: Option<Rule>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let is_watch = path.contains("watch=true");
    parts.uri = path.parse().unwrap();
    parts.headers.remove(http::header::HOST);
    let body = body.collect().await.unwrap().to_bytes();
    let answer = match behind.kube().send(Request::from_parts(parts, Body::from(body))).await {
        Ok(answer) => answer,
        Err(error) => return Ok(bare(StatusCode::BAD_GATEWAY, error.to_string())),
    };
    match rule {
        Some(rule) if !is_watch => Ok(changed(&rule, &path, answer).await),
        _ => Ok(answer),
    }
}

async fn changed(rule: &Rule, path: &str, answer: Response<Body>) -> Response<Body> {
    let (mut parts, body) = answer.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    let Ok(value) = serde_json::from_slice::<Value>(&text) else { return bare(parts.status, text) };
    let value = rule(path.split('?').next().unwrap(), value);
    let code = value["code"].as_u64().filter(|_| value["status"] == "Failure");
    let code = code.and_then(|code| StatusCode::from_u16(code as u16).ok()).unwrap_or(StatusCode::OK);
    // The other headers stay: one of them says when to ask again.
    parts.status = code;
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string().into_bytes()))
}

pub(super) fn bare(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into().to_vec()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}

/// Changes each object of this kind whose name begins with `name`, alone or in a list.
pub(crate) fn change(kind: &'static str, name: &'static str, change: fn(&mut Value)) -> Rule {
    let fits = move |kind_of: &Value, object: &Value| {
        *kind_of == kind && object["metadata"]["name"].as_str().is_some_and(|own| own.starts_with(name))
    };
    Arc::new(move |_, mut answer| {
        let item_kind = json!(answer["kind"].as_str().unwrap_or_default().trim_end_matches("List"));
        if let Some(items) = answer["items"].as_array_mut() {
            items.iter_mut().filter(|item| fits(&item_kind, item)).for_each(change);
        } else if fits(&answer["kind"].clone(), &answer) {
            change(&mut answer);
        }
        answer
    })
}

/// Makes all objects under a path that ends so vanish: one is NotFound, a list is empty.
pub(crate) fn vanish(path_end: &'static str) -> Rule {
    Arc::new(move |path, mut answer| {
        if !path.ends_with(path_end) {
            return answer;
        }
        if answer["items"].is_array() {
            answer["items"] = json!([]);
            return answer;
        }
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
            "message": "made to vanish by the test's proxy"})
    })
}

/// Makes an object appear at a path that ends so: instead of NotFound, or one more in a list.
pub(crate) fn appear(path_end: &'static str, object: Value) -> Rule {
    Arc::new(move |path, mut answer| {
        if !path.ends_with(path_end) {
            return answer;
        }
        match answer["items"].as_array_mut() {
            Some(items) => items.push(object.clone()),
            None => return object.clone(),
        }
        answer
    })
}

/// Puts other words into the server's refusals.
pub(crate) fn refusal(message: &'static str) -> Rule {
    Arc::new(move |_, mut answer| {
        if answer["status"] == "Failure" {
            answer["message"] = json!(message);
        }
        answer
    })
}
