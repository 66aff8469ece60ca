//! Ctrl-C while plat waits for an input that does not end: a pipe whose writer takes its time.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rstest::rstest;
use serde_json::json;

use crate::support::Home;

/// More than a pipe holds: when all of it is written, plat has begun to read.
const MORE_THAN_A_PIPE: usize = 256 << 10;
/// Far more than an end takes.
const SOON: Duration = Duration::from_secs(20);

/// A cluster that takes a connection and says nothing.
fn silent_cluster(home: &Home) -> TcpListener {
    let cluster = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let server = format!("http://{}", cluster.local_addr().expect("an address"));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "dev",
        "clusters": [{"name": "dev", "cluster": {"server": server}}],
        "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": ""}}],
    });
    std::fs::write(home.dir.path().join("kubeconfig"), config.to_string()).expect("a kubeconfig");
    cluster
}

fn start(home: &Home, args: &[&str], kubeconfig: Option<&PathBuf>) -> Child {
    let plain = home.plat();
    let mut command = Command::new(plain.get_program());
    command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command.current_dir(home.dir.path().join("work")).args(args).stdin(Stdio::piped());
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("plat runs")
}

/// Presses Ctrl-C; the exit code and what was said.
fn interrupt(mut plat: Child) -> (Option<i32>, String) {
    kill(Pid::from_raw(plat.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let deadline = Instant::now() + SOON;
    let status = loop {
        match plat.try_wait().expect("a child") {
            Some(status) => break status.code(),
            None if Instant::now() > deadline => {
                plat.kill().expect("it can be killed");
                panic!("plat still runs {} s after Ctrl-C", SOON.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut said = String::new();
    plat.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    (status, said)
}

#[rstest]
#[case::deploy(&["deploy", "-f", "-"], "nothing was changed")]
#[case::of_a_set(&["deploy", "-f", "-", "--set", "shop"], "nothing was changed")]
fn a_pipe_on_stdin(#[case] args: &[&str], #[case] state: &str) {
    let home = Home::new();
    let _cluster = silent_cluster(&home);
    let mut plat = start(&home, args, None);
    let mut pipe = plat.stdin.take().expect("a pipe");
    pipe.write_all(&b"#\n".repeat(MORE_THAN_A_PIPE / 2)).expect("plat reads");
    let (code, said) = interrupt(plat);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains(&format!("interrupted: {state}")), "{said}");
    drop(pipe);
}

#[rstest]
#[case::manifests(&["deploy", "-f", "PIPE"], false, "nothing was changed")]
#[case::plat_yaml(&["deploy", "--file", "PIPE"], false, "nothing was changed")]
#[case::plat_yaml_of_a_diff(&["diff", "--file", "PIPE"], false, "stopped")]
#[case::plat_yaml_of_a_render(&["render", "--file", "PIPE"], false, "stopped")]
#[case::answers(&["new", "shop", "--answers", "PIPE"], false, "nothing was changed")]
#[case::kubeconfig(&["status", "shop"], true, "stopped")]
fn a_named_pipe(#[case] args: &[&str], #[case] is_kubeconfig: bool, #[case] state: &str) {
    let home = Home::new();
    let _cluster = silent_cluster(&home);
    home.write("a", "");
    let pipe = home.dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let shown = pipe.display().to_string();
    let args: Vec<&str> = args.iter().map(|arg| if *arg == "PIPE" { &*shown } else { arg }).collect();
    let plat = start(&home, &args, is_kubeconfig.then_some(&pipe));
    // Opens as soon as plat has opened the other end, and stays open.
    let writer = File::options().write(true).open(&pipe).expect("plat reads");
    let (code, said) = interrupt(plat);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains(&format!("interrupted: {state}")), "{said}");
    drop(writer);
}
