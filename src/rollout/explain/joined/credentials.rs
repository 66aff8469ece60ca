//! Credentials that are missing or misshapen: of a cloud, in a value with a line break, of a length that does not fit.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 6] = [
        (
            r"NoCredentialProviders|Unable to locate credentials|Could not load credentials from any providers|failed to (?:refresh cached|retrieve) credentials|NoCredentialsError|get credentials: .*no EC2 IMDS role|Unable to load (?:AWS )?credentials",
            |container, found| Some(cloud(container, found, &AWS)),
        ),
        (
            r"(?i)could not find default credentials|DefaultCredentialsError|could not load the default credentials|default credentials were not found",
            |container, found| Some(cloud(container, found, &GOOGLE)),
        ),
        (
            r"DefaultAzureCredential failed to retrieve a token|DefaultAzureCredential: failed to acquire a token|EnvironmentCredential authentication unavailable",
            |container, found| Some(cloud(container, found, &AZURE)),
        ),
        (
            r#"(?i)invalid (?:control )?character.*(?:\\n|\\r)|(?:\\n|\\r)["'].*invalid (?:control )?character|invalid header (?:field )?value|header (?:value )?(?:contains|must not contain).*(?:newline|return character|line break)|Invalid leading whitespace, reserved character\(s\), or return character\(s\) in header"#,
            line_break,
        ),
        (
            r"(?i)(?<name>[a-z][\w-]*(?:secret|key|passphrase|password)[\w-]*)\b[^,;]{0,40}\bmust be (?<wants>[^.;]{1,60}?)(?: to [a-z ]+ cipher)?,? but (?:is|was|got|has) (?<is>\d+)(?: (?:bytes|characters|chars))?",
            |container, found| Some(length(container, found)),
        ),
        (
            r"(?i)private key does not match public key|key values mismatch|failed to find any PEM data in (?<what>certificate|key) input",
            |container, found| Some(key_pair(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

/// How the programs of a cloud find who they are.
struct Cloud {
    name: &'static str,
    /// The variables that they read.
    variables: &'static [&'static str],
    /// What a `ServiceAccount` says instead.
    account: &'static str,
}

static AWS: Cloud = Cloud {
    name: "AWS",
    variables: &[
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ],
    account: "the annotation eks.amazonaws.com/role-arn, or a pod identity association",
};
static GOOGLE: Cloud = Cloud {
    name: "Google Cloud",
    variables: &["GOOGLE_APPLICATION_CREDENTIALS"],
    account: "the annotation iam.gke.io/gcp-service-account, or a workload identity binding",
};
static AZURE: Cloud = Cloud {
    name: "Azure",
    variables: &["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
    account: "the annotation azure.workload.identity/client-id, and the label azure.workload.identity/use",
};

fn cloud(container: &ContainerView, found: &Captures, cloud: &Cloud) -> Joined {
    let given = given::all(container);
    let has: Vec<String> = given
        .iter()
        .filter(|one| cloud.variables.contains(&one.name.as_str()))
        .map(|one| format!("{} ({})", escape(&one.name), one.from))
        .collect();
    let spec = container.pod.spec.as_ref();
    let account = spec.and_then(|spec| spec.service_account_name.as_deref()).unwrap_or("default");
    let of_env = if has.is_empty() {
        format!("of {} it was given none", cloud.variables.join(", "))
    } else {
        format!("it was given {}", has.join(", "))
    };
    let facts = vec![of_env, format!("it runs as ServiceAccount {}", escape(account))];
    let lookups = given::lookups(container);
    if !has.is_empty() {
        let what = format!("{} does not get credentials of {} by what it was given", container.title(), cloud.name);
        let hint = format!(
            "does the role trust ServiceAccount {} of namespace {}, and are these values right? A change of a role takes a minute",
            escape(account),
            escape(container.namespace())
        );
        return Joined { facts, lookups, lack: Lack::Absent, ..Joined::new(what, Remedy::look(hint)) };
    }
    Joined {
        facts,
        lookups,
        ..Joined::new(
            format!("{} finds no credentials of {}", container.title(), cloud.name),
            Remedy::given(
                found,
                format!(
                    "give its ServiceAccount a role ({}), or give it the variables from a Secret: {}",
                    cloud.account,
                    container.snapshot.source().field("secrets", "envFrom")
                ),
            ),
        )
    }
}

fn line_break(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let facts: Vec<String> = given::of_secrets(container).take(4).collect();
    // Without a value from elsewhere it is the program's own affair.
    (!facts.is_empty()).then(|| Joined {
        facts,
        ..Joined::new(
            format!("{} was given a value with a line break in it", container.title()),
            Remedy::given(
                found,
                "write the Secret without it: printf %s VALUE | base64, or kubectl create secret --from-literal; `echo` adds a line break",
            ),
        )
    })
}

fn length(container: &ContainerView, found: &Captures) -> Joined {
    let name = group(found, "name");
    Joined {
        facts: given::of_secrets(container).take(4).collect(),
        ..Joined::new(
            format!(
                "{} cannot use its {}: it has {} bytes, and must have {}",
                container.title(),
                escape(name),
                escape(group(found, "is")),
                escape(group(found, "wants").trim_end_matches(" bytes"))
            ),
            Remedy::given(
                found,
                "make one of that length (openssl rand -base64 32 | head -c 32), and write it to the Secret encoded once: 44 bytes are \
                 32 that were encoded twice",
            ),
        )
    }
}

fn key_pair(container: &ContainerView, found: &Captures) -> Joined {
    let volumes = container.pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default();
    let mounts = container.spec.volume_mounts.iter().flatten();
    let facts: Vec<String> = mounts
        .filter_map(|mount| {
            let volume = volumes.iter().find(|volume| volume.name == mount.name)?;
            let secret = volume.secret.as_ref()?.secret_name.as_deref()?;
            Some(format!("{} is Secret {}", escape(&mount.mount_path), escape(secret)))
        })
        .collect();
    let what = match group(found, "what") {
        "" => "cannot use its TLS certificate: the private key is not the one of the certificate".to_owned(),
        what => format!("cannot use its TLS {what}: it is no PEM"),
    };
    Joined {
        facts,
        ..Joined::new(
            format!("{} {what}", container.title()),
            Remedy::given(
                found,
                "write both of one pair to the Secret: kubectl create secret tls NAME --cert=tls.crt --key=tls.key checks that they fit",
            ),
        )
    }
}
