# SPDX-License-Identifier: Apache-2.0
# runbook: build, check, install.  Quiet unless V=1.  Trees: build/rel (release),
# build/san (ASan + UBSan), build/cov (gcov), build/val (plain, for valgrind).
#
#   make                the two programs in build/bin
#   make demo           packages, build, all fourteen steps against the sandbox, and undo
#   make check          packages, then every unit, end-to-end and fault test
#   make check-moto     the same procedure against moto, boto3 and the AWS CLI from PyPI
#   make help           the other targets

KIND ?= rel
CORES = $(or $(shell nproc),2)
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
LDFLAGS_rel := $(HARDEN_LD) -Wl,--gc-sections
# The program is to be small (make bench tells how small it is); what computes with every byte that it
# carries, the sandbox and the tests are made fast.
SMALL := -Oz -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
FAST := src/base/frame.c src/sandbox/% tests/%
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

# What a need asks of pkg-config: $(call pkg,OPTION,LIBRARY...).  It is asked when a recipe uses
# the answer, so `make clean`, `make help` and the installation of what is missing need nothing.
# A library that is missing ends with its name; an empty answer is never taken for one.
PKG_CONFIG ?= pkg-config
MSGFMT ?= msgfmt
DEBIAN_libcurl := libcurl4-openssl-dev
DEBIAN_openssl := libssl-dev
DEBIAN_jansson := libjansson-dev
DEBIAN_libxml-2.0 := libxml2-dev
DEBIAN_libmicrohttpd := libmicrohttpd-dev
DEBIAN_sqlite3 := libsqlite3-dev
DEBIAN_libssh := libssh-dev
DEBIAN_gnutls := libgnutls28-dev
DEBIAN_cmocka := libcmocka-dev

works = $(findstring yes,$(shell $(1) >/dev/null 2>&1 && echo yes))
lacking = $(strip $(foreach l,$(1),$(if $(call works,$(PKG_CONFIG) --exists $(l)),,$(l))))
missing = $(error missing: $(1) (on Debian: $(strip $(2))). What the build needs is installed by \
	'make deps', what the tests need as well by 'make check'. $(3))
# wslay comes without a description for pkg-config: its header is looked for.
need_cc = $(if $(call works,command -v $(firstword $(CC))),,$(call missing,the compiler $(CC),gcc libc6-dev))
need_msgfmt = $(if $(call works,command -v $(MSGFMT)),,$(call missing,$(MSGFMT),gettext))
need_wslay = $(if $(call works,$(CC) -E -include wslay/wslay.h -x c /dev/null),,$(call missing,wslay,libwslay-dev))
need_pkg_config = $(if $(call works,$(PKG_CONFIG) --version),,$(call missing,$(PKG_CONFIG),pkg-config))
# A library is missing, too, when one that it needs is: pkg-config says which.
pkg_says = $(shell $(PKG_CONFIG) --print-errors --exists $(1) 2>&1 | grep -i required)
need_libs = $(if $(1),$(call missing,$(1),$(foreach l,$(1),$(DEBIAN_$(l))),$(call pkg_says,$(1))))
pkg = $(need_cc)$(need_pkg_config)$(call need_libs,$(call lacking,$(2)))$(need_wslay)$(shell $(PKG_CONFIG) $(1) $(2))
# Asked once: the first use puts the answer in the variable's place.
once = $(eval $(1) := $(call pkg,$(2),$(3)))$($(1))

pkgs_sbx := openssl jansson libxml-2.0 libcurl $(PKGS_SBX)
pkgs_all := $(PKGS_RUN) $(PKGS_SBX) $(PKGS_TEST)
cflags_run = $(call once,cflags_run,--cflags,$(PKGS_RUN))
cflags_sbx = $(call once,cflags_sbx,--cflags,$(pkgs_sbx))
cflags_all = $(call once,cflags_all,--cflags,$(pkgs_all))
# libcurl is loaded by src/net/curl_late.c.
ldlibs_run = $(call once,ldlibs_run,--libs,$(filter-out libcurl,$(PKGS_RUN)))
ldlibs_sbx = $(call once,ldlibs_sbx,--libs,$(pkgs_sbx))
ldlibs_all = $(call once,ldlibs_all,--libs,$(pkgs_all))
libs_run = $(ldlibs_run) -lpthread
libs_sbx = $(ldlibs_sbx) -lwslay -lpthread
libs_test = $(ldlibs_all) -lwslay -lpthread -lm
# A tenth of the program would be the addresses that the loader turns; packed they are a hundredth, where
# linker and libc can do it (glibc 2.36): that is tried.
relr_try = mkdir -p $(B) && echo 'int main(void) { return 0; }' | \
	$(CC) $(ALL_LDFLAGS) -Wl,-z,pack-relative-relocs -o $(B)/relr -x c - && $(B)/relr
