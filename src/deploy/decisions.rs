//! What the user decides about fields and objects of others: by flags, or asked on a terminal.

use super::deployed::Deployed;
use super::release::Deploy;
use crate::cluster::apply;
use crate::cluster::apply::{Conflict, Plan, Takes};
use crate::cluster::applyset::Restart;
use crate::error::{Error, Kind, Result};
use crate::questions::Questions;
use crate::reason::Reason;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct DecisionArgs {
    /// Set back a field that someone changed without plat, or `all` of them
    #[arg(long, value_name = "FIELD", num_args = 0..=1, default_missing_value = "all", help_heading = "Other owners")]
    take: Vec<String>,
    /// Leave a field to whoever has set it, from now on
    #[arg(long, value_name = "FIELD", help_heading = "Other owners")]
    keep: Vec<String>,
    /// Make the objects plat's that kubectl apply, Helm, Argo CD, Flux or another set manages
    #[arg(long, help_heading = "Other owners")]
    adopt: bool,
}

impl DecisionArgs {
    #[must_use]
    pub fn takes(&self) -> Takes {
        Takes { take: self.take.clone(), keep: self.keep.clone(), adopt: self.adopt, restart: None }
    }
}

#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct RestartArgs {
    /// Restart what reads changed configuration only when it starts (env, subPath); `always` and `never` are kept by the
    /// set for later deploys
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "now")]
    restart: Option<Restart>,
}

impl RestartArgs {
    /// What was decided, and this.
    #[must_use]
    pub fn with(self, takes: Takes) -> Takes {
        Takes { restart: self.restart, ..takes }
    }
}

/// Plans, and asks a person about each field that someone else has set.
///
/// # Errors
/// As [`apply::plan`]; the fields that nobody decided about.
pub async fn plan(deploy: &Deploy<'_>, decisions: &Takes) -> Result<Plan> {
    let questions = deploy.session.questions;
    let mut takes = decisions.clone();
    let expected = Deployed::of(deploy).expected();
    loop {
        let plan = apply::plan(deploy.cluster(), deploy.set(), &takes, expected).await?;
        if plan.conflicts.is_empty() {
            return Ok(plan);
        }
        if !questions.is_someone_there() {
            plan.check_conflicts()?;
        }
        let _thinking = deploy.recorder().pause();
        for conflict in &plan.conflicts {
            decide(conflict, &mut takes, questions).await?;
        }
    }
}

async fn decide(conflict: &Conflict, takes: &mut Takes, questions: &dyn Questions) -> Result<()> {
    let (kind, name) = conflict.object.split_once(' ').unwrap_or((&conflict.object, ""));
    let field = format!("{kind}/{}:{}", name.rsplit('/').next().unwrap_or_default(), conflict.field);
    let other = conflict.manager.as_deref().unwrap_or("the cluster");
    let answers = vec![
        format!("keep: {other} continues to decide it, and plat leaves it alone"),
        "take: set it as you ask for".to_owned(),
        "abort: write nothing".to_owned(),
    ];
    let question = format!("{}: {}", conflict.object, conflict.sentence());
    match questions.select(question, answers, 2).await? {
        0 => takes.keep.push(field),
        1 => takes.take.push(field),
        _ => return Err(Error::new(Kind::Interrupted, "aborted; nothing was written").reason(Reason::Interrupted)),
    }
    Ok(())
}
