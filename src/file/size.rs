//! How large a content is, in words.

/// Returns a number of bytes in the largest unit that it fills, such as `12.3 MB`; a kB is 1,000 bytes.
pub fn spoken_bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10);
            match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                tenth => format!("{}.{tenth} {name}", tenths / 10),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_stands_in_the_largest_unit_that_it_fills() {
        for (bytes, says) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (12_345_678, "12.3 MB"),
            (5 << 30, "5.3 GB"),
        ] {
            assert_eq!(spoken_bytes(bytes), says);
        }
    }
}
