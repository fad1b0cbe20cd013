//! Graphs, drawn here as SVG: what a minute had, for so many minutes.
//!
//! Colours are the style sheet's, by class: the policy of the pages allows no style in a document.

use std::fmt::Write;

/// In what values are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Seconds,
    Percent,
}

/// How values of a minute stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line each.
    Lines,
    /// Bars, one upon the other.
    Stack,
}

/// The values of one name, a minute each; nothing where a minute has none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

impl Series {
    /// The newest value.
    pub(crate) fn last(&self) -> Option<f64> {
        self.values.iter().rev().find_map(|value| *value)
    }
}

/// A graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    pub(crate) kind: Kind,
    pub(crate) series: Vec<Series>,
    /// When the last minute began, as a clock shows it: `13:05`.
    pub(crate) until: String,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

impl Chart {
    /// Whether there is anything to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.values.iter().all(Option::is_none))
    }

    /// A name with its newest value, for the legend, and the number of its colour.
    pub(crate) fn legend(&self) -> Vec<(usize, &str, String)> {
        let told = |series: &Series| series.last().map_or_else(|| "–".into(), |value| self.unit.tell(value));
        self.series.iter().enumerate().map(|(at, series)| (at, series.name.as_str(), told(series))).collect()
    }

    /// What somebody is told who does not see it.
    pub(crate) fn description(&self) -> String {
        let all = self.legend().into_iter().map(|(_, name, value)| format!("{name} {value}")).collect::<Vec<_>>();
        format!("{}, per minute until {}: {}", self.title, self.until, all.join(", "))
    }

    fn minutes(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    fn highest(&self) -> f64 {
        let of = |minute: usize| {
            let values = self.series.iter().filter_map(|series| series.values.get(minute).copied().flatten());
            match self.kind {
                Kind::Lines => values.fold(0.0, f64::max),
                Kind::Stack => values.sum(),
            }
        };
        let highest = (0..self.minutes()).map(of).filter(|value| value.is_finite()).fold(0.0, f64::max);
        if self.unit == Unit::Percent { 100.0 } else { round_up(highest) }
    }

    /// The picture.
    #[expect(clippy::cast_precision_loss, reason = "minutes of an hour, and names of a legend")]
    pub(crate) fn svg(&self) -> String {
        let (minutes, top) = (self.minutes().max(1), self.highest());
        let step = (WIDTH - LEFT - RIGHT) / minutes as f64;
        let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value / top).clamp(0.0, 1.0);
        let mut svg = format!(
            r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
            escape(&self.description())
        );
        for part in [0.0, 0.5, 1.0] {
            let (at, right) = (y(top * part), WIDTH - RIGHT);
            let _ = write!(
                svg,
                r#"<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/><text class="scale" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                at + 4.0,
                self.unit.tell(top * part)
            );
        }
        let below = HEIGHT - 6.0;
        let _ = write!(
            svg,
            r#"<text class="scale" x="{LEFT}" y="{below}">{minutes} minutes ago</text><text class="scale" x="{}" y="{below}" text-anchor="end">{}</text>"#,
            WIDTH - RIGHT,
            escape(&self.until)
        );
        match self.kind {
            Kind::Lines => self.lines(&mut svg, step, y),
            Kind::Stack => self.bars(&mut svg, step, y),
        }
        svg.push_str("</svg>");
        svg
    }

    #[expect(clippy::cast_precision_loss, reason = "minutes of an hour")]
    fn lines(&self, svg: &mut String, step: f64, y: impl Fn(f64) -> f64) {
        for (number, series) in self.series.iter().enumerate() {
            let mut path = String::new();
            let mut before = false;
            for (minute, value) in series.values.iter().enumerate() {
                if let Some(value) = value {
                    let x = LEFT + step * (minute as f64 + 0.5);
                    let _ = write!(path, "{}{x:.1} {:.1}", if before { 'L' } else { 'M' }, y(*value));
                    // A minute that stands alone is a line of no length, which round ends make a dot.
                    if !before {
                        path.push_str("h0");
                    }
                }
                before = value.is_some();
            }
            if !path.is_empty() {
                let _ = write!(svg, r#"<path class="line c{number}" d="{path}"/>"#);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "minutes of an hour")]
    fn bars(&self, svg: &mut String, step: f64, y: impl Fn(f64) -> f64) {
        for minute in 0..self.minutes() {
            let mut sum = 0.0;
            for (number, series) in self.series.iter().enumerate() {
                let Some(value) = series.values.get(minute).copied().flatten().filter(|value| *value > 0.0) else {
                    continue;
                };
                let (low, high) = (y(sum), y(sum + value));
                sum += value;
                let _ = write!(
                    svg,
                    r#"<rect class="bar c{number}" x="{:.1}" y="{high:.1}" width="{:.1}" height="{:.1}"/>"#,
                    LEFT + step * (minute as f64 + 0.1),
                    step * 0.8,
                    low - high
                );
            }
        }
    }
}

impl Unit {
    /// A value for people.
    pub(crate) fn tell(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", short(value)),
            Self::Seconds if value < 0.001 => format!("{} µs", short(value * 1e6)),
            Self::Seconds if value < 1.0 => format!("{} ms", short(value * 1e3)),
            Self::Seconds => format!("{} s", short(value)),
            Self::Count if value >= 1e6 => format!("{} M", short(value / 1e6)),
            Self::Count if value >= 1e4 => format!("{} k", short(value / 1e3)),
            Self::Count => short(value),
        }
    }
}

/// Three digits that count.
fn short(value: f64) -> String {
    let text = match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The next of 1, 2 and 5 times a power of ten, for the end of a scale.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let factor = value / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| factor <= *nice + 1e-9).unwrap_or(10.0);
    nice * power
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(kind: Kind, unit: Unit, series: &[(&str, &[Option<f64>])]) -> Chart {
        let series = series.iter().map(|(name, values)| Series { name: (*name).into(), values: values.to_vec() });
        Chart { title: "Requests", unit, kind, series: series.collect(), until: "13:05".into() }
    }

    #[test]
    fn lines_break_where_there_is_nothing() {
        let values = [Some(1.0), Some(2.0), None, Some(4.0)];
        insta::assert_snapshot!(chart(Kind::Lines, Unit::Count, &[("a <b>", &values)]).svg().replace("><", ">\n<"));
    }

    #[test]
    fn bars_stand_upon_each_other() {
        let (ok, bad) = ([Some(6.0), Some(0.0)], [Some(4.0), None]);
        let chart = chart(Kind::Stack, Unit::Count, &[("2xx", &ok), ("5xx", &bad)]);
        insta::assert_snapshot!(chart.svg().replace("><", ">\n<"));
        assert!(!chart.is_empty());
    }

    #[test]
    fn nothing_is_a_picture_too() {
        let empty = chart(Kind::Lines, Unit::Seconds, &[("p99", &[None, None])]);
        assert!(empty.is_empty() && empty.svg().contains("0 µs") && !empty.svg().contains("NaN"));
        let odd = chart(Kind::Stack, Unit::Count, &[("x", &[Some(f64::INFINITY), Some(f64::NAN), Some(-1.0)])]);
        assert!(!odd.svg().contains("NaN"), "{}", odd.svg());
    }

    #[test]
    fn values_are_told_shortly() {
        let told = [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 12_345.0, "12.3 k"),
            (Unit::Count, 2e6, "2 M"),
            (Unit::Seconds, 0.000_25, "250 µs"),
            (Unit::Seconds, 0.012_34, "12.3 ms"),
            (Unit::Seconds, 2.5, "2.5 s"),
            (Unit::Percent, 100.0, "100 %"),
        ];
        for (unit, value, text) in told {
            assert_eq!(unit.tell(value), text);
        }
        for (value, up) in [(0.0, 1.0), (1.0, 1.0), (1.2, 2.0), (3.0, 5.0), (7.0, 10.0), (0.03, 0.05), (120.0, 200.0)] {
            assert!((round_up(value) - up).abs() < 1e-9, "{value}");
        }
    }
}
