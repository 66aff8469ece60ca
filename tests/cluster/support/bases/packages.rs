//! Packages of Debian and npm: downloaded and verified by their own tools, unpacked, never installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::run;

/// The packages and everything that they stand on, in `folder`.
pub fn download(folder: &Path, packages: &[&str]) -> Vec<PathBuf> {
    download_those(folder, packages, |_| true)
}

/// Those of them whose file `is_wanted`.
pub fn download_those(folder: &Path, packages: &[&str], is_wanted: fn(&str) -> bool) -> Vec<PathBuf> {
    fs::create_dir_all(folder).expect("a folder");
    let files = closure(folder, &[], packages).unwrap_or_else(|| {
        // The machine's lists are empty or out of date: as the sandbox does it, newer ones lie in a folder of our own.
        let options = own_lists(folder);
        run(apt(folder).args(&options).arg("update"));
        closure(folder, &options, packages).expect("Debian's packages")
    });
    let options = if folder.join("lists").is_dir() { own_lists(folder) } else { Vec::new() };
    let names = files.iter().filter(|file| is_wanted(file)).filter_map(|file| Some(file.split_once('_')?.0));
    run(apt(folder).args(&options).arg("download").args(names));
    let files = fs::read_dir(folder).expect("the packages").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|ending| ending == "deb")).collect();
    files.sort_unstable();
    files
}

fn apt(folder: &Path) -> Command {
    let mut command = Command::new("apt-get");
    // apt's own download user cannot write into a folder of root's.
    command.args(["-q", "-o", "APT::Sandbox::User=root"]).current_dir(folder);
    command
}

fn own_lists(folder: &Path) -> Vec<String> {
    let lists = folder.join("lists");
    fs::create_dir_all(lists.join("partial")).expect("a folder");
    vec!["-o".to_owned(), format!("Dir::State::Lists={}", lists.display())]
}

/// Files that apt would install where nothing is installed; None where it does not know them.
fn closure(folder: &Path, options: &[String], packages: &[&str]) -> Option<Vec<String>> {
    let nothing = folder.join("status");
    fs::write(&nothing, "").expect("a file");
    let mut command = apt(folder);
    command.args(options).args(["-o", &format!("Dir::State::status={}", nothing.display())]);
    command.args(["install", "--yes", "--no-install-recommends", "--print-uris"]).args(packages);
    let output = command.output().expect("apt-get runs");
    let text = String::from_utf8_lossy(&output.stdout);
    // `'http://…/libc6_2.36_amd64.deb' libc6_2.36_amd64.deb 2758312 SHA256:…`
    let files = text.lines().filter(|line| line.starts_with('\'')).filter_map(|line| line.split_whitespace().nth(1));
    let files: Vec<String> = files.map(str::to_owned).collect();
    (output.status.success() && !files.is_empty()).then_some(files)
}

/// Unpacks them over each other, with /bin and its like in /usr.
pub fn unpack(packages: &[PathBuf], root: &Path) {
    for folder in ["bin", "sbin", "lib", "lib64"] {
        fs::create_dir_all(root.join("usr").join(folder)).expect("a folder");
        super::link(&format!("usr/{folder}"), &root.join(folder));
    }
    let for_people = ["doc", "info", "locale", "man"].map(|folder| format!("--exclude=./usr/share/{folder}"));
    for package in packages {
        let script = r#"dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink "$3" "$4" "$5" "$6""#;
        let mut command = Command::new("bash");
        command.args(["-c", &format!("set -o pipefail; {script}"), "unpack"]).arg(package).arg(root).args(&for_people);
        run(&mut command);
    }
}

/// `3.11.2` of `python3.11_3.11.2-6+deb12u6_amd64.deb`.
pub fn version(packages: &[PathBuf], name: &str) -> String {
    let mut names = packages.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let version = names.find_map(|file| Some(file.strip_prefix(name)?.strip_prefix('_')?.to_owned()));
    let version = version.unwrap_or_else(|| panic!("there is no package {name}"));
    version.split(['-', '+', '_', '~', '%']).next().unwrap_or_default().to_owned()
}

/// Node, from npm's registry.
pub fn node(version: &str, work: &Path, to: &Path) {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let package = format!("node-linux-{architecture}@{version}");
    let file = run(Command::new("npm").args(["pack", "--silent", &package]).current_dir(work));
    run(Command::new("tar").args(["-xzf", file.trim(), "package/bin/node"]).current_dir(work));
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    fs::rename(work.join("package/bin/node"), to).expect("Node's program");
}
