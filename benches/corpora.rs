//! Writes the logs and events that `table` measures on: `cargo bench --profile dev --bench corpora -- --out DIR`.

#![expect(clippy::print_stdout, reason = "it says what it wrote")]

mod generate;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;
/// Pieces of the rotated log; the older half is compressed.
const PIECES: u64 = 64;
/// Events of the history.
const EVENTS: u64 = 300_000;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1)
    };
    // Without a folder (`cargo bench` runs all benches) there is nothing to do.
    let Some(out) = after("--out").map(PathBuf::from) else {
        return Ok(());
    };
    let size = after("--size")
        .and_then(|size| size.parse::<u64>().ok())
        .unwrap_or(1024)
        * MIB;
    fs::create_dir_all(&out)?;
    let create = |name: &str| File::create(out.join(name)).map(BufWriter::new);

    let (mut json, mut timestamped) = (create("sparse.json.log")?, create("sparse.ts.log")?);
    let counts = generate::log(size, generate::RARE, &mut json, Some(&mut timestamped))?;
    json.flush()?;
    timestamped.flush()?;
    println!("sparse: {counts:?}");
    rotate(&out.join("sparse.json.log"), &out.join("rotated"))?;

    let mut dense = create("dense.json.log")?;
    let counts = generate::log(size / 4, generate::DENSE, &mut dense, None)?;
    dense.flush()?;
    println!("dense: {counts:?}");

    let mut events = create("events.jsonl")?;
    let counts = generate::events(EVENTS, 990, &mut events)?;
    events.flush()?;
    println!("events: {counts:?}");
    Ok(())
}

/// Cuts the log into pieces, as the engine rotates them, and compresses the older half.
fn rotate(log: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = io::BufReader::new(File::open(log)?);
    let size = file.get_ref().metadata()?.len();
    let mut begin = 0;
    for piece in 0..PIECES {
        let mut end = size * (piece + 1) / PIECES;
        if end < size {
            file.seek(io::SeekFrom::Start(end))?;
            let mut rest = Vec::new();
            io::BufRead::read_until(&mut file, b'\n', &mut rest)?;
            end += rest.len() as u64;
        }
        file.seek(io::SeekFrom::Start(begin))?;
        let mut bytes = (&mut file).take(end - begin);
        let age = PIECES - 1 - piece;
        let path = |suffix: &str| folder.join(format!("api-json.log{suffix}"));
        if age >= PIECES / 2 {
            let file = File::create(path(&format!(".{age}.gz")))?;
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::new(6));
            io::copy(&mut bytes, &mut packed)?;
            packed.finish()?;
        } else {
            let suffix = if age == 0 {
                String::new()
            } else {
                format!(".{age}")
            };
            io::copy(&mut bytes, &mut File::create(path(&suffix))?)?;
        }
        begin = end;
    }
    Ok(())
}
