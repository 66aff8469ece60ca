//! A request's body -> events. Only the two JSON formats of CloudEvents over HTTP come in: a web page cannot post
//! them to another site without asking first (they are no "simple" content types of the Fetch standard).

use axum::http::StatusCode;

use crate::telemetry::event::{BATCH, CloudEvent, STRUCTURED};

/// Bytes of a request's body.
pub const LARGEST_BODY: usize = 1024 * 1024;
const LONGEST_NAME: usize = 1024;

/// Why a request is refused as a whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub why: String,
}

/// Reads one event or a batch.
///
/// # Errors
/// When the content type is another, or one of the events is none.
pub fn events(content_type: Option<&str>, body: &[u8]) -> Result<Vec<CloudEvent>, Refusal> {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let events = match media_type.as_str() {
        STRUCTURED => serde_json::from_slice(body).map(|event| vec![event]),
        BATCH => serde_json::from_slice(body),
        _ => {
            let why = format!("send {STRUCTURED} or {BATCH}");
            return Err(Refusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, why });
        }
    };
    let events: Vec<CloudEvent> = events.map_err(|e| bad(format!("not in the JSON format of CloudEvents: {e}")))?;
    for (at, event) in events.iter().enumerate() {
        check(event).map_err(|why| bad(format!("event {at}: {why}")))?;
    }
    Ok(events)
}

fn check(event: &CloudEvent) -> Result<(), String> {
    if event.specversion != "1.0" {
        return Err("specversion must be \"1.0\"".to_owned());
    }
    for (name, value) in [("id", &event.id), ("source", &event.source), ("type", &event.kind)] {
        if value.is_empty() || value.len() > LONGEST_NAME {
            return Err(format!("{name} must have 1 to {LONGEST_NAME} bytes"));
        }
    }
    Ok(())
}

fn bad(why: String) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const EVENT: &str =
        r#"{"specversion":"1.0","id":"1","source":"/ci","type":"dev.cdevents.ticket.created.0.2.0","ext":1}"#;

    #[rstest]
    #[case("application/cloudevents+json", EVENT.to_owned(), 1)]
    #[case("Application/CloudEvents+JSON; charset=UTF-8", EVENT.to_owned(), 1)]
    #[case("application/cloudevents-batch+json", format!("[{EVENT},{EVENT}]"), 2)]
    #[case("application/cloudevents-batch+json", "[]".to_owned(), 0)]
    fn both_json_formats_come_in(#[case] content_type: &str, #[case] body: String, #[case] expected: usize) {
        assert_eq!(events(Some(content_type), body.as_bytes()).expect("events").len(), expected);
    }

    #[rstest]
    #[case(None, EVENT, 415)]
    #[case(Some("application/json"), EVENT, 415)]
    #[case(Some("text/plain"), EVENT, 415)]
    #[case(Some(STRUCTURED), "", 400)]
    #[case(Some(STRUCTURED), "[]", 400)]
    #[case(Some(STRUCTURED), r#"{"specversion":"0.3","id":"1","source":"/ci","type":"t"}"#, 400)]
    #[case(Some(STRUCTURED), r#"{"specversion":"1.0","id":"","source":"/ci","type":"t"}"#, 400)]
    #[case(Some(STRUCTURED), r#"{"specversion":"1.0","id":"1","source":"/ci"}"#, 400)]
    #[case(Some(STRUCTURED), r#"{"specversion":"1.0","id":"1","source":"/ci","type":"t","time":"yesterday"}"#, 400)]
    #[case(Some(BATCH), EVENT, 400)]
    fn anything_else_is_refused(#[case] content_type: Option<&str>, #[case] body: &str, #[case] status: u16) {
        let refusal = events(content_type, body.as_bytes()).expect_err("no event");
        assert_eq!(refusal.status.as_u16(), status, "{}", refusal.why);
    }
}
