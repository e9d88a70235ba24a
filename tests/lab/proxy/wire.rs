//! A proxy for bytes, in front of any of the three layers, that can be in bad weather.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to connections. When it begins and when it ends, open ones break, watches among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// They break at once.
    Cut,
    /// Each piece of an answer comes late.
    Slow,
    /// They break after the first bytes of an answer.
    Truncated,
    /// Each request is answered with this status. A client of etcd finds that it is no gRPC.
    Refused(u16),
    /// Nothing more than that open ones break.
    Closed,
}

impl Weather {
    pub(crate) const ALL: [Self; 6] =
        [Self::Cut, Self::Slow, Self::Truncated, Self::Refused(429), Self::Refused(500), Self::Closed];
}

/// How late a piece comes in [`Weather::Slow`].
const LATE: Duration = Duration::from_millis(40);

/// How much of an answer comes in [`Weather::Truncated`].
const FIRST: usize = 48;

/// A running proxy. Ends with the runtime.
#[derive(Clone)]
pub(crate) struct Wire {
    /// `host:port`.
    pub(crate) address: String,
    weather: Arc<watch::Sender<Option<Weather>>>,
    met: Arc<AtomicUsize>,
}

impl Wire {
    /// Starts a proxy for `host:port`.
    pub(crate) async fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let wire = Self { address, weather: Arc::new(watch::Sender::new(None)), met: Arc::default() };
        let (accepting, to) = (wire.clone(), to.to_owned());
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().serve(connection, to.clone()));
            }
        });
        wire
    }

    /// From now on there is this weather, or none.
    pub(crate) fn set(&self, weather: Option<Weather>) {
        self.weather.send_replace(weather);
    }

    /// How many connections have met bad weather so far.
    pub(crate) fn met(&self) -> usize {
        self.met.load(Ordering::Relaxed)
    }

    async fn serve(self, mut client: TcpStream, to: String) {
        let mut changes = self.weather.subscribe();
        let weather = *changes.borrow_and_update();
        let meets = || self.met.fetch_add(1, Ordering::Relaxed);
        match weather {
            None => {}
            Some(Weather::Cut) => {
                meets();
                return;
            }
            Some(Weather::Refused(code)) => {
                meets();
                let mut request = [0; 4096];
                let _ = client.read(&mut request).await;
                let body = format!(
                    r#"{{"kind":"Status","status":"Failure","message":"bad weather","reason":"Weather","code":{code}}}"#
                );
                let head = format!("HTTP/1.1 {code} Weather\r\ncontent-type: application/json\r\nconnection: close");
                let _ = client
                    .write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes())
                    .await;
                return;
            }
            Some(_) => {
                meets();
            }
        }
        let Ok(mut server) = TcpStream::connect(&to).await else { return };
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let both = async {
            let asked = copy(&mut from_client, &mut to_server, None);
            let answered = copy(&mut from_server, &mut to_client, weather);
            tokio::join!(asked, answered)
        };
        tokio::select! {
            _ = both => {}
            // What was only slow comes to its end: a way that gets faster loses nothing.
            _ = changes.changed(), if weather != Some(Weather::Slow) => {
                if weather.is_none() {
                    meets();
                }
            }
        }
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, weather: Option<Weather>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut left = if weather == Some(Weather::Truncated) { FIRST } else { usize::MAX };
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if weather == Some(Weather::Slow) {
            tokio::time::sleep(LATE).await;
        }
        let passed = length.min(left);
        left -= passed;
        if to.write_all(&buffer[..passed]).await.is_err() || left == 0 {
            break;
        }
    }
    let _ = to.shutdown().await;
}
