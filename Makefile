# runbook: build, check, install.  Quiet unless V=1.  Trees: build/rel (release),
# build/san (ASan + UBSan), build/cov (gcov), build/val (plain, for valgrind).
#
#   make                the two programs in build/bin
#   make demo           packages, build, all fourteen steps against the sandbox, and undo
#   make check          packages, then every unit, end-to-end and fault test
#   make check-moto     the same procedure against moto, boto3 and the AWS CLI from PyPI
#   make help           the other targets

KIND ?= rel
CC ?= cc
PREFIX ?= /usr/local
V ?= 0
Q := $(if $(filter 0,$(V)),@,)
say = $(if $(filter 0,$(V)),@printf '  %-7s %s\n' '$(1)' '$(2)',)

VERSION := 1.0.0
B := build/$(KIND)
BIN := $(if $(filter rel,$(KIND)),build/bin,$(B)/bin)

PKGS_RUN := libcurl openssl jansson libxml-2.0
PKGS_SBX := libmicrohttpd sqlite3 libssh gnutls
PKGS_TEST := cmocka

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wformat-security -Wvla -Wwrite-strings -Wundef
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE -D_FORTIFY_SOURCE=2
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack

CFLAGS_rel := -O2 -g $(HARDEN)
LDFLAGS_rel := $(HARDEN_LD)
CFLAGS_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -Werror
LDFLAGS_san := -fsanitize=address,undefined
CFLAGS_cov := -O0 -g --coverage -fprofile-update=atomic
LDFLAGS_cov := --coverage -Wl,--wrap=_exit,--wrap=abort,--wrap=raise
EXTRA_cov := build/cov/tests/cov/ends.o
CFLAGS_val := -O1 -g
LDFLAGS_val :=
# For the compilers' own opinion only; see tests/lint.mk.
CFLAGS_clang := -O1 -g -Werror
LDFLAGS_clang :=
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
LDFLAGS_fuzz := -fsanitize=address,undefined
# At -O1 the analyzer of gcc 12 loses initializers of locals that have a cleanup.
CFLAGS_ana := -O0 -g -fanalyzer -Werror
LDFLAGS_ana :=

pkg_cflags := $(shell pkg-config --cflags $(PKGS_RUN) $(PKGS_SBX) $(PKGS_TEST) 2>/dev/null)
libs_run := $(shell pkg-config --libs $(PKGS_RUN) 2>/dev/null) -lwslay -lpthread
libs_sbx := $(shell pkg-config --libs openssl jansson libxml-2.0 libcurl $(PKGS_SBX) 2>/dev/null) -lwslay -lpthread
libs_test := $(shell pkg-config --libs $(PKGS_RUN) $(PKGS_SBX) $(PKGS_TEST) 2>/dev/null) -lwslay -lpthread -lm

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -Isrc -I. -DRUNBOOK_VERSION='"$(VERSION)"' $(WARN) \
	-include base/banned.h $(pkg_cflags) $(CFLAGS_$(KIND)) $(CFLAGS)
ALL_LDFLAGS := $(LDFLAGS_$(KIND)) $(LDFLAGS)

# A sources' folder is a layer; a program is the layers it may use.
src = $(sort $(wildcard $(1)/*.c $(1)/*/*.c))
obj = $(patsubst %.c,$(B)/%.o,$(1))

BASE := $(call src,src/base)
NET := $(call src,src/net)
AWS := $(call src,src/aws)
SBX := $(filter-out src/sandbox/main.c,$(call src,src/sandbox))
RUN := $(filter-out runbook/cli/main.c,$(call src,runbook))
STEPS := $(call src,steps)

LIB_BASE := $(B)/libbase.a
LIB_AWS := $(B)/libaws.a
LIB_SBX := $(B)/libsandbox.a
LIB_RUN := $(B)/librunbook.a

.PHONY: all lib-base lib-aws lib-sandbox clean
all: $(BIN)/runbook $(BIN)/runbook-sandbox

$(B)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define archive
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) qcs $@ $^
endef

$(LIB_BASE): $(call obj,$(BASE))
	$(archive)
$(LIB_AWS): $(call obj,$(NET) $(AWS))
	$(archive)
$(LIB_SBX): $(call obj,$(SBX) src/aws/core/sigv4.c)
	$(archive)
$(LIB_RUN): $(call obj,$(RUN) $(STEPS))
	$(archive)

lib-base: $(LIB_BASE)
lib-aws: $(LIB_AWS)
lib-sandbox: $(LIB_SBX)

$(BIN)/runbook: $(B)/runbook/cli/main.o $(EXTRA_$(KIND)) $(LIB_RUN) $(LIB_AWS) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_run)

$(BIN)/runbook-sandbox: $(B)/src/sandbox/main.o $(EXTRA_$(KIND)) $(LIB_SBX) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_sbx) -lm

# ---- for people ---------------------------------------------------------------

.PHONY: help deps demo install uninstall
help:
	@sed -n 's/^#   \(make.*\)/\1/p' Makefile
	@echo 'make check-san         the whole suite under ASan + UBSan'
	@echo 'make check-valgrind    the unit tests under valgrind'
	@echo 'make lint              clang -Werror, -fanalyzer, clang-tidy, cppcheck, shell syntax'
	@echo 'make fuzz              every fuzz harness, FUZZ_SECONDS each (60)'
	@echo 'make bench             ratios against other tools, measured in one run'
	@echo 'make coverage          lines and branches of runbook/, steps/, src/ without the sandbox'
	@echo 'make torture           the crash and fault loops, all of them'
	@echo 'make mutants           breaks of the code, each of which its test must notice'
	@echo 'make install           PREFIX=/usr/local, DESTDIR='

deps:
	@tests/packages.sh build

demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh

BINDIR := $(PREFIX)/bin
MANDIR := $(PREFIX)/share/man/man1
COMPDIR := $(PREFIX)/share/bash-completion/completions

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR) $(DESTDIR)$(COMPDIR)
	install -m 755 build/bin/runbook build/bin/runbook-sandbox $(DESTDIR)$(BINDIR)/
	install -m 644 docs/runbook.1 docs/runbook-sandbox.1 $(DESTDIR)$(MANDIR)/
	install -m 644 docs/runbook.bash $(DESTDIR)$(COMPDIR)/runbook

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/runbook $(DESTDIR)$(BINDIR)/runbook-sandbox \
		$(DESTDIR)$(MANDIR)/runbook.1 $(DESTDIR)$(MANDIR)/runbook-sandbox.1 \
		$(DESTDIR)$(COMPDIR)/runbook

include tests/tests.mk
include tests/lint.mk
-include $(wildcard tests/bench/*.mk tests/fuzz/*.mk tests/fault/*.mk tests/mutants/*.mk)

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
