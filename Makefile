# lunaffi: build, test and install for any Lua. `make help` lists the targets.

# What a build can be for. The name is the interpreter's command and the folder under build/.
# LUAS on the command line is for `make bench` alone.
BENCH_LUAS := $(LUAS)
override LUAS := lua5.1 lua5.2 lua5.3 lua5.4 lua5.5 luajit
FEATURES := $(subst .,,$(LUAS))

# The Luas that `make test` covers, and the choice of specs for its slow runs. (The programs of
# spec/luajit/programs_spec.lua lock all memory that the process has: with AddressSanitizer that is the machine's.)
TEST_LUAS ?= lua5.1 lua5.2 lua5.3 lua5.4 luajit
STRESS_SPEC ?= spec/lune spec/alien spec/luajit
ASAN_SPEC ?= spec/lune $(filter-out spec/luajit/programs_spec.lua,$(wildcard spec/luajit/*)) spec/alien \
	$(wildcard spec/shared/*finalizer*_spec.lua spec/shared/stress_spec.lua spec/shared/hostile_spec.lua)
VALGRIND_SPEC ?= spec/lune spec/luajit spec/alien spec/shared/layout_spec.lua spec/shared/signatures_spec.lua
SPEC ?= spec

PREFIX ?= /usr/local
CARGO ?= cargo

FOUND := $(shell for l in $(LUAS); do command -v $$l >/dev/null && echo $$l; done)
# What plain `lua` is, by its own word.
SYSTEM_LUA := $(shell lua -e 'print(jit and "luajit" or "lua" .. _VERSION:match("%d.%d"))' 2>/dev/null)
LUA ?= $(firstword $(SYSTEM_LUA) $(foreach l,lua5.4 lua5.3 lua5.2 lua5.1 luajit,$(filter $(l),$(FOUND))))

ifneq ($(filter-out $(LUAS),$(LUA)),)
$(error LUA=$(LUA): unknown Lua; one of: $(LUAS))
endif

# The command: `lua` where only that one exists.
LUA_COMMAND = $(if $(filter $(LUA),$(FOUND)),$(LUA),$(if $(filter $(LUA),$(SYSTEM_LUA)),lua,$(LUA)))
# The version in the names of Lua's folders; LuaJIT looks in those of 5.1.
LUA_VERSION = $(patsubst lua%,%,$(LUA:luajit=lua5.1))
MODULE_DIR = $(PREFIX)/lib/lua/$(LUA_VERSION)
BIN_DIR = $(PREFIX)/bin

CARGO_OUTPUT := target/release/liblunaffi.$(if $(filter Darwin,$(shell uname)),dylib,so)
# Folders count too: one that lost a file is newer than the last build.
SOURCES := Cargo.toml $(wildcard Cargo.lock build.rs) $(shell find src core cparse translate -name '*.rs' -o -name '*.lua' -o -name '*.toml' -o -type d 2>/dev/null)

# Every build leaves its module at the same place in target/, so no two may run at once: not the
# targets of one make, and not two makes either.
.NOTPARALLEL:
LOCK := $(if $(shell command -v flock 2>/dev/null),flock build/.lock)

# $(call replace,FILE,PLACE): a program that has the old file mapped keeps it.
replace = cp $(1) $(2).new && mv -f $(2).new $(2)

.PHONY: build
build: build/$(or $(LUA),none)/lunaffi.so ## build the module for LUA (default: the system's), into build/LUA/lunaffi.so
	@echo "$< is up to date"

build/none/lunaffi.so:
	$(error no Lua found; say for which one: make LUA=lua5.4)

build/%/lunaffi.so: $(SOURCES)
	@mkdir -p $(@D)
	$(LOCK) sh -c '$(CARGO) build --release --locked --target-dir target --no-default-features --features $(subst .,,$*) \
		&& $(call replace,$(CARGO_OUTPUT),$@)'

# AddressSanitizer is unstable in Rust: RUSTC_BOOTSTRAP lets the stable compiler have it. Only the code for TARGET
# gets it, which without --target would be build scripts too. The profile is in Cargo.toml.
TARGET = $(shell rustc -vV | sed -n 's/^host: //p')
build/asan/%/lunaffi.so: $(SOURCES)
	@mkdir -p $(@D)
	$(LOCK) sh -c 'RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $(CARGO) build --profile asan --locked --target-dir target \
		--target $(TARGET) --no-default-features --features $(subst .,,$*) \
		&& $(call replace,target/$(TARGET)/asan/$(notdir $(CARGO_OUTPUT)),$@)'

.PHONY: all
all: $(FOUND:%=build/%/lunaffi.so) ## build for every Lua found

.PHONY: c_tests
c_tests: ## build the C fixtures of the specs, into build/c_tests
	$(if $(wildcard c_tests/Makefile),$(MAKE) -C c_tests,@echo "there is no c_tests/Makefile" && false)

.PHONY: reference
reference: ## build the LuaJIT that spec/luajit compares with, into build/reference (once)
	@mkdir -p build
	@$(LOCK) spec/support/reference.sh

.PHONY: install
install: build ## install into the C module path of LUA: PREFIX/lib/lua/VERSION, and PREFIX/bin (DESTDIR stages it)
	mkdir -p $(DESTDIR)$(MODULE_DIR) $(DESTDIR)$(BIN_DIR)
	$(call replace,build/$(LUA)/lunaffi.so,$(DESTDIR)$(MODULE_DIR)/lunaffi.so)
	sed '1s|.*|#!/usr/bin/env $(LUA_COMMAND)|' bin/lunaffi-constants > $(DESTDIR)$(BIN_DIR)/lunaffi-constants.new
	chmod 755 $(DESTDIR)$(BIN_DIR)/lunaffi-constants.new
	mv -f $(DESTDIR)$(BIN_DIR)/lunaffi-constants.new $(DESTDIR)$(BIN_DIR)/lunaffi-constants
	@case $(LUA) in lua5.1|luajit) echo "note: Lua 5.1 and LuaJIT look in the same folder: this build has replaced the" \
		"other's, if it was there (another PREFIX, and LUA_CPATH, keep both)" ;; esac
	@$(LUA_COMMAND) -e 'print(package.cpath)' 2>/dev/null | tr ';' '\n' | grep -Fqx '$(MODULE_DIR)/?.so' || \
		echo "warning: '$(MODULE_DIR)/?.so' is not in the package.cpath of $(LUA): set another PREFIX, or LUA_CPATH" >&2

# The script is one for all Luas: it stays as long as another one has the module, and is run by that.
.PHONY: uninstall
uninstall: ## remove what `make install` with the same LUA, PREFIX and DESTDIR put there
	rm -f $(DESTDIR)$(MODULE_DIR)/lunaffi.so
	@script=$(DESTDIR)$(BIN_DIR)/lunaffi-constants; \
	set -- $(DESTDIR)$(PREFIX)/lib/lua/*/lunaffi.so; \
	if [ ! -e "$$1" ]; then \
		echo "rm -f $$script"; rm -f "$$script"; \
	elif [ "$$(head -n 1 "$$script" 2>/dev/null)" = '#!/usr/bin/env $(LUA_COMMAND)' ]; then \
		version=$$(basename "$$(dirname "$$1")"); command=lua; \
		for other in lua$$version $$([ $$version = 5.1 ] && echo luajit); do \
			if command -v $$other >/dev/null; then command=$$other; break; fi; \
		done; \
		echo "$$script stays, for $$command"; \
		sed "1s|.*|#!/usr/bin/env $$command|" "$$script" >"$$script.new" && chmod 755 "$$script.new" && \
			mv -f "$$script.new" "$$script"; \
	fi

.PHONY: deps deps-demo
deps: ## install what `make test` needs (apt-get, as root or with sudo), or name what is missing
	@spec/support/deps.sh test
deps-demo:
	@spec/support/deps.sh demo

# A make of its own: the Lua may have been installed just now.
.PHONY: demo run-demo
demo: deps-demo ## build for the system's Lua and drive zlib and sqlite3 with it
	@$(MAKE) --no-print-directory run-demo
# The versioned variables would win over LUA_CPATH.
run-demo: build
	@for example in zlib sqlite3; do \
		printf '\n== %s examples/%s/%s.lua\n' $(LUA) $$example $$example; \
		env -u LUA_CPATH_5_2 -u LUA_CPATH_5_3 -u LUA_CPATH_5_4 -u LUA_CPATH_5_5 \
			LUA_CPATH='./build/$(LUA)/?.so;;' $(LUA_COMMAND) examples/$$example/$$example.lua || exit 1; \
	done

# What every change has to pass; each slow tool on one Lua. `test-all` has them on all, with more seeds: what they find
# there beyond that is rare.
EACH_KIND := check core-test all c_tests $(TEST_LUAS:%=spec-%) libffi-lua5.4 stress-lua5.4 asan-lua5.1 valgrind \
	$(TEST_LUAS:%=rock-%)
.PHONY: test test-all
test: deps ## lints, builds, tests on each Lua, GC stress, AddressSanitizer, valgrind, rock; ends with the total
	@LUNAFFI_ALL_HEADERS=1 MAKE="$(MAKE)" spec/support/totals.sh $(EACH_KIND)
test-all: deps ## the same with each tool on every Lua: takes hours
	@LUNAFFI_ALL_HEADERS=1 LUNAFFI_SEEDS=1000 MAKE="$(MAKE)" spec/support/totals.sh $(EACH_KIND) \
		$(filter-out $(EACH_KIND),$(foreach kind,libffi stress asan,$(TEST_LUAS:%=$(kind)-%)))

# A process for each file: with thousands of cases in one heap, every full collection that a spec asks
# for takes its time.
each_spec = @failed=0; for file in $$(find $(2) -name '*_spec.lua' | sort); do \
	echo "$$file"; $(1) spec/run.lua "$$file" || { echo "*** $$file: status $$?"; failed=1; }; done; exit $$failed

.PHONY: programs
programs: ## fetch the LuaJIT programs that spec/luajit runs, into build/programs (once)
	@mkdir -p build
	@$(LOCK) spec/support/programs.sh

# Only the specs of LuaJIT's API need them.
REFERENCE := $(if $(filter spec spec/luajit%,$(SPEC)),reference programs)

.PHONY: spec
spec: build c_tests $(REFERENCE) ## run the specs on LUA; SPEC=FILE-OR-FOLDER chooses
	$(call each_spec,$(LUA_COMMAND),$(SPEC))

spec-%:
	@$(MAKE) --no-print-directory spec LUA=$*

# The collector never rests: spec/helper.lua reads the variable.
stress-%:
	@LUNAFFI_GC_STRESS=1 $(MAKE) --no-print-directory spec LUA=$* SPEC='$(STRESS_SPEC)'

# Every call through libffi: what calls by registers do must be what these do.
libffi-%:
	@LUNAFFI_CALLS=libffi $(MAKE) --no-print-directory spec LUA=$*

.PHONY: core-test
core-test: ## cargo test of the core, which needs no Lua
	$(CARGO) test --locked --target-dir target -p lunaffi-core -p lunaffi-cparse -p lunaffi-translate

# With nightly Rust and cargo-fuzz (`cargo install cargo-fuzz`). What is found is in build/fuzz/.
FUZZ_TARGETS ?= declarations translation
FUZZ_SECONDS ?= 600
.PHONY: fuzz
fuzz: $(FUZZ_TARGETS:%=fuzz-%) ## feed the readers of C and of Lua whatever comes, FUZZ_SECONDS long each
fuzz-%:
	@mkdir -p build/fuzz/$*
	$(CARGO) +nightly fuzz run -s none --target-dir build/fuzz/target $* build/fuzz/$* fuzz/corpus/$* -- \
		-max_total_time=$(FUZZ_SECONDS) -dict=fuzz/$*.dict -timeout=10 -max_len=4096 -artifact_prefix=build/fuzz/$*-

# The Luas to measure: those asked for, or all that are here.
BENCHED := $(or $(BENCH_LUAS),$(FOUND),$(SYSTEM_LUA))
ifneq ($(filter-out $(LUAS),$(BENCHED)),)
$(error LUAS=$(BENCHED): unknown Lua; some of: $(LUAS))
endif
bench_command = $(if $(filter $(1),$(FOUND)),$(1),lua)

.PHONY: bench
bench: $(BENCHED:%=build/%/lunaffi.so) ## time lunaffi beside a C module; LUAS="lua5.4 lua5.1", OUT=FILE (a page), QUICK=1 (no times)
	@$(MAKE) --no-print-directory -C benches LUAS='$(BENCHED)'
	@$(call bench_command,$(firstword $(BENCHED))) benches/run.lua $(if $(QUICK),quick) $(if $(OUT),'out=$(OUT)') \
		'command=make bench$(if $(BENCH_LUAS), LUAS="$(BENCHED)")$(if $(OUT), OUT=$(OUT))' \
		$(foreach lua,$(BENCHED),$(lua)=$(call bench_command,$(lua)))

.PHONY: valgrind
valgrind: build/lua5.4/lunaffi.so c_tests reference programs ## the specs of VALGRIND_SPEC under memcheck, on lua5.4
	$(call each_spec,valgrind --quiet --fair-sched=try --error-exitcode=1 --leak-check=full --num-callers=30 \
		--show-leak-kinds=definite --errors-for-leak-kinds=definite $(addprefix --suppressions=,$(wildcard spec/support/valgrind.supp)) lua5.4,$(VALGRIND_SPEC))

.PHONY: asan
asan: $(TEST_LUAS:%=asan-%) ## the specs of ASAN_SPEC with AddressSanitizer, on every Lua; asan-LUA: on one
asan-%: build/asan/%/lunaffi.so c_tests reference
	$(call each_spec,spec/support/asan.sh $*,$(ASAN_SPEC))

.PHONY: rock
rock: ## install the rock for LUA into a temporary tree with a stand-in for its build backend
	@mkdir -p build
	$(LOCK) spec/support/rock.sh $(LUA)

rock-%:
	@$(MAKE) --no-print-directory rock LUA=$*

.PHONY: check check-format check-lua check-rockspec
check: check-format $(FEATURES:%=clippy-%) check-lua check-rockspec ## formatting and lints of Rust and Lua
check-format:
	$(CARGO) fmt --all --check
clippy-%:
	$(CARGO) clippy --locked --target-dir target --workspace --all-targets --no-default-features --features $* -- -D warnings
check-lua:
	luacheck --quiet .busted $(wildcard spec src examples types c_tests benches bin/*)
check-rockspec:
	for rockspec in rockspec/*.rockspec; do luarocks lint $$rockspec || exit 1; done

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build target

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
