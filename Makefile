# GNU make.  `make help` lists the targets; V=1 shows the commands.
#
# One folder per variant, so that none is ever mixed with another:
#   make                                        build/release
#   make VARIANT=debug                          build/debug
#   make SANITIZE=address,undefined             build/sanitize-address-undefined
#   make CC=clang SANITIZE=address,undefined    build/clang-sanitize-address-undefined
VERSION := 0.1.0
PREFIX ?= /usr/local
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))

comma := ,
COMPILER := $(filter-out cc gcc,$(notdir $(firstword $(CC))))
KIND := $(if $(SANITIZE),sanitize-$(subst $(comma),-,$(SANITIZE)),release)
VARIANT ?= $(if $(COMPILER),$(COMPILER)-)$(KIND)
B := build/$(VARIANT)

ifneq ($(SANITIZE),)
CFLAGS ?= -O1 -g -fno-omit-frame-pointer
MODE := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
else ifeq ($(VARIANT),coverage)
CFLAGS ?= -O0 -g
MODE := --coverage
else ifeq ($(VARIANT),debug)
CFLAGS ?= -Og -g3
else
CFLAGS ?= -O2 -g
endif
LDFLAGS ?= -Wl,-O1,--as-needed,--hash-style=gnu
include src/hardening.mk
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
	-Wsign-conversion -Wvla -Wundef -Wcast-qual
FLAGS := $(strip -std=c11 -D_GNU_SOURCE -Isrc -DSVCREQ_VERSION='"$(VERSION)"' -fPIE $(WARNINGS) \
	$(MODE) $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(if $(WERROR),-Werror))
LINK := $(CC) -pie $(MODE) $(CFLAGS) $(LDFLAGS) $(HARDEN_LINK) -o

# status and create run at every prompt and in every script, and starting up is most of what they
# cost: with these two inside, the dynamic linker finds nothing to load but libc.
LIBS := $(if $(MODE),-lyaml -lmd,-Wl,-Bstatic -lyaml -lmd -Wl,-Bdynamic)
# libcurl is loaded when the first call is made.
HTTP_LIBS := -pthread -ldl

# One archive a room: a program is linked with what it uses of each.
objects = $(patsubst %.c,$(B)/obj/%.o,$(filter-out %/main.c,$(shell find src/$(1) -name '*.c')))
LOWER := $(addprefix $(B)/lib/,steps.a http.a workspace.a store.a model.a base.a)
PROGRAMS := $(B)/bin/svcreq $(B)/libexec/svcreq/svcreq-run
UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test-*.c))
UNIT_HELPERS := $(patsubst %.c,$(B)/obj/%.o,$(filter-out tests/unit/test-%,$(wildcard tests/unit/*.c)))
PAGES := $(wildcard man/*.[157])
GROUP = -Wl,--start-group $^ -Wl,--end-group
say = @$(if $(V),,echo '  $(1)  $@';)

.PHONY: all demo deps check check-real lint bench sim fuzz coverage install uninstall clean help tests FORCE
.SECONDARY:

all: $(PROGRAMS) ## build (the default)

$(B)/bin/svcreq: $(B)/obj/src/cli/main.o $(B)/lib/cli.a $(LOWER)
	$(call say,LINK)mkdir -p $(@D) && $(LINK) $@ $(GROUP) $(LIBS)
$(B)/libexec/svcreq/svcreq-run: $(B)/obj/src/run/main.o $(B)/lib/run.a $(LOWER)
	$(call say,LINK)mkdir -p $(@D) && $(LINK) $@ $(GROUP) $(LIBS) $(HTTP_LIBS)

$(foreach room,base model store workspace http steps run cli,$(eval $(B)/lib/$(room).a: $(call objects,$(room))))
$(B)/lib/%.a:
	$(call say,AR  )mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC  )mkdir -p $(@D) && $(CC) $(FLAGS) -MMD -MP -c -o $@ $<

# Other flags mean other objects.  What was built with -Werror also serves without it.
$(B)/flags: FORCE
	@mkdir -p $(@D); new='$(subst ','\'',$(CC) $(FLAGS))'; old=$$(cat $@ 2>&-); \
	    [ "$$old" = "$$new" ] || [ "$$old" = "$$new -Werror" ] || echo "$$new" >$@

tests: all $(UNIT) $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c)) $(B)/tests/sim/sim
$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(UNIT_HELPERS) $(B)/lib/cli.a $(B)/lib/run.a $(LOWER)
	$(call say,LINK)mkdir -p $(@D) && $(LINK) $@ $(GROUP) -lcmocka $(LIBS) $(HTTP_LIBS)
$(B)/tests/sim/sim: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/sim/*.c)) $(B)/lib/run.a $(LOWER)
	$(call say,LINK)mkdir -p $(@D) && $(LINK) $@ $(GROUP) $(LIBS) $(HTTP_LIBS)
$(B)/tests/bench/%: tests/bench/%.c
	$(call say,CC  )mkdir -p $(@D) && $(CC) -std=c11 -D_GNU_SOURCE -O2 -o $@ $< -Wl,--as-needed -lcurl

deps: ## install the Debian packages that are missing (as root)
	@tests/deps.sh check
demo: ## build, then see a request go through an approval
	@tests/deps.sh demo
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(B)
check: deps ## build every variant, lint, run every test
	+@MAKE='$(MAKE)' tests/run.sh
check-real: all ## run pipelines against real servers, whose packages it installs
	@tests/deps.sh real
	@SVCREQ_BUILD='$(B)' bats tests/real
lint: ## layout, static analysis, shell scripts, manual pages, house rules
	@tests/lint.sh
bench: tests ## start-up time and throughput
	@tests/bench/bench.sh $(B)
sim: $(B)/tests/sim/sim ## play lives of requests, SECONDS=60 of them
	@$< --seconds $(or $(SECONDS),60) --first $$(od -An -N4 -tu4 /dev/urandom)
fuzz: ## fuzz the parsers, FUZZ_SECONDS=60 each
	@MAKE='$(MAKE)' tests/fuzz/fuzz.sh
coverage: ## lines that the tests reach, per file
	+@MAKE='$(MAKE)' tests/coverage.sh

DEST = $(DESTDIR)$(PREFIX)
install: all ## into DESTDIR and PREFIX (/usr/local)
	install -D -m 755 -t '$(DEST)/bin' $(B)/bin/*
	install -D -m 755 -t '$(DEST)/libexec/svcreq' $(B)/libexec/svcreq/*
	install -D -m 644 -t '$(DEST)/share/doc/svcreq' LICENSE
	install -D -m 644 -t '$(DEST)/share/doc/svcreq/examples' pipelines/*
	for page in $(PAGES); do install -D -m 644 -t '$(DEST)/share/man/man'"$${page##*.}" "$$page" || exit; done
uninstall: ## the reverse
	rm -f '$(DEST)/bin/svcreq' '$(DEST)/libexec/svcreq/svcreq-run' '$(DEST)/share/doc/svcreq/LICENSE'
	for file in pipelines/*; do rm -f '$(DEST)/share/doc/svcreq/examples/'"$${file##*/}"; done
	-rmdir '$(DEST)/libexec/svcreq' '$(DEST)/share/doc/svcreq/examples' '$(DEST)/share/doc/svcreq'
	for page in $(PAGES); do rm -f '$(DEST)/share/man/man'"$${page##*.}/$${page##*/}"; done
clean: ## remove build/
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

-include $(wildcard $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)
