//! How layers reach a registry: those of a base are mounted or streamed, what was cut off goes on, several platforms are
//! an index.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::other_registry::OtherRegistry;
use super::projects::{self, Files};
use super::{build, pushed, write};
use crate::harness::tests;
use crate::support::registry::Registry;
use crate::support::{Namespace, bases};

tests![BUILDS:
    the_layers_of_a_base_beside_it_are_mounted,
    the_layers_of_a_base_elsewhere_are_streamed,
    an_upload_that_is_cut_off_goes_on,
    several_platforms_are_an_index,
];

/// What it stands on is as large as its shell.
const ON_A_SHELL: Files = &[
    ("plat.yaml", "name: NAME\nport: 8080\nbuild: {base: \"BASE\"}\n"),
    ("package.json", r#"{"name": "shop", "scripts": {"start": "sh x.sh"}}"#),
    ("x.sh", "sleep 1\n"),
];

fn project(ns: &Namespace) {
    let base = bases::shell(ns, &format!("{}-base:1", ns.name), bases::HERE);
    write(ns, "shop", ON_A_SHELL);
    let yaml = std::fs::read_to_string(ns.work().join("shop/plat.yaml")).expect("plat.yaml");
    ns.write("shop/plat.yaml", yaml.replace("BASE", &base));
}

/// Smaller than the shell, larger than everything else.
const SHELL: u64 = 500_000;

fn the_layers_of_a_base_beside_it_are_mounted() {
    let ns = Namespace::new("mount");
    project(&ns);
    // The registry refuses a manifest whose layers it does not have in the repository.
    let pushed = build(&ns, "shop");
    assert!(pushed.bytes < SHELL, "{} bytes", pushed.bytes);
}

fn the_layers_of_a_base_elsewhere_are_streamed() {
    let ns = Namespace::new("stream");
    project(&ns);
    let other = OtherRegistry::start(&ns);
    let pushed = build_for(&ns, &other.address);
    assert!(pushed.bytes > SHELL, "{} bytes", pushed.bytes);
    assert!(pushed.reference.starts_with(&other.address));
}

fn an_upload_that_is_cut_off_goes_on() {
    let ns = Namespace::new("cut");
    project(&ns);
    // It cannot be compressed: xorshift.
    let mut state = 88_172_645_463_325_252_u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let size = 6 << 20;
    ns.write("shop/noise.bin", noise.take(size / 8).flatten().collect::<Vec<u8>>());
    let other = OtherRegistry::start(&ns);
    let (address, door) = cutting(&other.address);
    build_for(&ns, &address);
    assert!(door.has_cut.load(Ordering::Relaxed), "nothing was cut");
    // What had arrived is not sent again.
    assert!(door.went_on_at.load(Ordering::Relaxed) > 0, "it began anew");
}

fn build_for(ns: &Namespace, registry: &str) -> super::Pushed {
    let plat = bases::plat(ns, &["build", "--output", "json", "--registry", registry]).folder("shop");
    pushed(plat.succeeds().out.trim())
}

/// A door to a registry that cuts the first upload in its middle.
#[derive(Default)]
struct Door {
    has_cut: AtomicBool,
    /// The byte at which an upload went on.
    went_on_at: AtomicU64,
}

fn cutting(registry: &str) -> (String, Arc<Door>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (registry, shared) = (registry.to_owned(), Arc::new(Door::default()));
    let door = Arc::clone(&shared);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&registry).expect("the registry");
            let (mut from, mut to) = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
            let door = Arc::clone(&door);
            thread::spawn(move || door.pass(client, server));
        }
    });
    (address, shared)
}

impl Door {
    fn pass(&self, mut client: TcpStream, mut server: TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        let mut uploaded = None;
        while let Ok(read @ 1..) = client.read(&mut buffer) {
            if buffer[..read].starts_with(b"PATCH ") {
                uploaded = Some(0);
                if let Some(start) = continued_at(&String::from_utf8_lossy(&buffer[..read])) {
                    self.went_on_at.store(start, Ordering::Relaxed);
                }
            }
            if let Some(bytes) = &mut uploaded {
                *bytes += read;
                if *bytes > 1 << 20 && !self.has_cut.swap(true, Ordering::Relaxed) {
                    break;
                }
            }
            if server.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        for socket in [client, server] {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Of the head of a request: `content-range: 1048576-6291455`.
fn continued_at(head: &str) -> Option<u64> {
    let value = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-range:").map(str::to_owned))?;
    value.trim().split('-').next()?.parse().ok()
}

fn several_platforms_are_an_index() {
    let ns = Namespace::new("index");
    write(&ns, "shop", projects::GO);
    let name = &ns.name;
    ns.write("shop/plat.yaml", format!("name: {name}\nport: 8080\nbuild: {{platform: [linux/amd64, linux/arm64]}}\n"));
    let reference = build(&ns, "shop").reference;
    let digest = reference.split_once('@').expect("a digest").1;
    let index = Registry::of(ns.sandbox).manifest(name, digest);
    let entries = index["manifests"].as_array().expect("an index");
    let architectures: Vec<&str> =
        entries.iter().filter_map(|entry| entry["platform"]["architecture"].as_str()).collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
}
