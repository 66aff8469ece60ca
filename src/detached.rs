//! A plat of its own that outlives this one: without a terminal, output, or anything that this one was started with.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use crate::settings::Settings;

/// Starts `plat ARGS`, which reads `input`. It inherits nothing but the environment: no terminal, no output, and a
/// process group of its own, so that Ctrl-C in the shell does not reach it.
///
/// # Errors
/// When the process cannot be started.
pub fn start(settings: &Settings, args: &[&str], input: &[u8]) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    if settings.state_dir.is_absolute() {
        // It must not keep the user's folder busy. A relative folder only means something from here.
        command.current_dir(settings.state_dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(&settings.state_dir));
    }
    if let Some(list) = kubeconfig() {
        command.env("KUBECONFIG", list);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input))
}

/// `KUBECONFIG` as it is read from any folder.
fn kubeconfig() -> Option<OsString> {
    let list = std::env::var_os("KUBECONFIG")?;
    let absolute = |path: std::path::PathBuf| std::path::absolute(&path).unwrap_or(path);
    std::env::join_paths(std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).map(absolute)).ok()
}

/// In the process that was started, before it opens anything: closes what it was started with. The shell of
/// `flock 9; plat deploy` would hold its lock for as long as this process lives.
pub fn let_go() {
    #[cfg(unix)]
    {
        let open = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
        let numbers: Vec<i32> = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        for number in numbers.into_iter().filter(|number| *number > 2) {
            // One of them was the folder itself, which is closed by now.
            let _ = nix::unistd::close(number);
        }
    }
}
