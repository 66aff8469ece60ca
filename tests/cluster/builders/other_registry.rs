//! Registries beside the sandbox's own, on this machine; without a login.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::support::{Namespace, bases, eventually};

pub struct OtherRegistry {
    pub address: String,
    process: Child,
}

impl OtherRegistry {
    /// The sandbox's own program.
    pub fn start(ns: &Namespace) -> Self {
        let programs = ns.sandbox.kubectl.parent().and_then(|folder| folder.parent()).expect("the sandbox's programs");
        let entries = std::fs::read_dir(programs).expect("the sandbox's programs").flatten();
        let program = entries.map(|entry| entry.path().join("registry")).find(|program| program.is_file());
        let address = free();
        let folder = ns.work().join("registry");
        let config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {address}}}\n",
            folder.display()
        );
        let config = ns.write("registry.yaml", config);
        let mut command = Command::new(program.expect("the registry's program"));
        command.arg("serve").arg(config);
        Self::running(address, command)
    }

    /// One that keeps lists of referrers.
    pub fn with_referrers() -> Self {
        let address = free();
        let mut command = Command::new(bases::oci_registry());
        command.arg(&address);
        Self::running(address, command)
    }

    fn running(address: String, mut command: Command) -> Self {
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the registry starts");
        let registry = Self { address, process };
        eventually("the registry listens", || TcpStream::connect(&registry.address).is_ok());
        registry
    }
}

fn free() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").to_string()
}

impl Drop for OtherRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
