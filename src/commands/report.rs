//! `plat report`: recorded runs compared by tool, from the endpoint or this machine.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use url::Url;

use crate::error::{Error, Exit, Result};
use crate::report::{
    Comparison, Kind, OURS, Row, Runs, Summary, Until, caveat, observe, percent, promptless, sentence, summarise,
    unplaced,
};
use crate::server::Filter;
use crate::settings::Settings;
use crate::telemetry::{consent, folder, history::History};
use crate::text::{foreign_line, milliseconds};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the runs come from [default: the endpoint where one is in force, else this machine]
    #[arg(long, value_enum)]
    from: Option<From>,
    /// Only runs of this service
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only runs of one comparison (`PLAT_GROUP` when they ran)
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Only runs since then: 24h, 7d, 2026-11-01 or 2026-11-01T09:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Since>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    Endpoint,
    Local,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Since {
    Ago(SignedDuration),
    At(Timestamp),
}

/// # Errors
/// When the endpoint does not answer.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let since = match args.since {
        Some(Since::Ago(ago)) => Timestamp::now().checked_sub(ago).ok(),
        Some(Since::At(at)) => Some(at),
        None => None,
    };
    let filter = Filter { service: args.service, group: args.group, since };
    let endpoint = if args.from == Some(From::Local) { None } else { consent::endpoint(settings)? };
    let (summary, source) = match endpoint {
        Some(endpoint) => (ask(&endpoint, &filter).await?, endpoint.to_string()),
        None if args.from == Some(From::Endpoint) => return Err(no_endpoint()),
        None => (of_this_machine(&filter, settings), "the runs recorded on this machine".to_owned()),
    };
    ui.print_all([&summary], |ui| tell(&summary, &source, ui));
    Ok(Exit::Done)
}

fn since(text: &str) -> std::result::Result<Since, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::At(at));
    }
    if let Some(at) = text.parse::<Date>().ok().and_then(|date| date.to_zoned(TimeZone::UTC).ok()) {
        return Ok(Since::At(at.timestamp()));
    }
    let ago = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    ago.map(Since::Ago).map_err(|_| "give an age such as 24h or 7d, or a date such as 2026-11-01".to_owned())
}

async fn ask(endpoint: &Url, filter: &Filter) -> Result<Summary> {
    let unreachable = |e: reqwest::Error| {
        Error::user("the telemetry endpoint does not answer")
            .at(endpoint)
            .hint("`plat report --from local` compares the runs recorded on this machine")
            .hint("`plat telemetry status` says what is configured; `plat serve` starts an endpoint here")
            .because(e)
    };
    let mut client = reqwest::Client::builder().timeout(Duration::from_secs(10));
    if consent::is_loopback(endpoint) {
        client = client.no_proxy();
    }
    let mut url = endpoint.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["api", "summary"]);
    }
    let request = client.build().map_err(unreachable)?.get(url).query(filter);
    request
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(unreachable)?
        .json()
        .await
        .map_err(unreachable)
}

fn of_this_machine(filter: &Filter, settings: &Settings) -> Summary {
    let runs = History::at(&folder::path(settings)).runs();
    let observations: Vec<_> = runs.iter().filter(|run| filter.takes(run)).filter_map(observe).collect();
    summarise(&observations)
}

fn no_endpoint() -> Error {
    Error::user("no telemetry endpoint is in force")
        .hint("`plat report --from local` compares the runs recorded on this machine")
        .hint("configure one: `plat telemetry on --endpoint http://127.0.0.1:7070`")
}

fn tell(summary: &Summary, source: &str, ui: &Ui) {
    let named =
        |comparison: &Comparison| Comparison { other: foreign_line(&comparison.other, 63), ..comparison.clone() };
    for comparison in &summary.comparisons {
        ui.data(&sentence(&named(comparison)));
    }
    if summary.rows.is_empty() {
        ui.note(&format!("No deploy to compare in {source}."));
        ui.hint("record some: `plat deploy`, and `plat time -- kubectl apply -f FILE` for the other side");
    } else {
        ui.data(&table(&summary.rows).trim_fmt());
    }
    let caveats: BTreeSet<String> = summary.comparisons.iter().map(named).filter_map(|named| caveat(&named)).collect();
    for caveat in &caveats {
        ui.note(caveat);
    }
    let named = |runs: &Runs| Runs { arm: foreign_line(&runs.arm, 63), n: runs.n };
    for runs in &summary.promptless {
        ui.note(&promptless(&named(runs)));
    }
    for runs in &summary.unplaced {
        ui.note(&unplaced(&named(runs)));
    }
    if summary.comparisons.iter().any(|comparison| comparison.until == Until::Ready) {
        ui.note("This endpoint runs an older plat, which compares the time until ready.");
    }
    if !summary.rows.is_empty() {
        ui.note(&format!(
            "From {source}. Times are of ready runs, from Enter: until the service is ready, and until it is ready and the \
             prompt is back, which the headline is about; building is apart."
        ));
    }
    if !summary.rows.is_empty() && summary.rows.iter().all(|row| row.arm == OURS) {
        ui.hint("nothing to compare plat with yet: `plat time -- kubectl apply -f FILE`");
    }
}

/// The figures as a table for people.
#[must_use]
pub fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "deploy",
        "tool",
        "runs",
        "success",
        "ready:\nmedian",
        "\nmean",
        "prompt:\nmedian",
        "\nmean",
        "\np90",
        "build,\napart",
    ]);
    for row in rows {
        let time = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), milliseconds);
        let kind = match row.kind {
            Kind::First => "first",
            Kind::Update => "later",
            Kind::Unchanged => "unchanged",
        };
        let runs = match row.interrupted {
            0 => row.n.to_string(),
            interrupted => format!("{} ({interrupted} interrupted)", row.n),
        };
        table.add_row([
            kind.to_owned(),
            foreign_line(&row.arm, 63),
            runs,
            row.success_rate.map_or_else(|| "-".to_owned(), percent),
            time(row.until_ready.median_ms),
            time(row.until_ready.mean_ms),
            time(row.until_prompt.median_ms),
            time(row.until_prompt.mean_ms),
            time(row.until_prompt.p90_ms),
            time(row.build_median_ms),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("24h", Some(Since::Ago(SignedDuration::from_hours(24))))]
    #[case("7d", Some(Since::Ago(SignedDuration::from_hours(24 * 7))))]
    #[case("1970-01-02", Some(Since::At(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24))))]
    #[case("1970-01-01T01:00:00+01:00", Some(Since::At(Timestamp::UNIX_EPOCH)))]
    #[case("yesterday", None)]
    #[case("", None)]
    fn an_age_or_a_date_is_understood(#[case] text: &str, #[case] expected: Option<Since>) {
        assert_eq!(since(text).ok(), expected);
    }
}
