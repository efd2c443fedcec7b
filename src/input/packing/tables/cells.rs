//! What stands in a cell: amounts, counts and prices.

use super::super::number::{told, whole};
use crate::model::price::Money;
use crate::model::units::CpuQuantity;

/// An amount in thousandths.
pub(super) fn amount(cell: &str) -> Result<u64, String> {
    if cell.is_empty() {
        return Err("is empty, expected an amount such as 2, 0.5, 500m or 4Gi".to_owned());
    }
    let fraction = cell.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if digits && fraction.trim_end_matches('0').len() > 3 {
        return Err(format!("is {}: finer than a thousandth", told(cell)));
    }
    // CPU has the widest form of all quantities: thousandths, fractions and every suffix.
    let quantity: Result<CpuQuantity, _> = cell.parse();
    match quantity {
        Ok(quantity) => Ok(quantity.millis()),
        Err(_) if cell.starts_with('-') => Err(format!("is {}: it is negative", told(cell))),
        Err(_) => Err(format!(
            "is {}, expected an amount such as 2, 0.5, 500m or 4Gi",
            told(cell)
        )),
    }
}

/// An amount as [`amount`] reads it, in decimals.
pub(super) fn of_thousandths(amount: u64) -> String {
    match amount % 1000 {
        0 => (amount / 1000).to_string(),
        rest => format!("{}.{rest:03}", amount / 1000)
            .trim_end_matches('0')
            .to_owned(),
    }
}

/// How many there are, 1 or more.
pub(super) fn count(cell: &str) -> Result<u64, String> {
    match whole(cell, "`count`")? {
        0 => Err("`count` is 0, expected 1 or more".to_owned()),
        count => Ok(count),
    }
}

/// USD an hour.
pub(super) fn price(cell: &str) -> Result<Money, String> {
    let number = cell.trim_start_matches('$').parse::<f64>();
    match number {
        Ok(usd) if (0.0..1e9).contains(&usd) => Ok(Money::from_usd(usd)),
        Ok(usd) if usd < 0.0 => Err(format!("`price` is {}: it is negative", told(cell))),
        _ => Err(format!(
            "`price` is {}, expected USD an hour such as 0.192",
            told(cell)
        )),
    }
}

/// Where all amounts of a dimension are whole, they are counted in whole ones and not in thousandths.
pub(super) fn shortest(mut lists: Vec<&mut Vec<u64>>) {
    let dimensions = lists.first().map_or(0, |list| list.len());
    for place in 0..dimensions {
        if lists.iter().all(|list| list[place] % 1000 == 0) {
            for list in &mut lists {
                list[place] /= 1000;
            }
        }
    }
}
