# Usher - one GNU Makefile; `make help` lists the verbs
#
# All output is in build/. A variant (asan, tsan, ...) is the same rules with another BUILD and other flags.

BUILD   ?= build
PREFIX  ?= /usr/local
VERSION := $(shell cat VERSION)
comma   := ,
# V=1 shows the whole commands.
SAY      = $(if $(V),set -x,echo "  $(1)")
ifeq ($(origin CC),default)
CC      := gcc
endif
CXX     ?= g++

PACKAGES := glib-2.0 gio-2.0 gio-unix-2.0 gmime-3.0 sqlite3 libpcre2-8 yaml-0.1 libxml-2.0 libsodium libpsl libical jansson libmicrohttpd
WARN     := -Wall -Wextra -Wformat=2 -Wshadow -Wpointer-arith -Wcast-qual -Wundef -Werror
CWARN    := -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wimplicit-fallthrough
OPT      ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
SANITIZE ?=
# Foreign headers are system headers: our warnings are about our code.
FOREIGN  = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES)))
COMMON   = $(OPT) $(HARDEN) $(SANITIZE) $(WARN) -Iinclude -I$(BUILD)/generated $(FOREIGN) -D_GNU_SOURCE -DG_LOG_DOMAIN='"usher"' -DUSHER_VERSION='"$(VERSION)"' -MMD -MP
CFLAGS   ?=
LDFLAGS  ?= -pie -Wl,-z,relro,-z,now -Wl,--as-needed
# libetpan's own pkg-config line would make a non-PIE executable (LDLIBS names it plainly instead).
LDLIBS   = $(shell pkg-config --libs $(PACKAGES)) -letpan -lmilter -lphonenumber -lcsv -lpthread

C_SOURCES  := $(shell find src -name '*.c')
CC_SOURCES := $(shell find src -name '*.cc')
OBJECTS    := $(C_SOURCES:%.c=$(BUILD)/%.o) $(CC_SOURCES:%.cc=$(BUILD)/%.o)
LIBRARY    := $(BUILD)/libusher.a
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
BENCHES    := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all help deps test-deps lint-deps demo check check-one unit accept asan tsan threads torture bench lint format install dist clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/usher  ## builds build/usher
	@:

help:  ## lists the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

deps:
	@tools/install-packages build
test-deps:
	@tools/install-packages build test
lint-deps:
	@tools/install-packages build lint

$(BUILD)/usher: $(BUILD)/src/main.o $(LIBRARY)
	@$(call SAY,LINK $@) && $(CXX) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(filter-out $(BUILD)/src/main.o,$(OBJECTS))
	@rm -f $@
	@$(call SAY,AR $@) && ar rcsD $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@$(call SAY,CC $<) && $(CC) -std=gnu11 $(COMMON) $(CWARN) $(CFLAGS) -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	@$(call SAY,CXX $<) && $(CXX) -std=c++17 $(COMMON) $(CXXFLAGS) -c -o $@ $<

# The schema is SQL in a file; the program carries it as bytes.
$(BUILD)/generated/%.inc: %
	@mkdir -p $(@D)
	od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' > $@

$(BUILD)/src/record/schema.o: $(patsubst %,$(BUILD)/generated/%.inc,$(wildcard src/record/schema*.sql))

