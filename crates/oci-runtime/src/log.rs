//! Errors and warnings: to standard error, and to the file that `--log` names.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use words::Timestamp;

use crate::flags::LogFormat;

/// Where they go.
pub(crate) struct Log {
    file: Option<PathBuf>,
    format: LogFormat,
}

impl Log {
    pub(crate) fn new(file: Option<PathBuf>, format: LogFormat) -> Self {
        Self { file, format }
    }

    pub(crate) fn error(&self, error: &crate::Error) {
        self.put("error", &error.to_string());
    }

    pub(crate) fn warn(&self, message: &str) {
        self.put("warning", message);
    }

    fn put(&self, level: &str, message: &str) {
        eprintln!("dabba runtime: {level}: {message}");
        let Some(path) = &self.file else { return };
        let time = Timestamp::now();
        let line = match self.format {
            LogFormat::Json => {
                serde_json::json!({ "level": level, "msg": message, "time": time.to_string() }).to_string()
            }
            LogFormat::Text => format!("time=\"{time}\" level={level} msg={message:?}"),
        };
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| writeln!(file, "{line}")) {
            eprintln!("dabba runtime: the log {}: {error}", path.display());
        }
    }
}
