//! The files that a kubeconfig is read from, and those that it names: of a bounded size, and no pipe that never ends.

use std::path::{MAIN_SEPARATOR, Path};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use kube::config::{AuthInfo, Kubeconfig, KubeconfigError};

use crate::input;
use crate::text::foreign_line;

/// A kubeconfig with a thousand clusters is some MiB; in bytes.
const LARGEST: u64 = 16 << 20;
/// A bundle of all the world's authorities is a quarter of it; in bytes.
const LARGEST_CERTIFICATE: u64 = 1 << 20;

/// The text of a kubeconfig, which may be `<(…)`; why there is none as the end of a sentence.
pub(super) async fn read(file: &Path) -> Result<String, String> {
    let bytes = input::read_or_pipe(file, LARGEST).await.map_err(|refusal| refusal.to_string())?;
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| "is not text".to_owned())
    };
    // As editors on Windows save it.
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => input::text(rest.to_vec()).map_err(|refusal| refusal.to_string()),
        _ => input::text(bytes).map_err(|refusal| refusal.to_string()),
    }
}

/// The kubeconfig of a text. The files that it names are relative to its folder, as kubectl has it.
pub(super) fn parse(text: &str, file: &Path) -> Result<Kubeconfig, KubeconfigError> {
    let mut kubeconfig = Kubeconfig::from_yaml(text)?;
    let Some(folder) = file.parent() else { return Ok(kubeconfig) };
    let absolute = |path: &mut Option<String>| {
        if let Some(path) = path
            && Path::new(path).is_relative()
        {
            *path = folder.join(&*path).to_string_lossy().into_owned();
        }
    };
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        absolute(&mut cluster.certificate_authority);
    }
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        absolute(&mut user.client_certificate);
        absolute(&mut user.client_key);
        absolute(&mut user.token_file);
        // A word alone is a program on PATH.
        if let Some(exec) = user.exec.as_mut().filter(|exec| exec.command.iter().any(|it| it.contains(MAIN_SEPARATOR)))
        {
            absolute(&mut exec.command);
        }
    }
    Ok(kubeconfig)
}

/// Puts the certificates of the chosen cluster and user in the place of the files that hold them; what cannot be loaded
/// as the beginning of a sentence.
pub(super) fn load(kubeconfig: &mut Kubeconfig, cluster: &str, user: Option<&str>) -> Result<(), Broken> {
    let mut clusters = kubeconfig.clusters.iter_mut().filter(|named| named.name == cluster);
    if let Some(cluster) = clusters.next().and_then(|named| named.cluster.as_mut()) {
        let authority = take(&mut cluster.certificate_authority, cluster.certificate_authority_data.is_some());
        if let Some(data) = encoded("the certificate authority", authority)? {
            cluster.certificate_authority_data = Some(data);
        }
    }
    let mut users = kubeconfig.auth_infos.iter_mut().filter(|named| Some(named.name.as_str()) == user);
    if let Some(user) = users.next().and_then(|named| named.auth_info.as_mut()) {
        load_user(user)?;
    }
    Ok(())
}

fn load_user(user: &mut AuthInfo) -> Result<(), Broken> {
    let certificate = take(&mut user.client_certificate, user.client_certificate_data.is_some());
    if let Some(data) = encoded("the client certificate", certificate)? {
        user.client_certificate_data = Some(data);
    }
    let key = take(&mut user.client_key, user.client_key_data.is_some());
    if let Some(data) = encoded("the client key", key)? {
        user.client_key_data = Some(data.into());
    }
    Ok(())
}

/// A file that is named, and whose place in the kubeconfig itself is empty: that goes before it.
fn take(file: &mut Option<String>, is_given: bool) -> Option<String> {
    file.take_if(|_| !is_given).filter(|file| !file.is_empty())
}

/// What cannot be loaded, and why.
pub(super) struct Broken {
    pub what: &'static str,
    pub why: String,
}

fn encoded(what: &'static str, file: Option<String>) -> Result<Option<String>, Broken> {
    let Some(file) = file else { return Ok(None) };
    match input::read(Path::new(&file), LARGEST_CERTIFICATE) {
        Ok(bytes) => Ok(Some(BASE64.encode(bytes))),
        Err(refusal) => Err(Broken { what, why: format!("{} {refusal}", foreign_line(&file, 400)) }),
    }
}
