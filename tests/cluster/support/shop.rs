//! The service that the tests deploy: its plat.yaml as a value, and what the cluster has of it.
//!
//! ```text
//! let shop = Shop::new("lock").with("bake: 0");
//! shop.serves("first").deploy().succeeds();
//! shop.crashes().deploy().fails(3).reason("CrashLoopBackOff");
//! ```

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::manifests;
use super::{Namespace, Plat, image};

/// Answers 200 on port 8080 for /, and 404 for everything else.
pub const SERVE: &str = "mkdir -p /tmp/www; echo hello > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www";
/// Serves its config file.
const SERVE_CONFIG: &str = "exec httpd -f -p 8080 -h /etc/shop";
/// Ends before it serves.
pub const CRASH: &str = "echo password=hunter2; exit 3";

/// A service named `shop` with one replica, its plat.yaml and its namespace. Each change makes another value.
#[derive(Clone)]
pub struct Shop {
    namespace: Arc<Namespace>,
    image: String,
    /// Whose kubeconfig plat gets; that of the test where there is none.
    kubeconfig: Option<PathBuf>,
    /// Where its plat.yaml is, in the work folder.
    folder: String,
    /// Its config file.
    config: Option<String>,
    /// Top-level keys of plat.yaml and their text.
    spec: Vec<(String, String)>,
}

impl Deref for Shop {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.namespace
    }
}

impl Shop {
    /// In a namespace of its own.
    pub fn new(prefix: &str) -> Self {
        let namespace = Namespace::new(prefix);
        let image = image::busybox(&namespace);
        Self::of(namespace, &image)
    }

    /// In this namespace, with this image.
    pub fn of(namespace: Namespace, image: &str) -> Self {
        let (namespace, image) = (Arc::new(namespace), image.to_owned());
        let shop = Self { namespace, image, kubeconfig: None, folder: ".".to_owned(), config: None, spec: Vec::new() };
        let defaults = format!("name: shop\nport: 8080\nhealth: /\nimage: {}\nreplicas: 1\nbake: 0\n", shop.image);
        shop.with(&defaults).runs(SERVE)
    }

    /// The image with a shell.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// With these top-level keys of plat.yaml, in place of those of the same name.
    pub fn with(&self, yaml: &str) -> Self {
        let mut shop = self.clone();
        let mut key = String::new();
        for line in yaml.lines().filter(|line| !line.trim().is_empty()) {
            if !line.starts_with([' ', '-', '}', ']']) {
                line.split(':').next().unwrap_or_default().clone_into(&mut key);
                shop.spec.retain(|(other, _)| *other != key);
                shop.spec.push((key.clone(), String::new()));
            }
            let (_, text) = shop.spec.iter_mut().find(|(other, _)| *other == key).expect("it begins with a key");
            text.push_str(line);
            text.push('\n');
        }
        shop
    }

    pub fn without(&self, key: &str) -> Self {
        let mut shop = self.clone();
        shop.spec.retain(|(other, _)| other != key);
        shop
    }

    /// It runs this shell script.
    pub fn runs(&self, script: &str) -> Self {
        self.with(&format!("command: {}", json!(["/bin/sh", "-c", script])))
    }

    /// It serves this text, which is its config file.
    pub fn serves(&self, text: &str) -> Self {
        let shop = Self { config: Some(text.to_owned()), ..self.clone() };
        shop.with("config: [index.html]").runs(SERVE_CONFIG)
    }

    /// It serves its config file after some seconds: time for someone else.
    pub fn slowly(&self) -> Self {
        self.runs(&format!("sleep 5; {SERVE_CONFIG}"))
    }

    /// It ends before it serves.
    pub fn crashes(&self) -> Self {
        self.runs(CRASH)
    }

    /// Its plat.yaml is in another folder.
    pub fn folder(&self, folder: &str) -> Self {
        Self { folder: folder.to_owned(), ..self.clone() }
    }

    /// plat speaks as whoever has this kubeconfig.
    pub fn by(&self, kubeconfig: &Path) -> Self {
        Self { kubeconfig: Some(kubeconfig.to_owned()), ..self.clone() }
    }

    /// Writes plat.yaml and the config file.
    pub fn write_spec(&self) {
        let text: String = self.spec.iter().map(|(_, text)| text.as_str()).collect();
        self.namespace.write(&format!("{}/plat.yaml", self.folder), text);
        if let Some(config) = &self.config {
            self.namespace.write(&format!("{}/index.html", self.folder), config);
        }
    }

    /// `plat deploy` of plat.yaml as it is now, with its events.
    pub fn deploy(&self) -> Plat {
        self.run(&["deploy"]).events()
    }

    /// Writes plat.yaml, and `plat ARGS` in its folder.
    pub fn run(&self, args: &[&str]) -> Plat {
        self.write_spec();
        let plat = self.namespace.plat(args).folder(&self.folder);
        match &self.kubeconfig {
            Some(kubeconfig) => plat.env("KUBECONFIG", kubeconfig),
            None => plat,
        }
    }

    /// `plat deploy -f` of these objects, with its events.
    pub fn deploy_objects(&self, objects: &[Value]) -> Plat {
        self.deploy_manifests(json!({ "apiVersion": "v1", "kind": "List", "items": objects }), &[])
    }

    /// `plat deploy -f` of a Deployment with this pod, with its events.
    pub fn deploy_pod(&self, pod: &Value) -> Plat {
        self.deploy_objects(&[manifests::deployment_of(pod)])
    }

    /// What the pods are to serve, by way of the ConfigMap that the Deployment names.
    pub fn served(&self) -> String {
        let deployment = self.get("deployment/shop");
        let mut volumes = deployment["spec"]["template"]["spec"]["volumes"].as_array().expect("volumes").iter();
        let name = volumes.find_map(|volume| volume["configMap"]["name"].as_str()).expect("a ConfigMap");
        let map = self.get(&format!("configmap/{name}"));
        map["data"]["index.html"].as_str().expect("the file").to_owned()
    }
}
