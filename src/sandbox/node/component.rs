//! Which programs a node is made of, with their flags.

use super::config::node_name;
use super::folder::{Folder, SandboxRecord};
use super::network::{NODE_IP, SERVICE_RANGE};
use super::parts::Parts;
use super::process::Program;

/// What needs nothing, or only each other: started first and at once.
pub fn control_plane(folder: &Folder, parts: &Parts, record: &SandboxRecord) -> Vec<Program> {
    vec![containerd(folder, parts), etcd(folder, parts), api_server(folder, parts, record), registry(folder, parts)]
}

/// What talks to the API server from its first second: started when it answers.
pub fn node(folder: &Folder, parts: &Parts) -> Vec<Program> {
    vec![
        kubelet(folder, parts),
        controller_manager(folder, parts),
        scheduler(folder, parts),
        kube_proxy(folder, parts),
        coredns(folder, parts),
    ]
}

const ETCD: &str = "https://127.0.0.1:2379";
/// etcd insists on a peer address, even alone.
const ETCD_PEER: &str = "http://127.0.0.1:2380";

fn containerd(folder: &Folder, parts: &Parts) -> Program {
    Program {
        name: "containerd",
        path: parts.debian("containerd"),
        args: vec![flag("--config", folder.config("containerd.toml").display())],
        env: parts.debian_environment(),
    }
}

fn etcd(folder: &Folder, parts: &Parts) -> Program {
    let args = vec![
        flag("--name", "plat"),
        flag("--data-dir", folder.data("etcd").display()),
        flag("--listen-client-urls", ETCD),
        flag("--advertise-client-urls", ETCD),
        flag("--listen-peer-urls", ETCD_PEER),
        flag("--initial-advertise-peer-urls", ETCD_PEER),
        flag("--initial-cluster", format!("plat={ETCD_PEER}")),
        flag("--cert-file", folder.pki("etcd.crt").display()),
        flag("--key-file", folder.pki("etcd.key").display()),
        flag("--client-cert-auth", true),
        flag("--trusted-ca-file", folder.pki("ca.crt").display()),
        flag("--log-level", "warn"),
        // The data is thrown away: nothing is lost by not waiting for the disk.
        flag("--unsafe-no-fsync", true),
    ];
    go_program("etcd", parts, args)
}

