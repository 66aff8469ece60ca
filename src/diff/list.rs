//! Which item of one list became which of another, where no key of the API tells it. Pure.

use serde_json::Value;

/// One item of both lists, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Both(usize, usize),
    Old(usize),
    New(usize),
}

/// Beyond this many comparisons items are told apart by their index.
const COMPARISONS: usize = 1 << 18;
/// What it costs to say of one item that it is gone, or new. Two that differ in all cost as much as both.
const ONE: f64 = 0.5;

/// The fewest and smallest changes that make one list of the other, in the order of the items: an item that was inserted
/// is one change, and does not shift those after it.
pub(super) fn aligned(old: &[Value], new: &[Value]) -> Vec<Item> {
    let same = |(a, b): &(&Value, &Value)| a == b;
    let head = old.iter().zip(new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let middle = between(&old[head..old_end], &new[head..new_end]).into_iter().map(|item| match item {
        Item::Both(i, j) => Item::Both(i + head, j + head),
        Item::Old(i) => Item::Old(i + head),
        Item::New(j) => Item::New(j + head),
    });
    let equal = (0..head).map(|i| Item::Both(i, i));
    equal.chain(middle).chain((0..tail).map(|i| Item::Both(old_end + i, new_end + i))).collect()
}

fn between(old: &[Value], new: &[Value]) -> Vec<Item> {
    let (rows, columns) = (old.len(), new.len());
    if rows * columns > COMPARISONS {
        return (0..rows.max(columns)).map(|i| by_index(i, rows, columns)).collect();
    }
    // Needleman and Wunsch: the cheapest way to each pair of beginnings.
    let width = columns + 1;
    let mut costs = vec![0.0; (rows + 1) * width];
    let pairs: Vec<f64> = old.iter().flat_map(|a| new.iter().map(move |b| difference(a, b))).collect();
    for i in 0..=rows {
        for j in 0..=columns {
            let gone = if i > 0 { costs[(i - 1) * width + j] + ONE } else { f64::INFINITY };
            let made = if j > 0 { costs[i * width + j - 1] + ONE } else { f64::INFINITY };
            let both = if i > 0 && j > 0 {
                costs[(i - 1) * width + j - 1] + pairs[(i - 1) * columns + j - 1]
            } else {
                f64::INFINITY
            };
            let cheapest = both.min(gone).min(made);
            costs[i * width + j] = if cheapest.is_finite() { cheapest } else { 0.0 };
        }
    }
    let (mut i, mut j) = (rows, columns);
    let mut items = Vec::new();
    let is = |a: f64, b: f64| (a - b).abs() < 1e-9;
    while i > 0 || j > 0 {
        let here = costs[i * width + j];
        if i > 0 && j > 0 && is(here, costs[(i - 1) * width + j - 1] + pairs[(i - 1) * columns + j - 1]) {
            (i, j) = (i - 1, j - 1);
            items.push(Item::Both(i, j));
        } else if j > 0 && is(here, costs[i * width + j - 1] + ONE) {
            j -= 1;
            items.push(Item::New(j));
        } else {
            i -= 1;
            items.push(Item::Old(i));
        }
    }
    items.reverse();
    items
}

fn by_index(i: usize, old: usize, new: usize) -> Item {
    match (i < old, i < new) {
        (true, true) => Item::Both(i, i),
        (true, false) => Item::Old(i),
        _ => Item::New(i),
    }
}

/// From 0, equal, to more than one gone and one new, another kind of value: the part of the leaves that is not in both.
fn difference(a: &Value, b: &Value) -> f64 {
    if a == b {
        return 0.0;
    }
    match (a, b) {
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) => {
            let (of_a, of_b) = (leaves(a), leaves(b));
            let shared = of_a.iter().filter(|leaf| of_b.contains(leaf)).count();
            let all = of_a.len().max(of_b.len()).max(1);
            #[expect(clippy::cast_precision_loss, reason = "lists of Kubernetes objects have few leaves")]
            let part = shared as f64 / all as f64;
            0.95 - 0.9 * part
        }
        // One text became another: cheaper than one gone and one new.
        _ if std::mem::discriminant(a) == std::mem::discriminant(b) => 0.95,
        // Never one item that changed.
        _ => 2.0 * ONE + 0.1,
    }
}

/// Every value with the keys that lead to it.
fn leaves(value: &Value) -> Vec<(String, &Value)> {
    fn walk<'v>(path: &str, value: &'v Value, found: &mut Vec<(String, &'v Value)>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(&format!("{path}[]"), item, found)),
            leaf => found.push((path.to_owned(), leaf)),
        }
    }
    let mut found = Vec::new();
    walk("", value, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::same(json!(["a", "b"]), json!(["a", "b"]), &[Item::Both(0, 0), Item::Both(1, 1)])]
    #[case::inserted_first(json!(["a", "b"]), json!(["x", "a", "b"]), &[Item::New(0), Item::Both(0, 1), Item::Both(1, 2)])]
    #[case::inserted_between(json!(["a", "b"]), json!(["a", "x", "b"]), &[Item::Both(0, 0), Item::New(1), Item::Both(1, 2)])]
    #[case::removed(json!(["a", "b", "c"]), json!(["a", "c"]), &[Item::Both(0, 0), Item::Old(1), Item::Both(2, 1)])]
    #[case::changed(json!(["a", "b"]), json!(["a", "c"]), &[Item::Both(0, 0), Item::Both(1, 1)])]
    #[case::changed_and_inserted(
        json!([{"host": "a", "port": 1, "path": "/"}, {"host": "b", "port": 1}]),
        json!([{"host": "x", "port": 9}, {"host": "a", "port": 2, "path": "/"}, {"host": "b", "port": 1}]),
        &[Item::New(0), Item::Both(0, 1), Item::Both(1, 2)]
    )]
    #[case::another_kind(json!(["a"]), json!([{"a": 1}]), &[Item::Old(0), Item::New(0)])]
    #[case::empty(json!([]), json!(["a"]), &[Item::New(0)])]
    fn an_item_is_found_again(#[case] old: Value, #[case] new: Value, #[case] expected: &[Item]) {
        let (Value::Array(old), Value::Array(new)) = (old, new) else { panic!("two lists") };
        assert_eq!(aligned(&old, &new), expected);
    }

    #[test]
    fn long_lists_are_compared_by_index() {
        let list = |from: usize| (from..from + 600).map(|n| json!({ "n": n })).collect::<Vec<_>>();
        assert_eq!(aligned(&list(0), &list(1000)).len(), 600);
    }
}
