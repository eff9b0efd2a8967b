//! The edits that do without `goto`: which loops are put in where, what each jump becomes, and what
//! has to be passed on behind the loops in between. What of jumps every Lua checks is checked here.

use super::super::SyntaxError;
use super::super::edit::Edits;
use super::super::parser::Result;
use super::{Block, BlockId, Break, Goto, Jumps, Loop, LoopId, Span};
use std::collections::{BTreeMap, HashMap, HashSet};

type RegionId = usize;

/// A place in the text that ends every block.
const BLOCK_END: usize = usize::MAX;

/// The code of a `break`; labels have those from 1 on.
const BREAK: usize = 0;

/// Labels with nothing in between, which are one place.
struct Group {
    block: BlockId,
    code: usize,
    labels: Vec<Span>,
    /// Nothing follows it in its block: no local variable is in scope there.
    trailing: bool,
    /// There are jumps back to it.
    loops: bool,
}

impl Group {
    fn start(&self) -> usize {
        self.labels[0].start
    }

    fn end(&self) -> usize {
        self.labels[self.labels.len() - 1].end
    }
}

/// A loop that is put in.
struct Region {
    block: BlockId,
    start: usize,
    /// The start of the label, for jumps forward; else the end of the block, or a label that is there.
    end: usize,
    group: usize,
    /// For jumps back.
    loops: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Breakable {
    Source(LoopId),
    Region(RegionId),
}

/// A jump from a place of a block to a region's end or, if that is a loop, to its start.
struct Hop {
    block: BlockId,
    at: usize,
    to: usize,
    back: bool,
    /// Where it goes in the end: not necessarily to the group that this hop leads to.
    code: usize,
    /// It goes on from there.
    keeps: bool,
    /// The statement of the source; none for one that goes on.
    source: Option<usize>,
}

/// What leaves a loop for a place outside of the one around it, by its code: whether it is where it
/// goes when it has left that one, too.
type Passing = BTreeMap<Breakable, BTreeMap<usize, bool>>;

/// The state of the work.
pub struct Settling<'a> {
    text: &'a [u8],
    edits: &'a mut Edits,
    state: &'a str,
    jumps: Jumps,
    groups: Vec<Group>,
    /// Their numbers by block and index.
    known_groups: HashMap<(BlockId, usize), usize>,
    regions: Vec<Region>,
    regions_of: HashMap<BlockId, Vec<RegionId>>,
    hops: Vec<Hop>,
    passing: Passing,
    /// The codes that go on from the groups that they come to.
    kept: BTreeMap<usize, Vec<usize>>,
    /// What goes on from the end of a label, behind all that begins there.
    going_on: BTreeMap<usize, String>,
    /// Functions that need the variable.
    stateful: Vec<bool>,
}

