//! Whether a block's lines all look like lines of their format, at the speed of a vector loop: the
//! bytes beside each line end tell. Only a block that has something odd is looked at line by line.

use crate::formats::LogFormat;

/// Bytes looked at before it is asked whether any of them was odd.
const STRIDE: usize = 4096;

/// Whether every line of `own` (whole lines) looks whole to `format`. May be wrong in one way only: it
/// may call lines odd that are not (blank ones, those of a text-mode copy).
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches would keep the compiler from making a vector loop"
)]
pub(super) fn is_regular(own: &[u8], format: LogFormat) -> bool {
    let Some(first_end) = memchr::memchr(b'\n', own) else {
        return own.is_empty();
    };
    let last = own.strip_suffix(b"\n").unwrap_or(own);
    let last_begin = memchr::memrchr(b'\n', last).map_or(0, |at| at + 1);
    if !format.looks_whole(&own[..first_end]) || !format.looks_whole(&last[last_begin..]) {
        return false;
    }
    match format {
        LogFormat::JsonFile | LogFormat::Journald => {
            !any::<1, 2>(own, |a, b, c| (a == b'\n') & ((b != b'{') | (c != b'"')))
                && !any::<1, 2>(own, |a, b, c| (c == b'\n') & ((b != b'}') | (a != b'"')))
        }
        LogFormat::Timestamped | LogFormat::TimestampedDetails | LogFormat::Cri => {
            !any::<5, 11>(own, |a, b, c| (a == b'\n') & ((b != b'-') | (c != b'T')))
                && !any::<1, 8>(own, |a, b, c| {
                    (a == b'\n') & ((b.wrapping_sub(b'0') > 9) | (c != b'-'))
                })
        }
        LogFormat::Compose | LogFormat::Plain => true,
    }
}

/// Whether `odd` holds for any byte and those `B` and `C` after it. Written so that the compiler
/// makes a vector loop of it: no branch, and a sum of the bytes' own width.
#[inline]
fn any<const B: usize, const C: usize>(bytes: &[u8], odd: impl Fn(u8, u8, u8) -> bool) -> bool {
    let (Some(second), Some(third)) = (bytes.get(B..), bytes.get(C..)) else {
        return true;
    };
    bytes
        .chunks(STRIDE)
        .zip(second.chunks(STRIDE))
        .zip(third.chunks(STRIDE))
        .any(|((a, b), c)| {
            let sum = a
                .iter()
                .zip(b)
                .zip(c)
                .fold(0_u8, |sum, ((a, b), c)| sum | u8::from(odd(*a, *b, *c)));
            sum != 0
        })
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
