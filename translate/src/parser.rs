//! Statements, and what all of the grammar shares: tokens, errors, scopes, the depth limit. The
//! grammar is the union of LuaJIT's and that of later Luas: what a target does not have is left for
//! its own compiler to refuse.

use super::compare::{Comparison, Head, HeadKind};
use super::edit::Edits;
use super::expression::{Expr, MethodCall};
use super::growth::{Growth, Role};
use super::jump::{Jumps, Span};
use super::lexer::{Constant, Lexer, T, Token, is_word};
use super::names::{self, Index};
use super::scope::{Kept, Kinds, Ref, Scopes, Sym, VarId};
use super::{Library, SyntaxError, Target};
use lunaffi_core::stack::has_room;

/// Blocks, expressions and functions inside of each other: the limit of every Lua.
pub const MAX_DEPTH: u32 = 200;

/// What parsing gives.
pub struct Parsed {
    pub edits: Edits,
    pub constants: Vec<Constant>,
    /// Where the last token ends.
    pub end: usize,
    pub uses_helpers: bool,
}

/// The state of the parse.
pub struct Parser<'a> {
    pub lexer: Lexer<'a>,
    pub scopes: Scopes<'a>,
    pub index: Index,
    /// The name of the table of helpers in the output.
    pub helper: &'a str,
    pub uses_helpers: bool,
    pub comparisons: Vec<Comparison>,
    /// The token at hand.
    pub token: Token,
    ahead: Option<Token>,
    /// Where the token before it ended.
    pub last_end: usize,
    depth: u32,
    /// The text defines a metamethod of equality, by its looks.
    pub defines_eq: bool,
    /// The same of length.
    pub defines_len: bool,
    /// Where numbers come from and go to.
    pub growth: Growth<'a>,
    pub library: Library,
    /// What the text as a whole turns out to be.
    pub dialect: Dialect,
    /// How many functions with `...` are around, the text itself not counted.
    pub variadic: u32,
    /// Where the global `arg` is named, outside of those.
    pub arg_places: Vec<(usize, usize)>,
    /// Edits that are needed only if a value may be of some kinds.
    pub unless_plain: Vec<(std::ops::Range<usize>, Vec<Sym>, Kinds)>,
    /// Expressions that a helper looks at if they may be of some kinds.
    pub wraps: Vec<Wrap>,
    /// Calls that a helper does if an argument may be of some kinds, or in any case.
    pub methods: Vec<(MethodCall, Vec<Sym>, Kinds, bool)>,
    jumps: Jumps,
}

/// An expression that a helper is called with.
pub struct Wrap {
    pub start: usize,
    pub end: usize,
    pub value: Kept,
    pub kinds: Kinds,
    /// The helper.
    pub with: &'static str,
}

pub type Result<X> = std::result::Result<X, SyntaxError>;

/// What a text as a whole is, which is known only at its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Dialect {
    /// It is code for a Lua with integers, which has operators of its own: its numbers are that Lua's.
    pub has_integers: bool,
    /// It replaces the table of globals by an assignment to `_ENV`.
    pub replaces_globals: bool,
}

/// Parses a whole text.
pub fn parse(text: &[u8], target: Target, library: Library, helper: &str) -> Result<Parsed> {
    let mut parser = Parser::new(text, target, library, helper, Dialect::default());
    let mut end = parser.chunk()?;
    let dialect = parser.dialect;
    if dialect != Dialect::default() {
        parser = Parser::new(text, target, library, helper, dialect);
        end = parser.chunk()?;
    }
    parser.settle()?;
    Ok(Parsed { edits: parser.lexer.edits, constants: parser.lexer.constants, end, uses_helpers: parser.uses_helpers })
}

fn ends_block(t: T) -> bool {
    matches!(t, T::Eof | T::End | T::Else | T::Elseif | T::Until)
}