impl<'a> Settling<'a> {
    pub fn new(jumps: Jumps, text: &'a [u8], edits: &'a mut Edits, state: &'a str) -> Settling<'a> {
        Settling {
            text,
            edits,
            state,
            groups: Vec::new(),
            known_groups: HashMap::new(),
            regions: Vec::new(),
            regions_of: HashMap::new(),
            hops: Vec::new(),
            passing: Passing::new(),
            kept: BTreeMap::new(),
            going_on: BTreeMap::new(),
            stateful: vec![false; jumps.functions.len()],
            jumps,
        }
    }

    pub fn run(mut self) -> Result<()> {
        self.check_labels()?;
        let mut targets = Vec::new();
        for goto in 0..self.jumps.gotos.len() {
            targets.push(self.resolve(goto)?);
        }
        for (goto, &(group, at)) in targets.iter().enumerate() {
            self.groups[group].loops |= at >= self.groups[group].end();
            self.check_scope(goto, group, at)?;
        }
        if self.jumps.target.has_goto() {
            if !self.jumps.target.hides_labels() {
                self.rename(&targets);
            }
            return Ok(());
        }
        for (goto, &(group, at)) in targets.iter().enumerate() {
            self.make_hops(goto, group, at);
        }
        self.make_regions();
        self.replace_labels_without_jumps();
        self.jump();
        self.replace_breaks()?;
        self.leave_by_conditions();
        self.place_regions();
        self.place_variables();
        Ok(())
    }

    fn slice(&self, place: Span) -> &[u8] {
        &self.text[place.start..place.end]
    }

    fn error<X>(&self, line: u32, message: String) -> Result<X> {
        Err(SyntaxError { line, message })
    }

    fn shown(&self, place: Span) -> String {
        String::from_utf8_lossy(self.slice(place)).into_owned()
    }

    fn check_labels(&self) -> Result<()> {
        for block in &self.jumps.blocks {
            let mut names = HashSet::new();
            for label in &block.labels {
                if !names.insert(self.slice(label.name)) {
                    return self.error(label.place.line, format!("duplicate label '{}'", self.shown(label.name)));
                }
            }
        }
        Ok(())
    }

    /// The group that a jump goes to, and where the statement of that block begins that the jump is in.
    fn resolve(&mut self, goto: usize) -> Result<(usize, usize)> {
        let Goto { block, place, name } = self.jumps.gotos[goto];
        let (mut candidate, mut at) = (Some(block), place.start);
        while let Some(block) = candidate {
            let labels = &self.jumps.blocks[block].labels;
            if let Some(label) = labels.iter().find(|label| self.slice(label.name) == self.slice(name)) {
                return Ok((self.group(block, label.index), at));
            }
            (candidate, at) = (self.jumps.blocks[block].parent, self.jumps.blocks[block].at);
        }
        self.error(place.line, format!("undefined label '{}'", self.shown(name)))
    }

    fn group(&mut self, number: BlockId, index: usize) -> usize {
        if let Some(&known) = self.known_groups.get(&(number, index)) {
            return known;
        }
        let block = &self.jumps.blocks[number];
        let labels: Vec<Span> = block.labels.iter().filter(|l| l.index == index).map(|l| l.place).collect();
        let until = block.body_of.is_some_and(|number| self.jumps.loops[number].repeat.is_some());
        let trailing = index == block.statements && !until;
        let code = self.groups.len() + 1;
        self.groups.push(Group { block: number, code, labels, trailing, loops: false });
        self.known_groups.insert((number, index), code - 1);
        code - 1
    }

    /// No jump leads into the scope of a local variable.
    fn check_scope(&self, goto: usize, group: usize, at: usize) -> Result<()> {
        let group = &self.groups[group];
        let mut locals = self.jumps.blocks[group.block].locals.iter();
        let skipped = locals.find(|local| !group.trailing && local.0 > at && local.0 < group.start());
        match skipped {
            Some(&(_, local)) => {
                let Goto { place, name, .. } = self.jumps.gotos[goto];
                let (name, local) = (self.shown(name), self.shown(local));
                self.error(place.line, format!("<goto {name}> jumps into the scope of local '{local}'"))
            }
            None => Ok(()),
        }
    }

    /// Gives labels names of their own where a label around them has the same.
    fn rename(&mut self, targets: &[(usize, usize)]) {
        let name_of = |place: Span| &self.text[place.start..place.end];
        let mut renamed: HashMap<(BlockId, &[u8]), String> = HashMap::new();
        for (number, block) in self.jumps.blocks.iter().enumerate() {
            for label in &block.labels {
                let mut around = block.parent.map(|parent| &self.jumps.blocks[parent]);
                while let Some(outer) = around {
                    if outer.labels.iter().any(|other| name_of(other.name) == name_of(label.name)) {
                        let name = format!("{}{}", self.state, renamed.len() + 1);
                        self.edits.replace(label.name.start, label.name.end, name.clone());
                        renamed.insert((number, name_of(label.name)), name);
                        break;
                    }
                    around = outer.parent.map(|parent| &self.jumps.blocks[parent]);
                }
            }
        }
        for (goto, &(group, _)) in self.jumps.gotos.iter().zip(targets) {
            if let Some(name) = renamed.get(&(self.groups[group].block, name_of(goto.name))) {
                self.edits.replace(goto.name.start, goto.name.end, name.clone());
            }
        }
    }

    /// A jump, or several when it leads into what is a loop of jumps: each then goes to where a loop
    /// begins, and on from there.
    fn make_hops(&mut self, goto: usize, target: usize, at: usize) {
        let Goto { block, place, .. } = self.jumps.gotos[goto];
        let group = &self.groups[target];
        let (code, start) = (group.code, group.start());
        let mut hop = Hop { block, at: place.start, to: target, back: false, code, keeps: false, source: Some(goto) };
        if at >= group.end() {
            hop.back = true;
            self.hops.push(hop);
            return;
        }
        let groups = self.groups.iter().enumerate();
        // Loops end before a label at the end of the block: they are inside of what leads there.
        let between = groups.filter(|(_, g)| {
            g.block == group.block && g.loops && !group.trailing && g.start() > at && g.start() < start
        });
        let mut stops: Vec<(usize, usize)> = between.map(|(number, g)| (g.end(), number)).collect();
        stops.sort_unstable();
        let block = group.block;
        for (end, stop) in stops {
            let next = Hop { block, at: end, to: target, back: false, code, keeps: false, source: None };
            let kept = self.kept.entry(stop).or_default();
            let new = !kept.contains(&code);
            if new {
                kept.push(code);
            }
            let first = std::mem::replace(&mut hop, next);
            self.hops.push(Hop { to: stop, keeps: true, ..first });
            if !new {
                // What goes on from there does so already.
                return;
            }
        }
        self.hops.push(hop);
    }

    /// Where a hop begins, as a place in the block that it leads to a place of.
    fn place_in(&self, hop: &Hop) -> usize {
        let (mut block, mut at) = (hop.block, hop.at);
        while block != self.groups[hop.to].block {
            at = self.jumps.blocks[block].at;
            match self.jumps.blocks[block].parent {
                Some(parent) => block = parent,
                None => break,
            }
        }
        at
    }

    fn make_regions(&mut self) {
        let mut starts: HashMap<usize, usize> = HashMap::new();
        for hop in self.hops.iter().filter(|hop| !hop.back) {
            let start = self.place_in(hop);
            starts.entry(hop.to).and_modify(|first| *first = start.min(*first)).or_insert(start);
        }
        let trailing = self.groups.iter().filter(|group| group.trailing);
        let trailing: HashMap<BlockId, usize> = trailing.map(|group| (group.block, group.start())).collect();
        for (number, group) in self.groups.iter().enumerate() {
            let block = group.block;
            if group.loops {
                let end = trailing.get(&block).copied().unwrap_or(BLOCK_END);
                self.regions.push(Region { block, start: group.end(), end, group: number, loops: true });
            }
            if let Some(&start) = starts.get(&number) {
                self.regions.push(Region { block, start, end: group.start(), group: number, loops: false });
            }
        }
        self.regions.sort_by_key(|region| (region.block, region.end));
        for (number, region) in self.regions.iter().enumerate() {
            self.regions_of.entry(region.block).or_default().push(number);
        }
        // Those that overlap begin at the same place: none has a local variable of its block before
        // the other's end.
        for list in self.regions_of.values() {
            for (place, &number) in list.iter().enumerate() {
                let Region { mut start, loops, .. } = self.regions[number];
                if loops {
                    continue;
                }
                for other in list[..place].iter().rev().map(|&other| &self.regions[other]) {
                    if other.start < start && other.end > start {
                        start = other.start;
                    }
                }
                self.regions[number].start = start;
            }
        }
    }

    /// The loops around a place of a block, the innermost first.
    fn around(&self, mut block: BlockId, mut at: usize) -> Vec<Breakable> {
        let mut list = Vec::new();
        loop {
            let regions =
                self.regions_of.get(&block).into_iter().flatten().map(|&number| (number, &self.regions[number]));
            let mut inside: Vec<(RegionId, &Region)> = regions.filter(|(_, r)| r.start <= at && at < r.end).collect();
            inside.sort_by_key(|(_, region)| (std::cmp::Reverse(region.start), region.end));
            list.extend(inside.iter().map(|&(number, _)| Breakable::Region(number)));
            let this = &self.jumps.blocks[block];
            list.extend(this.body_of.map(Breakable::Source));
            at = this.at;
            match this.parent {
                Some(parent) => block = parent,
                None => return list,
            }
        }
    }

    /// Notes what leaves the loops in between for a destination. `arrives`: it is there then.
    fn pass(&mut self, around: &[Breakable], code: usize, arrives: bool) {
        for (place, &breakable) in around.iter().enumerate() {
            let last = place + 1 == around.len();
            let arrives = self.passing.entry(breakable).or_default().entry(code).or_insert(last && arrives);
            debug_assert!(last || !*arrives);
        }
    }

    /// Line breaks that a place has.
    fn lines(&self, place: Span) -> String {
        let mut lines = String::new();
        let mut rest = self.slice(place).iter().peekable();
        while let Some(&byte) = rest.next() {
            if matches!(byte, b'\n' | b'\r') {
                rest.next_if(|&&next| matches!(next, b'\n' | b'\r') && next != byte);
                lines.push('\n');
            }
        }
        lines
    }

    fn jump(&mut self) {
        for number in 0..self.hops.len() {
            let Hop { block, at, to, back, code, keeps, source } = self.hops[number];
            let around = self.around(block, at);
            let is_target = |region: &Region| region.group == to && region.loops == back;
            let target =
                |one: &Breakable| matches!(one, Breakable::Region(number) if is_target(&self.regions[*number]));
            let Some(depth) = around.iter().position(target) else { continue };
            self.pass(&around[..depth], code, !back && !keeps);
            let direct = depth == 0 && !back && !keeps;
            let state = self.state;
            if let Some(goto) = source {
                let place = self.jumps.gotos[goto].place;
                let lines = self.lines(place);
                let text = if direct { "do break end".to_owned() } else { format!("do {state}={code} break end") };
                self.edits.replace(place.start, place.end, text + &lines);
            } else {
                let reset = if direct { format!("{state}=nil ") } else { String::new() };
                *self.going_on.entry(at).or_default() += &format!("if {state}=={code} then {reset}break end ");
            }
            if !direct {
                self.stateful[self.jumps.blocks[block].function] = true;
            }
        }
    }

    fn replace_breaks(&mut self) -> Result<()> {
        for number in 0..self.jumps.breaks.len() {
            let Break { block, place, inside } = self.jumps.breaks[number];
            let around = self.around(block, place.start);
            let depth = around.iter().position(|one| matches!(one, Breakable::Source(_)));
            match depth {
                Some(0) => {
                    let body = self.jumps.blocks[block].body_of;
                    if inside || body.is_some_and(|body| self.moves_until(body, block)) {
                        self.edits.replace(place.start, place.end, "do break end");
                    }
                }
                Some(depth) => {
                    self.pass(&around[..depth], BREAK, true);
                    self.stateful[self.jumps.blocks[block].function] = true;
                    self.edits.replace(place.start, place.end, format!("do {}={BREAK} break end", self.state));
                }
                None if around.is_empty() => {
                    if inside {
                        self.edits.replace(place.start, place.end, "do break end");
                    }
                }
                None => return self.error(place.line, "no loop to break".to_owned()),
            }
        }
        Ok(())
    }

    /// A condition that moves leaves its loop by a jump, too.
    fn leave_by_conditions(&mut self) {
        for block in 0..self.jumps.blocks.len() {
            let Block { body_of, function, .. } = self.jumps.blocks[block];
            if let Some(body) = body_of.filter(|&body| self.moves_until(body, block)) {
                let around = self.around(block, BLOCK_END - 1);
                let depth = around.iter().position(|one| *one == Breakable::Source(body)).unwrap_or(0);
                self.pass(&around[..depth], BREAK, true);
                self.stateful[function] = true;
            }
        }
    }

    /// The condition of a `repeat` has to move into what is put into its body, whose variables it knows.
    fn moves_until(&self, body: LoopId, block: BlockId) -> bool {
        let mut regions = self.regions_of.get(&block).into_iter().flatten();
        self.jumps.loops[body].repeat.is_some() && regions.any(|&number| self.regions[number].loops)
    }

    fn replace_labels_without_jumps(&mut self) {
        let jumped: HashSet<usize> = self.groups.iter().flat_map(|g| g.labels.iter().map(|l| l.start)).collect();
        for block in &self.jumps.blocks {
            for label in block.labels.iter().filter(|label| !jumped.contains(&label.place.start)) {
                self.edits.replace(label.place.start, label.place.end, format!(" {}", self.lines(label.place)));
            }
        }
    }

    /// What follows a loop that something leaves for a place further out.
    fn tail(&self, breakable: Breakable) -> String {
        let Some(codes) = self.passing.get(&breakable) else { return String::new() };
        let state = self.state;
        let kept_here = match breakable {
            Breakable::Region(number) => {
                !self.regions[number].loops && self.kept.contains_key(&self.regions[number].group)
            }
            Breakable::Source(_) => false,
        };
        let is_one_of =
            |codes: Vec<usize>| codes.iter().map(|code| format!("{state}=={code}")).collect::<Vec<_>>().join(" or ");
        let any = if kept_here { is_one_of(codes.keys().copied().collect()) } else { state.to_owned() };
        let arriving: Vec<usize> = codes.iter().filter(|(_, arrives)| **arrives).map(|(&code, _)| code).collect();
        if arriving.is_empty() {
            format!(" if {any} then break end ")
        } else if arriving.len() == codes.len() {
            format!(" if {any} then {state}=nil break end ")
        } else {
            format!(" if {any} then if {} then {state}=nil end break end ", is_one_of(arriving))
        }
    }

    fn place_regions(&mut self) {
        // What begins with a statement, inner ones first: the last one put in comes first.
        let mut order: Vec<RegionId> = (0..self.regions.len()).collect();
        order.sort_by_key(|&number| (std::cmp::Reverse(self.regions[number].start), self.regions[number].end));
        let mut closings: BTreeMap<usize, String> = BTreeMap::new();
        let mut openings: BTreeMap<usize, String> = BTreeMap::new();
        let mut endings: BTreeMap<BlockId, String> = BTreeMap::new();
        for number in order {
            let Region { block, start, end, group, loops } = self.regions[number];
            let tail = self.tail(Breakable::Region(number));
            let state = self.state;
            let label = self.jumps.blocks[block].labels.iter().any(|label| label.place.end == start);
            if loops {
                let code = self.groups[group].code;
                let reset = match self.kept.get(&group) {
                    Some(_) => format!("if {state}=={code} then {state}=nil end"),
                    None => format!("{state}=nil"),
                };
                let inner = openings.remove(&start).unwrap_or_default();
                openings.insert(start, format!(" repeat {reset} repeat {inner}"));
                let ending = format!(" until true until {state}~={code}{tail} ");
                if end == BLOCK_END {
                    *endings.entry(block).or_default() += &ending;
                } else {
                    *closings.entry(end).or_default() += &ending;
                }
                continue;
            }
            if label {
                let inner = openings.remove(&start).unwrap_or_default();
                openings.insert(start, format!(" repeat {inner}"));
            } else {
                self.edits.before(start, " repeat ");
            }
            *closings.entry(self.groups[group].start()).or_default() += &format!(" until true {tail} ");
        }
        for group in &self.groups {
            for &place in &group.labels {
                let closing = closings.remove(&place.start).unwrap_or_else(|| " ".to_owned());
                let opening = openings.remove(&place.end).unwrap_or_default();
                let opening = opening + self.going_on.get(&place.end).map_or("", String::as_str);
                self.edits.replace(place.start, place.end, closing + &opening + &self.lines(place));
            }
        }
        // At one place, what is inside comes first: a condition that moved, what follows its loop or
        // another, what ends the block that the loop is in.
        endings.retain(|&block, ending| !self.move_condition(block, ending));
        self.place_tails();
        for (block, ending) in endings {
            self.edits.after(self.jumps.blocks[block].end, ending);
        }
    }

    /// Moves the condition of the `repeat` that a block is the body of into the loops that end there.
    fn move_condition(&mut self, block: BlockId, ending: &str) -> bool {
        let Block { body_of, end, returns, last, .. } = self.jumps.blocks[block];
        let source = body_of.map(|number| &self.jumps.loops[number]);
        let Some(&Loop { end: loop_end, repeat: Some((keyword, until)) }) = source else {
            return false;
        };
        if returns {
            self.edits.before(last, " do ");
            self.edits.after(end, " end ");
        }
        self.edits.replace(keyword.start, keyword.end, "while true do");
        self.edits.replace(until.start, until.end, " if ");
        self.edits.after(loop_end, format!(" then {}={BREAK} break end {ending} end ", self.state));
        true
    }

    /// Behind the source's loops. (Others were followed by theirs when they were put in.)
    fn place_tails(&mut self) {
        for number in 0..self.jumps.loops.len() {
            let tail = self.tail(Breakable::Source(number));
            if !tail.is_empty() {
                self.edits.after(self.jumps.loops[number].end, tail);
            }
        }
    }

    fn place_variables(&mut self) {
        for (function, _) in self.jumps.functions.iter().zip(&self.stateful).filter(|(_, stateful)| **stateful) {
            let text = format!(" local {} ", self.state);
            if function.is_chunk {
                self.edits.before(function.at, text);
            } else {
                self.edits.after(function.at, text);
            }
        }
    }
}
