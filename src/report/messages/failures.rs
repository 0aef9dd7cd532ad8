//! What failed, as a person reads it when a run is over: each cause once, with who shares it.

use crate::report::clusters::Cluster;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// Up to so many names are all shown; of more, the first [`SHOWN`].
pub(in crate::report) const FEW: usize = 5;

/// How many names stand for many.
pub(in crate::report) const SHOWN: usize = 3;

/// Returns the lines that tell of `clusters`, with a heading; none if nothing failed.
///
/// `report` is the command that reports the run, with which all names can be had later.
pub fn lines(
    clusters: &[&Cluster],
    with_environment: bool,
    report: Option<&str>,
    palette: Palette,
) -> Vec<String> {
    let mut lines = Vec::new();
    if !clusters.is_empty() {
        lines.push(palette.bad("Failures"));
    }
    for cluster in clusters {
        entry(&mut lines, cluster, with_environment, palette);
    }
    let is_cut = |cluster: &&&Cluster| cluster.names(with_environment).len() > FEW;
    if let (Some(report), Some(_)) = (report, clusters.iter().find(is_cut)) {
        lines.push(format!("  all names: {report} --output json"));
    }
    lines
}

/// Writes one cause: its head, who shares it, an example if the head says less, and what mends it.
fn entry(lines: &mut Vec<String>, cluster: &Cluster, with_environment: bool, palette: Palette) {
    let names = cluster.names(with_environment);
    let (head, example) = match &names[..] {
        [name] => (format!("{name}: {}", cluster.cause()), ""),
        _ => (cluster.headline(), "for example: "),
    };
    let mut heads = prose::wrapped(&head, WIDTH - 2).into_iter();
    lines.extend(heads.next().map(|first| format!("  {}", palette.heading(&first))));
    lines.extend(heads.map(|next| format!("    {}", palette.heading(&next))));
    if names.len() > 1 {
        lines.extend(shown(&names).into_iter().map(|name| format!("    {name}")));
    }
    let example = (!cluster.is_whole).then(|| format!("{example}{}", cluster.example()));
    let help = cluster.help.as_ref().map(|help| format!("help: {}", prose::one_line(help)));
    for sentence in example.iter().chain(&help) {
        lines.extend(prose::wrapped(sentence, WIDTH - 4).iter().map(|line| format!("    {line}")));
    }
}

/// Returns few names as they are, and of many the first, with how many more there are.
pub(in crate::report) fn shown(names: &[String]) -> Vec<String> {
    if names.len() <= FEW {
        return names.to_vec();
    }
    let mut shown = names[..SHOWN].to_vec();
    shown.push(format!("and {} more", names.len() - SHOWN));
    shown
}
