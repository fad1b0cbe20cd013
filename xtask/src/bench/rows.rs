//! What is measured, what of it is wanted, and the table that comes out.

use std::collections::BTreeMap;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    Milliseconds,
    Seconds,
    PerSecond,
    Megabytes,
}

/// What dabba is to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    None,
    AtMost(f64),
    AtLeast(f64),
    /// No more than the floor.
    Floor,
    /// So many times faster than the host's dockerd in the same run.
    Times(f64),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    pub(crate) goal: Goal,
}

const fn row(key: &'static str, title: &'static str, unit: Unit, goal: Goal) -> Row {
    Row { key, title, unit, goal }
}

/// All lines, in their order.
pub(crate) const ROWS: &[Row] = &[
    row("run-bridge", "`docker run --rm busybox true`", Unit::Milliseconds, Goal::Times(10.0)),
    row("run-none", "the same with `--network none`", Unit::Milliseconds, Goal::None),
    row("exec", "`docker exec`", Unit::Milliseconds, Goal::None),
    row("ps", "`docker ps`", Unit::Milliseconds, Goal::None),
    row("socket-run", "create, start, wait, delete over the socket", Unit::Milliseconds, Goal::AtMost(10.0)),
    row("socket-none", "the same with `--network none`", Unit::Milliseconds, Goal::None),
    row("socket-exec", "exec over the socket", Unit::Milliseconds, Goal::AtMost(4.0)),
    row("start-50", "50 × `docker run -d`, 8 at once", Unit::PerSecond, Goal::AtLeast(100.0)),
    row("socket-50", "50 × create, start over the socket, 8 at once", Unit::PerSecond, Goal::AtLeast(100.0)),
    row("rm-51", "`docker rm -f` of 51 running", Unit::Seconds, Goal::AtMost(0.3)),
    row("idle", "memory of the idle daemon", Unit::Megabytes, Goal::AtMost(15.0)),
    row("idle-after", "the same after the work of a round", Unit::Megabytes, Goal::AtMost(15.0)),
    row("container", "memory for each idle container", Unit::Megabytes, Goal::AtMost(0.5)),
    row("ping-new", "first start of all to first ping", Unit::Milliseconds, Goal::None),
    row("ping-0", "daemon start to first ping", Unit::Milliseconds, Goal::AtMost(30.0)),
    row("ping-1000", "the same with 1,000 stopped containers", Unit::Milliseconds, Goal::AtMost(150.0)),
    row("build-10", "build of 10 steps, nothing cached", Unit::Milliseconds, Goal::Times(5.0)),
    row("build-cached", "the same, all cached", Unit::Milliseconds, Goal::AtMost(30.0)),
    row("build-large", "build that copies a file of 100 MB", Unit::Milliseconds, Goal::Floor),
    row("build-large-context", "of it, until the file is there", Unit::Milliseconds, Goal::Floor),
    row("build-large-own", "the same build, sent by `dabba build`", Unit::Milliseconds, Goal::Floor),
    row("build-large-own-context", "of it, until the file is there", Unit::Milliseconds, Goal::Floor),
    row("build-many", "rebuild when 1 of 20,000 files has changed", Unit::Milliseconds, Goal::AtMost(300.0)),
    row("build-many-own", "the same, sent by `dabba build`", Unit::Milliseconds, Goal::AtMost(300.0)),
    row("build-two", "build of two stages of 1 s each", Unit::Seconds, Goal::AtMost(1.2)),
    row("runc", "`runc run` alone", Unit::Milliseconds, Goal::None),
    row("kernel", "`unshare` everything and exec", Unit::Milliseconds, Goal::None),
];

/// The column of what no engine can be faster than: the client's own time, the kernel's own time.
pub(crate) const FLOOR: &str = "floor";

/// The figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    only: Option<String>,
    samples: BTreeMap<(&'static str, &'static str), Vec<f64>>,
    faults: Vec<String>,
}

impl Figures {
    /// None yet; with a word, only of the lines whose key contains it.
    pub(crate) fn new(only: Option<String>) -> Self {
        Self { only, ..Self::default() }
    }

    /// Whether one of these lines is wanted.
    pub(crate) fn wants(&self, keys: &[&str]) -> bool {
        let Some(only) = &self.only else { return true };
        keys.iter().any(|key| key.contains(only.as_str()))
    }

    /// Notes a figure of a column.
    pub(crate) fn add(&mut self, column: &'static str, row: &'static str, value: f64) {
        self.samples.entry((column, row)).or_default().push(value);
    }

    /// Notes that something could not be measured.
    pub(crate) fn fault(&mut self, text: String) {
        eprintln!("bench: {text}");
        if !self.faults.contains(&text) {
            self.faults.push(text);
        }
    }

