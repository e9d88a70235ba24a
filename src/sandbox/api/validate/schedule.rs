//! Timetables of CronJobs, refused in the words of their parser.
//!
//! Source: robfig/cron v1.1.0 `parser.go`.

/// The fields: least, most, and the names that stand for numbers.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];
const DESCRIPTORS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// What is wrong with a timetable, if anything is.
pub(super) fn wrong(text: &str) -> Option<String> {
    if text.starts_with('@') {
        if DESCRIPTORS.contains(&text) {
            return None;
        }
        return match text.strip_prefix("@every ") {
            Some(every) if is_duration(every) => None,
            Some(_) => Some(format!("Failed to parse duration {text}: time: invalid duration")),
            None => Some(format!("Unrecognized descriptor: {text}")),
        };
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("Expected exactly 5 fields, found {}: {text}", fields.len()));
    }
    fields.iter().zip(FIELDS).find_map(|(field, bounds)| field.split(',').find_map(|part| wrong_range(part, bounds)))
}

fn is_duration(text: &str) -> bool {
    let units = ["h", "m", "s", "ms", "us", "ns"];
    !text.is_empty() && units.iter().any(|unit| text.ends_with(unit)) && text.starts_with(|c: char| c.is_ascii_digit())
}

fn wrong_range(part: &str, (least, most, names): (u32, u32, &[&str])) -> Option<String> {
    let number = |text: &str| -> Result<u32, String> {
        let named = names.iter().position(|name| *name == text.to_lowercase());
        if let Some(at) = named {
            return Ok(u32::try_from(at).unwrap_or_default() + u32::from(names.len() == 12));
        }
        match text.parse::<i64>() {
            Ok(number) if number < 0 => Err(format!("Negative number ({number}) not allowed: {text}")),
            Ok(number) => Ok(u32::try_from(number).unwrap_or(u32::MAX)),
            Err(_) => Err(format!("Failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax")),
        }
    };
    let pieces: Vec<&str> = part.split('/').collect();
    let ends: Vec<&str> = pieces[0].split('-').collect();
    let all = matches!(ends[0], "*" | "?");
    let (start, mut end) = if all {
        (least, most)
    } else {
        match number(ends[0]) {
            Err(why) => return Some(why),
            Ok(start) => match ends[1..] {
                [] => (start, start),
                [end] => match number(end) {
                    Err(why) => return Some(why),
                    Ok(end) => (start, end),
                },
                _ => return Some(format!("Too many hyphens: {part}")),
            },
        }
    };
    match pieces[1..] {
        [] => {}
        [step] => match number(step) {
            Err(why) => return Some(why),
            Ok(0) => {
                return Some(format!("Step of range should be a positive number: {part}"));
            }
            // `N/step` goes on to the end.
            Ok(_) if ends.len() == 1 => end = most,
            Ok(_) => {}
        },
        _ => return Some(format!("Too many slashes: {part}")),
    }
    if start < least {
        return Some(format!("Beginning of range ({start}) below minimum ({least}): {part}"));
    }
    if end > most {
        return Some(format!("End of range ({end}) above maximum ({most}): {part}"));
    }
    (start > end).then(|| format!("Beginning of range ({start}) beyond end of range ({end}): {part}"))
}
