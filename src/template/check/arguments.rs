//! What the arguments of functions are: text, lists and numbers, as far as it is known.
//!
//! Source: the CloudFormation template reference, the page of each function. A literal of the wrong kind
//! is refused wherever it stands; what another function comes to only where it is worked out.

use super::checker::{Checker, Spot};
use super::function;
use super::yields::{Yield, is_function, is_ref};
use crate::document::{Node, Place};
use crate::template::function_call::Argument;

impl<'n> Checker<'n> {
    /// Checks the arguments of a function, of which there are as many as it takes.
    pub fn check_arguments(
        &mut self,
        name: &str,
        place: &'n Place,
        argument: Argument<'n>,
        spot: Spot<'n>,
    ) {
        match (name, argument.node().items()) {
            ("Fn::Join", Some([delimiter, list])) => self.check_join(delimiter, list, spot),
            ("Fn::Split", Some([delimiter, text])) => {
                self.check_delimiter("Fn::Split", delimiter);
                let takes = "a text that is split, or a function that makes one";
                self.expect("Fn::Split", Argument::Alone(text), Yield::Text, takes, spot);
            }
            ("Fn::Select", Some([index, list])) => self.check_select(index, list, spot),
            ("Fn::Cidr", Some([block, numbers @ ..])) => self.check_cidr(block, numbers, spot),
            ("Fn::Equals", Some(sides)) => {
                for side in sides {
                    let is_literal = !is_function(Argument::Alone(side));
                    if is_literal && matches!(self.yields(side), Yield::List | Yield::Mapping) {
                        let takes = "two texts that are compared";
                        let wrong = function::wrong("Fn::Equals", &side.place, takes);
                        self.push(wrong.into_warning());
                    }
                }
            }
            ("Fn::FindInMap", Some(_)) => self.check_find_in_map(argument.node(), spot),
            ("Fn::Base64", _) => {
                let takes = "a text, or a function that makes one";
                self.expect_at(place, "Fn::Base64", argument, Yield::Text, takes, spot);
            }
            ("Fn::GetAZs", _) => {
                let takes = "the name of a Region, or the empty text for the stack's own";
                self.expect_at(place, "Fn::GetAZs", argument, Yield::Text, takes, spot);
            }
            ("Fn::ImportValue", _) => self.check_import(place, argument, spot),
            _ => {}
        }
    }

    /// Tells an argument that comes to something else than its function takes.
    fn expect(
        &mut self,
        name: &'static str,
        argument: Argument<'n>,
        wanted: Yield,
        takes: &'static str,
        spot: Spot<'n>,
    ) {
        self.expect_at(&argument.node().place, name, argument, wanted, takes, spot);
    }

    fn expect_at(
        &mut self,
        place: &Place,
        name: &'static str,
        argument: Argument<'n>,
        wanted: Yield,
        takes: &'static str,
        spot: Spot<'n>,
    ) {
        let found = self.argument_yields(argument);
        if found != wanted && found != Yield::Unknown {
            let is_uncertain = is_function(argument) && !spot.is_evaluated;
            self.push(function::wrong(name, place, takes).warning_if(is_uncertain));
        }
    }

    /// Checks a delimiter, which is written in letters.
    fn check_delimiter(&mut self, name: &'static str, delimiter: &'n Node) {
        let is_function = is_function(Argument::Alone(delimiter));
        if is_function || matches!(self.yields(delimiter), Yield::List | Yield::Mapping) {
            let wrong = function::wrong(name, &delimiter.place, "a delimiter in letters");
            // A function is not documented, and nobody knows what a new one may do.
            self.push(wrong.warning_if(is_function));
        }
    }

    fn check_join(&mut self, delimiter: &'n Node, list: &'n Node, spot: Spot<'n>) {
        self.check_delimiter("Fn::Join", delimiter);
        let is_literal = !is_function(Argument::Alone(list));
        let Some(items) = list.items().filter(|_| is_literal) else {
            let takes = "a list that is joined, or a function that makes one";
            return self.expect("Fn::Join", Argument::Alone(list), Yield::List, takes, spot);
        };
        for item in items {
            if matches!(self.yields(item), Yield::List | Yield::Mapping) {
                let takes = "texts in the list that it joins, and no list or mapping among them";
                let is_literal = !is_function(Argument::Alone(item));
                let is_uncertain = is_ref(item) || !(is_literal || spot.is_evaluated);
                let wrong = function::wrong("Fn::Join", &item.place, takes);
                self.push(wrong.warning_if(is_uncertain));
            }
        }
    }

