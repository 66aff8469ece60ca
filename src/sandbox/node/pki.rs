//! A certificate authority for one sandbox, what it signs, and the kubeconfigs of its components.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use serde_json::json;

use super::config;
use super::folder::Folder;
use super::network::{API_SERVICE_IP, NODE_IP};
use crate::error::{Error, Result};

use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};

/// One certificate: its file, its subject, what it is for and the names it serves.
struct Leaf {
    file: &'static str,
    common_name: String,
    /// Kubernetes reads the organisation as a group.
    group: Option<&'static str>,
    usages: &'static [ExtendedKeyUsagePurpose],
    serves: Vec<String>,
}

impl Leaf {
    fn client(file: &'static str, common_name: impl Into<String>, group: Option<&'static str>) -> Self {
        Self { file, common_name: common_name.into(), group, usages: &[ClientAuth], serves: Vec::new() }
    }

    fn server(
        file: &'static str,
        common_name: &str,
        usages: &'static [ExtendedKeyUsagePurpose],
        serves: &[&str],
    ) -> Self {
        let serves = serves.iter().map(|name| (*name).to_owned()).collect();
        Self { file, common_name: common_name.to_owned(), group: None, usages, serves }
    }
}

/// Writes `pki/*` and the kubeconfigs. `api_port` is the API server's, the same inside the namespace and on the host.
pub fn write(folder: &Folder, api_port: u16, now: Timestamp) -> Result<()> {
    let validity = Validity::around(now)?;
    let authority = authority(&folder.name.to_string(), validity)?;
    folder.write("pki/ca.crt", authority.pem())?;
    folder.write_secret("pki/ca.key", authority.key().serialize_pem())?;

    // ring cannot make RSA keys; the API server signs service account tokens with ES256 just as well.
    let tokens = KeyPair::generate().map_err(refused)?;
    folder.write_secret("pki/service-accounts.key", tokens.serialize_pem())?;
    folder.write("pki/service-accounts.pub", tokens.public_key_pem())?;

    let inside = format!("https://{NODE_IP}:{api_port}");
    for leaf in leaves(&config::node_name(&folder.name)) {
        let key = KeyPair::generate().map_err(refused)?;
        let certificate = sign(&leaf, &key, &authority, validity)?;
        folder.write(&format!("pki/{}.crt", leaf.file), &certificate)?;
        folder.write_secret(&format!("pki/{}.key", leaf.file), key.serialize_pem())?;
        if leaf.usages == [ClientAuth] {
            let text = kubeconfig(&inside, "plat", &authority.pem(), &certificate, &key.serialize_pem());
            folder.write_secret(&format!("pki/{}.kubeconfig", leaf.file), text)?;
        }
        if leaf.file == "admin" {
            let outside = format!("https://127.0.0.1:{api_port}");
            let context = format!("plat-{}", folder.name);
            let text = kubeconfig(&outside, &context, &authority.pem(), &certificate, &key.serialize_pem());
            folder.write_secret("kubeconfig", text)?;
        }
    }
    Ok(())
}

fn leaves(node: &str) -> Vec<Leaf> {
    const ADMINS: Option<&str> = Some("system:masters");
    vec![
        Leaf::server("etcd", "etcd", &[ServerAuth, ClientAuth], &["localhost", "127.0.0.1"]),
        Leaf::client("etcd-client", "kube-apiserver", None),
        Leaf::server(
            "apiserver",
            "kube-apiserver",
            &[ServerAuth],
            &[
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "127.0.0.1",
                API_SERVICE_IP,
                NODE_IP,
            ],
        ),
        Leaf::client("apiserver-kubelet", "kube-apiserver-kubelet-client", ADMINS),
        Leaf::client("front-proxy", "front-proxy", None),
        Leaf::server("kubelet", &format!("system:node:{node}"), &[ServerAuth], &[node, NODE_IP]),
        Leaf::client("node", format!("system:node:{node}"), Some("system:nodes")),
        Leaf::client("controller-manager", "system:kube-controller-manager", None),
        Leaf::client("scheduler", "system:kube-scheduler", None),
        Leaf::client("proxy", "system:kube-proxy", None),
        // No built-in role lets a DNS server read EndpointSlices; this cluster is thrown away.
        Leaf::client("coredns", "coredns", ADMINS),
        Leaf::client("admin", "admin", ADMINS),
    ]
}

/// Days on which certificates are valid. A year, though nobody keeps a sandbox that long: an expired one is a riddle.
#[derive(Clone, Copy)]
struct Validity {
    from: (i32, u8, u8),
    until: (i32, u8, u8),
}

impl Validity {
    fn around(now: Timestamp) -> Result<Self> {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let day = |date: jiff::civil::Date| -> Result<(i32, u8, u8)> {
            let part =
                |value: i8| u8::try_from(value).map_err(|e| Error::bug("a date has no negative part").because(e));
            Ok((i32::from(date.year()), part(date.month())?, part(date.day())?))
        };
        Ok(Self { from: day(today.saturating_sub(1.day()))?, until: day(today.saturating_add(1.year()))? })
    }

    fn apply(self, params: &mut CertificateParams) {
        params.not_before = date_time_ymd(self.from.0, self.from.1, self.from.2);
        params.not_after = date_time_ymd(self.until.0, self.until.1, self.until.2);
    }
}

fn authority(name: &str, validity: Validity) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    validity.apply(&mut params);
    params.distinguished_name = subject(&format!("plat sandbox {name}"), None);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(refused)?).map_err(refused)
}

fn sign(leaf: &Leaf, key: &KeyPair, authority: &CertifiedIssuer<'_, KeyPair>, validity: Validity) -> Result<String> {
    let mut params = CertificateParams::new(leaf.serves.clone()).map_err(refused)?;
    validity.apply(&mut params);
    params.distinguished_name = subject(&leaf.common_name, leaf.group);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = leaf.usages.to_vec();
    Ok(params.signed_by(key, authority).map_err(refused)?.pem())
}

fn subject(common_name: &str, group: Option<&str>) -> rcgen::DistinguishedName {
    let mut subject = rcgen::DistinguishedName::new();
    if let Some(group) = group {
        subject.push(DnType::OrganizationName, group);
    }
    subject.push(DnType::CommonName, common_name);
    subject
}

/// A kubeconfig with one context; JSON, which every reader of YAML takes.
fn kubeconfig(server: &str, context: &str, authority: &str, certificate: &str, key: &str) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {
            "server": server,
            "certificate-authority-data": BASE64.encode(authority),
        }}],
        "users": [{"name": context, "user": {
            "client-certificate-data": BASE64.encode(certificate),
            "client-key-data": BASE64.encode(key),
        }}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    })
    .to_string()
}

fn refused(error: rcgen::Error) -> Error {
    Error::bug("a certificate of the sandbox cannot be made").because(error)
}
