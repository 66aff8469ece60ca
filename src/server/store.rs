//! The events in `SQLite`: each one once, and the runs among them ready for reports.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::{Deserialize, Serialize};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqlStr, Sqlite, SqlitePool, Transaction};

use super::fault::Fault;
use crate::report::{Kind, Observation, observe};
use crate::telemetry::event::CloudEvent;
use crate::telemetry::{Outcome, Run};

#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

/// Which runs are asked for; the query string of `/api/runs` and `/api/summary`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Only runs that started then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What became of a request's events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stored {
    pub accepted: usize,
    /// Known already: an event is sent at least once and counted once.
    pub duplicates: usize,
    /// Those that can never be stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Unstorable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unstorable {
    /// Its place in the request, from 0.
    pub event: usize,
    pub error: String,
}

/// The steps of the schema. What was released never changes; a new step is a new file and a new line.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "events", include_str!("migrations/0001_events.sql")),
    (2, "prompt", include_str!("migrations/0002_prompt.sql")),
];

/// Written out, and not read by `sqlx::migrate!`: for that macro sqlx and `SQLite` would be compiled twice.
fn migrator(steps: &'static [(i64, &str, &str)]) -> Migrator {
    let steps = steps.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    Migrator::with_migrations(steps.collect())
}

impl Store {
    /// Opens the database in `dir`, made and brought up to date where needed.
    ///
    /// # Errors
    /// When the file cannot be made or opened, or a newer plat wrote it.
    pub async fn open(dir: &Path) -> Result<Self, MigrateError> {
        let options = SqliteConnectOptions::new()
            .filename(dir.join("plat.sqlite"))
            .create_if_missing(true)
            // Readers (dashboard, scrapes) do not stop the writer.
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode a power cut can lose the newest events but not the database.
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        migrator(MIGRATIONS).run(&pool).await?;
        Ok(Self { pool })
    }

    /// Closes the database, so that its write-ahead log is folded in.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Keeps all events, but those that can never be stored: one of them must not keep back the others.
    ///
    /// # Errors
    /// When the database cannot be written; then none is kept.
    pub async fn add(&self, events: &[CloudEvent], now: Timestamp) -> sqlx::Result<Stored> {
        let mut connection = self.pool.acquire().await?;
        let stored = add_all(&mut connection, events, now).await;
        if stored.is_err() {
            // SQLite may have undone the transaction itself, as it does on a full disk. sqlx does not learn of that, and
            // would refuse every later one on this connection.
            let _ = connection.close().await;
        }
        stored
    }

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn runs(&self, filter: &Filter, limit: u32) -> sqlx::Result<Vec<Run>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT run FROM runs
             WHERE (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR comparison = ?2) AND started_ms >= ?3
             ORDER BY started_ms DESC, id DESC LIMIT ?4",
        )
        .bind(&filter.service)
        .bind(&filter.group)
        .bind(filter.since_ms())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|(json,)| serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(e.into()))).collect()
    }

    /// What the runs say about the tools, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn observations(&self, filter: &Filter) -> sqlx::Result<Vec<Observation>> {
        type Row = (String, Option<String>, String, f64, Option<f64>, f64, i64, Option<String>, Option<String>, String);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT arm, kind, outcome, ready_ms, prompt_ms, build_ms, started_ms, service, comparison, source FROM runs
             WHERE (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR comparison = ?2) AND started_ms >= ?3
               AND ready_ms IS NOT NULL
             ORDER BY started_ms, id",
        )
        .bind(&filter.service)
        .bind(&filter.group)
        .bind(filter.since_ms())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(arm, kind, outcome, ready_ms, prompt_ms, build_ms, started_ms, service, group, source)| {
                let kind = kind.as_deref().map(word::<Kind>).transpose()?;
                let outcome = word::<Outcome>(&outcome)?;
                let started_at = Timestamp::from_millisecond(started_ms).ok();
                // Each sender is a person: a run says nothing else about whose it is.
                let person = Some(source);
                Ok(Observation {
                    arm,
                    kind,
                    outcome,
                    ready_ms,
                    prompt_ms,
                    build_ms,
                    started_at,
                    service,
                    group,
                    person,
                })
            })
            .collect()
    }

    /// How many events of each type came in, by type.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_by_type(&self) -> sqlx::Result<Vec<(String, i64)>> {
        sqlx::query_as("SELECT type, count(*) FROM events GROUP BY type ORDER BY type").fetch_all(&self.pool).await
    }
}

impl Filter {
    /// The same choice as the queries make, for runs that are at hand.
    #[must_use]
    pub fn takes(&self, run: &Run) -> bool {
        let is = |wanted: &Option<String>, had: &Option<String>| wanted.is_none() || wanted == had;
        is(&self.service, &run.facts.service)
            && is(&self.group, &run.facts.group)
            && self.since.is_none_or(|since| run.started_at >= since)
    }

    fn since_ms(&self) -> i64 {
        self.since.map_or(i64::MIN, Timestamp::as_millisecond)
    }
}

async fn add_all(connection: &mut SqliteConnection, events: &[CloudEvent], now: Timestamp) -> sqlx::Result<Stored> {
    let mut stored = Stored::default();
    // Taking the write lock at once: a transaction that starts by reading cannot wait for it later.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for (at, event) in events.iter().enumerate() {
        let run = match event.run() {
            Ok(run) => run,
            Err(error) => {
                stored.refused.push(Unstorable { event: at, error });
                continue;
            }
        };
        // A savepoint: what fails halfway is undone alone.
        let mut part = transaction.begin().await?;
        match add_one(&mut part, event, run.as_ref(), now).await {
            Ok(is_new) => {
                part.commit().await?;
                *(if is_new { &mut stored.accepted } else { &mut stored.duplicates }) += 1;
            }
            Err(error) if Fault::of(&error) == Fault::Event => {
                // Where that undid the whole transaction (`RAISE(ROLLBACK)`), the request is refused whole.
                if part.rollback().await.is_err() {
                    return Err(error);
                }
                stored.refused.push(Unstorable { event: at, error: error.to_string() });
            }
            Err(error) => return Err(error),
        }
    }
    transaction.commit().await?;
    Ok(stored)
}

