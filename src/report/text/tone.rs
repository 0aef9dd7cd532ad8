//! What a piece of text means to a reader; which colour that is, the palette knows.

/// What a piece of text means to a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// No more than it says.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Beware of it.
    Caution,
    /// It is of less weight.
    Faint,
    /// It is a heading, or what goes on.
    Strong,
}
