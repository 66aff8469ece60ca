//! The files that the components read, rendered from `config/`. Pure but for [`write`].

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::cgroup;
use super::folder::Folder;
use super::io::io_error;
use super::network::{NODE_IP, POD_RANGE};
use super::parts::Parts;
use crate::error::{Error, Result};
use crate::sandbox::model::Name;

const TEMPLATES: [(&str, &str); 8] = [
    ("config/kubelet.yaml", include_str!("config/kubelet.yaml")),
    ("config/containerd.toml", include_str!("config/containerd.toml")),
    ("config/cni/10-plat.conflist", include_str!("config/cni.conflist")),
    ("config/kube-proxy.yaml", include_str!("config/kube-proxy.yaml")),
    ("config/Corefile", include_str!("config/Corefile")),
    ("config/registry.yaml", include_str!("config/registry.yaml")),
    ("config/admission.yaml", include_str!("config/admission.yaml")),
    ("config/audit.yaml", include_str!("config/audit.yaml")),
];

const REGISTRY_USER: &str = "plat";

pub fn node_name(name: &Name) -> String {
    format!("plat-{name}")
}

/// The network's name; host-side traces of a pod's network carry it.
pub fn network_name(name: &Name) -> String {
    format!("plat-{name}")
}

/// Writes every configuration file, the registry's password (hashed) and the docker configuration that holds it.
/// `password` must be random: it is as good as its length, so that its hash may be a cheap one.
pub fn write(folder: &Folder, parts: &Parts, registry_port: u16, password: &str) -> Result<()> {
    let registry = format!("127.0.0.1:{registry_port}");
    let pods = folder.config("cni");
    std::fs::create_dir_all(&pods).map_err(io_error("the sandbox's folder cannot be made", &pods))?;
    let values = context! {
        node => node_name(&folder.name),
        network => network_name(&folder.name),
        cgroup_root => cgroup::root(&folder.name),
        node_ip => NODE_IP,
        pod_range => POD_RANGE,
        pki => text(&folder.path.join("pki")),
        data => text(&folder.path.join("data")),
        config => text(&folder.path.join("config")),
        containerd_socket => text(&folder.containerd_socket()),
        pause => parts.pause.reference.as_str(),
        runc => text(&parts.debian("runc")),
        cni => text(&parts.debian("cni")),
        registry => registry.as_str(),
        registry_user => REGISTRY_USER,
        registry_password => password,
    };
    for (file, template) in TEMPLATES {
        folder.write_secret(file, render(file, template, &values)?)?;
    }
    let hash =
        bcrypt::hash(password, CHEAP).map_err(|e| Error::bug("the registry's password cannot be hashed").because(e))?;
    folder.write_secret("config/htpasswd", format!("{REGISTRY_USER}:{hash}\n"))?;
    let auth = BASE64.encode(format!("{REGISTRY_USER}:{password}"));
    folder.write_secret("docker/config.json", serde_json::json!({"auths": {registry: {"auth": auth}}}).to_string())
}

/// The registry checks the hash with every request: 2^5 rounds take it a millisecond.
const CHEAP: u32 = 5;

fn render(name: &str, template: &str, values: &Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_named_str(name, template, values)
        .map_err(|e| Error::bug("a configuration of the sandbox cannot be rendered").at(name).because(e))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
