//! Why a cluster could not be reached, said for people: what failed, where, and the next step.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::dial::{DIAL, DialError};
use super::kubeconfig::Chosen;
use crate::error::Error;
use crate::reason::Reason;
use crate::text::foreign_line;

/// Longest text of the API server that is shown.
const LINE: usize = 600;

/// A cluster that could not be reached.
pub(in crate::cluster) async fn dial(error: DialError, chosen: &Chosen, server: &str) -> Error {
    let place = format!("context {} ({server})", chosen.context);
    match error {
        DialError::Setup(cause) => setup(cause, chosen).at(place),
        DialError::TimedOut => Error::user(format!("the API server did not answer within {} s", DIAL.as_secs()))
            .at(place)
            .hint("is a VPN needed, or is the cluster gone? plat waits no longer, so that you know early")
            .reason(Reason::Unreachable),
        DialError::Connect(cause) => {
            let error = match find::<rustls::Error>(&*cause) {
                Some(tls) => tls_error(tls, chosen.config.root_cert.is_some()),
                None if !resolves(&chosen.config.cluster_url).await => {
                    let host = chosen.config.cluster_url.host().unwrap_or_default();
                    Error::user(format!("the name {host} of the API server cannot be resolved"))
                        .hint("is a VPN needed, or was the cluster deleted?")
                        .reason(Reason::UnknownHost)
                }
                None => tcp_error(&*cause),
            };
            error.at(place).because(anyhow::anyhow!(cause))
        }
    }
}

fn tcp_error(cause: &(dyn StdError + 'static)) -> Error {
    match find::<io::Error>(cause).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Error::user("connection refused by the API server")
            .hint("is the cluster running? For a sandbox: plat sandbox status")
            .reason(Reason::ConnectionRefused),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            Error::user("the API server closed the connection before it was set up")
                .hint("something on the way (a tunnel, a proxy, a stopping server) cut it; try again")
                .reason(Reason::ConnectionReset)
        }
        Some(io::ErrorKind::TimedOut) => Error::user("the API server does not answer")
            .hint("is a VPN needed, or is the cluster gone?")
            .reason(Reason::Unreachable),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            Error::user("there is no way to the API server from this machine")
                .hint("is the network up, is a VPN needed?")
                .reason(Reason::Unreachable)
        }
        _ => Error::user("the API server cannot be reached").hint("-v shows the cause").reason(Reason::Unreachable),
    }
}

fn tls_error(error: &rustls::Error, has_authority: bool) -> Error {
    let day = |time: &rustls::pki_types::UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        jiff::Timestamp::from_second(seconds).map_or_else(|_| "some time ago".to_owned(), |time| time.to_string())
    };
    let error = match error {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            Error::user(format!("the API server's certificate expired at {}", day(not_after)))
                .hint("the cluster's administrator must renew it; or this machine's clock is wrong: date")
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired) => {
            Error::user("the API server's certificate has expired")
                .hint("the cluster's administrator must renew it; or this machine's clock is wrong: date")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Error::user("the API server's certificate is not valid yet").hint("is this machine's clock right? date"),
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented }) => {
            let presented = presented.iter().map(|name| foreign_line(name, 80)).collect::<Vec<_>>().join(", ");
            Error::user(format!("the API server's certificate is not for {}", expected.to_str()))
                .detail(format!("it is for {presented}"))
                .hint("use one of these names as server, or set tls-server-name in the kubeconfig's cluster")
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)
            if has_authority =>
        {
            Error::user("the API server's certificate is not signed by the kubeconfig's certificate authority")
                .hint("was the cluster made anew? Fetch its kubeconfig again")
                .hint("or another server answers at this address")
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            Error::user("the API server's certificate is signed by nobody whom this machine trusts")
                .hint("the kubeconfig names no certificate-authority of its own; fetch it again")
        }
        rustls::Error::InvalidMessage(_) => Error::user("what answers at the API server's address does not speak TLS")
            .hint("is the port right, or should the kubeconfig's server begin with http:// ?"),
        rustls::Error::AlertReceived(AlertDescription::CertificateExpired) => {
            Error::user("the API server says that your client certificate has expired")
                .hint("log in again, or fetch a new kubeconfig")
        }
        rustls::Error::AlertReceived(_) => Error::user("the API server refuses your client certificate")
            .hint("was the cluster made anew? Fetch its kubeconfig again"),
        _ => Error::user("no TLS connection to the API server can be set up").hint("-v shows the cause"),
    };
    error.reason(Reason::Tls)
}

fn setup(error: kube::Error, chosen: &Chosen) -> Error {
    let context = &chosen.context;
    let made = match &error {
        kube::Error::InferKubeconfig(cause) => {
            Error::user(foreign_line(&format!("context \"{context}\" cannot be used: {cause}"), LINE))
                .hint("compare with: kubectl config view --minify")
        }
        kube::Error::RustlsTls(_) => Error::user(format!("the certificates of context \"{context}\" cannot be used"))
            .hint("fetch the kubeconfig again; -v shows the cause"),
        kube::Error::ProxyProtocolUnsupported { proxy_url } => {
            let scheme = proxy_url.scheme_str().unwrap_or_default();
            Error::user(format!("a proxy of kind \"{scheme}\" is not supported"))
                .hint("use an http, https or socks5 proxy: proxy-url in the kubeconfig, or HTTPS_PROXY")
        }
        _ => Error::user(format!("no way to log in to context \"{context}\" works")).hint("-v shows the cause"),
    };
    made.reason(Reason::Login).because(error)
}

async fn resolves(server: &http::Uri) -> bool {
    let Some(host) = server.host() else { return false };
    let port = server.port_u16().unwrap_or(443);
    tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await.is_ok()
}

/// The first error of this type in the chain. `io::Error::source` skips the error that it wraps, so look there too.
pub(in crate::cluster) fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
        && let Some(found) = find::<T>(wrapped)
    {
        return Some(found);
    }
    error.downcast_ref::<T>().or_else(|| error.source().and_then(find::<T>))
}
