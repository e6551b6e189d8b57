# What the compiler and the linker do against faults that are there all the same, in $(HARDEN) and
# $(HARDEN_LINK), whatever CFLAGS and LDFLAGS are.  A distribution with flags of its own says
# `make HARDEN= HARDEN_LINK=`.
#
#   FORTIFY 3          copies are checked against the size of what they go to
#   stack protector    a function that wrote behind its arrays does not return
#   stack clash        a large frame is touched page by page, so that it cannot step over the guard
#   CET, or BTI        returns and indirect calls go where they should
#   auto-init          what is not initialised is 0
#   RELRO, BIND_NOW    what the dynamic linker wrote is read-only afterwards; PIE is in the Makefile
WANTED := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-mbranch-protection=standard
ZERO := -ftrivial-auto-var-init=zero
ZERO_OF_CLANG_14 := $(ZERO) -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
WANTED_LINK := -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,-z,shstk

# Sanitizers, coverage and a debugger want their own; FORTIFY without optimisation is a warning.
ifeq ($(MODE)$(filter debug,$(VARIANT))$(filter clean help,$(MAKECMDGOALS)),)
-include $(B)/hardening
ifneq ($(filter -O1 -O2 -O3 -Os -Og -Ofast,$(CFLAGS)),)
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
endif

.DEFAULT_GOAL := all
# Which of these the compiler knows: asked once in a build folder.
$(B)/hardening: src/hardening.mk
	@mkdir -p $(@D); echo 'int main(void) { return 0; }' >$@.c; \
	knows() { $(CC) -Werror $$1 $$2 -o $@.o $@.c 2>&-; }; \
	zero='$(ZERO)'; knows -c "$$zero" || zero='$(ZERO_OF_CLANG_14)'; \
	for flag in $(WANTED) "$$zero"; do ! knows -c "$$flag" || echo "HARDEN += $$flag"; done >$@.new; \
	for flag in $(WANTED_LINK); do ! knows -pie "$$flag" || echo "HARDEN_LINK += $$flag"; done >>$@.new; \
	rm -f $@.c $@.o; mv $@.new $@
