//! Reads what the sources want to see: objects of a cluster, files and history of a repository.

mod objects;
mod repository;

use std::path::Path;

use jiff::Timestamp;

use super::key::Key;
use super::model::{Evidence, Says};
use super::remote::same_repository;
use super::sources::{Commit, Query};
use crate::cluster::connect;
use crate::cluster::connect::ClusterArgs;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::reason::Reason;
use crate::text::foreign_line;
use objects::ServiceObjects;
use repository::Repository;

/// Everything that [`super::decide`] needs, and what the reader should know of how it was found.
#[derive(Debug, Default)]
pub struct Gathered {
    /// What the key turned out to be: `Deployment shop/payments-api`, `src/pay/ in the repository shop`.
    pub subject: String,
    /// How an owner would be put on record there.
    pub record: String,
    pub evidence: Vec<Evidence>,
    pub commits: Vec<Commit>,
    pub notes: Vec<String>,
}

/// Gathers what is known of a path that exists.
///
/// # Errors
/// When no git repository is around it.
pub async fn path(path: &Path, now: Timestamp) -> Result<Gathered> {
    let (Some(repository), Ok(path)) = (Repository::around(path), path.canonicalize()) else {
        return Err(Error::user("this path is in no git repository")
            .at(path.display())
            .hint("whoowns reads CODEOWNERS, plat.yaml, catalog-info.yaml, OWNERS and the history of a repository")
            .hint("for a service write its name, or NAMESPACE/NAME")
            .reason(Reason::NoRepository));
    };
    let query = Query { service: None, path: repository.relative(&path) };
    let shown = if query.path.is_empty() { "all of it" } else { &query.path };
    let mut gathered = Gathered {
        subject: format!("{shown} in the repository {}", repository.name()),
        record: format!("write it down: `/{} @OWNER` in .github/CODEOWNERS, or `owner: TEAM` in plat.yaml", query.path),
        ..Gathered::default()
    };
    gathered.add_repository(&repository, &query, now).await;
    Ok(gathered)
}

/// Gathers what is known of a service, workload or pod: from its cluster, and from the repository around `here`
/// where that is its own.
///
/// # Errors
/// When neither a cluster nor the repository knows it.
pub async fn service(args: &ClusterArgs, key: &Key, here: &Path, now: Timestamp, events: Events) -> Result<Gathered> {
    let repository = Repository::around(here);
    let found = match connect::connect(args, None, events).await {
        Ok(cluster) => objects::find(&cluster, args, key).await,
        Err(error) => Err(error),
    };
    let mut gathered = Gathered::default();
    match (found, repository) {
        (Ok(found), repository) => {
            gathered.add_objects(&found, now);
            if let Some(repository) = repository {
                gathered.add_repository_of(&found.name, &repository, now).await;
            }
        }
        (Err(error), Some(repository)) => {
            let Some(folder) = repository.folder_of_service(&key.name).await else { return Err(error) };
            gathered.subject = format!("{} in the repository {}", key.name, repository.name());
            gathered.record = format!("write it down: `owner: TEAM` in {folder}plat.yaml");
            gathered.notes.push(format!("{}; answered from this repository alone", error.what));
            let query = Query { service: Some(key.name.clone()), path: folder };
            gathered.add_repository(&repository, &query, now).await;
        }
        (Err(error), None) => return Err(error),
    }
    Ok(gathered)
}

impl Gathered {
    fn add_objects(&mut self, found: &ServiceObjects, now: Timestamp) {
        self.subject.clone_from(&found.subject);
        self.record.clone_from(&found.record);
        self.notes.extend(found.notes.iter().cloned());
        self.evidence.extend(found.evidence(now));
    }

    /// Adds what the repository around us says of a service that runs in a cluster, if it is the service's own.
    async fn add_repository_of(&mut self, service: &str, repository: &Repository, now: Timestamp) {
        let named = self.evidence.iter().find_map(|evidence| match &evidence.says {
            Says::Repository { url } => Some(url.clone()),
            _ => None,
        });
        let folder = repository.folder_of_service(service).await;
        let path = match (named, folder) {
            (Some(named), folder) => {
                if !repository.remotes().await.iter().any(|remote| same_repository(remote, &named)) {
                    let named = foreign_line(&named, 200);
                    self.notes.push(format!("in a clone of {named} the answer would also know CODEOWNERS and history"));
                    return;
                }
                folder.unwrap_or_default()
            }
            (None, Some(folder)) => {
                self.notes.push(format!("the cluster names no repository; this one has a plat.yaml for {service}"));
                folder
            }
            (None, None) => return,
        };
        let query = Query { service: Some(service.to_owned()), path };
        self.add_repository(repository, &query, now).await;
    }

    async fn add_repository(&mut self, repository: &Repository, query: &Query, now: Timestamp) {
        let (read, commits) = tokio::join!(repository.evidence(query, now), repository.commits());
        self.evidence.extend(read.evidence);
        self.notes.extend(read.notes);
        self.commits = commits;
    }
}
