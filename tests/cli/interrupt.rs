//! Ctrl-C and SIGTERM while plat waits for what does not come; and what is no file is not waited for at all.

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
const IMAGE: &str = "r.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// A second, and what a busy machine adds.
const AT_ONCE: Duration = Duration::from_secs(2);
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

/// What a shell hands over open is a pipe whose writer takes its time.
#[rstest]
#[case::manifests(&["deploy", "-f", "/dev/stdin"], false, "nothing was changed")]
#[case::plat_yaml(&["deploy", "--file", "/dev/stdin"], false, "nothing was changed")]
#[case::plat_yaml_of_a_diff(&["diff", "--file", "/dev/stdin"], false, "stopped")]
#[case::plat_yaml_of_a_render(&["render", "--file", "/dev/stdin"], false, "stopped")]
#[case::answers(&["new", "shop", "--answers", "/dev/stdin"], false, "nothing was changed")]
#[case::kubeconfig(&["status", "shop"], true, "stopped")]
fn a_pipe_of_a_shell(#[case] args: &[&str], #[case] is_kubeconfig: bool, #[case] state: &str) {
    let home = Home::new();
    let _cluster = silent_cluster(&home);
    home.write("a", "");
    let mut plat = start(&home, args, is_kubeconfig.then_some(&PathBuf::from("/dev/stdin")));
    let mut pipe = plat.stdin.take().expect("a pipe");
    pipe.write_all(&b"#\n".repeat(MORE_THAN_A_PIPE / 2)).expect("plat reads");
    let (code, said) = interrupt(plat);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains(&format!("interrupted: {state}")), "{said}");
    drop(pipe);
}

/// A pipe with a name, a socket and a device are no files: nobody waits for them, and what is there is said.
#[rstest]
#[case::manifests(&["deploy", "-f", "PATH"], "")]
#[case::folder_of_manifests(&["diff", "-f", "FOLDER"], "")]
#[case::plat_yaml(&["render", "--file", "PATH"], "")]
#[case::answers(&["new", "shop", "--answers", "PATH"], "")]
#[case::kubeconfig(&["status", "shop"], "kubeconfig")]
#[case::nearest_plat_yaml(&["render"], "work/plat.yaml")]
#[case::settings(&["status", "shop"], "plat/config/settings.yaml")]
fn what_is_no_file_is_named_at_once(
    #[case] args: &[&str],
    #[case] at: &str,
    #[values("a named pipe", "a socket", "a device")] kind: &str,
) {
    let home = Home::new();
    home.write("folder/plat.yaml", "");
    let path = home.dir.path().join(if at.is_empty() { "work/folder/a.yaml" } else { at });
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let _socket = match kind {
        "a named pipe" => {
            assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
            None
        }
        "a socket" => Some(std::os::unix::net::UnixListener::bind(&path).expect("a socket")),
        _ => {
            std::os::unix::fs::symlink("/dev/zero", &path).expect("a link");
            None
        }
    };
    let _cluster = (at != "kubeconfig").then(|| silent_cluster(&home));
    let (shown, folder) = (path.display().to_string(), path.parent().expect("a folder").display().to_string());
    let args = args.iter().map(|arg| match *arg {
        "PATH" => &*shown,
        "FOLDER" => &*folder,
        arg => arg,
    });
    let assert = home.plat().args(args).timeout(SOON).assert().code(1);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains(&format!("is {kind}, not a file")), "{said}");
    assert!(said.contains(if at == "work/plat.yaml" { "plat.yaml" } else { &shown }), "{said}");
}

