//! The sandbox of the benchmark, and what is deployed on it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use serde::Deserialize;

pub const SERVICE: &str = "bench";

#[derive(Deserialize)]
pub struct Cluster {
    name: String,
    pub kubeconfig: PathBuf,
    registry: String,
    docker_config: PathBuf,
    pub kubectl: PathBuf,
    pub audit_log: PathBuf,
}

/// A second door to the API server, some milliseconds away; closed when dropped.
pub struct Distance {
    pub kubeconfig: PathBuf,
    _relay: Option<Relay>,
}

struct Relay(Child);

impl Cluster {
    pub fn start() -> anyhow::Result<Self> {
        let up = output(plat().args(["sandbox", "up", "--name", SERVICE, "--ttl", "20m", "--output", "json"]))?;
        let last = up.lines().last().context("plat sandbox up printed nothing")?;
        Ok(serde_json::from_str(last)?)
    }

    pub fn environment(&self, home: &Path) -> [(&'static str, PathBuf); 4] {
        [
            ("KUBECONFIG", self.kubeconfig.clone()),
            ("PLAT_REGISTRY", PathBuf::from(&self.registry)),
            ("DOCKER_CONFIG", self.docker_config.clone()),
            ("PLAT_HOME", home.to_owned()),
        ]
    }

    /// The kubeconfig that reaches the API server with this round trip.
    pub fn at_distance(&self, round_trip_ms: u32) -> anyhow::Result<Distance> {
        if round_trip_ms == 0 {
            return Ok(Distance { kubeconfig: self.kubeconfig.clone(), _relay: None });
        }
        let mut relay = plat()
            .args(["sandbox", "delay", "--name", &self.name, "--round-trip", &format!("{round_trip_ms}ms")])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(relay.stdout.take().context("a pipe")?).read_line(&mut line)?;
        Ok(Distance { kubeconfig: PathBuf::from(line.trim()), _relay: Some(Relay(relay)) })
    }

    /// Builds and pushes the service once; what is compared is the deploy, with the same digest in every arm.
    pub fn push_image(&self, work: &Path) -> anyhow::Result<String> {
        let environment = self.environment(&work.join("plat"));
        output(
            plat().args(["new", SERVICE, "--template", "go-http", "--yes"]).current_dir(work).envs(environment.clone()),
        )?;
        let spec = "name: bench\nport: 8080\nhealth: /healthz\nreplicas: 2\nconfig: [limits.toml]\n";
        let project = work.join(SERVICE);
        std::fs::write(project.join("limits.toml"), "requests = 100\n")?;
        std::fs::write(project.join("plat.yaml"), spec)?;
        std::fs::write(project.join("plat-update.yaml"), format!("{spec}env:\n  UPDATED: yes-it-is\n"))?;
        let namespace = format!("{SERVICE}-image-{}", std::process::id());
        output(
            plat()
                .args(["deploy", "--create-namespace", "--namespace", &namespace])
                .current_dir(&project)
                .envs(environment.clone()),
        )?;
        let image = [
            "get",
            "deployment",
            SERVICE,
            "-n",
            &namespace,
            "-o",
            "jsonpath={.spec.template.spec.containers[0].image}",
        ];
        let image = output(Command::new(&self.kubectl).args(image).envs(environment))?;
        self.delete_namespace(&namespace)?;
        Ok(image)
    }

    /// What plat renders of a spec.
    pub fn rendered(&self, work: &Path, spec: &Path, image: &str, namespace: &str) -> anyhow::Result<String> {
        output(
            plat()
                .args(["render", "--image", image, "--namespace", namespace, "--file"])
                .arg(spec)
                .envs(self.environment(&work.join("plat"))),
        )
    }

    pub fn create_namespace(&self, namespace: &str) -> anyhow::Result<()> {
        let mut kubectl = Command::new(&self.kubectl);
        output(kubectl.args(["create", "namespace", namespace]).env("KUBECONFIG", &self.kubeconfig)).map(drop)
    }

    /// Does not wait: the pods that leave only sleep out their grace period.
    pub fn delete_namespace(&self, namespace: &str) -> anyhow::Result<()> {
        output(
            Command::new(&self.kubectl)
                .args(["delete", "namespace", namespace, "--wait=false"])
                .env("KUBECONFIG", &self.kubeconfig),
        )
        .map(drop)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn plat() -> Command {
    Command::new(env!("CARGO_BIN_EXE_plat"))
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(String::from_utf8(output.stdout)?)
}
