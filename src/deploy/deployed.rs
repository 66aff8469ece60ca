//! Which sets were deployed from here as they are: such a one is probably unchanged, so it is read instead of being asked
//! about by dry runs. A guess that was wrong costs one round trip.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::release::Deploy;
use crate::cluster::apply::Expected;
use crate::manifests::hex;

/// Files without content, the oldest of which go.
const KEPT: usize = 500;

/// A file that is there where this set went well here before.
pub struct Deployed(PathBuf);

impl Deployed {
    #[must_use]
    pub fn of(deploy: &Deploy<'_>) -> Self {
        let cluster = deploy.cluster();
        let mut hash = Sha256::new();
        for part in [cluster.server.as_str(), cluster.namespace.as_str(), deploy.name(), deploy.set().rendered()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let name = hex(&hash.finalize()[..16]);
        Self(deploy.session.settings.cache_dir.join("deployed").join(name))
    }

    #[must_use]
    pub fn expected(&self) -> Expected {
        if self.0.exists() { Expected::Unchanged } else { Expected::Anything }
    }

    /// Without it the next deploy asks for dry runs; that is all.
    pub fn note(&self) {
        if !self.0.exists()
            && let Err(error) = self.write()
        {
            tracing::info!(%error, "that this was deployed is not remembered");
        }
    }

    fn write(&self) -> io::Result<()> {
        let Some(folder) = self.0.parent() else { return Ok(()) };
        fs::create_dir_all(folder)?;
        fs::write(&self.0, "")?;
        let mut all: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
            .filter_map(|entry| {
                entry.ok().and_then(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            })
            .collect();
        all.sort();
        for (_, old) in all.iter().rev().skip(KEPT) {
            fs::remove_file(old)?;
        }
        Ok(())
    }
}
