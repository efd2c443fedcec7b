//! What a plain word of YAML means.
//!
//! Knows: the core rules of YAML 1.2: `no` and `on` are text, `0x1f` and `0o17` are numbers. One exception: digits with
//! a leading zero (`012`) are text, because YAML 1.1 reads ten there and YAML 1.2 twelve. Must not know: any field.

use super::Node;

/// The value of a plain scalar.
pub(super) fn resolve(text: &str) -> Node {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" => return Node::Bool(true),
        "false" | "False" | "FALSE" => return Node::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Node::Float(f64::NAN),
        _ => {}
    }
    number(text).unwrap_or_else(|| Node::String {
        text: text.to_owned(),
        plain: true,
    })
}

/// The number that `text` says, if it is one.
fn number(text: &str) -> Option<Node> {
    let radix = |digits: &str, radix| {
        let clean = digits.bytes().all(|c| c.is_ascii_alphanumeric());
        clean.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
    };
    if let Some(value) = text.strip_prefix("0x").and_then(|digits| radix(digits, 16)) {
        return Some(Node::Int(value.into()));
    }
    if let Some(value) = text.strip_prefix("0o").and_then(|digits| radix(digits, 8)) {
        return Some(Node::Int(value.into()));
    }
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Node::Float(if negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }));
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    if whole > 1 && unsigned.starts_with('0') {
        return None;
    }
    if whole == unsigned.len() {
        let value = text.parse::<i128>().ok();
        let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
        return match value.filter(|value| range.contains(value)) {
            Some(value) => Some(Node::Int(value)),
            None => text.parse().ok().map(Node::Float),
        };
    }
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    if let Some(tail) = rest.strip_prefix('.') {
        fraction = digits(tail);
        rest = &tail[fraction..];
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(tail) = rest.strip_prefix(['e', 'E']) {
        let tail = tail.strip_prefix(['+', '-']).unwrap_or(tail);
        if tail.is_empty() || digits(tail) != tail.len() {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    text.parse().ok().map(Node::Float)
}

#[cfg(test)]
mod tests {
    use super::{Node, resolve};

    #[test]
    fn words_mean_what_yaml_1_2_says() {
        for (text, node) in [
            ("", Node::Null),
            ("~", Node::Null),
            ("true", Node::Bool(true)),
            ("12", Node::Int(12)),
            ("-12", Node::Int(-12)),
            ("+12", Node::Int(12)),
            ("0", Node::Int(0)),
            ("0x1F", Node::Int(31)),
            ("0o17", Node::Int(15)),
            ("18446744073709551615", Node::Int(u64::MAX.into())),
            ("18446744073709551616", Node::Float(18_446_744_073_709_551_616.0)),
            ("1.5", Node::Float(1.5)),
            ("1.", Node::Float(1.0)),
            (".5", Node::Float(0.5)),
            ("-1e3", Node::Float(-1000.0)),
            ("1e999", Node::Float(f64::INFINITY)),
            (".inf", Node::Float(f64::INFINITY)),
            ("-.inf", Node::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(resolve(text), node, "{text}");
        }
    }

    #[test]
    fn other_words_are_text() {
        for text in [
            "no",
            "on",
            "yes",
            "off",
            "012",
            "007",
            "0.7.1",
            "1_000",
            "12:30",
            "1e",
            "e5",
            ".",
            "-",
            "+",
            "0x",
            "0o9",
            "0x+1",
            "inf",
            "nan",
            "infinity",
            "NaN",
            "70%",
            "--1",
            "+-1",
            "1.5.",
            "2026-03-02",
        ] {
            let node = Node::String {
                text: text.to_owned(),
                plain: true,
            };
            assert_eq!(resolve(text), node);
        }
    }
}
