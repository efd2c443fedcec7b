//! The formula of scaling modifiers: arithmetic over the triggers' values.
//!
//! Knows: the part of the expression language expr-lang/expr that people write formulas in. Must not know: triggers
//! beyond their names. Source: `pkg/scaling/modifiers/formula.go`; precedences as in expr's `parser/operator`.
//!
//! Read: numbers, trigger names, `+ - * / ** ^`, comparisons, `and or not && || !`, `?:`, `??`, `nil`, `true`, `false`
//! and the functions `abs ceil floor round int float min max sum mean`, the last four over arguments or one `[list]`.
//! Anything else is refused by name, rather than read wrongly.

mod read;
mod words;

use read::Reader;

/// Longest text: far beyond what anybody writes, and short enough for a tree of any shape.
const TEXT_MAX: usize = 1000;
/// A formula that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Constant(Value),
    /// The trigger at this place in the list of names.
    Trigger(usize),
    Minus(Box<Node>),
    Not(Box<Node>),
    Binary(&'static str, Box<[Node; 2]>),
    Choice(Box<[Node; 3]>),
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Number(f64),
    Truth(bool),
    Nil,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Abs,
    Ceil,
    Floor,
    Round,
    Int,
    Float,
    Min,
    Max,
    Sum,
    Mean,
}

const FUNCTIONS: [(&str, Function); 10] = [
    ("abs", Function::Abs),
    ("ceil", Function::Ceil),
    ("floor", Function::Floor),
    ("round", Function::Round),
    ("int", Function::Int),
    ("float", Function::Float),
    ("min", Function::Min),
    ("max", Function::Max),
    ("sum", Function::Sum),
    ("mean", Function::Mean),
];

impl Formula {
    /// Reads a formula over triggers of these names.
    ///
    /// # Errors
    /// What it cannot be read as.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, String> {
        if text.len() > TEXT_MAX {
            return Err(format!("longer than {TEXT_MAX} characters"));
        }
        Reader::new(text, names)?.formula().map(Self)
    }

    /// Its value in thousandths, truncated, over the triggers' values in the order of their names; `None` is nil.
    ///
    /// # Errors
    /// When nil or a truth value stands where a number is needed.
    pub fn value_milli(&self, values: &[Option<f64>]) -> Result<i64, String> {
        let value = self.0.number(values)?;
        Ok((value * 1000.0) as i64)
    }
}

impl Node {
    fn value(&self, values: &[Option<f64>]) -> Result<Value, String> {
        Ok(match self {
            Self::Constant(value) => *value,
            Self::Trigger(index) => values
                .get(*index)
                .copied()
                .flatten()
                .map_or(Value::Nil, Value::Number),
            Self::Minus(node) => Value::Number(-node.number(values)?),
            Self::Not(node) => Value::Truth(!node.truth(values)?),
            Self::Choice(nodes) => {
                let chosen = if nodes[0].truth(values)? { 1 } else { 2 };
                nodes[chosen].value(values)?
            }
            Self::Binary(operator, sides) => binary(operator, sides, values)?,
            Self::Call(function, arguments) => {
                let numbers: Result<Vec<_>, _> =
                    arguments.iter().map(|argument| argument.number(values)).collect();
                Value::Number(function.apply(&numbers?))
            }
        })
    }

    fn number(&self, values: &[Option<f64>]) -> Result<f64, String> {
        match self.value(values)? {
            Value::Number(number) => Ok(number),
            other => Err(format!("{} stands where a number is needed", other.word())),
        }
    }

    fn truth(&self, values: &[Option<f64>]) -> Result<bool, String> {
        match self.value(values)? {
            Value::Truth(truth) => Ok(truth),
            other => Err(format!("{} stands where true or false is needed", other.word())),
        }
    }
}

impl Value {
    const fn word(self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Truth(_) => "true or false",
            Self::Nil => "nil",
        }
    }
}

