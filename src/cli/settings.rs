//! Settings for every call, from a file or from `WHYSTART_*` variables. An option outweighs a variable,
//! and a variable the file.

use super::{
    global::{Colour, GlobalArgs},
    near::near,
};
use clap::ValueEnum as _;
use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};
use toml::Value;

/// A value, and where it is from, as error messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) from: String,
}

impl<T> Setting<T> {
    /// The value of `option` if it has one, else the setting.
    pub(super) fn or(option: &str, value: Option<T>, set: Option<&Self>) -> Option<Self>
    where
        T: Clone,
    {
        match value {
            Some(value) => Some(Self {
                value,
                from: option.to_owned(),
            }),
            None => set.cloned(),
        }
    }
}

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// When to use colours.
    pub(super) color: Option<Setting<Colour>>,
    /// The causes and findings of `--fail-on`.
    pub(super) fail_on: Option<Setting<Vec<String>>>,
    /// Signature packs.
    pub(super) signatures: Option<Setting<Vec<PathBuf>>>,
    /// The time zone of times that name none.
    pub(super) timezone: Option<Setting<String>>,
}

/// A setting: its key in the file, its variable, and what takes its value.
struct Row {
    key: &'static str,
    variable: &'static str,
    take: fn(&mut Settings, Raw) -> Result<(), String>,
}

/// A value before it is understood: words, what they are relative to, and where they are from.
struct Raw<'a> {
    words: Vec<OsString>,
    folder: Option<&'a Path>,
    from: String,
}

/// All settings.
const ROWS: [Row; 4] = [
    Row {
        key: "color",
        variable: "WHYSTART_COLOR",
        take: |settings, raw| {
            let value = Colour::from_str(&raw.one()?, false)
                .map_err(|_| "it is one of auto, always and never".to_owned())?;
            let from = raw.from;
            settings.color = Some(Setting { value, from });
            Ok(())
        },
    },
    Row {
        key: "fail-on",
        variable: "WHYSTART_FAIL_ON",
        take: |settings, raw| {
            let words = raw.words.iter().map(|word| word.to_string_lossy());
            let value = words
                .flat_map(|word| {
                    word.split(',')
                        .map(|name| name.trim().to_owned())
                        .collect::<Vec<_>>()
                })
                .collect();
            let from = raw.from;
            settings.fail_on = Some(Setting { value, from });
            Ok(())
        },
    },
    Row {
        key: "signatures",
        variable: "WHYSTART_SIGNATURES",
        take: |settings, raw| {
            let value = match raw.folder {
                // As others do: relative to the file that says it.
                Some(folder) => raw.words.iter().map(|path| folder.join(path)).collect(),
                None => raw.words.iter().flat_map(env::split_paths).collect(),
            };
            let from = raw.from;
            settings.signatures = Some(Setting { value, from });
            Ok(())
        },
    },
    Row {
        key: "timezone",
        variable: "WHYSTART_TIMEZONE",
        take: |settings, raw| {
            let value = raw.one()?;
            let from = raw.from;
            settings.timezone = Some(Setting { value, from });
            Ok(())
        },
    },
];

impl Raw<'_> {
    fn one(&self) -> Result<String, String> {
        match &self.words[..] {
            [one] => Ok(one.to_string_lossy().into_owned()),
            _ => Err("it takes one value".to_owned()),
        }
    }
}

/// How a variable of the environment is looked up.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Settings {
    /// What the file and the environment set.
    ///
    /// # Errors
    /// When the file cannot be read, or a value makes no sense; the message says where it is.
    pub(super) fn load(args: &GlobalArgs) -> Result<Self, String> {
        Self::from(args, &|name| env::var_os(name))
    }

    fn from(args: &GlobalArgs, lookup: Lookup) -> Result<Self, String> {
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let mut settings = Self::default();
        if let Some((path, named)) = file(args, &lookup) {
            match fs::read_to_string(&path) {
                Ok(text) => settings.read(&path, &text)?,
                Err(error) if !named && is_absent(&error) => {}
                Err(error) => {
                    return Err(format!(
                        "cannot read the configuration {}: {error}; name another with --config, or none with \
                         --no-config",
                        path.display()
                    ));
                }
            }
        }
        for row in &ROWS {
            if let Some(value) = lookup(row.variable) {
                let raw = Raw {
                    words: vec![value],
                    folder: None,
                    from: row.variable.to_owned(),
                };
                (row.take)(&mut settings, raw)
                    .map_err(|problem| format!("{}: {problem}", row.variable))?;
            }
        }
        Ok(settings)
    }

    fn read(&mut self, path: &Path, text: &str) -> Result<(), String> {
        let file = path.display();
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            format!("{file}:{line}: {}", error.message())
        })?;
        for (key, value) in table {
            let Some(row) = ROWS.iter().find(|row| row.key == key) else {
                let keys = || ROWS.iter().map(|row| row.key);
                let hint = near(&key.to_lowercase(), keys()).first().map_or_else(
                    || format!("known are {}", keys().collect::<Vec<_>>().join(", ")),
                    |likest| format!("did you mean {likest}?"),
                );
                return Err(format!("{file}: there is no setting {key:?}; {hint}"));
            };
            let from = format!("{file}: {key}");
            let raw = Raw {
                words: words(value)
                    .ok_or_else(|| format!("{from}: it is no string and no list of strings"))?,
                folder: Some(path.parent().unwrap_or(Path::new(""))),
                from: from.clone(),
            };
            (row.take)(self, raw).map_err(|problem| format!("{from}: {problem}"))?;
        }
        Ok(())
    }
}

