//! What nothing says, asked of the person who knows.

use serde_json::{Value, json};

use crate::detect::{Service, Unknown};
use crate::error::Result;
use crate::ui;

/// The services with what a person answered; an empty answer leaves it open.
///
/// # Errors
/// When the person goes away.
pub async fn answers(services: Vec<Service>) -> Result<Vec<Service>> {
    if services.iter().all(|service| service.unknown.is_empty()) {
        return Ok(services);
    }
    ui::in_background(move || {
        let mut services = services;
        for service in services.iter_mut().filter(|service| !service.exists) {
            for unknown in service.unknown.clone() {
                if let Some((field, value)) = ask(&service.name, &unknown)? {
                    service.answer(field, value);
                }
            }
        }
        Ok(services)
    })
    .await
}

fn ask(name: &str, unknown: &Unknown) -> Result<Option<(&'static str, Value)>> {
    if unknown.field == "port" && !unknown.choices.is_empty() {
        let mut items: Vec<String> =
            unknown.choices.iter().map(|(port, evidence)| format!("{port}  {evidence}")).collect();
        items.push("none of them: leave it open".to_owned());
        let index = ui::select(&format!("{name}: several ports are said; which one?"), &items, 0)?;
        return Ok(unknown.choices.get(index).and_then(|(port, _)| Some(("port", json!(port.parse::<u16>().ok()?)))));
    }
    if unknown.field == "port" {
        let question = format!("{name}: on which port does it listen (none: it listens nowhere)?");
        let typed = ui::input(&question, Some(""), |typed| match typed.trim() {
            "" | "none" => Ok(()),
            port => port
                .parse::<u16>()
                .ok()
                .filter(|port| *port > 0)
                .map(|_| ())
                .ok_or_else(|| "a number from 1 to 65535, or none".to_owned()),
        })?;
        return Ok(match typed.trim() {
            "" => None,
            "none" => Some(("kind", json!("worker"))),
            port => Some(("port", json!(port.parse::<u16>().unwrap_or_default()))),
        });
    }
    let typed = ui::input(&format!("{name}: what is run ({})?", unknown.why), Some(""), |_| Ok(()))?;
    let words: Vec<&str> = typed.split_whitespace().collect();
    Ok((!words.is_empty()).then(|| ("command", json!(words))))
}
