//! The sandbox's network namespace: one file to enter it by, a loopback, a node address, a bridge for pods.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, setns, unshare};

use super::io::io_error;
use crate::error::{Error, Result};

/// The node's address, on the namespace's loopback device: kubelet refuses a node address of 127.0.0.0/8.
pub const NODE_IP: &str = "10.250.0.1";
pub const SERVICE_RANGE: &str = "10.96.0.0/16";
/// The first address of [`SERVICE_RANGE`]: Service `default/kubernetes`.
pub const API_SERVICE_IP: &str = "10.96.0.1";
pub const POD_RANGE: &str = "10.244.0.0/24";
const POD_GATEWAY: &str = "10.244.0.1/24";

/// Makes the namespace, pins it at `at`, and gives it its addresses and routes.
pub fn create(at: &Path, busybox: &Path) -> Result<()> {
    fs::write(at, "").map_err(io_error("the network namespace's file cannot be made", at))?;
    // A namespace belongs to a thread: this one makes it, sets it up and ends; the mount keeps it.
    on_a_thread(|| {
        unshare(CloneFlags::CLONE_NEWNET).map_err(refused)?;
        pin(at).map_err(refused)?;
        set("/proc/sys/net/ipv4/ip_forward", "1")?;
        for line in [
            "ip link set lo up",
            &format!("ip addr add {NODE_IP}/32 dev lo"),
            // The bridge plugin would make it with the first pod; the route to Services needs it now.
            "brctl addbr cni0",
            &format!("ip addr add {POD_GATEWAY} dev cni0"),
            "ip link set cni0 up",
            // kube-proxy rewrites a Service's address only for packets that have a route.
            &format!("ip route add {SERVICE_RANGE} dev cni0"),
        ] {
            run(busybox, line)?;
        }
        Ok(())
    })?
}

/// Keeps ports from outgoing connections, so that the servers which are to listen on them always can.
pub fn reserve(namespace: &Path, ports: [u16; 2]) -> Result<()> {
    let [a, b] = ports;
    inside(namespace, || set("/proc/sys/net/ipv4/ip_local_reserved_ports", &format!("{a},{b}")))?
}

/// Sets a sysctl of the calling thread's network namespace.
fn set(sysctl: &str, value: &str) -> Result<()> {
    fs::write(sysctl, value).map_err(io_error("the namespace's network cannot be set up", Path::new(sysctl)))
}

/// Runs `work` on a thread of its own that is inside the namespace; programs it starts and sockets it makes are too.
pub fn inside<T: Send>(namespace: &Path, work: impl FnOnce() -> T + Send) -> Result<T> {
    let file = File::open(namespace).map_err(io_error("the sandbox's network namespace is gone", namespace))?;
    on_a_thread(|| {
        setns(&file, CloneFlags::CLONE_NEWNET).map_err(refused)?;
        Ok(work())
    })?
}

/// Whether this process may make a network namespace and pin it, tried on a thread that ends at once.
pub fn is_allowed() -> bool {
    let Ok(file) = tempfile::NamedTempFile::new() else { return false };
    let pinned = on_a_thread(|| unshare(CloneFlags::CLONE_NEWNET).and_then(|()| pin(file.path())).is_ok());
    pinned.is_ok_and(|pinned| pinned && umount2(file.path(), MntFlags::MNT_DETACH).is_ok())
}

/// Keeps the calling thread's network namespace after the thread's end.
fn pin(at: &Path) -> nix::Result<()> {
    mount(Some("/proc/thread-self/ns/net"), at, None::<&str>, MsFlags::MS_BIND, None::<&str>)
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .map_err(|_| Error::bug("the thread inside the network namespace panicked"))
}

fn refused(error: nix::Error) -> Error {
    Error::user("the kernel refuses a network namespace").detail(error.to_string()).because(error)
}

fn run(busybox: &Path, line: &str) -> Result<()> {
    let output = Command::new(busybox)
        .args(line.split(' '))
        .output()
        .map_err(io_error("the namespace's network cannot be set up", busybox))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::user("the namespace's network cannot be set up")
        .at(line)
        .detail(crate::text::foreign_line(&String::from_utf8_lossy(&output.stderr), 300)))
}