/// A string or a list of strings.
fn words(value: Value) -> Option<Vec<OsString>> {
    match value {
        Value::String(word) => Some(vec![word.into()]),
        Value::Array(words) => words
            .into_iter()
            .map(|word| word.as_str().map(OsString::from))
            .collect(),
        _ => None,
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The file to read, and whether somebody named it: then it must be there.
fn file(args: &GlobalArgs, lookup: Lookup) -> Option<(PathBuf, bool)> {
    if args.no_config {
        return None;
    }
    if let Some(path) = &args.config {
        return Some((path.clone(), true));
    }
    if let Some(path) = lookup("WHYSTART_CONFIG") {
        return Some((path.into(), true));
    }
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let folder = lookup("XDG_CONFIG_HOME")
        .and_then(|path| absolute(path.into()))
        .or_else(|| {
            let windows = lookup("APPDATA").filter(|_| cfg!(windows));
            windows.and_then(|path| absolute(path.into()))
        })
        .or_else(|| Some(PathBuf::from(lookup("HOME")?).join(".config")))?;
    Some((folder.join("whystart").join("config.toml"), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of a file with this text and of these variables.
    fn settings(text: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        if let Some(text) = text {
            fs::create_dir(folder.path().join("whystart")).unwrap();
            fs::write(folder.path().join("whystart/config.toml"), text).unwrap();
        }
        let home = folder.path().as_os_str().to_owned();
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            let home = (name == "XDG_CONFIG_HOME").then(|| home.clone());
            found.map(|(_, value)| value.into()).or(home)
        };
        let shown = |text: String| text.replace(home.to_str().unwrap(), "~");
        Settings::from(&GlobalArgs::default(), &lookup).map_err(shown)
    }

    fn value<T>(setting: Option<Setting<T>>) -> T {
        setting.unwrap().value
    }

    const FILE: &str = "timezone = \"Europe/Berlin\"\nfail-on = [\"WS001\", \"oom-restart\"]\n\
        signatures = \"own.toml\"\ncolor = \"never\"\n";

    #[test]
    fn nothing_needs_to_be_set() {
        assert_eq!(settings(None, &[]), Ok(Settings::default()));
        assert_eq!(settings(Some(""), &[]), Ok(Settings::default()));
        assert_eq!(
            settings(None, &[("WHYSTART_TIMEZONE", "")]),
            Ok(Settings::default())
        );
    }

    #[test]
    fn a_file_is_read_and_a_variable_outweighs_it() {
        let of_file = settings(Some(FILE), &[]).unwrap();
        assert_eq!(value(of_file.timezone), "Europe/Berlin");
        assert_eq!(value(of_file.fail_on), ["WS001", "oom-restart"]);
        assert_eq!(value(of_file.color), Colour::Never);
        let path = &value(of_file.signatures)[0];
        assert!(path.ends_with("whystart/own.toml") && path.is_absolute());
        let variables = [
            ("WHYSTART_TIMEZONE", "local"),
            ("WHYSTART_FAIL_ON", "WS004, dev-reload"),
        ];
        let both = settings(Some(FILE), &variables).unwrap();
        let timezone = both.timezone.clone().unwrap();
        assert_eq!(
            (timezone.value.as_str(), timezone.from.as_str()),
            ("local", "WHYSTART_TIMEZONE")
        );
        assert_eq!(value(both.fail_on), ["WS004", "dev-reload"]);
        assert_eq!(value(both.color), Colour::Never);
        let option = Setting::or("--timezone", Some("UTC".to_owned()), both.timezone.as_ref());
        assert_eq!(option.unwrap().from, "--timezone");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, message) in [
            (
                "timezon = \"UTC\"",
                "~/whystart/config.toml: there is no setting \"timezon\"; did you mean timezone?",
            ),
            ("zzz = 1", "known are color, fail-on, signatures, timezone"),
            ("\n\ntimezone = ", "~/whystart/config.toml:3: "),
            (
                "color = \"red\"",
                "config.toml: color: it is one of auto, always and never",
            ),
            (
                "timezone = 1",
                "timezone: it is no string and no list of strings",
            ),
            ("timezone = [\"a\", \"b\"]", "timezone: it takes one value"),
        ] {
            let error = settings(Some(text), &[]).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        let error = settings(None, &[("WHYSTART_COLOR", "red")]).unwrap_err();
        assert!(error.starts_with("WHYSTART_COLOR: it is one of"), "{error}");
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let error = settings(None, &[("WHYSTART_CONFIG", "/no/such.toml")]).unwrap_err();
        assert!(
            error.contains("cannot read the configuration /no/such.toml: "),
            "{error}"
        );
        assert!(error.contains("--no-config"), "{error}");
        let none = GlobalArgs {
            no_config: true,
            ..GlobalArgs::default()
        };
        let lookup = |name: &str| (name == "WHYSTART_CONFIG").then(|| "/no/such.toml".into());
        assert_eq!(Settings::from(&none, &lookup), Ok(Settings::default()));
    }
}