# What tests and benches share (fake servers, protocol drivers) stands beside the benches.
SHARED_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/bench/bench_%,$(wildcard tests/bench/*.c)))
$(BUILD)/libtests.a: $(SHARED_TEST_OBJECTS)
	@rm -f $@
	@$(call SAY,AR $@) && ar rcsD $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libtests.a $(LIBRARY)
	@$(call SAY,LINK $@) && $(CXX) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libtests.a $(LIBRARY)
	@mkdir -p $(@D)
	@$(call SAY,LINK $@) && $(CXX) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(LIBRARY)
	@$(call SAY,LINK $@) && $(CXX) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

unit: $(UNIT_TESTS)
	@tests/harness $(UNIT_TESTS)

check: test-deps  ## installs what the tests need, runs all of them, ends with one count line
	@$(MAKE) --no-print-directory all $(UNIT_TESTS)
	@tests/harness $(UNIT_TESTS) tests/cases.t tests/flows.t $(sort $(wildcard tests/system/*.t))

check-one: all $(UNIT_TESTS)  ## one test: make check-one T=tests/cases.t
	@tests/harness $(T)

demo: deps  ## installs what it needs, builds, and shows five mails on their way
	@$(MAKE) --no-print-directory all
	@tools/demo

accept: all  ## writes an expectation anew: make accept CASE=name, or FLOW=name
	$(if $(FLOW),@tests/flows.t --accept $(FLOW),@tests/cases.t --accept $(CASE))

bench: test-deps  ## measures, every figure beside a bound of the same run (tests/bench/README.md)
	@$(MAKE) --no-print-directory all $(BENCHES)
	@tests/bench/run

accuracy: all $(BUILD)/tests/tools/parse_dump $(BUILD)/tests/tools/decide_dump  ## counts what is read right of real mail: CORPORA=DIR, LIST=1 names each miss
	@status=0; tests/accuracy $(BUILD)/tests/tools/parse_dump || status=1; tests/accuracy-answers $(BUILD)/tests/tools/decide_dump || status=1; \
	tests/accuracy-forms $(BUILD)/usher || status=1; exit $$status

torture: test-deps  ## kills the daemon at many moments, and counts
	@$(MAKE) --no-print-directory all
	@ROUNDS=$${ROUNDS:-60} POINTS=$${POINTS:-0} tests/harness tests/system/kill.t

SANITIZED = $(MAKE) --no-print-directory BUILD=build/$@ HARDEN= OPT='-O1 -g' SANITIZE='$(1) -fno-omit-frame-pointer'
asan: test-deps  ## all tests with the address and undefined behaviour sanitizers
	@$(call SANITIZED,-fsanitize=address$(comma)undefined) all sanitized-tests
tsan: test-deps  ## the unit tests and the threads of the daemon with the thread sanitizer
	@$(call SANITIZED,-fsanitize=thread) all threads

sanitized-tests: $(UNIT_TESTS)
	@USHER=$(CURDIR)/$(BUILD)/usher tests/harness $(UNIT_TESTS) tests/cases.t tests/flows.t

# GLib is not built with the sanitizer, which has to be told of its locks.
$(BUILD)/tests/tsanlocks.so: tests/tools/tsanlocks.c
	@mkdir -p $(@D)
	@$(call SAY,CC $<) && $(CC) -std=gnu11 -D_GNU_SOURCE -O1 -fPIC -shared $(WARN) $(FOREIGN) -Wl$(comma)-z$(comma)lazy -o $@ $< -ldl

threads: $(UNIT_TESTS) $(BUILD)/tests/tsanlocks.so
	@LD_PRELOAD=$(abspath $(BUILD))/tests/tsanlocks.so TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tools/tsan.supp tests/harness $(UNIT_TESTS)
	@USHER=$(CURDIR)/$(BUILD)/usher LOCKS=$(abspath $(BUILD))/tests/tsanlocks.so tests/harness tests/system/threads.t

format: lint-deps  ## formats the sources
	@find src include tests -name '*.[ch]' -o -name '*.cc' | xargs clang-format -i

lint: lint-deps  ## direction of includes, format, clang-tidy, cppcheck, longest functions, manual against code
	@tools/lint

install: all  ## installs below PREFIX (default /usr/local); DESTDIR is honoured
	@tools/install-files "$(DESTDIR)" "$(PREFIX)" "$(BUILD)"

dist:  ## a tar file of what is committed
	@mkdir -p build && git archive --format=tar.gz --prefix=usher-$(VERSION)/ -o build/usher-$(VERSION).tar.gz HEAD

clean:  ## removes build/
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
