//! The API server and Docker Engine, as far as HTTP goes: one request after the other on a connection.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Answers, next, served};

/// Starts it; returns its address.
pub(super) async fn serve(answers: Answers) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, Answers::clone(&answers)));
        }
    });
    address
}

/// Answers until the client hangs up, or has been given what ends with the connection.
async fn connection(stream: TcpStream, answers: Answers) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let (mut request, mut length) = (String::new(), 0);
        stream.read_line(&mut request).await.ok().filter(|read| *read > 0)?;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok().filter(|read| *read > 0)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(given) = header.strip_prefix("content-length:") {
                length = given.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;

        let mut words = request.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let takes_over = path.starts_with("/exec/") && path.ends_with("/start");
        // What a client asks about the server itself is always answered well, lest nothing else be asked.
        let given = if served::is_discovery(path) { None } else { next(&answers) };
        let (status, body) = given.unwrap_or_else(|| served::answer(method, path));
        let streams = takes_over || path.contains("/logs") || path.contains("/archive");
        let head = if takes_over {
            "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n\
             Upgrade: tcp\r\n\r\n"
                .to_owned()
        } else if streams {
            format!("HTTP/1.1 {status} x\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n")
        } else {
            let length = body.len();
            format!("HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")
        };
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(&body).await.ok()?;
        stream.flush().await.ok()?;
        if streams {
            return Some(());
        }
    }
}
