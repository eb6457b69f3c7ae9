//! Numbers with units.

use crate::language::{Amount, Millis, Times};

/// Returns a whole number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// Returns a length of time: `300ms`, `30s`, `15m`, `24h`, `7d`, `2w`.
pub(super) fn time(text: &str) -> Option<Millis> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit: u64 = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return None,
    };
    Some(Millis(
        text[..digits].parse::<u64>().ok()?.checked_mul(unit)?,
    ))
}

/// Returns how often: `4`, `4x`, `forever`.
pub(super) fn times(text: &str) -> Option<Times> {
    match text {
        "forever" => Some(Times::Forever),
        text => Some(Times::Count(number(
            text.strip_suffix('x').unwrap_or(text),
        )?)),
    }
}

/// Returns a threshold: a length of time, a share in percent, or a number.
pub(super) fn amount(text: &str) -> Option<Amount> {
    if let Some(share) = text.strip_suffix('%') {
        let (whole, part) = share.split_once('.').unwrap_or((share, ""));
        let hundredths = match part.len() {
            0 => 0,
            1 => number(part)? * 10,
            2 => number(part)?,
            _ => return None,
        };
        let whole = number(whole).filter(|share| *share <= 100)?;
        return Some(Amount::Share(whole * 100 + hundredths));
    }
    time(text)
        .map(Amount::Time)
        .or_else(|| number(text).map(Amount::Count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart() {
        assert_eq!(time("300ms"), Some(Millis(300)));
        assert_eq!(time("15m"), Some(Millis(900_000)));
        assert_eq!(time("15"), None);
        assert_eq!(time("99999999999999999999d"), None);
        assert_eq!(time("9999999999999999d"), None);
        assert_eq!(amount("0.5%"), Some(Amount::Share(50)));
        assert_eq!(amount("5"), Some(Amount::Count(5)));
        assert_eq!(times("8x"), Some(Times::Count(8)));
    }
}