/// Whether the event is new.
async fn add_one(
    transaction: &mut Transaction<'_, Sqlite>,
    event: &CloudEvent,
    run: Option<&Run>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let is_new = add_event(transaction, event, now).await?;
    if is_new && let Some(run) = run {
        add_run(transaction, event, run).await?;
    }
    Ok(is_new)
}

async fn add_event(
    transaction: &mut Transaction<'_, Sqlite>,
    event: &CloudEvent,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let json = serde_json::to_string(event).map_err(|e| sqlx::Error::Encode(e.into()))?;
    let done = sqlx::query(
        "INSERT INTO events (source, id, type, received_at, event) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (source, id) DO NOTHING",
    )
    .bind(&event.source)
    .bind(&event.id)
    .bind(&event.kind)
    .bind(now.to_string())
    .bind(json)
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn add_run(transaction: &mut Transaction<'_, Sqlite>, event: &CloudEvent, run: &Run) -> sqlx::Result<()> {
    let seen = observe(run);
    let json = serde_json::to_string(run).map_err(|e| sqlx::Error::Encode(e.into()))?;
    sqlx::query(
        "INSERT INTO runs
             (source, id, started_ms, service, comparison, arm, kind, outcome, ready_ms, prompt_ms, build_ms, run)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&event.source)
    .bind(&event.id)
    .bind(run.started_at.as_millisecond())
    .bind(&run.facts.service)
    .bind(&run.facts.group)
    .bind(&run.facts.arm)
    .bind(seen.as_ref().and_then(|seen| seen.kind).map(Kind::word))
    .bind(run.outcome.word())
    .bind(seen.as_ref().map(|seen| seen.ready_ms))
    .bind(seen.as_ref().and_then(|seen| seen.prompt_ms))
    .bind(seen.as_ref().map(|seen| seen.build_ms))
    .bind(json)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Reads a word as the JSON format spells it.
fn word<'a, T: Deserialize<'a>>(text: &'a str) -> sqlx::Result<T> {
    T::deserialize(StrDeserializer::<WordError>::new(text)).map_err(|e| sqlx::Error::Decode(e.into()))
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions;

    use super::*;
    use crate::telemetry::Phase;
    use crate::telemetry::event::of_run;

    /// What an older plat recorded of a deploy of 5 s.
    fn older(phases: &[(&str, f64, f64)]) -> Run {
        let phase = |(name, start_ms, duration_ms): &(&str, f64, f64)| Phase {
            name: (*name).to_owned(),
            start_ms: *start_ms,
            duration_ms: *duration_ms,
        };
        let (id, phases) = (uuid::Uuid::new_v4(), phases.iter().map(phase).collect());
        Run { id, phases, duration_ms: 5000.0, prompt_ms: None, ..Run::for_tests() }
    }

    #[tokio::test]
    async fn the_runs_in_an_older_store_are_those_of_an_older_plat() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = SqliteConnectOptions::new().filename(dir.path().join("plat.sqlite")).create_if_missing(true);
        let mut store = file.connect().await.expect("a database");
        migrator(&MIGRATIONS[..1]).run(&mut store).await.expect("the first schema");
        // With the time until ready as that schema had it: all but building and the bake.
        let runs = [
            (older(&[("build", 0.0, 1000.0), ("ready", 1000.0, 1000.0), ("bake", 2000.0, 1500.0)]), 2500.0),
            (older(&[("build", 0.0, 1000.0), ("ready", 1000.0, 3000.0)]), 4000.0),
            (older(&[("preflight", 0.0, 5000.0)]), 5000.0),
            (older(&[("ready", 0.0, 5000.0)]), 5000.0),
            (older(&[]), 5000.0),
        ];
        for (run, ready_ms) in &runs {
            let event = &of_run(run, "urn:older")[0];
            let mut transaction = store.begin().await.expect("a transaction");
            add_event(&mut transaction, event, Timestamp::now()).await.expect("an event");
            sqlx::query(
                "INSERT INTO runs (source, id, started_ms, service, arm, kind, outcome, ready_ms, build_ms, run)
                 VALUES (?, ?, ?, ?, 'plat', 'first', 'success', ?, ?, ?)",
            )
            .bind(&event.source)
            .bind(&event.id)
            .bind(run.started_at.as_millisecond())
            .bind(&run.facts.service)
            .bind(ready_ms)
            .bind(observe(run).expect("a deploy").build_ms)
            .bind(serde_json::to_string(run).expect("JSON"))
            .execute(&mut *transaction)
            .await
            .expect("a run");
            transaction.commit().await.expect("a run");
        }
        store.close().await.expect("a closed database");

        let store = Store::open(dir.path()).await.expect("the store");
        let mut seen = store.observations(&Filter::default()).await.expect("observations");
        let sender = Some("urn:older".to_owned());
        let by_sender = |run| Observation { person: sender.clone(), ..observe(run).expect("a deploy") };
        let mut expected: Vec<_> = runs.iter().map(|(run, _)| by_sender(run)).collect();
        for all in [&mut seen, &mut expected] {
            all.sort_by(|a, b| a.ready_ms.total_cmp(&b.ready_ms));
        }
        assert_eq!(seen, expected);
        assert!(seen.iter().all(|seen| seen.prompt_ms.is_none()), "{seen:?}");
    }
}
