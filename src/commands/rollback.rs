//! `plat rollback`: an earlier revision whole, config included, watched until it is ready.

use jiff::SignedDuration;

use super::duration;
use super::target::{self, Does, PlaceArgs};
use crate::deploy::decisions::DecisionArgs;
use crate::deploy::preflight::identity;
use crate::deploy::release::{Session, Target};
use crate::deploy::rollback::{RollbackOptions, rollback};
use crate::error::{Error, Exit, Result};
use crate::text::foreign_line;

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    /// A service, a set, or KIND/NAME of a service (default: the service of plat.yaml); a number alone is a revision of it
    #[arg(value_name = "NAME")]
    target: Option<String>,
    /// The same as --to
    #[arg(value_name = "REVISION", conflicts_with = "to")]
    revision: Option<u64>,
    /// The revision to restore, as `plat history` numbers them (default: the good one before the present one)
    #[arg(long, value_name = "REVISION")]
    to: Option<u64>,
    /// As it was written before NAME
    #[arg(long, value_name = "NAME", alias = "set", hide = true)]
    service: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    decisions: DecisionArgs,
    /// Give up when it is not ready by then
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    deadline: SignedDuration,
    /// How long to wait for someone else who deploys the same at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    lock_timeout: SignedDuration,
}

/// # Errors
/// No such revision; conflicts; why it does not become ready.
pub async fn run(args: Args, session: &Session<'_>) -> Result<Exit> {
    let (named, revision) = args.named()?;
    let (name, cluster) = args.place.reach_whole(named, Does::RollBack, session.events.clone()).await?;
    identity::check_place(&args.place.project, &cluster, session.settings).await?;
    session.recorder.facts(|facts| {
        facts.service = Some(name.clone());
        facts.namespace = Some(cluster.namespace.clone());
    });
    let options = RollbackOptions {
        revision,
        decisions: args.decisions.takes(),
        deadline: args.deadline,
        lock_timeout: args.lock_timeout,
    };
    rollback(session, &Target { cluster, name }, &options).await?;
    Ok(Exit::Done)
}

impl Args {
    /// What is rolled back, and to which revision: `shop`, `shop 3`, `shop --to 3`, or `3` of the service of plat.yaml.
    fn named(&self) -> Result<(Option<&str>, Option<u64>)> {
        let revision = self.to.or(self.revision);
        let named = self.target.as_deref();
        let number = named.and_then(|text| text.parse::<u64>().ok());
        match (named, number, &self.service) {
            (_, Some(number), service) if revision.is_none() => Ok((service.as_deref(), Some(number))),
            (named, _, None) => Ok((named, revision)),
            (None, _, Some(service)) => Ok((Some(service), revision)),
            (Some(named), _, Some(service)) => Err(Error::usage(format!(
                "both {} and {} are named",
                foreign_line(named, 80),
                foreign_line(service, 80)
            ))
            .hint("name one of them: plat rollback NAME --to REVISION")),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rstest::rstest;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[rstest]
    #[case::nothing(&[], Some((None, None)))]
    #[case::a_number_alone(&["3"], Some((None, Some(3))))]
    #[case::to(&["--to", "3"], Some((None, Some(3))))]
    #[case::a_name(&["shop"], Some((Some("shop"), None)))]
    #[case::an_object(&["deploy/shop"], Some((Some("deploy/shop"), None)))]
    #[case::both(&["shop", "--to", "3"], Some((Some("shop"), Some(3))))]
    #[case::as_helm(&["shop", "3"], Some((Some("shop"), Some(3))))]
    #[case::a_name_of_digits(&["2048", "--to", "3"], Some((Some("2048"), Some(3))))]
    #[case::as_it_was(&["--set", "shop", "1"], Some((Some("shop"), Some(1))))]
    #[case::as_it_was_alone(&["--service", "shop"], Some((Some("shop"), None)))]
    #[case::two_names(&["shop", "--set", "cart"], None)]
    fn what_is_rolled_back_to_which(#[case] line: &[&str], #[case] expected: Option<(Option<&str>, Option<u64>)>) {
        let parsed = Line::parse_from([&["rollback"], line].concat());
        assert_eq!(parsed.args.named().ok(), expected);
    }
}
