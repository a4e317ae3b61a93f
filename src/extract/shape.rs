//! Whether a block's lines all look like lines of their format, at the speed of a vector loop: the
//! bytes beside each line end tell. Only a block that has something odd is looked at line by line.

use crate::formats::LogFormat;

/// Bytes summed up before the counter of one byte is emptied.
const STRIDE: usize = 255;

/// Whether every line of `own` (whole lines) begins and ends as the format's lines do. May be wrong
/// in one way only: it may call blank lines odd.
pub(super) fn is_regular(own: &[u8], format: LogFormat) -> bool {
    let (Some(&first), Some(&last)) = (own.first(), own.last()) else {
        return true;
    };
    match format {
        LogFormat::JsonFile | LogFormat::Journald => {
            first == b'{'
                && matches!(last, b'\n' | b'}')
                && pairs(own, |a, b| (a == b'\n') & (b != b'{')) == 0
                && pairs(own, |a, b| (b == b'\n') & (a != b'}')) == 0
        }
        LogFormat::Timestamped | LogFormat::TimestampedDetails | LogFormat::Cri => {
            first.is_ascii_digit()
                && pairs(own, |a, b| (a == b'\n') & (b.wrapping_sub(b'0') > 9)) == 0
        }
        LogFormat::Compose | LogFormat::Plain => true,
    }
}

/// Counts the neighbouring bytes for which `odd` holds. Written so that the compiler makes a vector
/// loop of it: no branch, and a counter of the bytes' own width.
#[inline]
fn pairs(bytes: &[u8], odd: impl Fn(u8, u8) -> bool) -> usize {
    let followers = bytes.get(1..).unwrap_or_default();
    bytes
        .chunks(STRIDE)
        .zip(followers.chunks(STRIDE))
        .map(|(a, b)| {
            usize::from(
                a.iter()
                    .zip(b)
                    .fold(0_u8, |sum, (a, b)| sum + u8::from(odd(*a, *b))),
            )
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_line_anywhere_is_seen() {
        let line = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}\n";
        let block = line.repeat(50);
        assert!(is_regular(block.as_bytes(), LogFormat::JsonFile));
        for at in
            (0..block.len()).filter(|at| at % line.len() == 0 || at % line.len() == line.len() - 2)
        {
            let mut broken = block.clone().into_bytes();
            broken[at] = b'x';
            assert!(!is_regular(&broken, LogFormat::JsonFile), "at {at}");
        }
    }

    #[test]
    fn a_line_without_a_time_is_seen() {
        let block = "2026-11-20T09:41:14.012446485Z INFO\n".repeat(40);
        assert!(is_regular(block.as_bytes(), LogFormat::Timestamped));
        assert!(!is_regular(
            format!("{block}no time\n").as_bytes(),
            LogFormat::Timestamped
        ));
        assert!(is_regular(b"anything\n", LogFormat::Plain));
        assert!(is_regular(b"", LogFormat::JsonFile));
    }
}
