//! A namespace that is not there: made where somebody wrote it down or says so, and never for a typo.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;

use super::release::Deploy;
use crate::cluster::Cluster;
use crate::cluster::api;
use crate::cluster::apply::{self, AbsentNamespace, Plan};
use crate::cluster::connect::NamespaceSource;
use crate::cluster::inspect::names;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Kind, Result};
use crate::questions::Questions;
use crate::reason::Reason;
use crate::text::{foreign_line, nearest};

/// Whether namespaces that nobody wrote down may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewNamespaces {
    Allowed,
    /// A person is asked; without one it is an error.
    Ask,
}

/// Whether the namespace is there, where nobody wrote it down and nobody can be asked: known before anything is built.
///
/// # Errors
/// It is not. Who may not look at it is told later, by the plan.
pub async fn check(cluster: &Cluster, new: NewNamespaces, questions: &dyn Questions) -> Result<()> {
    let is_written_down = cluster.namespace_from == NamespaceSource::PlatYaml;
    if new == NewNamespaces::Allowed || is_written_down || questions.is_someone_there() {
        return Ok(());
    }
    let found = Api::<Namespace>::all(cluster.client.clone()).get_metadata_opt(&cluster.namespace).await;
    match found {
        Ok(None) => Err(missing(cluster, &cluster.namespace, None).await),
        Ok(Some(_)) | Err(_) => Ok(()),
    }
}

/// Waits until those are gone that are being deleted and that somebody wrote down: they are made anew. Whether there
/// were any; what was planned is not true any more then.
///
/// # Errors
/// One that nobody wrote down; one that does not go within the deadline.
pub async fn await_end(deploy: &Deploy<'_>, plan: &Plan) -> Result<bool> {
    let ending: Vec<&AbsentNamespace> = plan.absent_namespaces.iter().filter(|absent| absent.is_ending).collect();
    for absent in &ending {
        if !absent.is_written_down(deploy.cluster(), plan) {
            let error = api::namespace_ends(&absent.name, &format!("deploy {}", deploy.name()));
            let error = error.at(absent.named_by.clone().unwrap_or_else(|| deploy.cluster().place()));
            return Err(error.detail("the API server refuses everything new in it because it is being terminated"));
        }
        deploy.events().note(format!("namespace {} is being deleted: it is made anew once it is gone", absent.name));
        let patience = Duration::try_from(deploy.release.graces.rollout).unwrap_or_default();
        apply::await_end_of_namespace(deploy.cluster(), &absent.name, patience).await?;
    }
    Ok(!ending.is_empty())
}

/// Makes those that the plan misses.
///
/// # Errors
/// One that is not to be made, or may not be.
pub async fn make(deploy: &Deploy<'_>, plan: &Plan, new: NewNamespaces) -> Result<()> {
    for absent in &plan.absent_namespaces {
        if new == NewNamespaces::Ask && !absent.is_written_down(deploy.cluster(), plan) {
            ask(deploy, absent).await?;
        }
        let guard = WriteGuard::unfenced("the Lease will be in this namespace");
        apply::create_namespace(deploy.cluster(), &guard, plan, &absent.name).await?;
        let name = &absent.name;
        deploy.events().note(format!("created namespace {name}"));
        deploy.interruption().leaves(format!("namespace {name} was created and is empty; nothing else was changed"));
    }
    Ok(())
}

async fn ask(deploy: &Deploy<'_>, absent: &AbsentNamespace) -> Result<()> {
    let questions = deploy.session.questions;
    if !questions.is_someone_there() {
        return Err(missing(deploy.cluster(), &absent.name, absent.named_by.clone()).await);
    }
    let _thinking = deploy.recorder().pause();
    let question = format!("namespace {} does not exist in context {}", absent.name, deploy.cluster().context);
    let answers = vec!["abort: write nothing".to_owned(), "create it".to_owned()];
    match questions.select(question, answers, 0).await? {
        1 => Ok(()),
        _ => Err(Error::new(Kind::Interrupted, "aborted; nothing was written").reason(Reason::Interrupted)),
    }
}

/// What is wrong, with the name that was probably meant.
async fn missing(cluster: &Cluster, name: &str, named_by: Option<String>) -> Error {
    let error = Error::user(format!("namespace {} does not exist; nothing was written", foreign_line(name, 80)));
    let error = match named_by {
        Some(object) => error.at(object).detail("the object names it itself, and no manifest creates it"),
        None => error.at(cluster.place()),
    };
    let names = names::namespaces(cluster).await;
    let error = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {}?", foreign_line(near, 80))),
        None => error,
    };
    error
        .hint("to create it: --create-namespace")
        .hint("see what is there: kubectl get namespaces")
        .reason(Reason::NamespaceMissing)
}