    fn check_select(&mut self, index: &'n Node, list: &'n Node, spot: Spot<'n>) {
        let wanted = literal(index);
        let number = wanted.and_then(|text| text.parse::<usize>().ok());
        let is_literal = !is_function(Argument::Alone(index));
        if is_literal && number.is_none() && !index.is_null() && wanted.is_none_or(is_settled) {
            let takes = "a whole number, counted from 0, before its list";
            let is_uncertain = wanted.is_some_and(may_be_whole);
            let wrong = function::wrong("Fn::Select", &index.place, takes);
            self.push(wrong.warning_if(is_uncertain));
        }
        let is_literal = !is_function(Argument::Alone(list));
        let Some(items) = list.items().filter(|_| is_literal) else {
            let takes = "a list to choose from, or a function that makes one";
            return self.expect("Fn::Select", Argument::Alone(list), Yield::List, takes, spot);
        };
        if let Some(number) = number
            && number >= items.len()
        {
            let takes = match items.len() {
                0 => "a list with something to choose from".to_owned(),
                1 => format!("the index 0 of a list of one, not {number}"),
                count => format!("an index from 0 to {} here, not {number}", count - 1),
            };
            let wrong = function::wrong("Fn::Select", &index.place, takes);
            // An item that another function makes may be more than one.
            let is_counted = items.iter().all(|item| self.yields(item) == Yield::Text);
            self.push(wrong.warning_if(!is_counted || !spot.is_evaluated));
        }
    }

    fn check_cidr(&mut self, block: &'n Node, numbers: &'n [Node], spot: Spot<'n>) {
        let takes = "a block such as `10.0.0.0/16`, or a function that makes one";
        self.expect("Fn::Cidr", Argument::Alone(block), Yield::Text, takes, spot);
        if literal(block).is_some_and(|text| is_settled(text) && !text.contains('/')) {
            self.push(function::wrong("Fn::Cidr", &block.place, takes).into_warning());
        }
        let bounds = [(256, "a count from 1 to 256"), (128, "a number of bits from 1 to 128")];
        for (number, (most, takes)) in numbers.iter().zip(bounds) {
            self.expect("Fn::Cidr", Argument::Alone(number), Yield::Text, takes, spot);
            let Some(text) = literal(number).filter(|text| is_settled(text)) else { continue };
            match text.parse::<u32>() {
                Ok(count) if (1..=most).contains(&count) => {}
                Ok(_) => {
                    let is_uncertain = most == 128 || !spot.is_evaluated;
                    let wrong = function::wrong("Fn::Cidr", &number.place, takes);
                    self.push(wrong.warning_if(is_uncertain));
                }
                Err(_) => {
                    let wrong = function::wrong("Fn::Cidr", &number.place, takes);
                    self.push(wrong.warning_if(may_be_whole(text)));
                }
            }
        }
    }

    fn check_import(&mut self, place: &Place, argument: Argument<'n>, spot: Spot<'n>) {
        let takes = "the name of an export, or a function that makes one";
        self.expect_at(place, "Fn::ImportValue", argument, Yield::Text, takes, spot);
        let named = match argument.function() {
            Some(("Ref", name)) => name.node().as_text(),
            Some(("GetAtt", name)) => name
                .node()
                .items()
                .and_then(<[Node]>::first)
                .or(Some(name.node()))
                .and_then(Node::as_text),
            _ => None,
        };
        let resource = named.map(|name| name.split('.').next().unwrap_or(name));
        if resource.is_some_and(|name| self.declared.resources.contains_key(name)) {
            let takes = "a name that depends on no resource";
            self.push(function::wrong("Fn::ImportValue", place, takes).into_warning());
        }
    }
}

fn literal(node: &Node) -> Option<&str> {
    node.as_text().filter(|_| node.tag.is_none() && !node.is_null())
}

/// Whether a number that is written otherwise may be read as a whole one: ` 1`, `1.0`, `0x1`, `1_000`.
fn may_be_whole(text: &str) -> bool {
    let text = text.trim();
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "+.".contains(c));
    is_number && text.chars().all(|c| c.is_ascii_hexdigit() || "+-.:_xo".contains(c))
}

/// Whether a text is what it is written: a dynamic reference is filled in by CloudFormation.
fn is_settled(text: &str) -> bool {
    !text.contains("{{resolve:")
}
