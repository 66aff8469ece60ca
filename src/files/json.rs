//! A stream of JSON values: `{…}{…}`, or one a line, as kubectl takes it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::scalar;

/// Values with the offset where each begins, and what is left where the text is not JSON any more.
pub(super) struct Stream<'t> {
    pub values: Vec<(usize, Value)>,
    pub rest: Option<(&'t str, serde_json::Error)>,
}

pub(super) fn stream(text: &str) -> Stream<'_> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Unique>();
    let mut values = Vec::new();
    loop {
        let at = stream.byte_offset();
        match stream.next() {
            None => return Stream { values, rest: None },
            Some(Ok(Unique(value))) => {
                let start = at + text[at..].len() - text[at..].trim_start().len();
                values.push((start, value));
            }
            Some(Err(error)) => return Stream { values, rest: Some((&text[at..], error)) },
        }
    }
}

/// What [`Unique`] says about a key that is there twice.
pub(super) const TWICE: &str = "is given twice";

/// A JSON value whose objects have each key once; numbers as Kubernetes reads them.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "so does Go's float64(…)")]
        Ok(i64::try_from(value).map_or_else(|_| Value::from(value as f64), Value::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(scalar::whole(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                let key = crate::text::foreign_line(&key, 80);
                return Err(A::Error::custom(format!("`{key}` {TWICE}")));
            }
            let Unique(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{"a": 1} {"b": 1.0}"#, &[(0, r#"{"a":1}"#), (9, r#"{"b":1}"#)], None)]
    #[case("{\"a\": 1}\n---\na: 1", &[(0, r#"{"a":1}"#)], Some("\n---\na: 1"))]
    #[case(r#"{"a": 1, "a": 2}"#, &[], Some(r#"{"a": 1, "a": 2}"#))]
    #[case("{a: 1}", &[], Some("{a: 1}"))]
    fn a_stream_ends_where_it_is_no_json(
        #[case] text: &str,
        #[case] expected: &[(usize, &str)],
        #[case] rest: Option<&str>,
    ) {
        let stream = stream(text);
        let values: Vec<(usize, String)> = stream.values.iter().map(|(at, value)| (*at, value.to_string())).collect();
        let values: Vec<(usize, &str)> = values.iter().map(|(at, value)| (*at, value.as_str())).collect();
        assert_eq!((values.as_slice(), stream.rest.map(|(rest, _)| rest)), (expected, rest));
    }
}
