//! Requests through a Service while what is behind it changes.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use nix::sched::{CloneFlags, setns};

use super::{Namespace, eventually};

/// Asks the Service for its page again and again, from the node's network.
pub struct Requests {
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    answered: AtomicUsize,
    failed: AtomicUsize,
    ended: AtomicBool,
}

impl Requests {
    /// `service`: as kubectl names it.
    pub fn start(namespace: &Namespace, service: &str) -> Self {
        let counted = Arc::new(Counted::default());
        let address = format!("{}:80", namespace.field(service, ".spec.clusterIP"));
        let address: SocketAddr = address.parse().expect("an address");
        let network = File::open(&namespace.sandbox.network_namespace).expect("the sandbox's network");
        let counts = Arc::clone(&counted);
        std::thread::spawn(move || {
            // Of this thread alone.
            setns(&network, CloneFlags::CLONE_NEWNET).expect("the node's network");
            while !counts.ended.load(Ordering::Relaxed) {
                let count = if ask(&address).is_ok() { &counts.answered } else { &counts.failed };
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let requests = Self { counted };
        eventually("the first requests are answered", || requests.answered() > 3);
        requests.counted.failed.store(0, Ordering::Relaxed);
        requests
    }

    fn answered(&self) -> usize {
        self.counted.answered.load(Ordering::Relaxed)
    }

    /// After some more of them: how many failed in all.
    pub fn failed(&self) -> usize {
        let before = self.answered();
        eventually("more requests are answered", || self.answered() > before + 50);
        self.counted.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.counted.ended.store(true, Ordering::Relaxed);
    }
}

fn ask(address: &SocketAddr) -> std::io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    let mut stream = TcpStream::connect_timeout(address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(ErrorKind::InvalidData.into())
    }
}
