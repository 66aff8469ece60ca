//! What is noted in the cluster about this deploy. A deploy that cannot be noted goes on: the note is not worth more.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::release::Deploy;
use crate::cluster::records::{Revisions, WriteGuard, revisions};
use crate::manifests::Manifest;
use crate::reason::Reason;
use crate::revision::{Head, Outcome, config_maps};

/// The revision of this run, and those before it.
#[derive(Default)]
pub struct Record {
    pub heads: Vec<Head>,
    /// None where nothing could be noted.
    pub number: Option<u64>,
    /// None where nothing is noted.
    guard: Option<WriteGuard>,
}

impl Record {
    /// Notes that a deploy begins; of what has no name nothing is noted. One that was begun before with the same rendering and
    /// never ended is continued.
    pub async fn begin(deploy: &Deploy<'_>, guard: &WriteGuard, restores: Option<u64>) -> Self {
        if deploy.set().name.is_none() {
            return Self::default();
        }
        let heads = match revisions::heads(deploy.cluster(), deploy.name()).await {
            Ok(heads) => heads,
            Err(error) => {
                deploy.events().warn(format!("this deploy is not recorded, so nothing can go back to it: {error}"));
                return Self::default();
            }
        };
        let newest = heads.iter().max_by_key(|head| head.number);
        let begun = newest.filter(|head| {
            head.outcome == Outcome::InProgress && head.rendered == deploy.set().rendered() && head.restores == restores
        });
        if let Some(begun) = begun {
            return Self { number: Some(begun.number), heads, guard: Some(guard.clone()) };
        }
        let manifests: &[Arc<Manifest>] = &deploy.set().manifests;
        let head = Head {
            number: 0,
            at: None,
            outcome: Outcome::InProgress,
            reason: None,
            who: Some(deploy.release.who.clone()),
            commit: deploy.release.commit.clone(),
            image: deploy.release.image.clone(),
            rendered: deploy.set().rendered().to_owned(),
            restores,
            run: Some(deploy.recorder().id().to_string()),
            chunks: 0,
            config_maps: if deploy.set().is_service() { config_maps(manifests) } else { BTreeSet::new() },
        };
        match of(deploy, guard).begin(&heads, head, manifests).await {
            Ok(head) => {
                let number = head.number;
                Self {
                    number: Some(number),
                    heads: heads.into_iter().chain([head]).collect(),
                    guard: Some(guard.clone()),
                }
            }
            Err(_) if guard.is_lost() => Self { heads, ..Self::default() },
            Err(error) => {
                deploy.events().warn(format!("this deploy is not recorded, so nothing can go back to it: {error}"));
                Self { heads, ..Self::default() }
            }
        }
    }

    /// Whether an earlier revision was ready.
    pub fn has_served(&self) -> bool {
        let mut earlier = self.heads.iter().filter(|head| Some(head.number) != self.number);
        earlier.any(|head| matches!(head.outcome, Outcome::Deployed | Outcome::FailedAfterReady))
    }

    /// A revision that was recorded before.
    pub fn again(heads: Vec<Head>, number: u64, guard: &WriteGuard) -> Self {
        Self { heads, number: Some(number), guard: Some(guard.clone()) }
    }

    /// How it ended, as far as this run noted it.
    pub fn outcome(&self) -> Option<Outcome> {
        self.heads.iter().find(|head| Some(head.number) == self.number).map(|head| head.outcome)
    }

    /// Notes how it ended; after a success the oldest revisions go.
    pub async fn end(&mut self, deploy: &Deploy<'_>, outcome: Outcome, reason: Option<&Reason>) {
        let (Some(number), Some(guard)) = (self.number, &self.guard) else { return };
        if let Some(own) = self.heads.iter_mut().find(|head| head.number == number) {
            own.outcome = outcome;
        }
        let revisions = of(deploy, guard);
        let noted = revisions.end(number, outcome, reason);
        let forgotten =
            async { if outcome == Outcome::Deployed { revisions.forget(&self.heads).await } else { Ok(()) } };
        let ended = futures::future::join(noted, forgotten).await;
        if let (Err(error), _) | (_, Err(error)) = ended
            && !guard.is_lost()
        {
            deploy.events().warn(format!("revision {number} stays noted as in progress: {error}"));
        }
    }
}

fn of<'a>(deploy: &Deploy<'a>, guard: &'a WriteGuard) -> Revisions<'a> {
    Revisions { cluster: deploy.cluster(), guard, service: deploy.name() }
}