fn api_server(folder: &Folder, parts: &Parts, record: &SandboxRecord) -> Program {
    let pki = |file: &str| folder.pki(file).display().to_string();
    let args = vec![
        flag("--bind-address", NODE_IP),
        flag("--advertise-address", NODE_IP),
        flag("--secure-port", record.api_port),
        flag("--etcd-servers", ETCD),
        flag("--etcd-cafile", pki("ca.crt")),
        flag("--etcd-certfile", pki("etcd-client.crt")),
        flag("--etcd-keyfile", pki("etcd-client.key")),
        flag("--tls-cert-file", pki("apiserver.crt")),
        flag("--tls-private-key-file", pki("apiserver.key")),
        flag("--client-ca-file", pki("ca.crt")),
        // Aggregated API servers; without it, what delegates its authentication complains every few seconds.
        flag("--requestheader-client-ca-file", pki("ca.crt")),
        flag("--requestheader-allowed-names", "front-proxy"),
        flag("--requestheader-username-headers", "X-Remote-User"),
        flag("--requestheader-group-headers", "X-Remote-Group"),
        flag("--requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        flag("--proxy-client-cert-file", pki("front-proxy.crt")),
        flag("--proxy-client-key-file", pki("front-proxy.key")),
        flag("--service-account-issuer", "https://kubernetes.default.svc"),
        flag("--service-account-signing-key-file", pki("service-accounts.key")),
        flag("--service-account-key-file", pki("service-accounts.pub")),
        flag("--service-cluster-ip-range", SERVICE_RANGE),
        flag("--authorization-mode", "Node,RBAC"),
        flag("--anonymous-auth", false),
        flag("--allow-privileged", true),
        flag("--profiling", false),
        flag("--enable-admission-plugins", "NodeRestriction"),
        flag("--admission-control-config-file", folder.config("admission.yaml").display()),
        flag("--audit-policy-file", folder.config("audit.yaml").display()),
        flag("--audit-log-path", folder.audit_log().display()),
        // Megabytes a file, and how many old files.
        flag("--audit-log-maxsize", 100),
        flag("--audit-log-maxbackup", 1),
        flag("--kubelet-client-certificate", pki("apiserver-kubelet.crt")),
        flag("--kubelet-client-key", pki("apiserver-kubelet.key")),
        flag("--kubelet-certificate-authority", pki("ca.crt")),
        flag("--kubelet-preferred-address-types", "InternalIP"),
    ];
    go_program("kube-apiserver", parts, args)
}

fn controller_manager(folder: &Folder, parts: &Parts) -> Program {
    let pki = |file: &str| folder.pki(file).display().to_string();
    let mut args = authenticated(&pki("controller-manager.kubeconfig"));
    args.extend([
        flag("--bind-address", "127.0.0.1"),
        flag("--cert-dir", folder.data("controller-manager").display()),
        flag("--leader-elect", false),
        flag("--profiling", false),
        flag("--use-service-account-credentials", true),
        flag("--service-account-private-key-file", pki("service-accounts.key")),
        flag("--root-ca-file", pki("ca.crt")),
        flag("--cluster-signing-cert-file", pki("ca.crt")),
        flag("--cluster-signing-key-file", pki("ca.key")),
        flag("--service-cluster-ip-range", SERVICE_RANGE),
        flag("--allocate-node-cidrs", false),
        // The defaults (20, 30) make a rollout wait for the client, not for the cluster.
        flag("--kube-api-qps", 200),
        flag("--kube-api-burst", 400),
    ]);
    go_program("kube-controller-manager", parts, args)
}

fn scheduler(folder: &Folder, parts: &Parts) -> Program {
    let mut args = authenticated(&folder.pki("scheduler.kubeconfig").display().to_string());
    args.extend([
        flag("--bind-address", "127.0.0.1"),
        flag("--cert-dir", folder.data("scheduler").display()),
        flag("--leader-elect", false),
        flag("--profiling", false),
        flag("--kube-api-qps", 500),
        flag("--kube-api-burst", 1000),
    ]);
    go_program("kube-scheduler", parts, args)
}

fn authenticated(kubeconfig: &str) -> Vec<String> {
    ["--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"]
        .map(|name| flag(name, kubeconfig))
        .to_vec()
}

fn kubelet(folder: &Folder, parts: &Parts) -> Program {
    let args = vec![
        flag("--config", folder.config("kubelet.yaml").display()),
        flag("--kubeconfig", folder.pki("node.kubeconfig").display()),
        flag("--hostname-override", node_name(&folder.name)),
        flag("--node-ip", NODE_IP),
        flag("--root-dir", folder.data("kubelet").display()),
        flag("--cert-dir", folder.data("kubelet-pki").display()),
    ];
    // It runs mount and umount for volumes.
    Program { env: vec![parts.path()], ..go_program("kubelet", parts, args) }
}

fn kube_proxy(folder: &Folder, parts: &Parts) -> Program {
    let args = vec![flag("--config", folder.config("kube-proxy.yaml").display())];
    // It runs nft, with Debian's libraries beside it.
    Program { env: parts.debian_environment(), ..go_program("kube-proxy", parts, args) }
}

fn coredns(folder: &Folder, parts: &Parts) -> Program {
    let args = vec!["-conf".to_owned(), folder.config("Corefile").display().to_string()];
    go_program("coredns", parts, args)
}

fn registry(folder: &Folder, parts: &Parts) -> Program {
    let args = vec!["serve".to_owned(), folder.config("registry.yaml").display().to_string()];
    // Without it the registry tries to reach an OpenTelemetry collector.
    let env = vec![("OTEL_TRACES_EXPORTER", "none".to_owned())];
    Program { env, ..go_program("registry", parts, args) }
}

fn go_program(name: &'static str, parts: &Parts, args: Vec<String>) -> Program {
    Program { name, path: parts.program(name), args, env: Vec::new() }
}

fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name}={value}")
}
