//! What a YAML scalar is to kubectl: YAML 1.1 as go-yaml reads it (`go.yaml.in/yaml/v2`, resolve.go), which
//! sigs.k8s.io/yaml turns into JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

/// The explicit tag of a scalar, as far as it has a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// None, or the non-specific `!`.
    Plain,
    Text,
    Boolean,
    Integer,
    Float,
    Null,
    Timestamp,
    Binary,
    /// A tag of someone's own: the text as it is.
    Other,
}

/// What a scalar is.
///
/// # Errors
/// A value that JSON has no word for, or that is not what its tag says.
pub(super) fn value(text: &str, tag: Tag) -> Result<Value, String> {
    let own = || Value::String(text.to_owned());
    let mismatch = |what: &str| Err(format!("`{}` is no {what}", crate::text::foreign_line(text, 40)));
    match tag {
        Tag::Text | Tag::Timestamp | Tag::Other => Ok(own()),
        Tag::Plain => plain(text),
        Tag::Null => match plain(text) {
            Ok(Value::Null) => Ok(Value::Null),
            _ => mismatch("null"),
        },
        Tag::Boolean => match plain(text) {
            Ok(found @ Value::Bool(_)) => Ok(found),
            _ => mismatch("true or false"),
        },
        Tag::Integer => match plain(text) {
            Ok(Value::Number(found)) if !is_float(text) => Ok(Value::Number(found)),
            _ => mismatch("integer"),
        },
        Tag::Float => match plain(text) {
            Ok(found @ Value::Number(_)) => Ok(found),
            _ => mismatch("number"),
        },
        Tag::Binary => match STANDARD.decode(text.split_whitespace().collect::<String>()) {
            Ok(bytes) => Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned())),
            Err(_) => mismatch("base64"),
        },
    }
}

/// A scalar without quotes.
fn plain(text: &str) -> Result<Value, String> {
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') if !is_date(text) => number(text),
        Some(b'.') if separates_digits(text) => float(&text.replace('_', "")),
        _ => None,
    };
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Ok(Value::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Ok(Value::Bool(false)),
        "" | "~" | "null" | "Null" | "NULL" => Ok(Value::Null),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => Err(format!("`{text}` is not a value that JSON can hold; a text needs quotes")),
        text => Ok(number.map_or_else(|| Value::String(text.to_owned()), Value::Number)),
    }
}

fn is_float(text: &str) -> bool {
    integer(&text.replace('_', "")).is_none()
}

fn number(text: &str) -> Option<Number> {
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| float(&digits))
}

/// `strconv.ParseInt(text, 0, 64)`: `0x`, `0o`, `0b` and a leading `0` choose the base.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // `from_str_radix` takes a sign of its own.
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Number::from);
    }
    match i64::try_from(magnitude) {
        Ok(number) => Some(Number::from(number)),
        // What Kubernetes' own JSON reader makes of it, when it does not fit its integers.
        #[expect(clippy::cast_precision_loss, reason = "so does Go's float64(…)")]
        Err(_) => Number::from_f64(magnitude as f64),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(text: &str) -> Option<Number> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let fits = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    if !fits || !exponent.is_none_or(is_digits) {
        return None;
    }
    whole(text.parse().ok().filter(|number: &f64| number.is_finite())?)
}

/// Go writes the float 3 as `3`, which is read as an integer again.
pub(super) fn whole(number: f64) -> Option<Number> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number that fits")]
    if number.fract() == 0.0 && number.abs() < TWO_TO_63 {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

/// Whether each `_` stands between digits, as Go's own numbers allow it.
fn separates_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
}

/// Looks like `2026-11-23`: a text, though it begins with digits. What follows the date does not matter: no number
/// has a `-` there.
fn is_date(text: &str) -> bool {
    text.len() > 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-'
}

/// A key of a map, which is a text in JSON.
///
/// # Errors
/// A key that kubectl refuses too.
pub(super) fn key(text: &str, tag: Tag) -> Result<String, String> {
    match value(text, tag)? {
        Value::String(text) => Ok(text),
        Value::Bool(yes) => Ok(yes.to_string()),
        Value::Number(number) if is_float(text) => Ok(number.as_f64().map(shortest).unwrap_or_default()),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        _ => Err("a key must be a text".to_owned()),
    }
}

/// `strconv.FormatFloat(number, 'g', -1, 32)`
fn shortest(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "sigs.k8s.io/yaml formats keys with 32 bits")]
    let number = number as f32;
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent @ (..-4 | 6..)) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("0644", json!(420))]
    #[case("-0644", json!(-420))]
    #[case("0o644", json!(420))]
    #[case("08", json!(8))]
    #[case("0x1F", json!(31))]
    #[case("0b101", json!(5))]
    #[case("1_000", json!(1000))]
    #[case("+5", json!(5))]
    #[case("+-5", json!("+-5"))]
    #[case("0x-5", json!("0x-5"))]
    #[case("1.50", json!(1.5))]
    #[case("1.0", json!(1))]
    #[case("1e3", json!(1000))]
    #[case(".5", json!(0.5))]
    #[case(".5_0", json!(0.5))]
    #[case("._5", json!("._5"))]
    #[case("1e999", json!("1e999"))]
    #[case("9223372036854775807", json!(i64::MAX))]
    #[case("-9223372036854775808", json!(i64::MIN))]
    #[case("18446744073709551615", json!(18_446_744_073_709_551_615.0_f64))]
    #[case("1.2.3", json!("1.2.3"))]
    #[case("100m", json!("100m"))]
    #[case("-", json!("-"))]
    #[case(".", json!("."))]
    #[case("0x", json!("0x"))]
    #[case("12:30:45", json!("12:30:45"))]
    #[case("2026-11-23", json!("2026-11-23"))]
    #[case("2026-11-23T10:00:00Z", json!("2026-11-23T10:00:00Z"))]
    #[case("yes", json!(true))]
    #[case("On", json!(true))]
    #[case("n", json!(false))]
    #[case("oN", json!("oN"))]
    #[case("~", json!(null))]
    #[case("", json!(null))]
    fn a_plain_scalar_is_what_go_yaml_takes_it_for(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(value(text, Tag::Plain), Ok(expected));
    }

    #[rstest]
    #[case("5", Tag::Text, Ok(json!("5")))]
    #[case("yes", Tag::Boolean, Ok(json!(true)))]
    #[case("5", Tag::Float, Ok(json!(5)))]
    #[case("1.5", Tag::Integer, Err(()))]
    #[case("aGVsbG8=", Tag::Binary, Ok(json!("hello")))]
    #[case(".inf", Tag::Plain, Err(()))]
    fn a_tag_decides(#[case] text: &str, #[case] tag: Tag, #[case] expected: Result<Value, ()>) {
        assert_eq!(value(text, tag).map_err(|_| ()), expected);
    }

    #[rstest]
    #[case("on", "true")]
    #[case("8080", "8080")]
    #[case("0644", "420")]
    #[case("1.5", "1.5")]
    #[case("1e3", "1000")]
    #[case("1e6", "1e+06")]
    #[case("a b", "a b")]
    fn a_key_is_a_text(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(key(text, Tag::Plain).as_deref(), Ok(expected));
    }
}
