//! Code that Python runs whenever it starts (the module `site`).

use tegakari_model::StartEntry;

use super::Place;
use super::lines::{entry, lines, whole};

pub(super) struct PythonStartup;

impl Place for PythonStartup {
    fn id(&self) -> &'static str {
        "python_startup"
    }

    fn about(&self) -> &'static str {
        "code that Python runs whenever it starts"
    }

    fn technique(&self) -> &'static str {
        "T1546.018"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "usr/lib/python*/site-packages/*.pth",
            "usr/lib/python*/dist-packages/*.pth",
            "usr/local/lib/python*/site-packages/*.pth",
            "usr/local/lib/python*/dist-packages/*.pth",
            "usr/lib/python*/sitecustomize.py",
            "usr/lib/python*/usercustomize.py",
            "usr/local/lib/python*/dist-packages/sitecustomize.py",
            "etc/python*/sitecustomize.py",
            "home/*/.local/lib/python*/site-packages/*.pth",
            "home/*/.local/lib/python*/site-packages/usercustomize.py",
        ]
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        if file.ends_with(".py") {
            return vec![whole(self.id(), file)];
        }
        // A line of such a file is a folder, or code when it begins with `import`.
        lines(bytes)
            .into_iter()
            .filter(|(_, line)| line.starts_with("import ") || line.starts_with("import\t"))
            .map(|(number, line)| entry(self.id(), file, number, &line))
            .collect()
    }
}