/// A state folder that a stranger filled does not hold up the end of a command, nor its report.
#[rstest]
#[case("history.jsonl", &["report"])]
#[case("history.jsonl", &["deploy", "-f", "none.yaml"])]
#[case("identity", &["telemetry", "status"])]
#[case("last-attempt.json", &["telemetry", "status"])]
#[case("notice", &["deploy", "-f", "none.yaml"])]
fn a_pipe_in_the_state_folder_holds_up_nothing(#[case] file: &str, #[case] args: &[&str]) {
    let home = Home::new();
    let folder = home.dir.path().join("plat/state/telemetry");
    std::fs::create_dir_all(&folder).expect("a folder");
    assert!(Command::new("mkfifo").arg(folder.join(file)).status().expect("mkfifo runs").success());
    let mut plat = home.plat();
    plat.env("PLAT_TELEMETRY_ENDPOINT", "http://127.0.0.1:1").args(args).timeout(SOON);
    let output = plat.output().expect("plat ends");
    assert!(output.status.code().is_some(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What waits for an answer that never comes.
enum Silent {
    Cluster,
    Login,
    Registry,
    Helper,
    Endpoint,
}

#[rstest]
#[case::status(&["status", "shop"], Silent::Cluster)]
#[case::why(&["why", "shop"], Silent::Cluster)]
#[case::history(&["history", "shop"], Silent::Cluster)]
#[case::logs(&["logs", "shop"], Silent::Cluster)]
#[case::open(&["open", "shop"], Silent::Cluster)]
#[case::rollback(&["rollback", "--service", "shop"], Silent::Cluster)]
#[case::delete(&["delete", "shop", "--yes"], Silent::Cluster)]
#[case::whoowns(&["whoowns", "shop"], Silent::Cluster)]
#[case::diff(&["diff", "-f", "a.yaml"], Silent::Cluster)]
#[case::deploy(&["deploy", "-f", "a.yaml"], Silent::Cluster)]
#[case::deploy_a_set(&["deploy", "-f", "a.yaml", "--set", "shop"], Silent::Cluster)]
#[case::deploy_a_project(&["deploy", "--image", IMAGE], Silent::Cluster)]
#[case::time(&["time", "--", "sleep", "60"], Silent::Cluster)]
#[case::status_behind_a_login(&["status", "shop"], Silent::Login)]
#[case::deploy_behind_a_login(&["deploy", "-f", "a.yaml"], Silent::Login)]
#[case::render_of_a_registry(&["render", "--image", "REGISTRY/x:1"], Silent::Registry)]
#[case::deploy_of_a_registry(&["deploy", "--image", "REGISTRY/x:1"], Silent::Registry)]
#[case::render_of_a_helper(&["render", "--image", "REGISTRY/x:1"], Silent::Helper)]
#[case::report(&["report", "--from", "endpoint"], Silent::Endpoint)]
fn nothing_is_waited_for_after_a_signal(
    #[case] args: &[&str],
    #[case] silent: Silent,
    #[values(Signal::SIGINT, Signal::SIGTERM)] signal: Signal,
) {
    let home = Home::new();
    home.write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    home.write("plat.yaml", "name: shop\nport: 8080\n");
    let listener = silent_cluster(&home);
    let address = listener.local_addr().expect("an address").to_string();
    match &silent {
        Silent::Login => {
            let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep",
                "args": ["60"], "interactiveMode": "Never"}});
            let file = home.dir.path().join("kubeconfig");
            let text = std::fs::read_to_string(&file).expect("it is there").replace("\"user\":\"\"", "\"user\":\"me\"");
            let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            config["users"] = json!([{"name": "me", "user": user}]);
            std::fs::write(file, config.to_string()).expect("a kubeconfig");
        }
        Silent::Helper => {
            use std::os::unix::fs::PermissionsExt;
            home.write("../.docker/config.json", r#"{"credsStore":"sleeps"}"#);
            home.write("bin/docker-credential-sleeps", "#!/bin/sh\nsleep 60\n");
            let program = home.dir.path().join("work/bin/docker-credential-sleeps");
            std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).expect("a program");
        }
        Silent::Cluster | Silent::Registry | Silent::Endpoint => {}
    }
    let args: Vec<String> = args.iter().map(|arg| arg.replace("REGISTRY", &address)).collect();
    let plain = home.plat();
    let mut command = Command::new(plain.get_program());
    command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let path = format!("{}:{}", home.dir.path().join("work/bin").display(), std::env::var("PATH").unwrap_or_default());
    command.env("PATH", path).current_dir(home.dir.path().join("work"));
    let mode = if matches!(silent, Silent::Endpoint) { "on" } else { "local" };
    command.env("PLAT_TELEMETRY", mode).env("PLAT_TELEMETRY_ENDPOINT", format!("http://{address}"));
    command.args(&args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut plat = command.spawn().expect("plat runs");
    std::thread::sleep(Duration::from_millis(700));
    if plat.try_wait().expect("a child").is_some() {
        let mut said = String::new();
        plat.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        panic!("plat waits for nothing: {said}");
    }
    kill(Pid::from_raw(plat.id().cast_signed()), signal).expect("a signal");
    let began = Instant::now();
    while plat.try_wait().expect("a child").is_none() {
        if began.elapsed() > AT_ONCE {
            plat.kill().expect("it can be killed");
            panic!("plat still runs {AT_ONCE:?} after {signal}: {args:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What takes requests and says nothing is asked again, and given up with the true reason.
#[test]
fn a_cluster_that_says_nothing_is_given_up() {
    let home = Home::new();
    let _cluster = silent_cluster(&home);
    let output = home.plat().args(["why", "deployment/shop"]).output().expect("plat runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no answer within 2 s; again in"), "{said}");
    assert!(said.contains("the API server takes requests and did not answer within 10 s"), "{said}");
}
