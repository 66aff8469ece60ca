//! An HTTP server of a few lines that can misbehave.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server does with a request.
pub enum Does {
    Answers(u16, Vec<(&'static str, String)>, String),
    /// A good answer whose body does not end.
    Pours(u16),
}

pub fn ok(body: &str) -> Does {
    Does::Answers(200, Vec::new(), body.to_owned())
}

pub fn asks(challenge: String) -> Does {
    Does::Answers(401, vec![("WWW-Authenticate", challenge)], String::new())
}

pub struct Request {
    /// `GET /v2/`
    pub line: String,
    pub host: String,
    pub authorization: Option<String>,
    pub body: String,
}

/// A server on a free port of the loopback, and what it was asked.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (answer, noted) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
                thread::spawn(move || serve(&stream, &*answer, &noted));
            }
        });
        Self { port, asked }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&Request) -> Does, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut request =
            Request { line: String::new(), host: String::new(), authorization: None, body: String::new() };
        reader.read_line(&mut request.line).ok().filter(|read| *read > 0)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "host" => value.clone_into(&mut request.host),
                "authorization" => request.authorization = Some(value.to_owned()),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        std::io::Read::read_exact(&mut reader, &mut body).ok()?;
        request.body = String::from_utf8(body).ok()?;
        request.line = request.line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
        let seen = format!("{} {}", request.line, request.authorization.as_deref().unwrap_or("-"));
        asked.lock().expect("no panic").push(seen);
        let mut out = stream;
        match answer(&request) {
            Does::Answers(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    let _ = write!(head, "{name}: {value}\r\n");
                }
                let body = if request.line.starts_with("HEAD") { "" } else { &body };
                out.write_all(format!("{head}\r\n{body}").as_bytes()).ok()?;
            }
            Does::Pours(status) => {
                let head = format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n");
                out.write_all(head.as_bytes()).ok()?;
                if request.line.starts_with("HEAD") {
                    return None;
                }
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                loop {
                    out.write_all(chunk.as_bytes()).ok()?;
                }
            }
        }
    }
}
