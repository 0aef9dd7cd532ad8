//! Files that no person meant: exit code 2, quickly, and never a panic.

use std::time::{Duration, Instant};

use crate::support::binary::{Desk, Printed};

/// Generous, because the binary under test is not optimized and the machine is busy.
const SOON: Duration = Duration::from_secs(5);

fn validated(bytes: &[u8]) -> Printed {
    let desk = Desk::empty();
    desk.write("nonsense.yaml", bytes);
    let began = Instant::now();
    let printed = desk.run(&["validate", "nonsense.yaml"]);
    assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
    assert_eq!(printed.code, 2, "{printed:?}");
    assert!(printed.stderr.contains("nonsense.yaml"), "{printed:?}");
    assert!(!printed.stderr.contains("panicked"), "{printed:?}");
    printed
}

#[test]
fn two_thousand_lines_of_nonsense_are_refused() {
    let lines: String = (0..2000).map(|n| format!("key{n}: [{n}, {{ a: !x b }}]\n")).collect();
    validated(lines.as_bytes());
    let broken: String =
        (0..2000).map(|n| format!("{}- }}{{ : {n}\n", " ".repeat(n % 7))).collect();
    validated(broken.as_bytes());
}

#[test]
fn binary_bytes_are_refused() {
    let bytes: Vec<u8> =
        (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    validated(&bytes);
    validated(b"\0\0\0\0");
}

#[test]
fn an_empty_file_is_refused() {
    validated(b"");
    validated(b"# nothing but a comment\n");
}

#[test]
fn ten_megabytes_are_refused() {
    validated("a: b\n".repeat(2_100_000).as_bytes());
}

#[test]
fn a_yaml_bomb_is_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let below = level - 1;
        let items = vec![format!("*a{below}"); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    validated(bomb.as_bytes());
    validated(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
    validated(
        format!("a:\n{}", (0..5000).map(|n| " ".repeat(n) + "- \n").collect::<String>()).as_bytes(),
    );
}

#[test]
fn what_is_not_a_file_is_refused() {
    let desk = Desk::empty();
    for name in ["missing.yaml", "."] {
        let printed = desk.run(&["validate", name]);
        assert_eq!(printed.code, 2, "{printed:?}");
    }
}