fn binary(operator: &str, sides: &[Node; 2], values: &[Option<f64>]) -> Result<Value, String> {
    let [left, right] = sides;
    match operator {
        "and" | "&&" => return Ok(Value::Truth(left.truth(values)? && right.truth(values)?)),
        "or" | "||" => return Ok(Value::Truth(left.truth(values)? || right.truth(values)?)),
        "??" => {
            return match left.value(values)? {
                Value::Nil => right.value(values),
                value => Ok(value),
            };
        }
        "==" => return Ok(Value::Truth(left.value(values)? == right.value(values)?)),
        "!=" => return Ok(Value::Truth(left.value(values)? != right.value(values)?)),
        _ => {}
    }
    let (a, b) = (left.number(values)?, right.number(values)?);
    Ok(match operator {
        "<" => Value::Truth(a < b),
        ">" => Value::Truth(a > b),
        "<=" => Value::Truth(a <= b),
        ">=" => Value::Truth(a >= b),
        "+" => Value::Number(a + b),
        "-" => Value::Number(a - b),
        "*" => Value::Number(a * b),
        "/" => Value::Number(a / b),
        _ => Value::Number(a.powf(b)),
    })
}

impl Function {
    const fn takes_many(self) -> bool {
        matches!(self, Self::Min | Self::Max | Self::Sum | Self::Mean)
    }

    /// Applies it to at least one number.
    fn apply(self, numbers: &[f64]) -> f64 {
        let first = numbers[0];
        let sum = || numbers.iter().sum::<f64>();
        match self {
            Self::Abs => first.abs(),
            Self::Ceil => first.ceil(),
            Self::Floor => first.floor(),
            Self::Round => first.round(),
            Self::Int => first.trunc(),
            Self::Float => first,
            Self::Min => numbers.iter().copied().fold(first, f64::min),
            Self::Max => numbers.iter().copied().fold(first, f64::max),
            Self::Sum => sum(),
            Self::Mean => sum() / numbers.len() as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Formula;
    use proptest::prelude::*;

    const NAMES: [&str; 3] = ["trig_one", "trig_two", "q"];

    fn value(text: &str, values: [Option<f64>; 3]) -> Result<i64, String> {
        Formula::parse(text, &NAMES)?.value_milli(&values)
    }

    #[test]
    fn formulas_mean_what_they_mean_to_keda() {
        let values = [Some(3.0), Some(10.0), None];
        for (text, milli) in [
            ("trig_one + trig_two * 2", 23_000),
            ("(trig_one + trig_two) / 4", 3_250),
            ("-2 ** 2 + 2 ^ 3 ^ 2", 508_000),
            ("trig_one > 2 && not (trig_two < 5) ? trig_two : 1", 10_000),
            ("q ?? trig_one ?? 5", 3_000),
            ("q == nil ? 0.0019 : q + 1", 1),
            ("max(trig_one, trig_two) - min([trig_one, trig_two])", 7_000),
            ("float(round(trig_two / trig_one)) + mean([1, 2])", 4_500),
        ] {
            assert_eq!(value(text, values), Ok(milli), "{text}");
        }
        assert_eq!(
            value("q + 1", values).unwrap_err(),
            "nil stands where a number is needed"
        );
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (text, part) in [
            ("trig_three + 1", "trig_three"),
            ("count([trig_one, trig_two], {# > 1}) > 1 ? 5 : 0", "{"),
            ("median([trig_one])", "median"),
            ("trig_one % 2", "%"),
            ("trig_one +", "early"),
            ("trig_one trig_two", "trig_two"),
            ("'text'", "'"),
            ("1.2.3", "1.2.3"),
        ] {
            let problem = value(text, [None; 3]).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
        assert!(value(&"(".repeat(900), [None; 3]).is_err());
        assert!(value(&"-".repeat(900), [None; 3]).is_err());
        assert!(value(&"1+".repeat(450), [None; 3]).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z_0-9+*/()?:<>=&|!., \\[\\]%{}#-]{0,60}|\\PC{0,20}") {
            let _ = value(&text, [Some(1.0), None, Some(2.0)]);
        }
    }
}