packed = $(eval packed := $(if $(filter rel,$(KIND)),$(if $(call works,$(relr_try)),-Wl$(comma)-z$(comma)pack-relative-relocs)))$(packed)
comma := ,
# x86's arrays begin where their elements may, and not where vectors like them to; where a compiler can do that.
small = $(eval small := $(SMALL) $(if $(call works,$(CC) $(SMALL) -malign-data=abi -S -o /dev/null -x c /dev/null),-malign-data=abi))$(small)
optimized = $(if $(filter rel,$(KIND)),$(if $(filter $(FAST),$(1)),,$(small)))
# The headers that a source needs, by the folder that it is in.
cflags_of = $(if $(filter tests/%,$(1)),$(cflags_all),$(if $(filter src/sandbox/%,$(1)),$(cflags_sbx),$(cflags_run)))

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -Isrc -I. -DRUNBOOK_VERSION='"$(VERSION)"' $(WARN) \
	-include base/banned.h $(CFLAGS_$(KIND))
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

# The messages in Japanese, where the program looks for them: ../share/locale from its own folder.
CATALOGUE := share/locale/ja/LC_MESSAGES/runbook.mo
CATALOGUE_OF_BIN := $(dir $(BIN))$(CATALOGUE)

.PHONY: all lib-base lib-aws lib-sandbox clean
all: $(BIN)/runbook $(BIN)/runbook-sandbox $(CATALOGUE_OF_BIN)

%/$(CATALOGUE): runbook/po/ja.po
	$(call say,MSGFMT,$@)
	$(need_msgfmt)$(Q)mkdir -p $(@D) && $(MSGFMT) -c -o $@ $<

$(B)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(call optimized,$<) $(CFLAGS) $(call cflags_of,$<) -MMD -MP -c -o $@ $<

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
	$(Q)$(CC) $(ALL_LDFLAGS) $(packed) -o $@ $^ $(libs_run)

$(BIN)/runbook-sandbox: $(B)/src/sandbox/main.o $(EXTRA_$(KIND)) $(LIB_SBX) $(LIB_BASE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_sbx) -lm

# ---- for translators ----------------------------------------------------------

# New texts come in empty, those that are gone go.
.PHONY: po
po:
	$(Q)mkdir -p build
	$(Q)runbook/po/extract.sh build/runbook.pot
	$(Q)msgmerge --quiet --no-fuzzy-matching --no-location --width=100 -o build/ja.po runbook/po/ja.po build/runbook.pot
	$(Q)msgattrib --no-obsolete --no-location --width=100 -o runbook/po/ja.po build/ja.po
	$(Q)msgfmt -c --statistics -o /dev/null runbook/po/ja.po

# ---- for people ---------------------------------------------------------------

.PHONY: help deps demo
help:
	@sed -n 's/^#   \(make.*\)/\1/p' Makefile
	@echo 'make check FAULT=short a twelfth of its crash and fault loops'
	@echo 'make check-strangers   programs of others judge the sandbox, other servers our calls'
	@echo 'make check-san         the whole suite under ASan + UBSan'
	@echo 'make check-valgrind    the unit tests under valgrind'
	@echo 'make lint              clang -Werror, -fanalyzer, clang-tidy, cppcheck, shell syntax'
	@echo 'make fuzz              every fuzz harness, FUZZ_SECONDS each (60)'
	@echo 'make bench             ratios against other tools, measured in one run'
	@echo 'make coverage          lines and branches of runbook/, steps/, src/ without the sandbox'
	@echo 'make torture           the crash and fault loops, all of them'
	@echo 'make mutants           breaks of the code, each of which its test must notice'
	@echo 'make po                new texts of the sources into runbook/po/ja.po'
	@echo 'make install           PREFIX=/usr/local, DESTDIR=; make uninstall'
	@echo 'make dist              the last commit as a tarball, the same bytes each time'
	@echo 'make deb               a package for the Debian that it is built on'

deps:
	@tests/packages.sh build

demo: deps
	@$(MAKE) --no-print-directory -j$(CORES) all
	@tests/demo.sh

include packaging/package.mk
include tests/tests.mk
include tests/lint.mk
-include $(wildcard tests/bench/*.mk tests/fuzz/*.mk tests/fault/*.mk tests/mutants/*.mk)

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
