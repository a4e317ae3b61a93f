//! Whether a block's lines all look like lines of their format, at the speed of a vector loop: the
//! bytes beside each line end tell. Only a block that has something odd is looked at line by line.

use crate::formats::LogFormat;

/// Bytes summed up before the counter of one byte is emptied.
const STRIDE: usize = 255;

/// Whether every line of `own` (whole lines) begins and ends as the format's lines do. May be wrong
/// in one way only: it may call blank lines and unusual ones odd.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator is a branch, and a branch is no vector loop"
)]
pub(super) fn is_regular(own: &[u8], format: LogFormat) -> bool {
    let (Some(&first), Some(&last)) = (own.first(), own.last()) else {
        return true;
    };
    match format {
        LogFormat::JsonFile | LogFormat::Journald => {
            own.starts_with(b"{\"")
                && matches!(last, b'\n' | b'}')
                && triples(own, |a, b, c| (a == b'\n') & ((b != b'{') | (c != b'"'))) == 0
                && triples(own, |a, b, c| (c == b'\n') & ((b != b'}') | (a != b'"'))) == 0
        }
        LogFormat::Timestamped | LogFormat::TimestampedDetails | LogFormat::Cri => {
            first.is_ascii_digit()
                && triples(own, |a, b, c| {
                    let digits = (b.wrapping_sub(b'0') <= 9) & (c.wrapping_sub(b'0') <= 9);
                    (a == b'\n') & !digits
                }) == 0
        }
        LogFormat::Compose | LogFormat::Plain => true,
    }
}

/// Counts the places of three neighbouring bytes for which `odd` holds. Written so that the compiler
/// makes a vector loop of it: no branch, and a counter of the bytes' own width.
#[inline]
fn triples(bytes: &[u8], odd: impl Fn(u8, u8, u8) -> bool) -> usize {
    let second = bytes.get(1..).unwrap_or_default();
    let third = bytes.get(2..).unwrap_or_default();
    bytes
        .chunks(STRIDE)
        .zip(second.chunks(STRIDE))
        .zip(third.chunks(STRIDE))
        .map(|((a, b), c)| {
            let bytes = a.iter().zip(b).zip(c);
            usize::from(bytes.fold(0_u8, |sum, ((a, b), c)| sum + u8::from(odd(*a, *b, *c))))
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
        let telling = [0, 1, line.len() - 3, line.len() - 2];
        for at in (0..block.len()).filter(|at| telling.contains(&(at % line.len()))) {
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