impl<'a> Parser<'a> {
    fn new(text: &'a [u8], target: Target, library: Library, helper: &'a str, dialect: Dialect) -> Parser<'a> {
        Parser {
            lexer: Lexer::new(text, target, dialect.has_integers),
            scopes: Scopes::new(names::KNOWN.len()),
            index: names::index(),
            helper,
            uses_helpers: false,
            comparisons: Vec::new(),
            token: Token { t: T::Eof, start: 0, end: 0, line: 1, verbatim: true },
            ahead: None,
            last_end: 0,
            depth: 0,
            defines_eq: text.windows(4).any(|window| window == b"__eq"),
            defines_len: text.windows(5).any(|window| window == b"__len"),
            growth: Growth::default(),
            library,
            dialect,
            variadic: 0,
            arg_places: Vec::new(),
            unless_plain: Vec::new(),
            wraps: Vec::new(),
            methods: Vec::new(),
            jumps: Jumps::new(target),
        }
    }

    /// Reads the text. Returns where its last token ends.
    fn chunk(&mut self) -> Result<usize> {
        self.advance()?;
        self.jumps.enter_function(self.token.start);
        self.block()?;
        if self.token.t != T::Eof {
            return self.expected("<eof>");
        }
        Ok(self.last_end)
    }

    /// Numbers have to be made what they are on LuaJIT.
    pub fn mends_numbers(&self) -> bool {
        self.target().has_integers() && !self.dialect.has_integers
    }

    /// Names are those of the Lua at hand.
    pub fn keeps_names(&self) -> bool {
        self.library == Library::LuaJit || self.target().has_integers() && self.dialect.has_integers
    }

    pub fn target(&self) -> Target {
        self.lexer.target
    }

    /// Decides what was left open until all of the text is known.
    fn settle(&mut self) -> Result<()> {
        self.scopes.solve();
        for (edits, values, kinds) in std::mem::take(&mut self.unless_plain) {
            if values.iter().all(|&value| self.scopes.kinds(value) & kinds == 0) {
                edits.for_each(|edit| self.lexer.edits.cancel(edit));
            }
        }
        // What is inside of others comes first.
        for (call, values, kinds, always) in std::mem::take(&mut self.methods) {
            if always || values.iter().any(|&value| self.scopes.kinds(value) & kinds != 0) {
                let helper = call.helper(self.lexer.text);
                self.call_method(&call, helper);
            }
        }
        for Wrap { start, end, value, kinds, with } in std::mem::take(&mut self.wraps) {
            if self.scopes.kinds_kept(value) & kinds != 0 {
                self.lexer.edits.before(start, format!(" {}.{with}(", self.helper));
                self.lexer.edits.after(end, ")");
            }
        }
        if self.mends_numbers() {
            self.mend_growth();
        }
        self.help_comparisons();
        let scopes = &self.scopes;
        self.lexer.edits.settle(|var| scopes.vars[var as usize].assigned);
        // Constants are made by helpers.
        self.uses_helpers = !self.lexer.constants.is_empty() || self.lexer.edits.any_contains(self.helper);
        if self.uses_helpers {
            self.place_arg();
        }
        let target = self.target();
        let jumps = std::mem::replace(&mut self.jumps, Jumps::new(target));
        jumps.settle(self.lexer.text, &mut self.lexer.edits, &format!("{}_at", self.helper))
    }

    // --- tokens

    pub fn advance(&mut self) -> Result<()> {
        self.last_end = self.token.end;
        self.token = match self.ahead.take() {
            Some(token) => token,
            None => self.lexer.next()?,
        };
        Ok(())
    }

    pub fn look_ahead(&mut self) -> Result<T> {
        let token = match self.ahead {
            Some(token) => token,
            None => self.lexer.next()?,
        };
        self.ahead = Some(token);
        Ok(token.t)
    }

    pub fn slice(&self, token: Token) -> &'a [u8] {
        &self.lexer.text[token.start..token.end]
    }

    pub fn error<X>(&self, what: &str) -> Result<X> {
        let text = String::from_utf8_lossy(self.slice(self.token));
        let near: String = if self.token.t == T::Eof { "<eof>".into() } else { text.chars().take(80).collect() };
        Err(SyntaxError { line: self.token.line, message: format!("{what} near '{near}'") })
    }

    fn expected<X>(&self, what: &str) -> Result<X> {
        self.error(&format!("'{what}' expected"))
    }

    /// Takes the token if it is this one.
    pub fn accept(&mut self, t: T) -> Result<bool> {
        let found = self.token.t == t;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn expect(&mut self, t: T, spelling: &str) -> Result<()> {
        if self.accept(t)? { Ok(()) } else { self.expected(spelling) }
    }

    /// The end of something that began elsewhere.
    pub fn expect_match(&mut self, t: T, spelling: &str, opener: &str, line: u32) -> Result<()> {
        if self.accept(t)? {
            return Ok(());
        }
        if line == self.token.line {
            return self.expected(spelling);
        }
        self.error(&format!("'{spelling}' expected (to close '{opener}' at line {line})"))
    }

    /// A name. LuaJIT takes `goto` for one wherever no statement begins.
    pub fn name(&mut self) -> Result<Token> {
        if !matches!(self.token.t, T::Name | T::Goto) {
            return self.error("'<name>' expected");
        }
        let token = self.token;
        self.advance()?;
        Ok(token)
    }

    /// The name is one that the target reserves.
    pub fn is_reserved(&self, name: Token) -> bool {
        name.t == T::Goto && self.target().reserves_goto()
    }

    /// A local variable's name in the output.
    pub fn local_name(&mut self, name: Token) {
        if self.is_reserved(name) {
            let other = format!("{}_goto", self.helper);
            self.lexer.edits.replace(name.start, name.end, other);
        }
    }

    /// Counts the depth of what is inside of each other.
    pub fn nested<X>(&mut self, body: impl FnOnce(&mut Self) -> Result<X>) -> Result<X> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || !has_room() {
            return self.error("chunk has too many syntax levels");
        }
        let result = body(self);
        self.depth -= 1;
        result
    }

    // --- statements

    fn ends_block(&self) -> bool {
        ends_block(self.token.t)
    }

    /// Statements up to what ends a block, in the scope that is open.
    fn statements(&mut self) -> Result<()> {
        while !self.ends_block() {
            if self.token.t == T::Return {
                self.jumps.statement(self.token.start, true);
                return self.return_statement();
            }
            if !matches!(self.token.t, T::Semicolon | T::DoubleColon) {
                self.jumps.statement(self.token.start, false);
            }
            let label = self.token.t == T::DoubleColon;
            let mark = self.growth.mark();
            self.nested(Self::statement)?;
            self.growth.back_to(mark);
            // Where a label goes, a `;` behind it would stand alone.
            if !label || self.target().has_goto() {
                self.accept(T::Semicolon)?;
            }
        }
        Ok(())
    }

    pub fn block(&mut self) -> Result<()> {
        let mark = self.scopes.enter();
        self.jumps.enter_block();
        self.statements()?;
        self.jumps.leave_block(self.last_end);
        self.scopes.leave(mark);
        Ok(())
    }

    /// Where a token is.
    fn place(token: Token) -> Span {
        Span { start: token.start, end: token.end, line: token.line }
    }

    /// A loop's body, up to `end`.
    fn body(&mut self, opener: &str, line: u32) -> Result<()> {
        let number = self.jumps.enter_loop();
        self.block()?;
        self.expect_match(T::End, "end", opener, line)?;
        self.jumps.leave_loop(number, self.last_end, None);
        Ok(())
    }

    fn statement(&mut self) -> Result<()> {
        let line = self.token.line;
        let jump = self.token.t == T::Goto && self.look_ahead()? == T::Name;
        match self.token.t {
            T::Semicolon => self.empty_statement(),
            T::If => self.if_statement(line),
            T::While => {
                let condition = self.condition(HeadKind::While)?;
                self.close_head(condition, (self.token.start, self.token.end));
                self.expect(T::Do, "do")?;
                self.body("while", line)
            }
            T::Do => {
                self.advance()?;
                self.block()?;
                self.expect_match(T::End, "end", "do", line)
            }
            T::For => self.for_statement(line),
            T::Repeat => {
                let keyword = Self::place(self.token);
                self.advance()?;
                let mark = self.scopes.enter();
                let number = self.jumps.enter_loop();
                self.jumps.enter_block();
                self.statements()?;
                self.jumps.leave_block(self.last_end);
                let until = Self::place(self.token);
                self.expect_match(T::Until, "until", "repeat", line)?;
                self.expression()?;
                self.jumps.leave_loop(number, self.last_end, Some((keyword, until)));
                self.scopes.leave(mark);
                Ok(())
            }
            T::Function => self.function_statement(line),
            T::Local => self.local_statement(),
            T::DoubleColon => {
                let start = self.token.start;
                self.advance()?;
                let name = self.name()?;
                self.expect(T::DoubleColon, "::")?;
                self.jumps.label(Span { start, end: self.last_end, line: name.line }, Self::place(name));
                Ok(())
            }
            T::Break => self.break_statement(),
            T::Goto if jump => {
                let start = self.token.start;
                self.advance()?;
                let name = self.token;
                self.advance()?;
                self.jumps.goto(Span { start, end: self.last_end, line: name.line }, Self::place(name));
                Ok(())
            }
            _ => self.expression_statement(),
        }
    }

    /// A `;` of its own, which is younger than Lua 5.1.
    fn empty_statement(&mut self) -> Result<()> {
        if !self.target().reserves_goto() {
            self.lexer.edits.replace(self.token.start, self.token.end, " ");
        }
        self.advance()
    }

    /// A `break`, which has to be the last statement of its block in Lua 5.1.
    fn break_statement(&mut self) -> Result<()> {
        let token = self.token;
        self.advance()?;
        let next = if self.token.t == T::Semicolon { self.look_ahead()? } else { self.token.t };
        let inside = !ends_block(next);
        if !self.target().has_goto() {
            self.jumps.break_at(Self::place(token), inside);
        } else if !self.target().reserves_goto() && inside {
            self.lexer.edits.replace(token.start, token.end, "do break end");
        }
        Ok(())
    }

    fn if_statement(&mut self, line: u32) -> Result<()> {
        let mut kind = HeadKind::If;
        let mut heads = Vec::new();
        let depth = self.depth;
        loop {
            let head = self.condition(kind)?;
            // A condition with variables of its own is a statement inside of the former one.
            self.depth += head.is_some() as u32;
            heads.push(head);
            self.expect(T::Then, "then")?;
            self.block()?;
            if self.token.t != T::Elseif {
                break;
            }
            kind = HeadKind::Elseif;
        }
        if self.accept(T::Else)? {
            self.block()?;
        }
        self.expect_match(T::End, "end", "if", line)?;
        self.depth = depth;
        for head in heads {
            self.close_head(head, (self.last_end, self.last_end));
        }
        Ok(())
    }

    /// A keyword and its condition. Returns the number of the comparison that begins the condition, if its
    /// operands may be put into variables.
    fn condition(&mut self, kind: HeadKind) -> Result<Option<usize>> {
        let keyword = (self.token.start, self.token.end);
        self.advance()?;
        let (start, first) = (self.token.start, self.comparisons.len());
        self.expression()?;
        Ok(self.open_head(Head { kind, keyword, condition: start, tail: (0, 0) }, first))
    }

    /// Looks for the comparison that begins a condition among those from a number on.
    fn open_head(&mut self, head: Head, first: usize) -> Option<usize> {
        // Each takes a level of blocks and two variables, of which there are not many.
        const DEEP: u32 = 60;
        const VARIABLES: usize = 150;
        if self.depth > DEEP || self.scopes.enter() > VARIABLES {
            return None;
        }
        let text = self.lexer.text;
        let begins = |comparison: &Comparison| {
            let between = text.get(head.condition..comparison.left.0);
            between.is_some_and(|text| text.iter().all(|&b| matches!(b, b'(' | b' ' | b'\t')))
        };
        let mut found = (first..).zip(&self.comparisons[first..]).filter(|(_, c)| begins(c));
        // In `a == b == c`, two begin it.
        let (number, _) = found.next().filter(|_| found.next().is_none())?;
        self.comparisons[number].head = Some(head);
        Some(number)
    }

    fn close_head(&mut self, number: Option<usize>, tail: (usize, usize)) {
        if let Some(head) = number.and_then(|number| self.comparisons[number].head.as_mut()) {
            head.tail = tail;
        }
    }

    fn for_statement(&mut self, line: u32) -> Result<()> {
        self.advance()?;
        let mut names = vec![self.name()?];
        let numeric = self.token.t == T::Assign;
        let mut counted = true;
        if numeric {
            self.advance()?;
            counted = self.expression()?.is_small();
            self.expect(T::Comma, ",")?;
            self.expression()?;
            if self.accept(T::Comma)? {
                counted &= self.expression()?.is_small();
            }
        } else {
            while self.accept(T::Comma)? {
                names.push(self.name()?);
            }
            if self.token.t != T::In {
                return self.error("'=' or 'in' expected");
            }
            self.advance()?;
            self.expression_list()?;
        }
        self.expect(T::Do, "do")?;
        let mark = self.scopes.enter();
        let value = match (numeric, counted) {
            (false, _) => Sym::ANY,
            (_, true) => Sym::PLAIN,
            _ => Sym::FRACTION,
        };
        for name in names {
            self.declare(name, value);
        }
        self.body("for", line)?;
        self.scopes.leave(mark);
        Ok(())
    }

    /// A new local variable, in scope from here on, that begins with a value.
    fn declare(&mut self, name: Token, value: Sym) -> VarId {
        self.local_name(name);
        let var = self.scopes.create();
        self.scopes.assign(var, value);
        self.scopes.declare(self.slice(name), var);
        var
    }

    fn local_statement(&mut self) -> Result<()> {
        let line = self.token.line;
        self.advance()?;
        if self.token.t == T::Function {
            self.advance()?;
            let name = self.name()?;
            self.declare(name, Sym::OBJECT);
            self.jumps.local(Self::place(name));
            return self.function_body(false, false, line, self.slice(name));
        }
        let mut names = Vec::new();
        loop {
            names.push(self.name()?);
            if self.accept(T::Lt)? {
                self.dialect.has_integers = true;
                self.name()?;
                self.expect(T::Gt, ">")?;
            }
            if !self.accept(T::Comma)? {
                break;
            }
        }
        let values = if self.accept(T::Assign)? { self.expression_list()? } else { Vec::new() };
        for (place, name) in names.into_iter().enumerate() {
            let (value, known) = value_at(&values, place);
            let var = self.declare(name, value);
            if let Some(value) = values.get(place) {
                self.flows(value, var);
            }
            self.jumps.local(Self::place(name));
            if known.is_some_and(|known| known.var.is_none()) {
                self.scopes.vars[var as usize].alias = known;
            }
        }
        Ok(())
    }

    fn function_statement(&mut self, line: u32) -> Result<()> {
        let keyword = self.token;
        self.advance()?;
        let mut reserved = self.is_reserved(self.token);
        let mut target = self.primary_name()?;
        reserved &= !target.is_local();
        while self.token.t == T::Dot {
            reserved |= self.look_ahead()? == T::Goto && self.target().reserves_goto();
            target = self.field(target)?;
        }
        let method = self.token.t == T::Colon;
        let text = &self.lexer.text[..target.end];
        let mut last_name = &text[text.iter().rposition(|&b| !is_word(b)).map_or(0, |at| at + 1)..];
        if method {
            let colon = self.token;
            self.advance()?;
            let name = self.name()?;
            last_name = self.slice(name);
            if self.is_reserved(name) {
                reserved = true;
                self.lexer.edits.replace(colon.start, colon.end, "[");
                self.lexer.edits.replace(name.start, name.end, "\"goto\"]");
            } else if reserved {
                self.lexer.edits.replace(colon.start, colon.end, ".");
            }
        } else {
            self.assigned(&target, Sym::OBJECT);
        }
        if reserved {
            // No such name can stand in a declaration: it becomes an assignment.
            self.lexer.edits.replace(keyword.start, keyword.end, "");
            self.lexer.edits.after(self.last_end, "=function");
        }
        self.function_body(method, method && reserved, line, last_name)
    }

    /// Parameters and body. `method`: there is a `self`; `receiver`: it has to be written down; `name`: what
    /// the function is called by.
    pub fn function_body(&mut self, method: bool, receiver: bool, line: u32, name: &'a [u8]) -> Result<()> {
        let growth = self.growth.mark();
        self.growth.functions.push(name);
        let mut parameters = Vec::new();
        let mark = self.scopes.enter();
        if method {
            let var = self.scopes.create();
            self.scopes.assign(var, Sym::ANY);
            self.scopes.declare(b"self", var);
        }
        self.expect(T::LeftParen, "(")?;
        if receiver {
            let more = self.token.t != T::RightParen;
            self.lexer.edits.after(self.last_end, if more { "self," } else { "self" });
        }
        let mut variadic = false;
        if self.token.t != T::RightParen {
            loop {
                if self.accept(T::Dots)? {
                    variadic = true;
                    break;
                }
                let name = self.name()?;
                let var = self.declare(name, Sym::ANY);
                self.parameter(var, parameters.len(), self.slice(name), &mut parameters);
                if !self.accept(T::Comma)? {
                    break;
                }
            }
        }
        self.expect(T::RightParen, ")")?;
        self.variadic += variadic as u32;
        self.jumps.enter_function(self.last_end);
        self.body_begins(parameters, self.last_end);
        self.nested(Self::block)?;
        self.growth.functions.pop();
        self.growth.back_to(growth);
        self.jumps.leave_function();
        self.variadic -= variadic as u32;
        self.scopes.leave(mark);
        self.expect_match(T::End, "end", "function", line)
    }

    fn return_statement(&mut self) -> Result<()> {
        let keyword = (self.token.start, self.token.end);
        self.advance()?;
        if !self.ends_block() && self.token.t != T::Semicolon {
            let (condition, first) = (self.token.start, self.comparisons.len());
            let list = self.expression_list()?;
            if let (Some(&function), Some(value)) = (self.growth.functions.last(), list.first())
                && !function.is_empty()
            {
                let node = self.node_of(Role::Result, function);
                self.flows(value, node);
            }
            if let ([only], Some(last)) = (list.as_slice(), self.comparisons.last_mut()) {
                last.returned = (last.left.0, last.right.1) == (only.start, only.end);
            }
            let tail = (self.last_end, self.last_end);
            self.open_head(Head { kind: HeadKind::Return, keyword, condition, tail }, first);
        }
        self.accept(T::Semicolon)?;
        if self.ends_block() { Ok(()) } else { self.expected("<eof>") }
    }

    /// An assignment or a call.
    fn expression_statement(&mut self) -> Result<()> {
        let first = self.suffixed()?;
        if !matches!(self.token.t, T::Assign | T::Comma) {
            return if first.is_call() { Ok(()) } else { self.error("syntax error") };
        }
        let mut targets = vec![first];
        while self.accept(T::Comma)? {
            targets.push(self.suffixed()?);
        }
        if targets.iter().any(|target| !target.assignable()) {
            return self.error("syntax error");
        }
        self.expect(T::Assign, "=")?;
        let values = self.expression_list()?;
        for (place, target) in targets.iter().enumerate() {
            self.assigned(target, value_at(&values, place).0);
            if let (Some(node), Some(value)) = (target.node, values.get(place)) {
                self.flows(value, node);
            }
        }
        Ok(())
    }

    /// One or more expressions.
    pub fn expression_list(&mut self) -> Result<Vec<Expr>> {
        let mut list = vec![self.expression()?];
        while self.accept(T::Comma)? {
            list.push(self.expression()?);
        }
        Ok(list)
    }
}

/// The value that a variable at a place of a list gets.
fn value_at(values: &[Expr], place: usize) -> (Sym, Option<Ref>) {
    match (values.get(place), values.last()) {
        (Some(value), _) => (value.sym, value.known),
        (None, Some(last)) if last.is_multiple() => (Sym::ANY, None),
        _ => (Sym::PLAIN, None),
    }
}