    /// What could not be measured.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    fn median(&self, column: &'static str, row: &'static str) -> Option<f64> {
        self.samples.get(&(column, row)).and_then(|samples| quantile(samples, 0.5))
    }

    /// The table, of the columns dabba, the peers (key and name) and the floor.
    pub(crate) fn table(&self, dabba: &'static str, peers: &[(&'static str, String)]) -> String {
        let mut head = String::from("| | dabba |");
        let mut rule = String::from("|---|--:|");
        for (_, name) in peers {
            head.push_str(&format!(" {name} | ratio |"));
            rule.push_str("--:|--:|");
        }
        let mut text = format!("{head} floor | goal | |\n{rule}--:|--:|---|\n");
        for row in ROWS.iter().filter(|row| self.wants(&[row.key])) {
            let own = self.median(dabba, row.key);
            text.push_str(&format!("| {} | {} |", row.title, own.map_or("–".into(), |own| row.unit.show(own))));
            let mut first_ratio = None;
            for (position, (peer, _)) in peers.iter().enumerate() {
                let theirs = self.median(peer, row.key);
                let ratio = own.zip(theirs).map(|(own, theirs)| row.unit.ratio(own, theirs));
                if position == 0 {
                    first_ratio = ratio;
                }
                let theirs = theirs.map_or("–".into(), |theirs| row.unit.show(theirs));
                text.push_str(&format!(" {theirs} | {} |", ratio.map_or("–".into(), show_ratio)));
            }
            let floor = self.median(FLOOR, row.key).map_or("–".into(), |floor| row.unit.show(floor));
            let (goal, met) = row.judge(own, first_ratio, self.median(FLOOR, row.key));
            text.push_str(&format!(" {floor} | {goal} | {met} |\n"));
        }
        text
    }

    /// Every figure, with its quartiles, for those who want to look closer.
    pub(crate) fn details(&self) -> String {
        let mut text = String::from("column\trow\tcount\tfirst quartile\tmedian\tthird quartile\tall\n");
        for ((column, row), samples) in &self.samples {
            let at = |part| quantile(samples, part).map_or_else(String::new, |value| format!("{value:.3}"));
            let all: Vec<String> = samples.iter().map(|sample| format!("{sample:.3}")).collect();
            let (count, all) = (samples.len(), all.join(" "));
            let (low, middle, high) = (at(0.25), at(0.5), at(0.75));
            text.push_str(&format!("{column}\t{row}\t{count}\t{low}\t{middle}\t{high}\t{all}\n"));
        }
        text
    }
}

impl Row {
    fn judge(&self, own: Option<f64>, ratio: Option<f64>, floor: Option<f64>) -> (String, &'static str) {
        let (goal, met) = match self.goal {
            Goal::None => return ("–".into(), ""),
            Goal::AtMost(most) => (format!("≤ {}", self.unit.round(most)), own.map(|own| own <= most)),
            Goal::AtLeast(least) => (format!("≥ {}", self.unit.round(least)), own.map(|own| own >= least)),
            Goal::Floor => ("the floor".into(), own.zip(floor).map(|(own, floor)| own <= floor)),
            Goal::Times(least) => (format!("{least:.0} × faster"), ratio.map(|ratio| ratio >= least)),
        };
        (goal, met.map_or("not measured", |met| if met { "met" } else { "not met" }))
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Milliseconds if value >= 100.0 => format!("{value:.0} ms"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Seconds => format!("{value:.2} s"),
            Self::PerSecond if value >= 100.0 => format!("{value:.0}/s"),
            Self::PerSecond => format!("{value:.1}/s"),
            Self::Megabytes if value >= 10.0 => format!("{value:.1} MB"),
            Self::Megabytes => format!("{value:.2} MB"),
        }
    }

    fn round(self, value: f64) -> String {
        match self {
            Self::Milliseconds => format!("{value} ms"),
            Self::Seconds => format!("{value} s"),
            Self::PerSecond => format!("{value}/s"),
            Self::Megabytes => format!("{value} MB"),
        }
    }

    /// How many times better one's own figure is.
    fn ratio(self, own: f64, theirs: f64) -> f64 {
        if self == Self::PerSecond { own / theirs } else { theirs / own }
    }
}

fn show_ratio(ratio: f64) -> String {
    if ratio >= 100.0 { format!("{ratio:.0} ×") } else { format!("{ratio:.1} ×") }
}

fn quantile(samples: &[f64], part: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_become_a_table_with_a_judgement() {
        let mut figures = Figures::new(Some("run-bridge".into()));
        for value in [10.0, 30.0, 20.0] {
            figures.add("dabba", "run-bridge", value);
        }
        figures.add("dockerd", "run-bridge", 210.0);
        figures.add("dockerd", "run-bridge", 190.0);
        figures.add(FLOOR, "run-bridge", 16.25);
        let table = figures.table("dabba", &[("dockerd", "dockerd 20.10".into()), ("newest", "dockerd 28".into())]);
        let line =
            "| `docker run --rm busybox true` | 20.0 ms | 200 ms | 10.0 × | – | – | 16.2 ms | 10 × faster | met |";
        assert_eq!(table.lines().last(), Some(line));
        assert_eq!(table.lines().count(), 3);
    }

    #[test]
    fn goals_are_judged_in_their_own_direction() {
        let rate = ROWS.iter().find(|row| row.key == "start-50").unwrap();
        assert_eq!(rate.judge(Some(99.9), None, None).1, "not met");
        assert_eq!(rate.judge(Some(100.0), None, None).1, "met");
        let memory = ROWS.iter().find(|row| row.key == "idle").unwrap();
        assert_eq!(memory.judge(Some(15.1), None, None).1, "not met");
        assert_eq!(memory.judge(None, None, None), ("≤ 15 MB".into(), "not measured"));
        assert_eq!(Unit::PerSecond.ratio(200.0, 10.0), 20.0);
    }
}
