//! Debian's parts: downloaded and verified by apt, unpacked into the cache, never installed over the machine's own.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::cache::{cache_error, fingerprint};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::sandbox::architecture::architecture;
use crate::text::foreign_line;

/// The packages, and the libraries that runc and nft load beside the machine's libc.
const PACKAGES: [&str; 16] = [
    "busybox-static",
    "containerd",
    "containernetworking-plugins",
    "libbsd0",
    "libedit2",
    "libgmp10",
    "libjansson4",
    "libmd0",
    "libmnl0",
    "libnftables1",
    "libnftnl11",
    "libseccomp2",
    "libtinfo6",
    "libxtables12",
    "nftables",
    "runc",
];

/// The folder that the packages are unpacked in.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// A program by name, or `cni` for the folder of the CNI plugins.
    pub fn place(&self, name: &str) -> PathBuf {
        let tries: &[&str] = match name {
            "cni" => &["usr/lib/cni"],
            // Debian 13 merged /bin into /usr/bin in the packages too.
            _ => &["usr/bin", "usr/sbin", "bin", "sbin"],
        };
        let candidates = tries.iter().map(|folder| match name {
            "cni" => self.0.join(folder),
            _ => self.0.join(folder).join(name),
        });
        candidates.clone().find(|path| path.exists()).or_else(|| candidates.into_iter().next()).unwrap_or_default()
    }

    pub fn path(&self) -> (&'static str, String) {
        let own = ["usr/sbin", "usr/bin"].map(|folder| self.0.join(folder).display().to_string()).join(":");
        ("PATH", format!("{own}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
    }

    pub fn library_path(&self) -> (&'static str, String) {
        let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
        let folders = ["usr/lib", "lib"].map(|folder| self.0.join(folder).join(&multiarch).display().to_string());
        ("LD_LIBRARY_PATH", folders.join(":"))
    }
}

/// What was unpacked before, for this release of the distribution.
pub fn find(cache: &Path) -> Option<Root> {
    Some(root(cache)).filter(|root| root.0.exists())
}

fn root(cache: &Path) -> Root {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let mut ingredients = vec![architecture(), &release];
    ingredients.extend(PACKAGES);
    Root(cache.join(format!("debian-{}", fingerprint(ingredients))))
}

pub async fn unpack(cache: &Path, progress: &dyn Progress) -> Result<Root> {
    let root = root(cache);
    let mut step = progress.step("Debian packages");
    fs::create_dir_all(cache).map_err(cache_error(cache))?;
    let work = tempfile::TempDir::with_prefix_in("debian-", cache).map_err(cache_error(cache))?;
    let packages = work.path().join("packages");
    let unpacked = work.path().join("root");
    for folder in [&packages, &unpacked] {
        fs::create_dir_all(folder).map_err(cache_error(folder))?;
    }

    step.tell("downloading containerd, runc, CNI plugins, nft");
    if download(&packages, &[]).await.is_err() {
        // The machine's package lists are empty or out of date; newer ones go into a folder of our own.
        let lists = work.path().join("lists");
        fs::create_dir_all(lists.join("partial")).map_err(cache_error(&lists))?;
        let private = format!("Dir::State::Lists={}", lists.display());
        step.tell("reading package lists");
        apt(&packages, &["-o", &private, "update"]).await?;
        step.tell("downloading containerd, runc, CNI plugins, nft");
        download(&packages, &["-o", &private]).await?;
    }

    step.tell("unpacking");
    let files = fs::read_dir(&packages).map_err(cache_error(&packages))?;
    for file in files.flatten().map(|entry| entry.path()) {
        let mut command = Command::new("dpkg-deb");
        run(command.arg("-x").arg(&file).arg(&unpacked), "dpkg-deb").await?;
    }
    fs::rename(&unpacked, &root.0).map_err(cache_error(&root.0))?;
    step.done("unpacked into plat's cache, not installed");
    Ok(root)
}

async fn download(folder: &Path, options: &[&str]) -> Result<()> {
    let args: Vec<&str> = options.iter().copied().chain(["download"]).chain(PACKAGES).collect();
    apt(folder, &args).await
}

async fn apt(folder: &Path, args: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    // apt's own download user cannot write into a folder of root's.
    command.args(["-q", "-o", "APT::Sandbox::User=root"]).args(args).current_dir(folder);
    run(&mut command, "apt-get").await
}

async fn run(command: &mut Command, name: &str) -> Result<()> {
    let failed = || {
        Error::user(format!("{name} cannot provide the sandbox's packages"))
            .reason(Reason::PackagesMissing)
            .hint("see that the machine's package sources work: apt-get update")
    };
    let output = command.kill_on_drop(true).output().await.map_err(|e| failed().detail(e.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(text.lines().take(5).fold(failed(), |error, line| error.detail(foreign_line(line, 200))))
}
