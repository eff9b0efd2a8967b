//! `goto` for a Lua that has none. Labels are where loops begin and end: a jump forward leaves a
//! `repeat ... until true` that ends at the label, a jump back leaves the inner one of two loops that
//! begin there. What has other loops in between, be they the source's or put in here, says in a
//! variable of the function where it is going, and each loop on the way passes it on. All of it stands
//! on the lines that it stands for. For other Luas, jumps are checked as LuaJIT checks them.
//!
//! While the source is parsed, its blocks, loops and jumps are written down here; `settle` makes the edits.

mod settle;

use super::Target;
use super::edit::Edits;
use super::parser::Result;
use settle::Settling;

type BlockId = usize;
type LoopId = usize;

/// From where to where something is, and on which line it ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub line: u32,
}

struct Function {
    /// Where its body begins.
    at: usize,
    is_chunk: bool,
}

struct Block {
    function: usize,
    /// The block around it, in the same function.
    parent: Option<BlockId>,
    /// Where the statement of the block around it begins that it is in.
    at: usize,
    /// The loop that it is the body of.
    body_of: Option<LoopId>,
    end: usize,
    /// How many statements it has that do something, and where the last one begins.
    statements: usize,
    last: usize,
    /// The last one is a `return`.
    returns: bool,
    labels: Vec<Label>,
    /// Local variables: where their statements begin, and their names.
    locals: Vec<(usize, Span)>,
}

struct Label {
    name: Span,
    place: Span,
    /// How many statements are before it.
    index: usize,
}

/// A loop of the source.
#[derive(Default)]
struct Loop {
    end: usize,
    /// Where `repeat` and `until` are.
    repeat: Option<(Span, Span)>,
}

struct Goto {
    block: BlockId,
    place: Span,
    name: Span,
}

struct Break {
    block: BlockId,
    place: Span,
    /// It is not the last statement of its block.
    inside: bool,
}

/// The jumps of a text.
pub struct Jumps {
    target: Target,
    functions: Vec<Function>,
    /// The functions that are open, and the block of each that is.
    open: Vec<(usize, Option<BlockId>)>,
    blocks: Vec<Block>,
    loops: Vec<Loop>,
    /// The next block is the body of this loop.
    next_body: Option<LoopId>,
    gotos: Vec<Goto>,
    breaks: Vec<Break>,
}

impl Jumps {
    pub fn new(target: Target) -> Jumps {
        Jumps {
            target,
            functions: Vec::new(),
            open: Vec::new(),
            blocks: Vec::new(),
            loops: Vec::new(),
            next_body: None,
            gotos: Vec::new(),
            breaks: Vec::new(),
        }
    }

    // --- what the parser tells

    /// A function's body begins, or the text does.
    pub fn enter_function(&mut self, at: usize) {
        if self.target == Target::LuaJit {
            return;
        }
        self.open.push((self.functions.len(), None));
        self.functions.push(Function { at, is_chunk: self.functions.is_empty() });
    }

    pub fn leave_function(&mut self) {
        self.open.pop();
    }

    pub fn enter_block(&mut self) {
        let body_of = self.next_body.take();
        let Some((function, current)) = self.open.last_mut() else { return };
        let at = current.map_or(0, |block| self.blocks[block].last);
        let parent = current.replace(self.blocks.len());
        self.blocks.push(Block {
            function: *function,
            parent,
            at,
            body_of,
            end: 0,
            statements: 0,
            last: 0,
            returns: false,
            labels: Vec::new(),
            locals: Vec::new(),
        });
    }

    pub fn leave_block(&mut self, end: usize) {
        let Some((_, current)) = self.open.last_mut() else { return };
        if let Some(block) = current.and_then(|block| self.blocks.get_mut(block)) {
            block.end = end;
            *current = block.parent;
        }
    }

    fn current(&self) -> Option<BlockId> {
        self.open.last().and_then(|open| open.1)
    }

    /// A statement begins that does something.
    pub fn statement(&mut self, at: usize, returns: bool) {
        if let Some(block) = self.current() {
            let block = &mut self.blocks[block];
            block.statements += 1;
            (block.last, block.returns) = (at, returns);
        }
    }

    /// The next block is a loop's body.
    pub fn enter_loop(&mut self) -> LoopId {
        self.loops.push(Loop::default());
        self.next_body = Some(self.loops.len() - 1);
        self.loops.len() - 1
    }

    pub fn leave_loop(&mut self, number: LoopId, end: usize, repeat: Option<(Span, Span)>) {
        self.loops[number] = Loop { end, repeat };
    }

    pub fn local(&mut self, name: Span) {
        if let Some(block) = self.current() {
            let block = &mut self.blocks[block];
            block.locals.push((block.last, name));
        }
    }

    pub fn label(&mut self, place: Span, name: Span) {
        if let Some(block) = self.current() {
            let index = self.blocks[block].statements;
            self.blocks[block].labels.push(Label { name, place, index });
        }
    }

    pub fn goto(&mut self, place: Span, name: Span) {
        if let Some(block) = self.current() {
            self.gotos.push(Goto { block, place, name });
        }
    }

    pub fn break_at(&mut self, place: Span, inside: bool) {
        if let Some(block) = self.current() {
            self.breaks.push(Break { block, place, inside });
        }
    }

    /// Makes the edits, after all others. `state`: a name for the variable.
    pub fn settle(self, text: &[u8], edits: &mut Edits, state: &str) -> Result<()> {
        Settling::new(self, text, edits, state).run()
    }
}
